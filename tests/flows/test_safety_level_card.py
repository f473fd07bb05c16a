"""Test what the card of a safety question that ends below red says of the tables: the department, and first home care."""

import pytest

from bot.triage.level_advice import NO_ADVICE
from bot.triage.tables.first_advice import first_advice
from bot.triage.tables.home_care import gives_drink
from bot.triage.tables.loader import load_tables
from core.db.tables import Urgency
from core.words import Words
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town

TABLES = load_tables(DATA)
SWALLOWED = "2歳の子が磁石を飲みこんだかもしれません"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    return await town.resident()


async def test_the_card_below_red_names_the_department_and_what_to_do_now(resident: ScriptedResident) -> None:
    await resident.says(SWALLOWED)
    said = await resident.taps("磁石か、とがった物")
    assert "【オレンジ】" in said
    assert "診療科のめやす\n小児科" in said
    assert "いますること\n・" in said
    assert (
        said.index("なぜ")
        < said.index("診療科のめやす")
        < said.index("いますること")
        < said.index("すぐ119番")
    )


async def test_an_answer_for_the_maternity_ward_names_it_alone(resident: ScriptedResident) -> None:
    await resident.says("妊娠34週です。お腹が規則的に張って痛いです")
    said = await resident.taps("規則的に張る、または痛む")
    assert "診療科のめやす\n産婦人科\n" in said


def test_in_haste_nothing_is_given_to_drink_and_few_lines_are_said() -> None:
    for words in (
        "30歳です。下痢と嘔吐がひどいです",
        "5歳の子が吐いています",
        "70歳です。急におなかが痛いです",
    ):
        advice = first_advice(Words.of(words), Urgency.ORANGE, None, TABLES, runs_drafts=True)
        assert advice.departments, words
        assert 0 < len(advice.home) <= 2
        assert not [line for line in advice.home if gives_drink(line)]


def test_a_complaint_that_no_table_knows_is_advised_nothing() -> None:
    words = Words.of("30歳です。なんだか変です")
    assert first_advice(words, Urgency.ORANGE, None, TABLES, runs_drafts=True) == NO_ADVICE


def test_an_unsigned_table_advises_nothing_where_drafts_may_not_run() -> None:
    words = Words.of("30歳です。おなかがひどく痛いです")
    assert first_advice(words, Urgency.ORANGE, None, TABLES, runs_drafts=False) == NO_ADVICE
