"""Test intake, client, rendering and media against the simulator, which applies LINE's rules."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image
from sqlalchemy import select

from bot.line.client import LineClient
from bot.line.connection import LineAccess
from bot.line.errors import ContentGone, LineRejected, LineUnauthorised
from bot.line.inbound import Inbound, parse_event
from bot.line.rendering import freeze, render
from bot.line.webhook import IntakeDeps, make_intake
from bot.simulator import Channel, SimulatorConfig, make_app
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, LineEvent, Resident
from core.live import WAKE_INBOUND, Signals
from core.messages import (
    Answer,
    Call,
    Card,
    Carousel,
    Choices,
    Message,
    Open,
    Row,
    Say,
    SendLocation,
    Tap,
    Text,
    Tone,
)
from core.residents.keys import resident_key
from tests.conftest import FakeClock
from tests.line.webhooks import SECRET


@dataclass
class LineTown:
    url: str
    http: ClientSession
    client: LineClient
    sessions: Sessions
    ring: KeyRing
    ear: asyncio.Event

    async def act(self, user_id: str, **body: Any) -> Any:
        async with self.http.post(f"{self.url}/api/residents/{user_id}/messages", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def resident(self) -> str:
        async with self.http.post(f"{self.url}/api/residents", json={"name": "デモ 武雄"}) as answer:
            user_id: str = (await answer.json())["user_id"]
        await self.event("follow")
        return user_id

    async def event(self, kind: str) -> tuple[Inbound, str]:
        """The newest stored event of `kind`, in clear, with its reply token; waits for it."""
        async with asyncio.timeout(10):
            while True:
                self.ear.clear()
                async with self.sessions() as session:
                    found = (
                        await session.execute(
                            select(LineEvent, Resident)
                            .join(Conversation, Conversation.id == LineEvent.conversation_id)
                            .join(Resident, Resident.id == Conversation.resident_id)
                            .where(LineEvent.kind == kind)
                            .order_by(LineEvent.id.desc())
                        )
                    ).first()
                if found:
                    row, resident = found
                    key = resident_key(self.ring, resident)
                    token = key.open(row.reply_token, "reply-token").decode() if row.reply_token else ""
                    return parse_event(json.loads(key.open(row.payload, "event"))), token
                await self.ear.wait()

    async def seen(self, user_id: str) -> list[Any]:
        async with self.http.get(f"{self.url}/api/residents/{user_id}/messages") as answer:
            messages: list[Any] = await answer.json()
            return [m for m in messages if m["sent_by"] in ("reply", "push")]


@pytest.fixture
async def town(
    intake_deps: IntakeDeps, sessions: Sessions, ring: KeyRing, clock: FakeClock, signals: Signals
) -> AsyncIterator[LineTown]:
    bot = web.Application()
    bot.add_routes(make_intake(intake_deps))
    async with TestServer(bot) as bot_server:
        channel = Channel(
            municipality="iwaki", name="HELPO", secret=SECRET, access_token="token-iwaki",
            webhook_url=str(bot_server.make_url("/line/iwaki/webhook")),
        )  # fmt: skip
        async with (
            TestServer(make_app(SimulatorConfig(channels=(channel,), clock=clock))) as line,
            ClientSession() as http,
        ):
            url = str(line.make_url("")).rstrip("/")
            access = LineAccess(
                municipality_id="iwaki", access_token="token-iwaki", api_url=url, data_url=url
            )
            async with LineClient(access) as client:
                yield LineTown(url, http, client, sessions, ring, signals.hear(WAKE_INBOUND))


def said(*messages: Message) -> bytes:
    return freeze(render(messages, lambda media_id, size: f"https://example.jp/m/{media_id}/{size}"))


QUESTION = Choices(
    text="熱は何度ありますか。",
    options=(
        Tap("38度以上", Answer("consultation", "7", "fever", "38").data()),
        Tap("はかっていない", "f=c&q=x&v=no"),
    ),
    quick=(Say("人に相談する", "人に相談する"), SendLocation("場所を送る")),
)
CARDS: Sequence[Message] = (
    Text(text="近くの医療機関です。"),
    Carousel(
        cards=tuple(
            Card(
                title=f"{n}番目の医院",
                rows=(Row("住所", "いわき市平"),),
                actions=(Call("電話する", "0246-22-0000"),),
            )
            for n in range(3)
        )
    ),
    Card(
        title="119番に電話してください",
        tone=Tone.RED,
        actions=(Call("119", "119"), Open("くわしく", "https://example.jp/")),
    ),
)


async def test_a_resident_writes_is_asked_and_taps(town: LineTown) -> None:
    user_id = await town.resident()
    await town.act(user_id, type="text", text="昨日から熱があって")
    inbound, token = await town.event("message.text")
    assert inbound.text == "昨日から熱があって"
    await town.client.show_loading(user_id)
    await town.client.mark_as_read(inbound.mark_as_read_token)
    receipt = await town.client.reply(token, said(QUESTION))
    assert receipt.messages
    [shown] = await town.seen(user_id)
    assert shown["sent_by"] == "reply"
    assert {a["label"] for a in shown["actions"]} == {
        "38度以上",
        "はかっていない",
        "人に相談する",
        "場所を送る",
    }
    await town.act(user_id, type="tap", label="38度以上")
    tapped, _ = await town.event("postback")
    assert Answer.parse(tapped.data) == Answer("consultation", "7", "fever", "38")
    with pytest.raises(LineRejected):
        await town.client.reply(token, said(QUESTION))


async def test_a_push_repeated_with_its_key_arrives_once(town: LineTown) -> None:
    user_id = await town.resident()
    key, body = uuid.uuid4(), said(*CARDS)
    first = await town.client.push(user_id, body, key)
    again = await town.client.push(user_id, body, key)
    assert (first.was_accepted_before, again.was_accepted_before) == (False, True)
    assert again.request_id == first.request_id
    assert [m["sent_by"] for m in await town.seen(user_id)] == ["push"] * 3


async def test_a_picture_comes_and_is_gone_once_unsent(town: LineTown) -> None:
    user_id = await town.resident()
    picture = BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "JPEG")
    await town.act(user_id, type="image", content=base64.b64encode(picture.getvalue()).decode())
    inbound, _ = await town.event("message.image")
    assert inbound.has_media
    async with town.client.content(inbound.line_message_id) as content:
        assert content.content_type == "image/jpeg"
        assert b"".join([c async for c in content.chunks()]) == picture.getvalue()
    await town.act(user_id, type="unsend", message_id=inbound.line_message_id)
    unsent, _ = await town.event("unsend")
    assert unsent.unsent_message_id == inbound.line_message_id
    with pytest.raises(ContentGone):
        async with town.client.content(inbound.line_message_id):
            pass


async def test_the_account_answers_and_a_wrong_token_is_refused(town: LineTown) -> None:
    user_id = await town.resident()
    profile = await town.client.profile(user_id)
    assert profile is not None
    assert profile.display_name == "デモ 武雄"
    assert (await town.client.bot_info()).marks_as_read
    assert (await town.client.quota()).limit is None
    async with LineClient(replace(town.client.access, access_token="wrong")) as stranger:
        with pytest.raises(LineUnauthorised):
            await stranger.push(user_id, said(Text(text="x")), uuid.uuid4())
        with pytest.raises(LineUnauthorised):
            await stranger.quota()
