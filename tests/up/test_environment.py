"""Test the environment of `helpo up`'s children: each gets what it needs, and no more."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.up.child import MARK, Child
from bot.up.environment import Environment
from bot.up.parts import nlu_server, nlu_training, serving_parts
from core.municipalities import Municipality, channel_secrets
from core.process_secrets import PROCESS_SECRETS
from core.settings import read_settings
from tests.up.conftest import supervising, until

STAY = "import time\nwhile True: time.sleep(1)"
OWNER, APP = "postgresql+psycopg://owner@db", "postgresql+psycopg://app@db"
TOKEN, SIGNATURE = "LINE_CHANNEL_ACCESS_TOKEN", "LINE_CHANNEL_SECRET"
KEYS, SESSION = "HELPO_ENCRYPTION_KEYS", "HELPO_SESSION_SECRET"
WHOLE = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HELPO_STATE_DIR": "/state",
    "HELPO_BIND": "127.0.0.1:8080",
    "HELPO_PUBLIC_URL": "http://127.0.0.1:8080",
    "LINE_API_URL": "http://127.0.0.1:8090",
    "DATABASE_URL": APP,
    "DATABASE_OWNER_URL": OWNER,
    "REDIS_URL": "redis://r",
    "RASA_URL": "http://127.0.0.1:5005",
    "RASA_TOKEN": "rasa",
    KEYS: "k1:" + "A" * 43 + "=",
    SESSION: "s" * 40,
    "HELPO_METRICS_TOKEN": "figures",
    SIGNATURE: "signature",
    TOKEN: "token",
    "DEMO_SIGNATURE": "signature2",
    "DEMO_TOKEN": "token2",
    "AWS_SECRET_ACCESS_KEY": "of-the-operator",
    "PGPASSWORD": "of-the-operator",
    MARK: "/state",
}
SECRETS = {
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "RASA_TOKEN", KEYS, SESSION, "HELPO_METRICS_TOKEN",
    SIGNATURE, TOKEN, "AWS_SECRET_ACCESS_KEY", "PGPASSWORD",
}  # fmt: skip
STORED = {"DATABASE_URL", "REDIS_URL", KEYS}
EXPECTED = {
    "intake": STORED | {"RASA_TOKEN", "HELPO_METRICS_TOKEN", SIGNATURE},
    "pages": STORED | {"RASA_TOKEN", "HELPO_METRICS_TOKEN", SESSION, TOKEN},
    "worker": STORED | {"RASA_TOKEN", SESSION, TOKEN},
    "scheduler": STORED,
    "simulator": {SIGNATURE, TOKEN},
    "nlu": {"RASA_TOKEN"},
    "nlu-train": {"RASA_TOKEN"},
}


@pytest.fixture
def environment(cities: Mapping[str, Municipality]) -> Environment:
    made = {name: "made" for city in cities.values() for name in (city.line.secret, city.line.access_token)}
    return Environment(made | WHOLE, cities)


def children(environment: Environment) -> dict[str, Child]:
    parts = [
        *serving_parts(environment, with_simulator=True),
        nlu_server(environment),
        nlu_training(environment),
    ]
    return {child.name: child for child in parts}


async def test_a_running_child_holds_the_secrets_it_works_with_and_no_others(
    environment: Environment, tmp_path: Path, said: list[str]
) -> None:
    parts = children(environment)
    assert parts.keys() == EXPECTED.keys()
    async with supervising(tmp_path, said) as supervisor:
        for child in parts.values():
            supervisor.start(replace(child, command=(sys.executable, "-c", STAY)))
        for name in parts:
            await until(lambda name=name: b"time.sleep" in _proc(supervisor.pid(name), "cmdline"))
            held = dict(
                entry.decode().split("=", 1)
                for entry in _proc(supervisor.pid(name), "environ").split(b"\0")
                if entry
            )
            assert held.keys() & SECRETS == EXPECTED[name], name
            assert held[MARK] == "/state"  # by which a killed `helpo up` finds it
            assert held["PATH"] == WHOLE["PATH"]
            assert not {"signature2", "token2", "of-the-operator"} & set(held.values())


def _proc(pid: int | None, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes() if pid else b""


@pytest.mark.parametrize("process", ["db", "demo", "staff"])
def test_only_migrations_have_the_owners_address(environment: Environment, process: str) -> None:
    held = environment.of(process)
    assert ("DATABASE_OWNER_URL" in held) == (process == "db")
    assert (KEYS in held) == (process != "db")
    assert not {SIGNATURE, TOKEN} & held.keys()


@pytest.mark.parametrize("process", sorted(PROCESS_SECRETS))
def test_every_process_can_start_with_what_it_is_given(environment: Environment, process: str) -> None:
    settings = read_settings(environment.of(process), PROCESS_SECRETS[process])
    assert channel_secrets(settings, dict(environment.cities))


def test_the_understanding_knows_where_to_listen_and_where_its_model_lies(environment: Environment) -> None:
    held = environment.of_understanding()
    ours = {name for name in held if name.startswith(("HELPO_", "RASA_", "LINE_", "DATABASE_", "REDIS_"))}
    assert ours == {"HELPO_STATE_DIR", "RASA_URL", "RASA_TOKEN", MARK}
