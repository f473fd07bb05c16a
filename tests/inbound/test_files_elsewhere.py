"""Test files stored elsewhere than at LINE: they are not fetched, and no one promises to look at them."""

from typing import Any

import pytest
from sqlalchemy import select

from core.db.tables import LineEvent, Media, Utterance
from core.municipalities import Municipality
from core.settings import Settings
from tests.harness.in_process import Town
from tests.harness.webhook import bring, secret_of


@pytest.fixture
def secret(settings: Settings, cities: dict[str, Municipality]) -> str:
    return secret_of(settings, cities)


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
async def test_a_file_elsewhere_is_noted_but_not_fetched_and_the_resident_is_told(
    town: Town, clock: Any, secret: str, kind: str
) -> None:
    resident = await town.resident()
    provider = {"type": "external", "originalContentUrl": "https://example.com/x.jpg"}
    await bring(
        town, resident.user_id, secret, {"type": kind, "id": "77", "contentProvider": provider}, clock()
    )
    async with town.sessions() as session:
        assert list(await session.scalars(select(Media))) == []
        said = (await session.scalars(select(Utterance).where(Utterance.line_message_id == "77"))).one()
        outcomes = set(await session.scalars(select(LineEvent.outcome)))
    assert said.kind == kind
    assert outcomes == {"served"}
    heard = await resident.hears_words()
    assert "読み取れません" in heard
    assert "専門の人が見ます" not in heard


async def test_a_file_at_line_is_fetched(town: Town, clock: Any, secret: str) -> None:
    resident = await town.resident()
    message = {"type": "image", "id": "78", "contentProvider": {"type": "line"}}
    await bring(town, resident.user_id, secret, message, clock())
    async with town.sessions() as session:
        assert [m.line_message_id for m in await session.scalars(select(Media))] == ["78"]
