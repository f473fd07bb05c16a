"""List which secrets each process works with; it is neither asked for nor given any other."""

from collections.abc import Mapping
from enum import StrEnum


class SecretName(StrEnum):
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


EVERYTHING = frozenset(SecretName)
_STORED = frozenset({SecretName.DATABASE, SecretName.REDIS, SecretName.KEYS})
_INTAKE = _STORED | {SecretName.RASA, SecretName.METRICS, SecretName.CHANNEL_SECRETS}
_PAGES = _STORED | {SecretName.RASA, SecretName.METRICS, SecretName.SESSION, SecretName.CHANNEL_TOKENS}

# By the process names of the logs.
PROCESS_SECRETS: Mapping[str, frozenset[SecretName]] = {
    "intake": _INTAKE,
    "pages": _PAGES,
    "web": _INTAKE | _PAGES,
    "worker": _STORED | {SecretName.RASA, SecretName.SESSION, SecretName.CHANNEL_TOKENS},
    "scheduler": _STORED,
    "simulator": frozenset({SecretName.CHANNEL_SECRETS, SecretName.CHANNEL_TOKENS}),
    "db": frozenset({SecretName.DATABASE, SecretName.OWNER}),
    "demo": _STORED | {SecretName.SESSION},
    "staff": _STORED | {SecretName.SESSION},
    "keys": _STORED,
    "facilities": _STORED,
    "shop": _STORED,
    "figures": _STORED,
}
