"""Test mistyped `helpo` commands: one line that says what is wrong, and exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OURS = ("DATABASE_", "REDIS_", "RASA_", "LINE_", "HELPO_")


def helpo(*arguments: str, at: Path = ROOT, **environment: str) -> tuple[int, str]:
    """Run a command with nothing of ours in the environment; exit code and all it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=at, env={**kept, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("facilities", "import", "nonexist"), "nonexist"),
        (("facilities", "import", "data", "nofile.csv"), "nofile.csv"),
        (("shop", "import", "missing.csv"), "missing.csv"),
        (("shop", "import", "data"), "data"),
        (("triage", "screen", "--json", "missing.jsonl"), "missing.jsonl"),
        (("nlu", "evaluate", "--json", "missing.jsonl"), "missing.jsonl"),
        (("upp",), "upp"),
        (("web", "--part", "kitchen"), "--part"),
        (("web", "--port", "80"), "--port"),
        (("worker", "--lanes", "inbound,slow"), "slow"),
        (("staff", "code"), "login"),
        (("staff", "add", "yamada"), "--name"),
    ],
)
def test_a_wrong_word_is_one_line_that_names_it(arguments: tuple[str, ...], said: str) -> None:
    code, words = helpo(*arguments)
    assert code == 2
    assert words.startswith("helpo: ")
    assert words.count("\n") == 1
    assert said in words


@pytest.mark.parametrize(
    "arguments",
    [("staff", "code", "demo-nurse"), ("db", "upgrade"), ("worker",), ("keys", "rotate"), ("simulator",)],
)
def test_in_another_folder_it_says_that_no_helpo_runs_here(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, words = helpo(*arguments, at=tmp_path)
    assert code == 2
    assert "no HELPO runs here" in words
    assert str(tmp_path / "var") in words
    assert "HELPO_PUBLIC_URL" not in words
    assert words.count("\n") == 1


def test_it_starts_nothing_in_a_folder_without_helpo(tmp_path: Path) -> None:
    code, words = helpo("up", at=tmp_path)
    assert code != 0
    assert str(tmp_path / "data") in words
    assert words.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "db.example.jp/helpo"), ("REDIS_URL", "127.0.0.1:6379"), ("RASA_URL", "127.0.0.1:5005"),
     ("LINE_API_URL", "http://127.0.0.1:port"), ("LINE_API_URL", "127.0.0.1:8090"), ("HELPO_SIMULATOR_BIND", "8090")],
)  # fmt: skip
def test_helpo_up_names_an_address_that_is_none(tmp_path: Path, name: str, value: str) -> None:
    code, words = helpo("up", HELPO_STATE_DIR=str(tmp_path / "var"), **{name: value})
    assert code != 0
    assert name in words
    assert "Traceback" not in words


def test_without_a_command_it_shows_its_commands_and_help_is_no_error() -> None:
    assert helpo()[0] == 2
    code, words = helpo("--help")
    assert code == 0
    assert "facilities" in words
