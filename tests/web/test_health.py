"""Test the health pages: alive, ready, and the figures."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY, generate_latest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import open_runtime
from bot.processes import health, metrics_page
from bot.processes.metrics_page import private_metrics
from bot.processes.web import intake_app, pages_app, whole_app
from bot.up.account import server_account
from bot.up.ports import any_free
from bot.up.test_servers import Servers
from core.crypto import KeyRing
from core.db import monitoring
from core.db.engine import Sessions
from core.db.tables import LineEvent, Profession, Urgency
from core.settings import Settings
from core.talk import lock_talk
from core.words import Words
from handoff import service_resident
from handoff.model import Summary
from tests.conftest import FakeClock
from tests.harness.in_process import Town
from tests.harness.people import make_talk
from tests.web.doors import opened

TOKEN = "a-token-of-the-operators"
NOWHERE = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    monkeypatch.setattr(metrics_page, "KEPT_S", 0.0)


@pytest.fixture
async def rasa() -> AsyncIterator[str]:
    async def status(request: web.Request) -> web.Response:
        return web.json_response({}, status=200 if request.query["token"] == "rasa-token" else 401)

    app = web.Application()
    app.router.add_get("/status", status)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def running(town: Town, settings: Settings, part: str = "whole", **changes: Any) -> AsyncIterator[str]:
    """Open a web process with changed settings; gives its address."""
    changed = settings.model_copy(update=changes)
    async with AsyncExitStack() as stack:
        runtime = replace(
            await stack.enter_async_context(open_runtime(changed, pool_size=2)), clock=town.clock
        )
        client = await stack.enter_async_context(aiohttp.ClientSession())
        match part:
            case "intake":
                app = intake_app(runtime, client, f"http://{changed.pages_bind}")
            case "pages":
                app = pages_app(runtime, client, town.channels)
            case _:
                app = whole_app(runtime, client, town.channels)
        port = await stack.enter_async_context(opened(app))
        yield f"http://127.0.0.1:{port}"


async def ready(town: Town, url: str) -> tuple[int, dict[str, str]]:
    async with town.http.get(f"{url}/readyz") as answer:
        return answer.status, await answer.json()


async def test_all_parts_are_ok(town: Town, settings: Settings, rasa: str) -> None:
    async with running(town, settings, rasa_url=rasa) as url:
        ok = dict.fromkeys(("status", "database", "redis", "rasa", "worker"), "ok")
        assert await ready(town, url) == (200, ok)


async def test_without_redis_and_rasa_residents_are_served_all_the_same(
    town: Town, settings: Settings
) -> None:
    async with running(town, settings, redis_url=SecretStr(f"redis://{NOWHERE}")) as url:
        status, states = await ready(town, url)
    assert status == 200
    assert (states["status"], states["database"], states["redis"], states["rasa"]) == (
        "ok",
        "ok",
        "down",
        "down",
    )


async def test_a_rasa_that_refuses_our_token_is_away(town: Town, settings: Settings, rasa: str) -> None:
    async with running(town, settings, rasa_url=rasa, rasa_token=SecretStr("another")) as url:
        status, states = await ready(town, url)
    assert (status, states["rasa"]) == (200, "down")


async def test_without_the_database_nothing_is_ready_but_the_process_is_alive(
    town: Town, settings: Settings, rasa: str
) -> None:
    away = (
        make_url(settings.database_url.get_secret_value()).set(port=9).render_as_string(hide_password=False)
    )
    async with running(town, settings, database_url=SecretStr(away), rasa_url=rasa) as url:
        status, states = await ready(town, url)
        assert status == 503
        assert (states["status"], states["database"], states["redis"], states["rasa"]) == (
            "down",
            "down",
            "ok",
            "ok",
        )
        async with town.http.get(f"{url}/healthz") as answer:
            assert answer.status == 200


@pytest.fixture
def administer(running_servers: Servers, database: Callable[[str], str]) -> Callable[[str], None]:
    def run(statement: str) -> None:
        engine = create_engine(database(running_servers.superuser_url), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return run


@pytest.mark.parametrize(
    "trouble",
    [
        "alter database {name} set default_transaction_read_only = on",  # a standby, or a quota that was used up
        "alter database {name} set temp_file_limit = '16kB'",  # no room for a megabyte
        "revoke update on municipality from helpo_app",
        "delete from municipality",
    ],
)
async def test_a_database_that_answers_but_takes_no_writes_is_not_ready(
    town: Town, settings: Settings, administer: Callable[[str], None], trouble: str
) -> None:
    name = make_url(settings.database_url.get_secret_value()).database
    administer(trouble.format(name=name))
    async with running(town, settings) as url:
        status, states = await ready(town, url)
    assert (status, states["database"]) == (503, "unwritable")


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk takes root to mount")
async def test_a_database_whose_disk_is_full_says_so_and_is_ready_again_when_there_is_room(
    town: Town, settings: Settings, administer: Callable[[str], None]
) -> None:
    disk = Path(tempfile.mkdtemp(prefix="helpo-disk-"))
    name = make_url(settings.database_url.get_secret_value()).database
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=777", "tmpfs", disk], check=True)  # noqa: ASYNC221
    try:
        place = disk / "place"
        place.mkdir()
        place.chmod(0o777)
        os.chown(place, server_account().uid, -1)
        administer(f"create tablespace {name} location '{place}'")
        administer(f"grant create on tablespace {name} to helpo_app")
        administer(f"alter database {name} set temp_tablespaces = {name}")
        async with running(town, settings) as url:
            status, states = await ready(town, url)
            assert (status, states["database"], states["status"]) == (503, "full", "down")
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)  # noqa: ASYNC221
            assert (await ready(town, url))[0] == 200
        administer(f"alter database {name} reset temp_tablespaces")
    finally:
        administer(f"drop tablespace if exists {name}")
        subprocess.run(["umount", "-l", disk], check=True)  # noqa: ASYNC221
        disk.rmdir()  # noqa: ASYNC240


async def test_asking_again_and_again_leaves_no_rows_and_no_files(
    town: Town, settings: Settings, engine: AsyncEngine
) -> None:
    sizes = "select sum(pg_relation_size(oid)) from pg_class where relkind in ('r', 't')"
    async with running(town, settings) as url, engine.connect() as connection:
        assert (await ready(town, url))[0] == 200
        before = await connection.scalar(text(sizes))
        for _ in range(300):
            assert (await ready(town, url))[0] == 200
        after = await connection.scalar(text(sizes))
    assert after - before <= 16384


async def test_a_crowd_that_asks_is_answered_by_one_look(
    town: Town, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_S", 5.0)
    looks = 0
    look = health.Health._look

    async def counted(self: health.Health) -> dict[str, str]:
        nonlocal looks
        looks += 1
        return await look(self)

    monkeypatch.setattr(health.Health, "_look", counted)
    async with running(town, settings) as url:
        assert {(await one)[0] for one in [ready(town, url) for _ in range(40)]} == {200}
    assert looks == 1


async def metrics(town: Town, url: str, **headers: str) -> tuple[int, str]:
    async with town.http.get(f"{url}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def figure(page: str, name: str) -> float:
    found = [
        line.rpartition(" ")[2] for line in page.splitlines() if line.startswith((f"{name} ", f"{name}{{"))
    ]
    assert found, name
    return sum(map(float, found))


@pytest.mark.parametrize("part", ["intake", "whole"])
@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer wrong"},
              {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, {"X-Forwarded-For": "127.0.0.1"}],
)  # fmt: skip
async def test_the_public_door_shows_no_figures_to_strangers(
    town: Town, settings: Settings, part: str, token: str | None, given: dict[str, str]
) -> None:
    async with running(town, settings, part, metrics_token=SecretStr(token) if token else None) as url:
        status, page = await metrics(town, url, **given)
    assert status == 401
    assert "helpo" not in page


@pytest.mark.parametrize("part", ["intake", "whole", "pages"])
async def test_the_bearer_of_the_token_sees_them(town: Town, settings: Settings, part: str) -> None:
    async with running(town, settings, part, metrics_token=SecretStr(TOKEN)) as url:
        status, page = await metrics(town, url, Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert figure(page, "helpo_open_events") == 0


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/x/../metrics", "//metrics", "/%6detrics", "/./metrics", "/metrics/", "/x/%2e%2e/metrics"],
)
async def test_no_path_through_the_public_door_leads_to_the_pages_figures(
    town: Town, settings: Settings, path: str
) -> None:
    async with running(town, settings, "pages") as pages:
        assert (await metrics(town, pages))[0] == 200
        bind = pages.removeprefix("http://")
        async with running(town, settings, "intake", pages_bind=bind) as public:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(public.rpartition(":")[2]))
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \r\n"
                "Connection: close, X-Forwarded-For\r\n\r\n".encode()
            )
            answer = (await reader.read()).decode(errors="replace")
            writer.close()
    assert "helpo_open_events" not in answer
    assert answer.split()[1] in {"401", "404"}


async def _asks_for_a_nurse(town: Town, ring: KeyRing) -> None:
    talk_id = await make_talk(town.sessions, ring, town.clock, "iwaki", 1)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, talk_id)
        await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.GREEN,
            summary=Summary(complaint=Words.of("頭痛")),
            now=town.clock(),
        )


async def test_figures_tell_what_waits_and_for_how_long(
    town: Town, settings: Settings, clock: FakeClock, ring: KeyRing
) -> None:
    hana, takeo = await town.resident(), await town.resident()
    async with running(town, settings, "pages") as url:
        await _asks_for_a_nurse(town, ring)
        for resident in (hana, takeo):
            await resident.does(type="text", text="こんにちは")
        await town.webhooks_delivered()
        clock.advance(seconds=90)
        page = (await metrics(town, url))[1]
        assert figure(page, "helpo_open_events") == 2
        assert 90 <= figure(page, "helpo_oldest_unserved_event_seconds") < 100
        assert figure(page, "helpo_waiting_threads") == 1
        assert 90 <= figure(page, "helpo_longest_wait_seconds") < 100
        while await town.serve():
            pass
        clock.advance(seconds=30)
        page = (await metrics(town, url))[1]
        assert (figure(page, "helpo_open_events"), figure(page, "helpo_oldest_unserved_event_seconds")) == (
            0,
            0,
        )
        assert figure(page, "helpo_open_outbox_rows") >= 1
        assert 30 <= figure(page, "helpo_oldest_unsent_row_seconds") < 40
        await town.settle()
        page = (await metrics(town, url))[1]
        assert (figure(page, "helpo_open_outbox_rows"), figure(page, "helpo_oldest_unsent_row_seconds")) == (
            0,
            0,
        )


async def test_what_happened_is_counted_where_it_happened(town: Town, settings: Settings) -> None:
    async with running(town, settings, "pages") as url:
        before = (await metrics(town, url))[1]

        def more(page: str, name: str) -> float:
            return figure(page, name) - (figure(before, name) if name in before else 0)

        hana = await town.resident()
        assert await hana.says("こんにちは")
        await town.http.post(f"{town.intake_url}/line/iwaki/webhook", data=b"{}")
        page = (await metrics(town, url))[1]
    assert more(page, "helpo_events_stored_total") == 2  # hello of the new friend, and her words
    assert more(page, 'helpo_events_total{outcome="served"}') == 2
    assert more(page, 'helpo_outbox_total{status="sent",via="reply"}') == 2
    assert more(page, 'helpo_webhooks_refused_total{reason="signature"}') == 1


async def test_what_was_rolled_back_is_not_counted(town: Town, sessions: Sessions) -> None:
    hana = await town.resident()
    await hana.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    before = generate_latest(REGISTRY).decode()
    async with sessions() as session:
        event = (await session.scalars(select(LineEvent).where(LineEvent.outcome.is_(None)))).one()
        event.outcome = "served"
        await session.flush()
        await session.rollback()
        await session.commit()
    after = generate_latest(REGISTRY).decode()
    name = 'helpo_events_total{outcome="served"}'
    assert figure(after, name) == figure(before, name)


async def test_figures_look_at_open_rows_only(town: Town, engine: AsyncEngine) -> None:
    """However many rows have ended: the plans touch the partial indexes and nothing else."""
    hana = await town.resident()
    await hana.says("こんにちは")
    async with engine.connect() as connection:
        await connection.execute(text("set enable_seqscan = off"))
        for query in (monitoring.EVENTS, monitoring.ROWS):
            plan = "\n".join(
                await connection.scalars(text(f"explain {query.text}"), {"most": monitoring.MOST})
            )
            assert "Seq Scan" not in plan, plan
            assert "ix_" in plan, plan


async def test_figures_stay_while_the_database_is_away(town: Town, settings: Settings) -> None:
    away = (
        make_url(settings.database_url.get_secret_value()).set(port=9).render_as_string(hide_password=False)
    )
    async with running(town, settings, "pages", database_url=SecretStr(away)) as url:
        status, page = await metrics(town, url)
    assert status == 200
    assert "helpo_events_stored_total" in page
    assert "helpo_open_events" not in page  # not known is not zero


async def test_a_worker_shows_its_own_on_the_address_it_was_given(town: Town, settings: Settings) -> None:
    bind = f"127.0.0.1:{any_free()}"
    async with private_metrics(settings.model_copy(update={"metrics_bind": bind})):
        status, page = await metrics(town, f"http://{bind}")
    assert status == 200
    assert "helpo_outbox" in page
    with pytest.raises(aiohttp.ClientError):
        await metrics(town, f"http://{bind}")
