"""Let other commands find the databases of a running `helpo up`: `up.env` in the state folder (0600)."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.up.child import MARK
from core.errors import ConfigurationError
from core.process_secrets import SecretName
from core.settings import variables

FILE = "up.env"


@contextmanager
def announced(state_dir: Path, environment: Mapping[str, str], given: Mapping[str, str]) -> Iterator[None]:
    """Keep what was composed beyond the `given` environment in the file while the block runs."""
    path = state_dir / FILE
    made = {name: value for name, value in environment.items() if given.get(name) != value and name != MARK}
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  a descriptor, private from birth
        file.writelines(f"{name}={value}\n" for name, value in made.items())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def with_running(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with what the running `helpo up` of its state folder composed; set values win."""
    path = Path(environ.get("HELPO_STATE_DIR", "var")) / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return dict(environ)
    return dict(line.split("=", 1) for line in lines if "=" in line) | dict(environ)


def require_installation(environ: Mapping[str, str], needs: Iterable[SecretName]) -> None:
    """Check that a HELPO runs here or is named by the environment.

    Raises:
        ConfigurationError: nothing that is needed is set; says where a HELPO was looked for.
    """
    if any(name.startswith("LINE_CHANNEL_") for name in environ):
        return
    if any(name in environ for need in needs for name in variables(need)):
        return
    folder = Path(environ.get("HELPO_STATE_DIR", "var")).absolute()
    raise ConfigurationError(
        f"no HELPO runs here ({folder / FILE} is missing): go to the folder in which `helpo up` runs, or set "
        "HELPO_STATE_DIR to its state folder; without `helpo up`, DATABASE_URL and the others (README) must be set"
    )
