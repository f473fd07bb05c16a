"""Test any events, in any order, any number of times: each is stored once, in its own resident's talk."""

import asyncio
import json
import uuid
from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, LineEvent, Resident
from core.residents.keys import resident_key
from tests.conftest import FakeClock
from tests.line.webhooks import body_of, post, text_event

USERS = st.integers(0, 4)
ODD = st.sampled_from(
    [{}, 5, {"type": "future"}, {"type": "message", "source": {"type": "group", "groupId": "C1"}}]
)
EVENTS = st.lists(
    st.tuples(USERS, st.sampled_from(["message", "unsend", "follow", "postback"]), st.integers(0, 5)),
    min_size=1,
    max_size=8,
)
# Which webhooks carry which events, with repeats; some are sent again as redeliveries, some carry an odd event.
WEBHOOKS = st.lists(
    st.tuples(st.lists(st.integers(0, 7), min_size=1, max_size=6), st.booleans(), st.none() | ODD),
    min_size=1,
    max_size=8,
)


def event_of(user: str, kind: str, seconds: int, clock: FakeClock) -> dict[str, Any]:
    event = text_event(user, f"{user} の言葉", clock() + timedelta(seconds=seconds), type=kind)
    if kind == "unsend":
        del event["replyToken"]
        event = {**event, "unsend": {"messageId": "100001"}}
    return event


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(planned=EVENTS, webhooks=WEBHOOKS)
async def test_each_event_is_stored_once_in_its_own_residents_talk(
    intake: TestClient[Any, Any],
    sessions: Sessions,
    ring: KeyRing,
    clock: FakeClock,
    planned: list[tuple[int, str, int]],
    webhooks: list[tuple[list[int], bool, Any]],
) -> None:
    run = uuid.uuid4().hex[:20]
    events = [event_of(f"U{run}{user:012x}", kind, seconds, clock) for user, kind, seconds in planned]
    sent: dict[str, dict[str, Any]] = {}
    bodies = []
    for picks, is_redelivery, odd in webhooks:
        chosen = [events[pick % len(events)] for pick in picks]
        sent |= {e["webhookEventId"]: e for e in chosen}
        marked = [{**e, "deliveryContext": {"isRedelivery": is_redelivery}} for e in chosen]
        bodies.append(body_of(*marked, *([] if odd is None else [odd])))
    assert set(await asyncio.gather(*(post(intake, body) for body in bodies))) == {200}
    async with sessions() as session:
        stored = (
            await session.execute(
                select(LineEvent, Resident)
                .join(Conversation, Conversation.id == LineEvent.conversation_id)
                .join(Resident, Resident.id == Conversation.resident_id)
                .where(Resident.line_user_id.startswith(f"U{run}"))
            )
        ).all()
    assert sorted(row.webhook_event_id for row, _ in stored) == sorted(sent)
    for row, resident in stored:
        payload = json.loads(resident_key(ring, resident).open(row.payload, "event"))
        assert payload["source"]["userId"] == resident.line_user_id
        assert {**payload, "deliveryContext": 0} == {**sent[row.webhook_event_id], "deliveryContext": 0}
