"""Test failures of the services HELPO uses: Rasa or Valkey hangs; LINE is silent, late, or sends twice.

LINE's other moods (500, 503, 429 of both kinds, 401, a lost answer) are in tests/delivery/test_delivery.py.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis
from sqlalchemy import select

from core.clock import system_clock
from core.console import add_staff
from core.console.codes import code_at
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import LineEvent, MunicipalityRow, Outbox, Profession, Role
from core.messages import Text
from core.settings import Settings
from core.talk import lock_talk
from core.texts import Texts
from tests.harness.children import own_port
from tests.harness.console_client import PASSWORD, SECRET, Browser
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.processes import (
    ResidentPhone,
    RunningParts,
    on_own_ports,
    open_parts,
    share,
    tell,
    until,
)

slow = [pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(240)]

RED_FLAG = "父が急に倒れて返事をしません"
ORDINARY = "ちょっと気になることがあって"
SIMULATOR_WEB_WORKER = ("simulator", "web", "worker")


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """A server that takes connections and never says a word; gives its address."""
    talks: set[asyncio.StreamWriter] = set()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(writer)

    port = own_port()
    server = await asyncio.start_server(listen, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        for writer in talks:
            writer.close()
        server.close()
        await server.wait_closed()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process of our own without ending it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def worker_is_up(street: RunningParts) -> None:
    [phone] = await street.phones(1)
    await phone.asks("こんにちは", 60)


class TestRasaHangs:
    pytestmark = slow

    async def test_red_flags_are_answered_within_a_second_and_words_with_the_menu(
        self, settings: Settings, texts: Texts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with silent_server() as rasa:
            mine = on_own_ports(settings, rasa_url=rasa)
            async with open_parts(mine, tmp_path, SIMULATOR_WEB_WORKER) as street:
                await worker_is_up(street)
                # Long enough for the breaker to close again and let its probes hang.
                flags, words = await side_by_side(street, flags=40, others=40, over_s=16.0)
                violations = (await street.counters())["violations"]
        cards = [waited for waited, _ in flags]
        tell(
            capsys,
            f"Rasa hangs: card p50 {share(cards, 0.5):.2f} p95 {share(cards, 0.95):.2f} max {max(cards):.2f} s;"
            f" menu p95 {share([w for w, _ in words], 0.95):.2f} max {max(w for w, _ in words):.2f} s",
        )
        assert all("119" in heard for _, heard in flags)
        assert all(texts("talk.deaf") in heard for _, heard in words)
        assert violations == []
        assert share(cards, 0.95) <= 1.0


async def side_by_side(
    street: RunningParts, *, flags: int, others: int, over_s: float
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Let residents write, evenly over a while, emergencies among ordinary words; returns (waited, heard) of each."""
    phones = await street.phones(flags + others)

    async def write(phone: ResidentPhone, text: str, after_s: float) -> tuple[float, str]:
        await asyncio.sleep(after_s)
        return await phone.asks(text, 30)

    async with asyncio.TaskGroup() as tasks:
        urgent = [
            tasks.create_task(write(phone, RED_FLAG, over_s * n / flags))
            for n, phone in enumerate(phones[:flags])
        ]
        calm = [
            tasks.create_task(write(phone, ORDINARY, over_s * n / others))
            for n, phone in enumerate(phones[flags:])
        ]
    return [task.result() for task in urgent], [task.result() for task in calm]


class TestValkeyFrozen:
    pytestmark = slow

    async def test_webhooks_turns_and_pages_go_on_by_polling(
        self,
        settings: Settings,
        sessions: Sessions,
        ring: KeyRing,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        await hire(sessions, ring, "demo-nurse")
        mine = on_own_ports(settings)
        async with open_parts(mine, tmp_path, SIMULATOR_WEB_WORKER) as street:
            await worker_is_up(street)
            with frozen(valkey_pid(settings)):
                waited = [(await phone.asks("こんにちは", 10))[0] for phone in await street.phones(20)]
                figures = await street.counters()
                [patient] = await street.phones(1)
                paged = await at_the_desk(street, patient)
        answered = figures["webhooks"]["answer_ms"]
        tell(
            capsys,
            f"Valkey frozen: webhook p95 {answered['p95']} max {answered['max']} ms;"
            f" turn p50 {share(waited, 0.5):.2f} max {max(waited):.2f} s;"
            f" pages {', '.join(f'{what} {s:.2f} s' for what, s in paged.items())}",
        )
        assert figures["webhooks"]["answers"].keys() == {"200"}
        assert answered["max"] < 1_000
        assert max(waited) <= 2.0
        assert paged["clinician to resident"] <= 2.0
        assert max(paged.values()) <= 5.0


def valkey_pid(settings: Settings) -> int:
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        return int(client.info("server")["process_id"])  # type: ignore[index]


async def hire(sessions: Sessions, ring: KeyRing, login: str) -> None:
    async with sessions.begin() as session:
        await add_staff(
            session,
            ring,
            login=login,
            display_name="デモ 看護師",
            roles=(Role.CLINICIAN,),
            professions=(Profession.NURSE,),
            municipalities=("iwaki",),
            now=system_clock(),
            password=PASSWORD,
            totp_secret=SECRET,
        )


async def at_the_desk(street: RunningParts, patient: ResidentPhone) -> dict[str, float]:
    """A nurse signs in, finds who waits, claims and answers; returns the seconds of each step."""
    took: dict[str, float] = {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, street.public)
        with timed(took, "sign in"):
            status, _ = await browser.sign_in("demo-nurse", PASSWORD, code_at(SECRET, system_clock()))
        assert status == 303
        with timed(took, "resident to queue"):
            await patient.asks("看護師さんと話したい", 10)
            thread = await waiting_thread(browser)
        with timed(took, "claim"):
            assert (await browser.post(f"/console/threads/{thread}/claim"))[0] == 204
        with timed(took, "clinician to resident"):
            words = {"submission": "first", "text": "看護師です。どうされましたか。"}
            assert (await browser.post(f"/console/threads/{thread}/reply", **words))[0] == 204
            await hears(patient, words["text"])
        with timed(took, "thread page"):
            status, page = await browser.get(f"/console/threads/{thread}")
    assert (status, words["text"] in page) == (200, True)
    return took


@contextmanager
def timed(took: dict[str, float], what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took[what] = time.monotonic() - began


async def waiting_thread(browser: Browser) -> str:
    found: list[str] = []

    async def listed() -> bool:
        _, board = await browser.get("/console/inbox/list")
        found.extend(part.split("\\")[0].split('"')[0] for part in board.split("/console/threads/")[1:2])
        return bool(found)

    await until(listed, 10)
    return found[0]


async def hears(phone: ResidentPhone, words: str) -> None:
    async def heard() -> bool:
        return any(words in message["text"] for message in await phone.hears(1))

    await until(heard, 20, 0)


# LINE, in one process and on a clock that obeys.


async def last_row(town: Town) -> Outbox:
    async with town.sessions() as session:
        return (await session.scalars(select(Outbox).order_by(Outbox.position.desc()).limit(1))).one()


async def age(town: Town, resident: ScriptedResident, clock: Any) -> None:
    """Write, and let the reply token grow old before anybody answers: what follows is a push."""
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    clock.advance(seconds=55)


async def test_a_reply_line_never_answers_is_said_once(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", never=True, times=1)
    await resident.says("こんにちは")
    assert (await last_row(town)).status == "sending"
    clock.advance(seconds=3)
    await town.settle()
    row = await last_row(town)
    assert (row.status, row.via, row.possibly_doubled) == ("sent", "reply", False)
    assert len(await resident.hears()) == 1


@pytest.mark.parametrize(
    "trouble", [{"never": True}, {"delay_s": 30}, {"status": 500}, {"lose_answer": True}]
)
async def test_a_push_of_unknown_outcome_is_repeated_under_its_key_and_arrives_once(
    town: Town, resident: ScriptedResident, clock: Any, trouble: dict[str, Any]
) -> None:
    await age(town, resident, clock)
    await town.fault(path="push", times=1, **trouble)
    await town.settle()
    assert (await last_row(town)).status == "sending"
    clock.advance(minutes=2)
    await town.settle()
    row = await last_row(town)
    assert (row.status, row.via, row.possibly_doubled) == ("sent", "push", False)
    assert len(await resident.hears()) == 1
    pushed = await town.requests("message/push")
    assert {call["retry_key"] for call in pushed} == {str(row.id)}
    assert len({str(call["body"]) for call in pushed}) == 1
    assert (await town.counters())["violations"] == []


async def test_a_silent_line_holds_up_one_talk_and_not_the_others(
    town: Town, resident: ScriptedResident
) -> None:
    other = await town.resident()
    await town.fault(path="reply", never=True, times=1, resident=resident.user_id)
    await resident.does(type="text", text="こんにちは")
    await other.does(type="text", text="こんにちは")
    await town.settle()
    assert [len(await who.hears()) for who in (resident, other)] == [0, 1]


async def test_what_line_delivers_twice_is_served_and_answered_once(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(duplicate=2, times=1)
    await town.fault(redeliver=2, times=1)
    done = await resident.does(type="text", text="こんにちは")
    await redelivered(town, clock, 2)
    await town.settle()
    async with town.sessions() as session:
        stmt = select(LineEvent).where(LineEvent.webhook_event_id == done["webhook_event_id"])
        assert (await session.scalars(stmt)).one().outcome == "served"
    assert len(await resident.hears()) == 1
    webhooks = (await town.counters())["webhooks"]
    assert (webhooks["duplicated"], webhooks["redelivered"]) == (2, 2)


async def test_a_message_redelivered_after_its_answer_is_not_answered_again(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(redeliver=1, times=1)
    await resident.does(type="text", text="こんにちは")
    await until(lambda: is_stored(town), 5)
    await town.serve()
    await town.send()
    assert len(await resident.hears()) == 1
    await redelivered(town, clock, 1)
    await town.settle()
    assert await resident.hears() == []


async def redelivered(town: Town, clock: Any, times: int) -> None:
    """Let time pass until LINE has delivered so often again."""

    async def is_done() -> bool:
        clock.advance(seconds=1)
        return (await town.counters())["webhooks"]["redelivered"] == times

    await until(is_done, 10, 0.05)


async def is_stored(town: Town) -> bool:
    return await town.pending_events() > 0


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_channel_pauses_alone_and_loses_nothing(
    town: Town, resident: ScriptedResident, clock: Any, status: int
) -> None:
    neighbour = await town.resident("demo-kitahama")
    await town.fault(path="reply", status=status, resident=resident.user_id, times=1)
    await resident.says("こんにちは")
    assert await neighbour.says("こんにちは")
    async with town.sessions() as session:
        paused = {
            city.id for city in await session.scalars(select(MunicipalityRow)) if city.line_paused_until
        }
    assert paused == {"iwaki"}
    # The next word does not leave either, and both arrive in their order when LINE takes the token again.
    assert await resident.says("もしもし") == ""
    clock.advance(seconds=61)
    await town.settle()
    assert len(await resident.hears()) == 2
    async with town.sessions() as session:
        until_when = (await session.get_one(MunicipalityRow, "iwaki")).line_paused_until
    assert until_when < clock()


async def test_a_persons_words_of_unknown_outcome_arrive_and_the_doubt_is_counted(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await resident.does(type="text", text="こんにちは")
    await town.settle()
    await resident.does(type="text", text="もうひとつ")
    await town.webhooks_delivered()
    async with town.sessions.begin() as session:
        [talk_id] = await session.scalars(select(Outbox.conversation_id).limit(1))
        talk = await lock_talk(session, ring, talk_id)
        said_by_nurse = talk.say([Text(text="看護師です")], clock()).id
    await town.fault(path="reply", lose_answer=True, times=1)
    await town.send()
    clock.advance(seconds=60)
    await town.settle()
    async with town.sessions() as session:
        rows = list(await session.scalars(select(Outbox).where(Outbox.id == said_by_nurse)))
    assert [(row.status, row.via, row.possibly_doubled) for row in rows] == [("sent", "push", True)]
    assert sum("看護師です" in message["text"] for message in await resident.hears()) == 2
