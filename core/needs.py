"""List which secrets each process works with; it is neither asked for nor given any other."""

from collections.abc import Mapping
from enum import StrEnum


class Need(StrEnum):
    """A secret, by the name of its field in `Settings`; the last two belong to the channels."""

    DATABASE = "database_url"
    OWNER = "database_owner_url"
    REDIS = "redis_url"
    RASA = "rasa_token"
    KEYS = "encryption_keys"
    SESSION = "session_secret"
    METRICS = "metrics_token"
    CHANNEL_SECRETS = "channel_secrets"  # to check LINE's signatures
    CHANNEL_TOKENS = "channel_tokens"  # to call LINE


EVERYTHING = frozenset(Need)
_STORED = frozenset({Need.DATABASE, Need.REDIS, Need.KEYS})
_INTAKE = _STORED | {Need.RASA, Need.METRICS, Need.CHANNEL_SECRETS}
_PAGES = _STORED | {Need.RASA, Need.METRICS, Need.SESSION, Need.CHANNEL_TOKENS}

# By the process names of the logs.
NEEDS: Mapping[str, frozenset[Need]] = {
    "intake": _INTAKE,
    "pages": _PAGES,
    "web": _INTAKE | _PAGES,
    "worker": _STORED | {Need.RASA, Need.SESSION, Need.CHANNEL_TOKENS},
    "scheduler": _STORED,
    "simulator": frozenset({Need.CHANNEL_SECRETS, Need.CHANNEL_TOKENS}),
    "db": frozenset({Need.DATABASE, Need.OWNER}),
    "demo": _STORED | {Need.SESSION},
    "staff": _STORED | {Need.SESSION},
    "keys": _STORED,
    "facilities": _STORED,
    "shop": _STORED,
}
