"""Test the question about a danger: what worries but is not sure is asked about once, 119 in sight, before anything else."""

import pytest
from sqlalchemy import select

from bot.triage.danger.safety import load_safety
from core.db.tables import SafetyEvent
from core.understanding import Alarm, Understanding
from tests.conftest import DATA, FakeClock
from tests.harness.in_process import ScriptedResident, Town

DANGERS = load_safety(DATA)
BREATHLESS = "息が苦しいです"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(BREATHLESS, "consult_symptom")
    town.meanings.teach("近くの内科を教えて", "find_facility", department="内科")
    return await town.resident()


async def test_a_worrying_word_is_asked_about_first_with_119_in_sight(resident: ScriptedResident) -> None:
    said = await resident.says(BREATHLESS)
    breathing = DANGERS["breathing"]
    assert said.index(breathing.saw) < said.index("119番に電話してください") < said.index(breathing.ask)
    assert "119番に電話する" in resident.labels
    assert [*(answer.label for answer in breathing.answers), "わからない"] == resident.labels[:5]


async def test_a_red_answer_brings_the_card_with_the_dangers_own_first_aid(
    resident: ScriptedResident,
) -> None:
    await resident.says(BREATHLESS)
    said = await resident.taps("苦しくて横になれない")
    assert "いますぐ119番に電話を" in said
    assert DANGERS["breathing"].steps[0] in said
    assert "水分" not in said


async def test_a_harmless_answer_leads_into_the_interview_with_the_same_words(
    resident: ScriptedResident,
) -> None:
    await resident.says(BREATHLESS)
    said = await resident.taps("話せるし、横にもなれる")
    assert "次の様子はありますか" in said
    assert DANGERS["breathing"].ask not in said


async def test_not_knowing_leads_where_the_content_says(town: Town, resident: ScriptedResident) -> None:
    await resident.says(BREATHLESS)
    assert "いますぐ119番に電話を" in await resident.taps("わからない")
    other = await town.resident()
    await other.says("妊娠中です。少し出血してきました")
    said = await other.taps("わからない")
    assert "1時間以内" in said
    assert "急ぎで伝えました" in said


async def test_words_that_do_not_answer_are_asked_about_in_other_words_then_taken_for_unsure(
    resident: ScriptedResident,
) -> None:
    first = await resident.says(BREATHLESS)
    second = await resident.says("ええと")
    assert "もう一度だけ" in second
    assert second != first
    assert "いますぐ119番に電話を" in await resident.says("ええと")


async def test_the_same_danger_is_not_asked_about_twice(resident: ScriptedResident) -> None:
    await resident.says(BREATHLESS)
    await resident.taps("話せるし、横にもなれる")
    assert DANGERS["breathing"].ask not in await resident.says(BREATHLESS)


async def test_a_danger_told_again_later_is_asked_about_again(
    resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says(BREATHLESS)
    await resident.taps("話せるし、横にもなれる")
    clock.advance(minutes=11)
    assert DANGERS["breathing"].ask in await resident.says("息がもっと苦しくなってきました")


async def test_another_danger_told_meanwhile_is_asked_about(resident: ScriptedResident) -> None:
    await resident.says(BREATHLESS)
    said = await resident.says("胸も痛いです")
    assert DANGERS["chest_pain"].ask in said


async def test_a_running_interview_goes_on_after_the_question(town: Town, resident: ScriptedResident) -> None:
    town.meanings.teach("35歳です。熱があります", "consult_symptom")
    await resident.says("35歳です。熱があります")
    await resident.taps("どれもない")
    assert DANGERS["chest_pain"].ask in await resident.says("胸も痛くなってきました")
    said = await resident.taps("押すと痛い、息を吸うと痛い")
    assert "次の様子" in said
    assert "先ほどのご相談は、まだ途中です" not in said


async def test_another_wish_of_the_message_is_served_afterwards(resident: ScriptedResident) -> None:
    said = await resident.says(f"{BREATHLESS}。近くの内科を教えて")
    assert DANGERS["breathing"].ask in said
    assert "内科" not in said


async def test_it_is_asked_while_understanding_is_away(town: Town, resident: ScriptedResident) -> None:
    town.meanings.is_down = True
    assert DANGERS["breathing"].ask in await resident.says(BREATHLESS)


async def test_a_wish_to_die_is_met_with_care_and_a_person(resident: ScriptedResident) -> None:
    said = await resident.says("毎晩死にたいと考えています")
    assert "話してくださって、ありがとうございます" in said
    assert "心理カウンセラー" in said


async def test_who_does_not_answer_hears_119_once_more_and_is_listed(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says(BREATHLESS)
    clock.advance(minutes=1)
    assert await town.due_answers().send() == 0
    clock.advance(minutes=1)
    assert [await town.due_answers().send() for _ in range(2)] == [1, 0]
    await town.settle()
    said = "\n".join(message["text"] for message in await resident.hears())
    assert "119番に電話してください" in said
    assert DANGERS["breathing"].steps[0] in said
    async with town.sessions() as session:
        assert [event.category for event in await session.scalars(select(SafetyEvent))] == ["breathing"]
    # It is still the open question.
    assert "いますぐ119番に電話を" in await resident.taps("くちびるや爪が紫")


async def test_who_has_answered_hears_nothing_more(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says(BREATHLESS)
    await resident.taps("話せるし、横にもなれる")
    clock.advance(minutes=3)
    assert await town.due_answers().send() == 0


@pytest.mark.parametrize("name", DANGERS)
def test_every_question_has_a_way_that_is_not_119(name: str) -> None:
    assert {answer.leads for answer in DANGERS[name].answers} - {"red"}


async def test_an_alarm_of_understanding_is_asked_about_without_saying_what_was_heard(
    town: Town, resident: ScriptedResident
) -> None:
    words = "きのうから調子がいまひとつです"
    town.meanings.known[words] = Understanding("consult_symptom", 0.9, alarm=Alarm("stroke", 0.9))
    said = await resident.says(words)
    assert "ひとつだけ、先に確かめさせてください" in said
    assert DANGERS["stroke"].ask in said
    assert DANGERS["stroke"].saw not in said


async def test_a_weak_alarm_changes_nothing(town: Town, resident: ScriptedResident) -> None:
    words = "きのうから調子がいまひとつです"
    town.meanings.known[words] = Understanding("consult_symptom", 0.9, alarm=Alarm("stroke", 0.1))
    assert DANGERS["stroke"].ask not in await resident.says(words)
