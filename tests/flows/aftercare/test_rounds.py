"""Test what is asked after cards, with the clock moved: nobody vanishes after red, and each question ends once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.triage.danger.safety import load_safety
from core.clock import TOKYO
from core.db.tables import Aftercare, SafetyEvent, SafetyOutcome, Thread, ThreadStatus, Urgency
from core.talk import lock_talk
from handoff.safety_events import settle
from handoff.service_clinician import claim
from handoff.service_resident import open_thread_of
from tests.conftest import DATA, FakeClock
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_staff

DANGERS = load_safety(DATA)
RED = "父が急に倒れて返事をしません"
MILD = "35歳です。熱があります"
ORANGE = "妊娠中です。少し出血してきました"
NURSE = "看護師さんと話したい"
ASKED = "119番に電話できましたか"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(MILD, "consult_symptom")
    town.meanings.teach(NURSE, "talk_to_human")
    town.meanings.teach("近くの内科を教えて", "find_facility", department="内科")
    return await town.resident()


class Later:
    """Time passes, and what is due is asked."""

    def __init__(self, town: Town, clock: FakeClock, resident: ScriptedResident) -> None:
        self.town, self.clock, self.resident = town, clock, resident

    async def __call__(self, **amount: float) -> str:
        self.clock.advance(**amount)
        await self.town.aftercare().serve()
        await self.town.settle()
        return await self.resident.hears_words()


@pytest.fixture
def later(town: Town, clock: FakeClock, resident: ScriptedResident) -> Later:
    return Later(town, clock, resident)


async def rows(town: Town, kind: str = "") -> Sequence[Aftercare]:
    async with town.sessions() as session:
        found = (await session.scalars(select(Aftercare).order_by(Aftercare.id))).all()
    return [row for row in found if not kind or row.kind == kind]


async def ends(town: Town, kind: str) -> list[tuple[str | None, str | None]]:
    return [(row.outcome, row.answer) for row in await rows(town, kind)]


async def dangers(town: Town) -> list[tuple[str, str | None]]:
    async with town.sessions() as session:
        found = await session.scalars(select(SafetyEvent).order_by(SafetyEvent.id))
        return [(event.category, event.told) for event in found]


async def thread(town: Town) -> Thread | None:
    async with town.sessions() as session:
        return (await session.scalars(select(Thread).order_by(Thread.requested_at.desc()))).first()


# After red


async def test_three_minutes_after_red_it_is_asked_whether_119_was_called(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    assert "いますぐ119番に電話を" in await resident.says(RED)
    assert ASKED not in await later(minutes=2, seconds=59)
    assert ASKED in await later(seconds=1)
    assert resident.labels[:5] == ["できた", "まだ", "電話できない", "もう大丈夫", "119番に電話する"]
    assert await later(seconds=30) == ""


async def test_whoever_has_called_stands_so_in_the_list(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    assert "係の人の言うとおりに" in await resident.taps("できた")
    assert [told for _, told in await dangers(town)] == ["called"]
    assert await ends(town, "called") == [("answered", "called")]
    assert await later(minutes=3) == ""
    assert "not_called" not in dict(await dangers(town))


@pytest.mark.parametrize(
    ("label", "told", "words"),
    [
        ("まだ", "not_yet", "呼んでよいか迷っていても"),
        ("電話できない", "cannot_call", "近くの人に、119番への電話を頼んで"),
    ],
)
async def test_who_has_not_called_is_told_what_to_do_and_the_staff_hear_of_it(
    town: Town, resident: ScriptedResident, later: Later, label: str, told: str, words: str
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    said = await resident.taps(label)
    assert words in said
    danger = next(row for row in await rows(town, "called")).danger
    assert DANGERS[danger].steps[0] in said
    assert "119番に電話する" in resident.labels
    assert (await dangers(town))[-1] == ("not_called", told)
    # The same buttons wait for the call.
    assert "係の人の言うとおりに" in await resident.taps("できた")
    assert {told for _, told in await dangers(town)} == {"called"}
    assert await ends(town, "called") == [("answered", "called")]


async def test_three_minutes_of_silence_alarm_the_staff_and_say_once_more_what_to_do(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    said = await later(minutes=3)
    assert "いますぐ119番に電話してください" in said
    assert "看護師などに、急ぎで知らせました" in said
    assert "できた" in resident.labels
    assert (await dangers(town))[-1] == ("not_called", None)
    assert await ends(town, "called") == [("unanswered", None)]
    assert await later(minutes=10) == ""
    # A late answer is heard all the same.
    assert "電話できたのですね" in await resident.says("電話しました")
    assert await ends(town, "called") == [("unanswered", "called")]


@pytest.mark.parametrize(
    ("words", "answer"), [("まだです", "not_yet"), ("電話しました", "called"), ("もう大丈夫です", "fine")]
)
async def test_typed_answers_are_understood(
    town: Town, resident: ScriptedResident, later: Later, words: str, answer: str
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    await resident.says(words)
    assert await ends(town, "called") == [("answered", answer)]


async def test_a_call_that_rasa_takes_for_an_emergency_is_an_answer_without_another_card(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    town.meanings.teach("救急車を呼びました", "emergency")
    await resident.says(RED)
    await later(minutes=3)
    said = await resident.says("救急車を呼びました")
    assert said.startswith("電話できたのですね")
    assert "すぐに電話できます" not in said


async def test_words_of_danger_are_heard_before_they_are_read_as_an_answer(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    assert "いますぐ119番に電話を" in await resident.says("まだです。父が息をしていません")


async def test_it_is_asked_too_after_a_red_interview_and_while_a_nurse_is_asked_for(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(MILD)
    assert "いますぐ119番に電話を" in await resident.taps("ひとつでもある")
    await resident.says(NURSE)
    assert ASKED in await later(minutes=3)
    said = await resident.taps("まだ")
    assert "いますぐ、119番に電話してください" in said
    waiting = await thread(town)
    assert waiting is not None
    assert waiting.alarm_at is not None
    assert waiting.urgency == Urgency.RED.value
    assert "電話できたのですね" in await resident.says("電話できました")
    # Other words go to the nurse.
    assert "電話できたのですね" not in await resident.says("ありがとうございます")


async def test_it_is_not_asked_while_a_clinician_has_the_talk(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    await resident.says(RED)
    await resident.says(NURSE)
    nurse = await make_staff(town.sessions, town.processor.ring, clock)
    async with town.sessions.begin() as session:
        waiting = await thread(town)
        assert waiting is not None
        talk = await lock_talk(session, town.processor.ring, waiting.conversation_id)
        own = await open_thread_of(session, waiting.conversation_id, lock=True)
        assert own is not None
        await claim(talk, own, nurse, clock(), texts=town.processor.responder.texts)
    assert ASKED not in await later(minutes=3)
    assert await ends(town, "called") == [("accompanied", None)]


async def test_it_is_not_asked_once_somebody_has_looked_into_the_danger(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    await resident.says(RED)
    nurse = await make_staff(town.sessions, town.processor.ring, clock)
    async with town.sessions.begin() as session:
        event = (await session.scalars(select(SafetyEvent))).one()
        talk = await lock_talk(session, town.processor.ring, event.conversation_id)
        version = talk.conversation.version
        await settle(talk, nurse, SafetyOutcome.BY_PHONE, clock(), seen_at=clock(), version=version)
    assert ASKED not in await later(minutes=3)
    assert await ends(town, "called") == [("accompanied", None)]


async def test_a_wish_to_die_is_left_to_its_counsellor(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says("毎晩死にたいと考えています")
    assert await rows(town) == []
    assert await later(minutes=20) == ""


async def test_who_has_blocked_the_account_is_not_asked(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await resident.sends(type="unfollow")
    await later(minutes=3)
    assert await ends(town, "called") == [("blocked", None)]
    assert await dangers(town)


async def test_it_is_asked_over_another_open_question(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await resident.says("近くの内科を教えて")
    assert ASKED in await later(minutes=3)
    await resident.taps("できた")
    assert await ends(town, "called") == [("answered", "called")]


async def test_what_could_not_be_asked_in_time_alarms_the_staff(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    assert ASKED not in await later(hours=3)
    assert await ends(town, "called") == [("late", None)]
    assert "not_called" in dict(await dangers(town))


async def test_red_at_night_is_asked_about_at_once(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 16, 17, 30, tzinfo=UTC)  # half past two in the morning
    await resident.says(RED)
    assert ASKED in await later(minutes=3)


# After orange


async def test_after_orange_silence_is_asked_about_and_who_cannot_go_gets_a_nurse(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(ORANGE)
    assert "1時間以内" in await resident.taps("わからない")
    assert await later(minutes=14) == ""
    assert "行けそうですか" in await later(minutes=1)
    said = await resident.taps("行けない・迷っている")
    assert "看護師に、急ぎで伝えました" in said
    assert await ends(town, "going") == [("answered", "cannot_go")]
    waiting = await thread(town)
    assert waiting is not None
    assert waiting.status == ThreadStatus.WAITING.value
    assert waiting.alarm_at is not None


async def test_after_orange_it_waits_while_somebody_goes_on_writing(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(ORANGE)
    await resident.taps("わからない")
    await later(minutes=10)
    await resident.says("わかりました")
    assert "行けそうですか" not in await later(minutes=10)
    assert "行けそうですか" in await later(minutes=5)
    assert "気をつけて" in await resident.says("これから行きます")


async def test_silence_after_the_reminder_becomes_a_task_for_the_staff(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(ORANGE)
    await resident.taps("わからない")
    await later(minutes=15)
    await later(minutes=15)
    assert await ends(town, "going") == [("unanswered", None)]
    assert ("not_going", None) in await dangers(town)


# The second look


async def mild(resident: ScriptedResident) -> str:
    await resident.says(MILD)
    return await resident.answers_all()


async def test_a_second_look_is_offered_and_asked_only_if_agreed(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    assert "こちらから様子をうかがいます" in await mild(resident)
    assert await rows(town, "look_again") == []
    said = await resident.taps("あとで様子を聞いてもらう")
    assert "ごろに、様子をうかがいます" in said
    (row,) = await rows(town, "look_again")
    assert await later(seconds=(row.due_at - clock()).total_seconds() - 1) == ""
    assert "その後の様子" in await later(seconds=1)
    assert "お大事に" in await resident.says("よくなりました")
    assert await ends(town, "look_again") == [("answered", "better")]


async def test_worse_begins_the_consultation_anew_and_never_lower(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await mild(resident)
    await resident.taps("あとで様子を聞いてもらう")
    (row,) = await rows(town, "look_again")
    assert "その後の様子" in await later(hours=(row.due_at - row.carded_at) / timedelta(hours=1))
    heard = await resident.taps("悪くなった")
    assert "もう一度、急ぐかどうかを確かめます" in heard
    assert "どれもない" in resident.labels
    heard += await resident.answers_all()
    before = Urgency(row.level)
    titles = {Urgency.GREEN: "【緑】", Urgency.YELLOW: "【黄】", Urgency.ORANGE: "【オレンジ】"}
    found = [level for level, title in titles.items() if title in heard]
    assert found
    assert list(Urgency).index(found[-1]) <= list(Urgency).index(before)
    # The button on the older message is answered kindly.
    assert "もう受け取っているか" in await resident.taps("悪くなった")


async def test_a_second_look_waits_for_the_morning(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 16, 11, 59, tzinfo=UTC)  # nine in the evening
    await mild(resident)
    await resident.taps("あとで様子を聞いてもらう")
    (row,) = await rows(town, "look_again")
    local = row.due_at.astimezone(TOKYO)
    assert 7 <= local.hour < 22


async def test_red_after_a_mild_card_gives_the_second_look_up(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await mild(resident)
    await resident.taps("あとで様子を聞いてもらう")
    await resident.says(RED)
    assert await ends(town, "look_again") == [("replaced", None)]


# The next day


async def test_the_next_day_it_is_asked_what_happened(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    await resident.taps("できた")
    (row,) = await rows(town, "next_day")
    assert row.due_at.astimezone(TOKYO).hour == 10
    assert "そのあと、どうしましたか" in await later(seconds=(row.due_at - clock()).total_seconds())
    assert "救急車を呼んだのですね" in await resident.taps("119番に電話した")
    (row,) = await rows(town, "next_day")
    assert (row.level, row.outcome, row.answer) == ("red", "answered", "called")


async def test_of_several_cards_the_worst_is_asked_about(
    town: Town, resident: ScriptedResident, later: Later
) -> None:
    await resident.says(RED)
    await mild(resident)
    assert [(row.level, row.outcome) for row in await rows(town, "next_day")] == [("red", None)]


async def test_a_tap_long_after_is_answered_kindly(
    town: Town, resident: ScriptedResident, later: Later, clock: FakeClock
) -> None:
    await resident.says(RED)
    await later(minutes=3)
    clock.advance(hours=13)
    assert "時間がたっています" in await resident.taps("まだ")
    assert await ends(town, "called") == [(None, None)]


async def test_a_question_that_fails_is_tried_again_then_ends_and_the_staff_hear_of_it(
    town: Town, resident: ScriptedResident, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("broken")

    await resident.says(RED)
    monkeypatch.setattr("bot.flows.aftercare.flow.AftercareFlow.asked", broken)
    # Shown at a terminal, the error would come with all that a town is made of.
    monkeypatch.setattr("bot.flows.aftercare.rounds.log.exception", lambda *_, **__: None)
    for _ in range(3):
        assert await later(minutes=3) == ""
    assert await ends(town, "called") == [("failed", None)]
    assert "not_called" in dict(await dangers(town))
