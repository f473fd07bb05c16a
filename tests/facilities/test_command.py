"""Test `helpo facilities import` and `helpo shop import` on the command line: one line, and the exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import Settings
from tests.facilities.imported import CLINICS, PHARMACIES
from tests.facilities.spreadsheets import each, saved

ROOT = Path(__file__).parents[2]
Helpo = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def helpo(settings: Settings) -> Helpo:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "RASA_URL": settings.rasa_url,
        "RASA_TOKEN": settings.rasa_token.get_secret_value(),
        "LINE_API_URL": settings.line_api_url,
        "LINE_DATA_API_URL": settings.line_data_url,
        "HELPO_PUBLIC_URL": "http://127.0.0.1:9",
        "HELPO_STATE_DIR": str(settings.state_dir),
        "HELPO_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "HELPO_SESSION_SECRET": settings.session_secret.get_secret_value(),
        **{name: value.get_secret_value() for name, value in settings.channel_secrets.items()},
    }

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    return run


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of an error; what stands on it is no log and no traceback."""
    [line] = done.stderr.splitlines()
    assert line.startswith("helpo: ")
    return line.removeprefix("helpo: ")


def test_a_refused_import_is_one_line_and_exit_code_1(helpo: Helpo, sample: Path, tmp_path: Path) -> None:
    done = helpo("facilities", "import", sample)
    assert done.returncode == 0, done.stderr
    assert "いわき市: 90 facilities" in done.stdout
    damaged = saved(sample / CLINICS, tmp_path / CLINICS, each("その他の休診日", lambda _: ""))
    done = helpo("facilities", "import", damaged)
    assert done.returncode == 1
    assert "その他の休診日(gw、お盆等)" in said(done)
    assert said(done).endswith("import it with --may-shrink")
    assert helpo("facilities", "import", damaged, "--may-shrink").returncode == 0
    done = helpo("facilities", "import", "nonexist")
    assert (done.returncode, said(done)) == (
        2,
        "Invalid value for 'paths': path 'nonexist' does not exist. Try --help",
    )
    os.mkfifo(tmp_path / PHARMACIES)
    done = helpo("facilities", "import", tmp_path / PHARMACIES)
    assert (done.returncode, "is a pipe" in said(done)) == (1, True)
    done = helpo("shop", "import", "nonexist.csv")
    assert done.returncode == 2
    assert "'nonexist.csv' does not exist" in said(done)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["facilities", "import"], "Missing argument 'paths'. Try --help"),
        (["facilities", "import", "x", "--city"], "Option '--city' requires an argument. Try --help"),
        (["facilities", "imprt"], "No such command 'imprt'."),
        (["shop", "import"], "Missing argument 'file'. Try --help"),
        (["facilities", "import", "data", "--city", "nowhere"], "no such city: nowhere"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(helpo: Helpo, arguments: list[str], says: str) -> None:
    done = helpo(*arguments)
    assert done.returncode == 2
    assert said(done).startswith(says)


def test_without_a_command_the_help_is_shown_and_nothing_else(helpo: Helpo) -> None:
    done = helpo("facilities")
    assert (done.returncode, done.stderr) == (2, "")
    assert "Import the ministry's open data" in done.stdout
