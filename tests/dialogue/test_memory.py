"""Test the memory of consultations: all of a day, a short part of each, never less urgent than the worst."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer
from core.words import Words, without_words

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def consultation(complaint: str, urgency: Urgency, at: datetime = NOW, **more: Any) -> PastConsultation:
    return PastConsultation(complaint=Words.of(complaint), urgency=urgency, at=at, **more)


RED = consultation(
    "胸が痛い",
    Urgency.RED,
    findings=(Finding("冷や汗", FindingAnswer.YES, "はい"),),
    who="夫",
    protocols=("chest",),
)
GREEN = consultation("鼻水", Urgency.GREEN, LATER, protocols=("cold",))


def after(*consultations: PastConsultation) -> Memory:
    memory = Memory()
    for one in consultations:
        memory = memory.with_consultation(one)
    return memory


def test_the_latest_is_at_hand_and_the_worst_decides() -> None:
    memory = after(RED, GREEN)
    assert memory.last_consultation(LATER) == GREEN
    assert memory.urgency(LATER) is Urgency.RED
    assert memory.relevant_consultations(LATER) == (GREEN, RED)


def test_each_is_forgotten_in_its_own_time() -> None:
    memory = after(RED, GREEN)
    assert memory.urgency(NOW + timedelta(hours=24, minutes=30)) is Urgency.GREEN
    assert memory.urgency(NOW + timedelta(hours=26)) is None


def test_what_was_stored_is_read_again() -> None:
    memory = after(RED, GREEN).with_remark(Words.of("めまいもする"), LATER)
    assert Memory.from_json(memory.to_json(), {}) == memory


def test_a_memory_of_the_first_release_still_counts() -> None:
    stored = {
        "consultation": {
            "complaint": "胸が痛い",
            "urgency": "red",
            "findings": [["冷や汗", "はい"]],
            "advised": [],
            "at": NOW.isoformat(),
        }
    }
    memory = Memory.from_json(stored, {})
    assert memory.urgency(LATER) is Urgency.RED
    assert memory.with_consultation(GREEN).urgency(LATER) is Urgency.RED


def test_what_was_left_half_way_gives_way_to_its_end() -> None:
    half = consultation("鼻水", Urgency.YELLOW)
    assert after(half, GREEN).urgency(LATER) is Urgency.GREEN


@pytest.mark.parametrize(
    "before",
    [
        consultation("鼻水", Urgency.RED),
        consultation("鼻水", Urgency.ORANGE, findings=(Finding("息苦しい", FindingAnswer.YES, "はい"),)),
        consultation("鼻水", Urgency.ORANGE, protocols=("cold",)),
        consultation("", Urgency.ORANGE),
    ],
)
def test_the_same_words_do_not_take_a_finding_back(before: PastConsultation) -> None:
    assert after(before, GREEN).urgency(LATER) not in {None, Urgency.GREEN}


def test_many_are_few_in_the_end_and_the_worst_is_among_them() -> None:
    memory = after(RED, *(consultation(f"痛み{n}", Urgency.YELLOW, LATER) for n in range(40)))
    assert len(memory.relevant_consultations(LATER)) <= 6
    assert memory.urgency(LATER) is Urgency.RED


def test_a_long_story_keeps_its_beginning_and_its_end() -> None:
    lines = [f"{n}行目です。{'あ' * 90}" for n in range(100)]
    story = Words.of("\n".join(lines))
    remark = Memory().with_remark(story, NOW).remark
    (kept,) = after(PastConsultation(complaint=story, urgency=Urgency.YELLOW, at=NOW)).consultations
    assert remark
    for words in (remark.words, kept.complaint):
        assert (words.lines[0], words.lines[-1]) == (lines[0], lines[-1])
        assert len(words.text) <= 2000
        assert set(words.lines) <= set(lines)


def test_old_words_grow_no_younger_with_new_ones() -> None:
    memory = after(RED)
    for hour in (10, 20):
        memory = memory.with_sign(Words.of(f"{hour}時間後"), Urgency.ORANGE, NOW + timedelta(hours=hour))
    late = NOW + timedelta(hours=25)
    assert memory.urgency(late) is Urgency.ORANGE
    assert "胸が痛い" not in str(memory.relevant_consultations(late))
    last = memory.last_consultation(late)
    assert last
    assert last.who == "夫"


def test_words_taken_back_are_forgotten_in_earlier_consultations_too() -> None:
    assert "胸が痛い" not in str(without_words(after(RED, GREEN), frozenset({"胸が痛い"})))
