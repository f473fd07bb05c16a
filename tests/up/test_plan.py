"""Test what `helpo up` decides, from the environment, to run itself."""

import socket
from pathlib import Path

import pytest

from bot.up import checks
from bot.up.environment import compose, secret_names
from bot.up.errors import CannotStart
from bot.up.plan import browser_address, make_plan
from core.settings import read_settings
from tests.up.lone_servers import CITY

CREDENTIALS = {CITY.line.secret: "s", CITY.line.access_token: "t"}


def test_without_line_credentials_the_simulator_stands_in() -> None:
    plan = make_plan({}, CITY)
    assert plan.runs_simulator
    assert not plan.is_real_channel
    assert plan.line_api_url == "http://127.0.0.1:8090"


def test_with_credentials_the_real_line_is_used_and_no_simulator_and_no_secret_is_made_up_for_it() -> None:
    plan = make_plan(CREDENTIALS, CITY)
    assert plan.is_real_channel
    assert not plan.runs_simulator
    assert not set(CREDENTIALS) & set(secret_names(plan, {CITY.id: CITY}))


def test_a_stand_in_that_runs_already_is_used_and_ours_is_not_started() -> None:
    plan = make_plan(CREDENTIALS | {"LINE_API_URL": "http://127.0.0.1:7777"}, CITY)
    assert not plan.runs_simulator
    assert not plan.is_real_channel


@pytest.mark.parametrize(
    "environ", [{"A": "s"}, {"A": "s", "B": ""}, {"A": "", "B": ""}, {"LINE_API_URL": "https://api.line.me"}]
)
def test_half_or_missing_credentials_are_named_in_one_line(environ: dict[str, str]) -> None:
    with pytest.raises(CannotStart, match="B") as caught:
        make_plan(environ, CITY)
    assert "\n" not in str(caught.value)


def test_outside_services_are_used_when_named() -> None:
    plan = make_plan({"DATABASE_URL": "x", "REDIS_URL": "y", "RASA_URL": "z"}, CITY)
    assert (plan.embeds_database, plan.embeds_redis, plan.embeds_rasa) == (False, False, False)


def test_a_server_open_to_all_is_shown_with_an_address_a_browser_can_open() -> None:
    assert browser_address("0.0.0.0:8080") == "http://127.0.0.1:8080"
    assert browser_address("192.168.1.5:80") == "http://192.168.1.5:80"


def test_the_childrens_environment_is_complete_and_what_was_given_wins(tmp_path: Path) -> None:
    given = {
        "HELPO_SESSION_SECRET": "mine-" * 7,
        "DATABASE_URL": "postgresql+psycopg://db",
        "REDIS_URL": "redis://r",
    }
    plan = make_plan(given, CITY)
    made = dict.fromkeys(secret_names(plan, {CITY.id: CITY}), "made")
    made["HELPO_ENCRYPTION_KEYS"] = "k1:" + "A" * 43 + "="
    environment = compose(given, plan, made, tmp_path, (None, None))
    settings = read_settings(environment)
    assert settings.session_secret.get_secret_value() == "mine-" * 7
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://db"
    assert settings.state_dir == tmp_path
    assert not any(name.endswith("_PASSWORD") for name in environment if name.startswith("HELPO_"))


def test_a_port_in_use_is_one_line_that_names_the_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        for variable in ("HELPO_BIND", "HELPO_SIMULATOR_BIND", "HELPO_PAGES_BIND"):
            environ = {"HELPO_BIND": _free(), "HELPO_SIMULATOR_BIND": _free()} | {variable: bind}
            with pytest.raises(CannotStart, match=f"{variable}=") as caught:
                checks.ports(make_plan(environ, CITY), environ)
            assert "\n" not in str(caught.value)


def _free() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_a_state_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.write_text("not a folder")
    with pytest.raises(CannotStart, match="HELPO_STATE_DIR"):
        checks.state_folder(file)


def test_a_nearly_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(CannotStart, match="空き"):
        checks.state_folder(tmp_path / "var")
