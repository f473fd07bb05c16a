"""What a talk remembers of consultations: all of a day, little of each, never less urgent than the worst."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation.forgetting import without
from bot.conversation.memory import (
    consultations,
    consulted,
    recent,
    recent_urgency,
    told,
    with_memory,
    worsened,
)
from bot.conversation.turn import State
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RED = consulted(
    "胸が痛い",
    Urgency.RED,
    NOW,
    (Finding("冷や汗", FindingAnswer.YES, "はい"),),
    who="夫",
    protocols=("chest",),
)
GREEN = consulted("鼻水", Urgency.GREEN, LATER, protocols=("cold",))


def test_the_latest_is_at_hand_and_the_worst_decides() -> None:
    state = State().ended(**RED).ended(**GREEN)
    assert recent(state, LATER)["complaint"] == "鼻水"
    assert recent_urgency(state, LATER) is Urgency.RED
    assert [c["complaint"] for c in consultations(state, LATER)] == ["鼻水", "胸が痛い"]


def test_each_is_forgotten_in_its_own_time() -> None:
    state = with_memory(with_memory(State(), **RED), **GREEN)
    assert recent_urgency(state, NOW + timedelta(hours=24, minutes=30)) is Urgency.GREEN
    assert recent_urgency(state, NOW + timedelta(hours=26)) is None


def test_a_state_that_was_stored_before_still_counts() -> None:
    stored = State.from_json({"memory": {"consultation": RED["consultation"]}})
    assert recent_urgency(stored, LATER) is Urgency.RED
    assert recent_urgency(stored.ended(**GREEN), LATER) is Urgency.RED


def test_what_was_left_half_way_gives_way_to_its_end() -> None:
    half = consulted("鼻水", Urgency.YELLOW, NOW)
    assert recent_urgency(State().ended(**half).ended(**GREEN), LATER) is Urgency.GREEN


@pytest.mark.parametrize(
    "before",
    [
        consulted("鼻水", Urgency.RED, NOW),
        consulted("鼻水", Urgency.ORANGE, NOW, (Finding("息苦しい", FindingAnswer.YES, "はい"),)),
        consulted("鼻水", Urgency.ORANGE, NOW, protocols=("cold",)),
        consulted("", Urgency.ORANGE, NOW),
    ],
)
def test_the_same_words_do_not_take_a_finding_back(before: dict[str, object]) -> None:
    urgency = recent_urgency(State().ended(**before).ended(**GREEN), LATER)
    assert urgency not in {None, Urgency.GREEN}


def test_many_are_few_in_the_end_and_the_worst_is_among_them() -> None:
    state = State().ended(**RED)
    for n in range(40):
        state = state.ended(**consulted(f"痛み{n}", Urgency.YELLOW, LATER))
    assert len(consultations(state, LATER)) <= 6
    assert recent_urgency(state, LATER) is Urgency.RED


def test_a_long_story_keeps_its_beginning_and_its_end() -> None:
    lines = [f"{n}行目です。{'あ' * 90}" for n in range(100)]
    for memory in (
        consulted("\n".join(lines), Urgency.YELLOW, NOW)["consultation"],
        told("\n".join(lines), NOW)["told"],
    ):
        kept = memory["complaint"].splitlines()
        assert (kept[0], kept[-1]) == (lines[0], lines[-1])
        assert len(memory["complaint"]) <= 2000
        assert set(kept) <= set(lines)


def test_old_words_grow_no_younger_with_new_ones() -> None:
    state = State().ended(**RED)
    for hour in (10, 20):
        now = NOW + timedelta(hours=hour)
        state = state.ended(**worsened(state, f"{hour}時間後", Urgency.ORANGE, now))
    late = NOW + timedelta(hours=25)
    assert recent_urgency(state, late) is Urgency.ORANGE
    assert "胸が痛い" not in str(consultations(state, late))
    assert recent(state, late)["who"] == "夫"


def test_words_taken_back_are_forgotten_in_earlier_consultations_too() -> None:
    memory = State().ended(**RED).ended(**GREEN).memory
    assert "胸が痛い" not in str(without(dict(memory), frozenset({"胸が痛い"})))
