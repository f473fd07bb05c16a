"""Test that staff are told, before and after writing, that a resident has blocked the account."""

import re
import uuid

from sqlalchemy import select

from core.db.tables import Outbox, OutboxStatus, Speaker
from core.talk import lock_talk
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.threads import waiting

BLOCKED = "ブロック中：届きません"


async def does(staff_web: StaffWeb, talk_id: uuid.UUID, kind: str) -> None:
    """What the recorder writes down of an event."""
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        talk.resident.is_following = kind != "unfollow"
        body = {"text": "もしもし"} if kind == "text" else {}
        talk.record(Speaker.RESIDENT, kind, body, staff_web.deps.clock())


async def sent(staff_web: StaffWeb) -> None:
    """LINE accepts all that waits; of who has blocked the account the sender knows that nothing arrives."""
    async with staff_web.sessions.begin() as session:
        for row in await session.scalars(select(Outbox).where(Outbox.status == OutboxStatus.QUEUED.value)):
            talk = await lock_talk(session, staff_web.ring, row.conversation_id)
            row.status = "sent" if talk.resident.is_following else "blocked"
            row.via, row.finished_at = "push", staff_web.deps.clock()


def deliveries(page: str) -> dict[str, str]:
    """How each of our words fared, by its words."""
    found = {}
    for said in re.findall(r'<article class="said staff.*?</article>', page, re.DOTALL):
        words = re.search(r"<bdi>(.*?)</bdi>", said)
        delivery = re.search(r'class="delivery \w+">([^<]+)', said)
        assert words
        assert delivery
        found[words[1]] = delivery[1]
    return found


async def test_a_block_is_shown_in_row_head_and_talk(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    for path in ("/console/inbox", at):
        assert BLOCKED not in (await nurse.get(path))[1]
    await does(staff_web, talk_id, "unfollow")
    for path in ("/console/inbox", at):
        assert BLOCKED in (await nurse.get(path))[1]
    assert "ブロックまたは友だち解除" in (await nurse.get(at))[1]
    await does(staff_web, talk_id, "follow")
    for path in ("/console/inbox", at):
        assert BLOCKED not in (await nurse.get(path))[1]


async def test_what_is_written_to_who_has_blocked_is_never_called_sent(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")

    async def writes(words: str) -> None:
        clock.advance(minutes=1)
        await nurse.post(f"{at}/reply", text=words, submission=words)
        await sent(staff_web)
        clock.advance(minutes=1)

    await writes("前")
    await does(staff_web, talk_id, "unfollow")
    await writes("間")
    await does(staff_web, talk_id, "text")
    await writes("後")
    await does(staff_web, talk_id, "unfollow")
    await writes("また")
    told = deliveries((await nurse.get(at))[1])
    assert told == {
        "前": "送信済み（プッシュ）",
        "間": "届きません（ブロックまたは友だち解除）",
        "後": "送信済み（プッシュ）",
        "また": "届きません（ブロックまたは友だち解除）",
    }


async def test_a_talk_with_who_has_blocked_may_end_as_unreachable(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    version = "999999"
    assert (await nurse.post(f"{at}/close", outcome="unreachable", version=version))[0] == 409
    await does(staff_web, talk_id, "unfollow")
    assert (await nurse.post(f"{at}/close", outcome="unreachable", version=version))[0] == 204
