"""Test that a danger told in another language is answered in easy Japanese and English, and despair as everywhere."""

from datetime import UTC, datetime

from bot.inbound.pieces import FOREIGN, hear_message
from bot.line.inbound import Inbound, InboundKind
from bot.triage.danger.danger_card import DESPAIRING
from bot.triage.danger.ear import HeardDangers, load_ear
from tests.conftest import DATA

EAR = load_ear(DATA)


def heard(text: str) -> HeardDangers:
    inbound = Inbound(kind=InboundKind.TEXT, text=text)
    return hear_message(EAR, inbound, (), datetime(2026, 11, 16, 1, tzinfo=UTC)).heard


def test_a_danger_in_another_language_is_answered_in_easy_japanese_and_english() -> None:
    card = heard("My father is not breathing").card
    assert card is not None
    assert card.category == FOREIGN


def test_the_same_in_japanese_keeps_its_own_card() -> None:
    card = heard("父が息をしていません").card
    assert card is not None
    assert card.category == "cardiac_arrest"


def test_despair_in_another_language_stays_despair() -> None:
    found = heard("I want to kill myself")
    first = found.card or found.worry
    assert first is not None
    assert first.category in DESPAIRING
