"""Test that our words are sealed once, in the outbox row, and shown in the talk from there."""

import json

import pytest
from sqlalchemy import select

from core.crypto import Unreadable
from core.db.tables import Outbox, Utterance
from core.messages import Text, dump
from core.residents.keys import seal_json
from core.talk import Talk, lock_talk, open_words
from tests.harness.console_client import StaffWeb
from tests.harness.threads import waiting

WORDS = "あたたかくして休んでください"


async def said(talk: Talk) -> tuple[Utterance, Outbox]:
    row = talk.say([Text(text=WORDS)], talk.resident.created_at)
    await talk.session.flush()
    utterance = await talk.session.scalar(select(Utterance).where(Utterance.outbox_id == row.id))
    assert utterance is not None
    return utterance, row


async def test_the_words_of_a_talk_are_shown_from_the_row_that_is_sent(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        utterance, _ = await said(await lock_talk(session, staff_web.ring, talk_id))
        assert utterance.body is None
    nurse = await staff_web.at_work("nurse")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert page.count(WORDS) == 1
    _, changes = await nurse.get(f"/console/threads/{thread_id}/changes?after=0")
    assert WORDS in "".join(line["html"] for line in json.loads(changes)["lines"])


async def test_words_of_release_0_1_that_lie_twice_are_shown_as_before(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        utterance, row = await said(talk)
        own = {"messages": dump([Text(text=WORDS)])}
        utterance.body = seal_json(talk.key, own, "utterance")
        row.body = seal_json(talk.key, dump([Text(text="anything else")]), "outbox")
    nurse = await staff_web.at_work("nurse")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert WORDS in page
    assert "anything else" not in page


async def test_what_was_taken_back_is_not_read_from_anywhere(staff_web: StaffWeb) -> None:
    talk_id, _ = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        utterance, row = await said(talk)
        assert talk.words(utterance, row) == {"messages": dump([Text(text=WORDS)])}
        utterance.unsent_at = talk.resident.created_at
        assert talk.words(utterance, row) == {}


async def test_the_words_of_somebody_whose_key_is_destroyed_cannot_be_opened(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        utterance, row = await said(await lock_talk(session, staff_web.ring, talk_id))
    await staff_web.destroy_key(talk_id)
    nurse = await staff_web.at_work("nurse")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert WORDS not in page
    assert '<p class="missing">内容を開けません</p>' in page
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        with pytest.raises(Unreadable):
            open_words(talk.key, utterance, row)
