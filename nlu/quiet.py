"""Set Rasa's surroundings before it is imported: no telemetry, no network, no logged words, one core."""

import logging
import warnings
from pathlib import Path
from typing import MutableMapping

# Debug and info lines of Rasa carry what residents wrote; nothing below these levels may be let through.
_SURROUNDINGS = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # the training cache would fill `.rasa/` in the working directory
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # A library of Rasa asks git for its own version and would find this project's repository.
    "GIT_CEILING_DIRECTORIES": str(Path(__file__).resolve().parent),
}
# A message is one short vector: further threads would only wait for each other.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


def settle(environment: "MutableMapping[str, str]") -> None:
    """Fix the environment variables Rasa and its libraries read while they are imported."""
    environment.update(_SURROUNDINGS)
    environment.update(dict.fromkeys(_THREADS, "1"))
    # Filters are not enough: some of the libraries set their own.
    warnings.showwarning = _ignore_warning


def _ignore_warning(*_: object, **__: object) -> None:
    """Drop the warning: deprecations in old libraries tell an operator nothing."""


def hush() -> None:
    """Configure Rasa's logging; unconfigured, structlog prints every parsed message."""
    from rasa.utils.log_utils import configure_structlog

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    configure_structlog(logging.WARNING)
    logging.getLogger("rasa").setLevel(logging.WARNING)
    # Its error lines quote exceptions, and those may quote the message; the caller gets status and reason.
    logging.getLogger("rasa.server").setLevel(logging.CRITICAL)
