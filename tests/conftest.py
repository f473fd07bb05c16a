"""Shared fixtures: real PostgreSQL and Valkey, a database of its own for each test, a settable clock."""

import base64
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.up.test_servers import Servers, servers
from core.crypto import KeyRing
from core.db.engine import Sessions, make_engine, make_sessions
from core.db.upgrade import upgrade
from core.municipalities import Municipality, load_municipalities
from core.settings import Settings
from core.texts import Texts, load_texts
from tests.harness.in_process import ScriptedResident, Town, open_town

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"


class FakeClock:
    """A clock that moves only when told. Starts on a Monday at 10:00 in Japan."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now


@pytest.fixture(scope="session")
def running_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers(tmp_path_factory.mktemp("servers"), fsync=False) as found:
        yield found


@pytest.fixture(scope="session")
def cities() -> dict[str, Municipality]:
    return load_municipalities(DATA)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(DATA)


@pytest.fixture(scope="session")
def template_database(running_servers: Servers, cities: dict[str, Municipality]) -> str:
    upgrade(running_servers.owner_url, running_servers.app_url, cities.values())
    return make_url(running_servers.owner_url).database or ""


@pytest.fixture
def database(running_servers: Servers, template_database: str) -> Iterator[Callable[[str], str]]:
    """Clone the template; returns a function from a role's URL to its URL on this database."""
    name = f"test_{uuid.uuid4().hex}"
    admin = make_url(running_servers.superuser_url).set(database="postgres")
    owner = make_url(running_servers.owner_url).username
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(f"create database {name} owner {owner} template {template_database} strategy file_copy")
        )
    yield lambda url: make_url(url).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


@pytest.fixture
def app_url(running_servers: Servers, database: Callable[[str], str]) -> str:
    return database(running_servers.app_url)


@pytest.fixture
def owner_url(running_servers: Servers, database: Callable[[str], str]) -> str:
    return database(running_servers.owner_url)


@pytest.fixture
async def engine(app_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(app_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def owner_engine(owner_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(owner_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return make_sessions(engine)


@pytest.fixture
def redis_url(running_servers: Servers) -> str:
    return running_servers.redis_url


@pytest.fixture
def encryption_keys() -> str:
    return "test:" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def ring(encryption_keys: str) -> KeyRing:
    return KeyRing.parse(encryption_keys)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(
    app_url: str,
    owner_url: str,
    redis_url: str,
    encryption_keys: str,
    cities: dict[str, Municipality],
    tmp_path: Path,
) -> Settings:
    names = [name for city in cities.values() for name in (city.line.secret, city.line.access_token)]
    return Settings(
        database_url=SecretStr(app_url),
        database_owner_url=SecretStr(owner_url),
        redis_url=SecretStr(redis_url),
        rasa_url="http://127.0.0.1:9",  # refused at once: Rasa is down unless a test brings one
        rasa_token=SecretStr("rasa-token"),
        line_api_url="http://127.0.0.1:9",
        line_data_url="http://127.0.0.1:9",
        state_dir=tmp_path,
        data_dir=DATA,
        encryption_keys=SecretStr(encryption_keys),
        session_secret=SecretStr("session-secret-of-the-tests-alone"),
        channel_secrets={name: SecretStr(f"value-of-{name}") for name in names},
    )


@pytest.fixture
async def town(
    settings: Settings,
    engine: AsyncEngine,
    sessions: Sessions,
    ring: KeyRing,
    clock: FakeClock,
    texts: Texts,
    cities: dict[str, Municipality],
) -> AsyncIterator[Town]:
    async with open_town(settings, engine, sessions, ring, clock, texts, cities) as town:
        yield town


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    """A resident of Iwaki who has been welcomed; a module teaches the town what its own one may say."""
    return await town.resident()
