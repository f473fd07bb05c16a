"""Make and keep the installation's secrets in `secrets.env` of the state folder (0600)."""

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.up.errors import CannotStart

SUPERUSER_PASSWORD = "HELPO_POSTGRES_SUPERUSER_PASSWORD"  # noqa: S105  a name, not a password
OWNER_PASSWORD = "HELPO_POSTGRES_OWNER_PASSWORD"  # noqa: S105
APP_PASSWORD = "HELPO_POSTGRES_APP_PASSWORD"  # noqa: S105
VALKEY_PASSWORD = "HELPO_VALKEY_PASSWORD"  # noqa: S105
ENCRYPTION_KEYS = "HELPO_ENCRYPTION_KEYS"
SESSION_SECRET = "HELPO_SESSION_SECRET"  # noqa: S105
RASA_TOKEN = "RASA_TOKEN"  # noqa: S105
METRICS_TOKEN = "HELPO_METRICS_TOKEN"  # noqa: S105

LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(\S+)")
HEADER = "# HELPO が自動で作った秘密の値です。なくすと保存済みのデータを読めなくなります。バックアップに含めてください。\n"


def _word() -> str:
    # Letters and digits only: a secret goes into addresses and configuration files unescaped.
    return secrets.token_hex(24)


def _encryption_keys() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


MAKERS: Mapping[str, Callable[[], str]] = {ENCRYPTION_KEYS: _encryption_keys}


def read(path: Path) -> dict[str, str]:
    """Return the values in `path`; nothing when there is no such file.

    Raises:
        CannotStart: it is not a list of NAME=value lines.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise CannotStart(_broken(path, "")) from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not (match := LINE.fullmatch(line.strip())):
            raise CannotStart(_broken(path, f"（{number} 行目）"))
        found[match[1]] = match[2]
    return found


def complete(path: Path, names: tuple[str, ...], *, data_exists: bool) -> dict[str, str]:
    """Return a value for each of `names`; missing ones are made and stored.

    Raises:
        CannotStart: the file is gone or broken while there is data that only its values open.
    """
    known = read(path)
    if data_exists and (not known or (ENCRYPTION_KEYS in names and ENCRYPTION_KEYS not in known)):
        raise CannotStart(
            f"{path} に {ENCRYPTION_KEYS} がありませんが、データベースは残っています。この鍵がないとデータを読めません。"
            "バックアップから戻してください。"
        )
    missing = [name for name in names if name not in known]
    for name in missing:
        known[name] = MAKERS.get(name, _word)()
    if missing:
        _write(path, known)
    return known


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file in one step: with half a file the data could not be opened any more."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  a descriptor, private from birth
        file.write(HEADER + "".join(f"{name}={value}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _broken(path: Path, where: str) -> str:
    return f"{path} を読めません{where}。バックアップから戻してください。"
