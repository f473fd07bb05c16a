"""Test forged, replayed, oversized and garbled webhooks: each gets its status, residents are answered.

Statuses and storage alone are in tests/line/test_webhook.py; here the intake process as it is put together, and the
talk behind it.
"""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from bot.app import open_runtime
from bot.line import webhook
from bot.line.signature import HEADER, sign
from bot.processes.web import intake_app
from core.db.tables import LineEvent
from core.settings import Settings
from tests.harness.in_process import ScriptedResident, Town

MB = 1_000_000
GREETED = "こんにちは"


class AbusedDoor:
    """The intake as the world sees it, with LINE's secret in hand."""

    def __init__(self, town: Town, http: aiohttp.ClientSession, url: str, secret: str) -> None:
        self.town, self.http, self.url, self.secret = town, http, url, secret

    async def post(self, body: bytes, signature: str | None = "") -> int:
        """Post bytes as a webhook, rightly signed unless `signature` says otherwise (None: no header)."""
        known = sign(self.secret, body).decode() if signature == "" else signature
        headers = {} if known is None else {HEADER: known}
        url = f"{self.url}/line/iwaki/webhook"
        async with self.http.post(url, data=BytesIO(body), headers=headers) as answer:
            await answer.read()
            return answer.status

    def said(self, resident: ScriptedResident, text: str = GREETED, **changes: Any) -> dict[str, Any]:
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": int(self.town.clock().timestamp() * 1000),
            "source": {"type": "user", "userId": resident.user_id},
            "webhookEventId": uuid.uuid4().hex,
            "deliveryContext": {"isRedelivery": False},
            "message": {"type": "text", "id": uuid.uuid4().hex, "text": text},
        }
        return {key: value for key, value in {**event, **changes}.items() if value is not ...}

    async def outcomes(self, *events: dict[str, Any]) -> list[str | None]:
        """How the events ended, in the order given; each must be stored exactly once."""
        async with self.town.sessions() as session:
            found = [
                (
                    await session.scalars(
                        select(LineEvent).where(LineEvent.webhook_event_id == e["webhookEventId"])
                    )
                ).one()
                for e in events
            ]
        return [event.outcome for event in found]

    async def stored(self) -> int:
        async with self.town.sessions() as session:
            return await session.scalar(select(func.count()).select_from(LineEvent)) or 0


def body_of(*events: Any) -> bytes:
    return json.dumps({"destination": "U" + "0" * 32, "events": list(events)}, ensure_ascii=False).encode()


@asynccontextmanager
async def running_intake(town: Town, settings: Settings) -> AsyncIterator[AbusedDoor]:
    async with (
        open_runtime(settings, pool_size=3) as runtime,
        aiohttp.ClientSession(auto_decompress=False) as client,
        TestServer(intake_app(replace(runtime, clock=town.clock), client, "http://127.0.0.1:9")) as server,
    ):
        secret = settings.channel_secret("LINE_CHANNEL_SECRET")
        yield AbusedDoor(town, town.http, str(server.make_url("")).rstrip("/"), secret)


@pytest.fixture
async def door(town: Town, settings: Settings) -> AsyncIterator[AbusedDoor]:
    async with running_intake(town, settings) as door:
        yield door


@pytest.fixture
async def hana(town: Town) -> ScriptedResident:
    return await town.resident()


@pytest.fixture
async def takeo(town: Town) -> ScriptedResident:
    return await town.resident()


async def test_a_forgery_is_401_and_does_not_use_up_the_event_it_copies(
    door: AbusedDoor, hana: ScriptedResident
) -> None:
    event = door.said(hana)
    body, before = body_of(event), await door.stored()
    forged = sign("a guess", body).decode()
    altered = sign(door.secret, body.replace(b"active", b"ACTIVE")).decode()
    assert [await door.post(body, s) for s in (forged, altered, "AAAA", None)] == [401, 401, 401, 401]
    assert await door.stored() == before
    assert await door.post(body) == 200
    await door.town.settle()
    assert await door.outcomes(event) == ["served"]
    assert len(await hana.hears()) == 1


async def test_a_replayed_webhook_is_stored_and_answered_once(
    door: AbusedDoor, hana: ScriptedResident, takeo: ScriptedResident
) -> None:
    events = [door.said(hana), door.said(takeo)]
    body = body_of(*events)
    assert await asyncio.gather(*(door.post(body) for _ in range(4))) == [200, 200, 200, 200]
    await door.town.settle()
    assert await door.post(body) == 200
    await door.town.settle()
    assert await door.outcomes(*events) == ["served", "served"]
    assert [len(await resident.hears()) for resident in (hana, takeo)] == [1, 1]


async def test_a_3_mb_webhook_is_413_and_the_next_one_is_served(
    door: AbusedDoor, hana: ScriptedResident
) -> None:
    padded = body_of(door.said(hana, "あ" * MB))
    assert len(padded) > 3 * MB
    before = await door.stored()
    assert [await door.post(padded), await door.post(padded, "AAAA")] == [413, 413]
    assert await door.stored() == before
    good = door.said(hana)
    assert await door.post(body_of(good)) == 200
    await door.town.settle()
    assert await door.outcomes(good) == ["served"]
    assert len(await hana.hears()) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_ten_thousand_random_bytes_are_refused_and_the_next_webhook_is_served(
    door: AbusedDoor, hana: ScriptedResident, seed: int
) -> None:
    noise, before = random.Random(seed).randbytes(10_000), await door.stored()
    assert [await door.post(noise), await door.post(noise, None), await door.post(noise, "AAAA")] == [
        400,
        401,
        401,
    ]
    assert await door.stored() == before
    good = door.said(hana)
    assert await door.post(body_of(good)) == 200
    await door.town.settle()
    assert await door.outcomes(good) == ["served"]


async def test_unknown_types_and_an_event_without_mode_do_not_hold_up_their_batch(
    door: AbusedDoor, hana: ScriptedResident, takeo: ScriptedResident
) -> None:
    good, without_mode = door.said(hana), door.said(takeo, mode=...)
    unknown = door.said(hana, type="telepathy", message=...)
    hologram = door.said(takeo, message={"type": "hologram", "id": "1"})
    nobody = door.said(hana, type="weather", source=..., message=...)
    odd: list[Any] = [None, 17, "event", [], {}]
    assert await door.post(body_of(*odd, unknown, good, hologram, nobody, without_mode)) == 200
    await door.town.settle()
    assert await door.outcomes(good, without_mode) == ["served", "served"]
    # Nobody said it, so nobody is answered; a message of a kind to come is said and gets an honest word.
    assert await door.outcomes(unknown, hologram) == ["recorded", "served"]
    assert len(await hana.hears()) == 1
    assert len(await takeo.hears()) == 2
    assert (await door.town.counters())["violations"] == []


async def test_a_body_that_does_not_come_is_given_up(
    door: AbusedDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "BODY_TIMEOUT_S", 0.2)

    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"events":['
        await asyncio.sleep(5)

    url = f"{door.url}/line/iwaki/webhook"
    async with door.http.post(url, data=trickle(), headers={HEADER: "AAAA"}) as answer:
        assert answer.status == 408
