"""Test migrations with odd addresses: a `%` is an ordinary character."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text

from bot.processes.scheduler import _become_leader
from bot.up.test_servers import Servers
from core.db import upgrade as upgrading
from core.db.upgrade import upgrade
from core.municipalities import Municipality
from core.settings import Settings


@pytest.fixture(params=["100%", "50% helpo", "%(here)s", "a%20b", "%"])
def odd_database(request: pytest.FixtureRequest, running_servers: Servers) -> Iterator[str]:
    engine = create_engine(running_servers.superuser_url, isolation_level="AUTOCOMMIT")
    # Doubled for the driver, which takes a lone `%` for a parameter.
    quoted = '"' + request.param.replace("%", "%%") + '"'
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {quoted} owner helpo_owner", ())
    yield request.param
    with engine.connect() as connection:
        connection.exec_driver_sql(f"drop database {quoted} with (force)", ())
    engine.dispose()


def at(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def test_a_database_with_a_percent_sign_in_its_name_is_upgraded_and_used(
    running_servers: Servers, odd_database: str, cities: dict[str, Municipality], settings: Settings
) -> None:
    app = at(running_servers.app_url, odd_database)
    upgrade(at(running_servers.owner_url, odd_database), app, cities.values())
    engine = create_engine(app)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from municipality")) == len(cities)
    engine.dispose()

    async def lead() -> None:
        connection = await _become_leader(
            settings.model_copy(update={"database_url": SecretStr(app)}), asyncio.Event()
        )
        assert connection is not None
        await connection.close()

    asyncio.run(lead())


@pytest.mark.parametrize("folder", ["100% helpo", "%(here)s", "a%", "%%"])
def test_migrations_run_from_a_folder_with_a_percent_sign_in_its_name(
    owner_url: str,
    app_url: str,
    cities: dict[str, Municipality],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
) -> None:
    odd = tmp_path / folder / "migrations"
    shutil.copytree(upgrading.MIGRATIONS, odd, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(upgrading, "MIGRATIONS", odd)
    upgrade(owner_url, app_url, cities.values())
