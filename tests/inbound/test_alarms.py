"""Test red flags: the card, the alarm, the counsellor, and the 20 s in which a clinician may take over."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import Conversation, Profession, Staff, Timer, TimerOutcome
from core.municipalities import Municipality
from core.talk import lock_talk
from core.texts import Texts
from handoff.errors import NotYours
from handoff.model import Basis
from handoff.service_clinician import handle_alarm
from handoff.service_resident import open_thread_of
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_staff
from tests.harness.talk_threads import claimed, open_thread, summary

COLLAPSE = "父が急に倒れて返事をしません"
HEADACHE = "今までで一番ひどい頭痛です"
WANTS_TO_DIE = "死にたいです"
CARD = "119番に電話を"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    town.meanings.teach("熱があります", "consult_symptom")
    return await town.resident()


class AlarmDesk:
    """A clinician's side of the town's one talk."""

    def __init__(
        self, town: Town, ring: KeyRing, clock: Any, texts: Texts, cities: Mapping[str, Municipality]
    ) -> None:
        self.town, self.ring, self.clock, self.texts, self.cities = town, ring, clock, texts, cities

    async def takes_over(self) -> None:
        await claimed(self.town, self.ring, self.clock, self.texts)

    async def is_on_it(self, staff: Staff | None = None) -> None:
        """Press 対応中."""
        async with self.town.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, (await session.scalars(select(Conversation.id))).one())
            thread = await open_thread_of(session, talk.conversation.id, lock=True)
            assert thread is not None
            by = staff or await session.get(Staff, thread.assignee_id)
            assert by is not None
            await handle_alarm(talk, thread, by, self.clock())

    async def after(self, seconds: float) -> int:
        """Let time pass and the due cards be sent; returns how many were."""
        self.clock.advance(seconds=seconds)
        sent = await self.town.due_answers(self.clock).send()
        await self.town.settle()
        return sent


@pytest.fixture
def desk(
    town: Town, ring: KeyRing, clock: Clock, texts: Texts, cities: Mapping[str, Municipality]
) -> AlarmDesk:
    return AlarmDesk(town, ring, clock, texts, cities)


async def test_who_wants_to_die_gets_words_of_care_and_a_counsellor_at_once(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    words = await resident.says(WANTS_TO_DIE)
    assert "心理カウンセラーに、急ぎで伝えました" in words
    assert "119番に電話を" not in words.splitlines()[0]
    thread = await open_thread(town)
    assert thread is not None
    known = await summary(town, ring)
    assert (thread.profession, thread.urgency) == (Profession.COUNSELLOR, "orange")
    assert (known.complaint.text, known.basis) == (WANTS_TO_DIE, Basis.SIGN)


async def test_the_counsellor_is_called_also_while_understanding_is_away(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.is_down = True
    assert "急ぎで伝えました" in await resident.says(WANTS_TO_DIE)
    assert await open_thread(town) is not None


async def test_who_wants_to_die_while_waiting_gets_the_card_and_an_alarm(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("看護師さんと話したい")
    assert await resident.says(WANTS_TO_DIE)
    thread = await open_thread(town)
    assert thread is not None
    assert thread.alarm_at is not None
    assert (thread.profession, thread.urgency) == (Profession.NURSE, "orange")
    assert WANTS_TO_DIE in str(await summary(town, ring))


async def test_while_waiting_a_card_comes_at_once_each_time(resident: ScriptedResident) -> None:
    await resident.says("看護師さんと話したい")
    assert CARD in await resident.says(HEADACHE)
    assert CARD in await resident.says(HEADACHE)


async def test_a_first_check_sign_gets_its_card_at_once_also_from_a_clinicians_hands(
    town: Town, resident: ScriptedResident, desk: AlarmDesk
) -> None:
    await resident.says("看護師さんと話したい")
    await desk.takes_over()
    assert CARD in await resident.says(COLLAPSE)
    thread = await open_thread(town)
    assert thread is not None
    assert (thread.urgency, thread.alarm_at is not None) == ("red", True)


async def test_other_signs_wait_twenty_seconds_for_the_clinician(
    town: Town, resident: ScriptedResident, desk: AlarmDesk
) -> None:
    await resident.says("看護師さんと話したい")
    await desk.takes_over()
    await town.settle()
    await resident.hears()
    assert await resident.says(HEADACHE) == ""
    thread = await open_thread(town)
    assert thread is not None
    assert thread.alarm_at is not None
    assert await desk.after(19) == 0
    assert await desk.after(1) == 1
    assert CARD in await resident.hears_words()
    assert await desk.after(60) == 0


async def test_the_card_is_not_sent_when_the_clinician_is_on_it(
    town: Town, resident: ScriptedResident, desk: AlarmDesk
) -> None:
    await resident.says("看護師さんと話したい")
    await desk.takes_over()
    await resident.says(HEADACHE)
    await desk.is_on_it()
    assert await desk.after(60) == 0
    assert CARD not in await resident.hears_words()
    async with town.sessions() as session:
        outcomes = set(await session.scalars(select(Timer.outcome).where(Timer.kind == "handoff.card")))
    assert outcomes == {TimerOutcome.CANCELLED.value}


async def test_only_the_clinician_who_has_the_talk_holds_a_card_back(
    town: Town, resident: ScriptedResident, desk: AlarmDesk, ring: KeyRing, clock: Clock
) -> None:
    await resident.says("看護師さんと話したい")
    await desk.takes_over()
    await resident.says(HEADACHE)
    colleague = await make_staff(town.sessions, ring, clock, "demo-colleague")
    with pytest.raises(NotYours):
        await desk.is_on_it(colleague)
    assert await desk.after(20) == 1


async def test_a_clinician_has_each_kind_of_card_said_once_a_day(
    town: Town, resident: ScriptedResident, desk: AlarmDesk
) -> None:
    await resident.says("看護師さんと話したい")
    await desk.takes_over()
    await resident.says(COLLAPSE)
    assert CARD not in await resident.says(COLLAPSE)
    await resident.says(HEADACHE)
    assert await desk.after(20) == 1
    await resident.says(HEADACHE)
    assert await desk.after(20) == 0
    desk.clock.advance(hours=25)
    assert CARD in await resident.says(COLLAPSE)


async def test_a_red_flag_ends_what_ran_and_makes_the_talk_red(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("熱があります")
    await resident.says(COLLAPSE)
    await resident.says("看護師さんと話したい")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "red"
    assert (await summary(town, ring)).basis is Basis.SIGN
