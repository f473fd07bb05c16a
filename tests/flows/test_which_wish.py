"""Test the question which of two wishes is meant: asked once, by buttons, with a person and 119 in sight."""

import pytest

from bot.app import all_flows, load_content
from bot.language.close_intents import POSSIBLE, SURE, close_intents
from bot.language.multi_intent import AskingIntents
from core.understanding import Understanding
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town

UNCLEAR = "湿布を貼ったところが、かぶれてきました"
ASKED = "どちらのことでしょうか"
ASKING = AskingIntents(("emergency", "consult_symptom", "consult_medicine", "find_facility"), {})


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach_doubt(UNCLEAR, "consult_medicine", "consult_symptom")
    return await town.resident()


async def test_words_that_fit_two_wishes_are_asked_about_with_a_person_and_119_in_sight(
    resident: ScriptedResident,
) -> None:
    said = await resident.says(UNCLEAR)
    assert ASKED in said
    assert "119番に電話してください" in said
    assert resident.labels[:3] == ["お薬の飲み方", "体の具合", "どちらでもない"]
    assert {"ちょっと聞きたい（人に）", "119番に電話する"} <= {*resident.labels}


async def test_the_chosen_wish_is_served_with_the_words_as_they_were_written(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(UNCLEAR)
    medicine = await resident.taps("お薬の飲み方")
    assert "薬のことですね" in medicine
    other = await town.resident()
    await other.says(UNCLEAR)
    interview = await other.taps("体の具合")
    assert "どなたのことですか" in interview or "あてはまりますか" in interview
    assert "薬のことですね" not in interview


async def test_the_answer_may_be_typed_or_said_in_other_words(town: Town, resident: ScriptedResident) -> None:
    await resident.says(UNCLEAR)
    assert "薬のことですね" in await resident.says("お薬の飲み方")
    other = await town.resident()
    town.meanings.teach("ふらふらするんです", "consult_symptom")
    await other.says(UNCLEAR)
    said = await other.says("ふらふらするんです")
    assert "次の様子はありますか" in said


async def test_neither_leads_to_the_menu(resident: ScriptedResident) -> None:
    await resident.says(UNCLEAR)
    said = await resident.taps("どちらでもない")
    assert ASKED not in said
    assert "体の具合を相談する" in resident.labels


async def test_another_wish_leaves_the_question(town: Town, resident: ScriptedResident) -> None:
    town.meanings.teach("小名浜の歯医者", "find_facility", department="歯科")
    await resident.says(UNCLEAR)
    assert "歯科" in await resident.says("小名浜の歯医者")


async def test_a_danger_in_the_answer_comes_first(resident: ScriptedResident) -> None:
    await resident.says(UNCLEAR)
    assert "119番に電話" in await resident.says("意識がなくなって倒れました")


def meaning(*ranking: tuple[str, float]) -> Understanding:
    return Understanding(ranking[0][0], ranking[0][1], ranking=ranking)


@pytest.mark.parametrize(
    ("ranking", "asked"),
    [
        ((("consult_medicine", 0.45), ("consult_symptom", 0.4)), ("consult_medicine", "consult_symptom")),
        ((("consult_medicine", SURE), ("consult_symptom", 0.35)), ()),
        ((("consult_medicine", 0.5), ("consult_symptom", POSSIBLE - 0.01)), ()),
        ((("consult_medicine", 0.5), ("greet", 0.4)), ()),
        ((("out_of_scope", 0.5), ("consult_symptom", 0.4)), ()),
        ((("consult_symptom", 0.45), ("emergency", 0.4)), ()),
        ((("consult_symptom", 0.45),), ()),
    ],
)
def test_only_two_unsure_wishes_that_are_no_emergency_are_asked_about(
    ranking: tuple[tuple[str, float], ...], asked: tuple[str, ...]
) -> None:
    assert close_intents(meaning(*ranking), ASKING) == asked


def test_one_flow_settles_doubt() -> None:
    assert all_flows(load_content(DATA)).by_doubt == "which_wish"
