"""Files that lie elsewhere than at LINE: nobody fetches them, and nobody is promised that they are looked at."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.line.signature import HEADER, sign
from core.db.tables import LineEvent, Media, Utterance
from core.municipalities import Municipality, channel_secrets
from core.settings import Settings
from tests.town import Resident, Town


@pytest.fixture
def secret(settings: Settings, cities: dict[str, Municipality]) -> str:
    return channel_secrets(settings, cities)["iwaki"].secret


async def post(town: Town, resident: Resident, secret: str, message: dict[str, Any], now: Any) -> None:
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(now.timestamp() * 1000),
        "source": {"type": "user", "userId": resident.user_id},
        "webhookEventId": f"01{message['id']}",
        "deliveryContext": {"isRedelivery": False},
        "message": message,
    }
    body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}).encode()
    headers = {HEADER: sign(secret, body).decode()}
    async with town.http.post(f"{town.intake_url}/line/iwaki/webhook", data=body, headers=headers) as answer:
        assert answer.status == 200
    await town.settle()


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
async def test_a_file_elsewhere_is_noted_but_not_fetched_and_the_resident_is_told(
    town: Town, clock: Any, secret: str, kind: str
) -> None:
    resident = await town.resident()
    provider = {"type": "external", "originalContentUrl": "https://example.com/x.jpg"}
    await post(town, resident, secret, {"type": kind, "id": "77", "contentProvider": provider}, clock())
    async with town.sessions() as session:
        assert list(await session.scalars(select(Media))) == []
        said = (await session.scalars(select(Utterance).where(Utterance.line_message_id == "77"))).one()
        outcomes = set(await session.scalars(select(LineEvent.outcome)))
    assert said.kind == kind
    assert outcomes == {"served"}
    heard = "\n".join(m["text"] for m in await resident.hears())
    assert "読み取れません" in heard
    assert "専門の人が見ます" not in heard


async def test_a_file_at_line_is_fetched(town: Town, clock: Any, secret: str) -> None:
    resident = await town.resident()
    message = {"type": "image", "id": "78", "contentProvider": {"type": "line"}}
    await post(town, resident, secret, message, clock())
    async with town.sessions() as session:
        assert [m.line_message_id for m in await session.scalars(select(Media))] == ["78"]
