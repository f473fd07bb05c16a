"""Test the secrets that an installation makes for itself."""

import base64
import stat
from pathlib import Path

import pytest

from bot.up import credentials, env_file
from bot.up.errors import CannotStart
from bot.up.logins import parse

NAMES = (credentials.ENCRYPTION_KEYS, credentials.SESSION_SECRET)


def test_secrets_are_made_once_kept_private_and_completed_later(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    first = credentials.complete(path, NAMES, data_exists=False)
    again = credentials.complete(path, (*NAMES, "LINE_CHANNEL_SECRET"), data_exists=True)
    assert {name: again[name] for name in NAMES} == first
    assert again["LINE_CHANNEL_SECRET"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key_id, _, key = first[credentials.ENCRYPTION_KEYS].partition(":")
    assert key_id
    assert len(base64.b64decode(key)) == 32


@pytest.mark.parametrize("broken", [b"NO EQUALS SIGN\n", b"\xff\xfe\x00", b"A=\n"])
def test_a_broken_file_is_one_line_and_is_left_as_it_is(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "secrets.env"
    path.write_bytes(broken)
    with pytest.raises(CannotStart, match=r"secrets\.env") as caught:
        credentials.complete(path, NAMES, data_exists=False)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == broken


def test_other_commands_find_a_running_installation_and_their_own_environment_wins(tmp_path: Path) -> None:
    composed = {"DATABASE_URL": "made", "REDIS_URL": "made=x", "GIVEN": "g"}
    own = {"HELPO_STATE_DIR": str(tmp_path), "REDIS_URL": "own"}
    with env_file.announced(tmp_path, composed, {"GIVEN": "g"}):
        assert stat.S_IMODE((tmp_path / env_file.FILE).stat().st_mode) == 0o600
        assert env_file.with_running(own) == own | {"DATABASE_URL": "made"}
    assert env_file.with_running(own) == own


def test_demo_logins_are_read_from_the_last_line() -> None:
    line = (
        '[{"login": "n", "name": "名", "role": "看護師", "password": "p", "totp_secret": "JBSWY3DPEHPK3PXP"}]'
    )
    (login,) = parse(f"何か\n{line}\n".encode())
    assert login.address == "otpauth://totp/HELPO:n?secret=JBSWY3DPEHPK3PXP&issuer=HELPO"
    with pytest.raises(CannotStart):
        parse(b"no json")
