"""Which secrets each process works with. What a process does not need it neither asks for nor is given."""

from collections.abc import Mapping
from enum import StrEnum


class SecretName(StrEnum):
    """A secret, by the name of its field in `Settings`; the last two are the channels' own."""

    DATABASE = "database_url"
    OWNER = "database_owner_url"
    REDIS = "redis_url"
    RASA = "rasa_token"
    KEYS = "encryption_keys"
    SESSION = "session_secret"
    METRICS = "metrics_token"
    CHANNEL_SECRETS = "channel_secrets"  # LINE's signatures are checked with them
    CHANNEL_TOKENS = "channel_tokens"  # LINE is called with them


EVERYTHING = frozenset(SecretName)
_STORED = frozenset({SecretName.DATABASE, SecretName.REDIS, SecretName.KEYS})
_INTAKE = _STORED | {SecretName.RASA, SecretName.METRICS, SecretName.CHANNEL_SECRETS}
_PAGES = _STORED | {SecretName.RASA, SecretName.METRICS, SecretName.SESSION, SecretName.CHANNEL_TOKENS}

# By the names under which the processes log.
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
}
