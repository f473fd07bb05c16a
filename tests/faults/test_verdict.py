"""Test that the kill test's reconciliation finds what it must find."""

import uuid
from datetime import UTC, datetime

import pytest

from core.db.tables import Outbox
from tests.harness.clinician import Mark
from tests.harness.reconciliation import Verdict, judge_arrivals

GIVEN: list[Mark] = [(0, 0), (1, 0), (0, 1)]
RIGHT = {0: ["お返事r00n0000", "お返事r00n0001"], 1: ["看護師におつなぎします", "お返事r01n0000"]}


def rows(*, doubled: tuple[Mark, ...] = ()) -> dict[Mark, Outbox]:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    return {
        mark: Outbox(id=uuid.uuid4(), status="sent", possibly_doubled=mark in doubled, created_at=now)
        for mark in GIVEN
    }


def judged(chats: dict[int, list[str]], answers: dict[Mark, Outbox]) -> list[str]:
    verdict = Verdict()
    judge_arrivals(chats, GIVEN, answers, verdict)
    return verdict.faults


def test_all_is_well_when_each_answer_came_once_in_order() -> None:
    assert judged(RIGHT, rows()) == []


@pytest.mark.parametrize(
    ("chats", "fault"),
    [
        (RIGHT | {0: ["お返事r00n0000"]}, "did not arrive"),
        (RIGHT | {0: RIGHT[0][::-1]}, "in another order"),
        (RIGHT | {0: [*RIGHT[0], "お返事r00n0001"]}, "arrived twice"),
        (RIGHT | {0: [*RIGHT[0], "お返事r01n0000"]}, "another's words"),
    ],
)
def test_a_lost_a_late_a_doubled_and_a_crossed_answer_are_faults(
    chats: dict[int, list[str]], fault: str
) -> None:
    assert any(fault in found for found in judged(chats, rows()))


def test_a_double_that_was_foreseen_is_no_fault() -> None:
    assert judged(RIGHT | {0: [*RIGHT[0], "お返事r00n0001"]}, rows(doubled=((0, 1),))) == []
