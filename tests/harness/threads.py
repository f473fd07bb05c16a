"""Make talks that wait for a person, residents' words in them, and a page's stream."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.db.tables import Profession, Speaker, Urgency
from core.talk import lock_talk
from core.words import Words
from handoff import service_resident
from handoff.model import Summary
from tests.harness.console_client import Browser, StaffWeb
from tests.harness.people import make_talk

LIVE_S = 3.0


async def waiting(
    staff_web: StaffWeb, number: int = 1, city: str = "iwaki", **wish: Any
) -> tuple[uuid.UUID, uuid.UUID]:
    """A resident who waits; returns talk and thread."""
    talk_id = await make_talk(staff_web.sessions, staff_web.ring, staff_web.deps.clock, city, number)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread(
            talk,
            profession=wish.get("profession", Profession.NURSE),
            urgency=wish.get("urgency", Urgency.GREEN),
            summary=Summary(complaint=Words.of(wish.get("complaint", f"相談{number}"))),
            now=staff_web.deps.clock(),
        )
        return talk_id, thread.id


async def says(staff_web: StaffWeb, talk_id: uuid.UUID, words: str) -> int:
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "text", {"text": words}, staff_web.deps.clock())
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        if thread:
            service_resident.note_inbound(talk, thread, staff_web.deps.clock())
        await session.flush()
        return said.id


@asynccontextmanager
async def changes(browser: Browser, path: str) -> AsyncIterator[Any]:
    """Read a page's open line: call the result for the next change."""
    async with browser.http.get(browser.base + path, headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        async def following() -> dict[str, Any]:
            async with asyncio.timeout(LIVE_S):
                while True:
                    line = (await answer.content.readline()).decode()
                    if line.startswith("event: change"):
                        found: dict[str, Any] = json.loads((await answer.content.readline()).decode()[6:])
                        return found

        yield following


async def waits(browser: Browser) -> dict[str, Any]:
    """Return what waits for a clinician, as her pages are told."""
    _, body = await browser.get("/console/look?waits=", Accept="application/json")
    found: dict[str, Any] = {c["topic"]: c["change"] for c in json.loads(body)}["waits"]
    return found


async def rings(browser: Browser) -> list[tuple[str, str]]:
    """Return what rings on her pages: why, and the name of the ring."""
    return [(c["why"], c["ring"]) for c in (await waits(browser))["calls"] if c["ring"]]
