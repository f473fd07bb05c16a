"""Test handing over to a person: the right profession, with all that was said and found."""

from typing import Any

import pytest

from core.crypto import KeyRing
from handoff.model import Basis
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.talk_threads import open_thread, summary

PERSON = "ちょっと聞きたい（人に）"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("熱があります", "consult_symptom")
    town.meanings.teach("人に聞きたいです", "talk_to_human")
    return await town.resident()


@pytest.mark.parametrize(
    ("text", "intent", "first"),
    [
        ("薬を飲み忘れました", "consult_medicine", "薬剤師（薬のこと）"),
        ("不安で眠れません", "consult_mental_health", "カウンセラー（こころ）"),
        ("母乳が足りているか心配", "consult_pregnancy_childcare", "助産師（妊娠・子育て）"),
        ("体重を減らしたい", "consult_lifestyle", "管理栄養士（食事）"),
    ],
)
async def test_whom_the_worry_suits_comes_first(town: Town, text: str, intent: str, first: str) -> None:
    town.meanings.teach(text, intent)
    resident = await town.resident()
    await resident.says(text)
    assert "がよさそうです" in await resident.says("ちょっと聞きたい")
    assert resident.labels[0] == first
    assert len(resident.labels) <= 6


async def test_without_a_worry_nobody_is_suggested(resident: ScriptedResident) -> None:
    heard = await resident.says("人に聞きたいです")
    assert "迷うときは看護師" in heard
    assert "よさそう" not in heard


@pytest.mark.parametrize("text", ["だれでもいいです", "おまかせします", "1", "一番上"])
async def test_who_leaves_it_open_gets_a_nurse(resident: ScriptedResident, text: str) -> None:
    await resident.says("人に聞きたいです")
    assert "看護師に伝えました" in await resident.says(text)


async def test_who_leaves_it_open_gets_whom_the_worry_suits(town: Town, resident: ScriptedResident) -> None:
    town.meanings.teach("薬を飲み忘れました", "consult_medicine")
    await resident.says("薬を飲み忘れました")
    await resident.says("人に聞きたいです")
    assert "薬剤師に伝えました" in await resident.says("おまかせで")


async def test_an_assessed_complaint_comes_with_whom_it_is_about_and_what_was_found(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("熱があります")
    await resident.answers_all()
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    known = await summary(town, ring)
    assert (known.who, known.complaint.text, known.basis) == ("本人", "熱があります", Basis.PROTOCOL)
    assert known.protocols
    assert known.denied
    assert [finding.label for finding in known.told] == ["できないことがある"]
    assert known.advised


async def test_a_complaint_that_nobody_assessed_is_never_green(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("人に聞きたいです")
    await resident.taps("医師")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "yellow"
    assert (await summary(town, ring)).is_unassessed


async def test_words_of_an_emergency_are_orange_until_somebody_assesses_them(town: Town) -> None:
    wish = "少し息が苦しいので看護師さんと話したい"
    town.meanings.teach(wish, "talk_to_human")
    resident = await town.resident()
    assert "長い文を続けて話せますか" in await resident.says(wish)
    said = await resident.taps("話せるし、横にもなれる")
    assert "次の様子" not in said
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency in {"orange", "red"}


async def test_what_only_needs_telling_is_told_before_the_person_takes_over(town: Town) -> None:
    wish = "看護師さんと話したい。料金はかかりますか"
    town.meanings.teach(wish, "talk_to_human")
    town.meanings.teach("看護師さんと話したい。", "talk_to_human")
    town.meanings.teach("料金はかかりますか", "ask_how_to_use")
    resident = await town.resident()
    heard = await resident.says(wish)
    assert heard.index("無料です") < heard.index("看護師に伝えました")
    assert "どのようなご用件" not in heard


async def test_what_else_was_wished_for_goes_to_the_person(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    wish = "熱があります。近くの内科は？"
    town.meanings.teach(wish, "consult_symptom")
    town.meanings.teach("熱があります。", "consult_symptom")
    town.meanings.teach("近くの内科は？", "find_facility", department="内科")
    await resident.says(wish)
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    assert (await summary(town, ring)).wishes == ("病院・薬局さがし",)


async def test_words_said_long_ago_do_not_choose_the_person(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("薬を飲み忘れました", "consult_medicine")
    await resident.says("薬を飲み忘れました")
    clock.advance(hours=30)
    assert "よさそう" not in await resident.says("人に聞きたいです")


async def test_who_asks_for_a_person_by_name_gets_the_person_whatever_it_is_about(town: Town) -> None:
    wish = "薬の飲み合わせを薬剤師さんに聞きたいです"
    town.meanings.teach(wish, "consult_medicine")
    resident = await town.resident()
    assert "薬剤師に伝えました" in await resident.says(wish)
