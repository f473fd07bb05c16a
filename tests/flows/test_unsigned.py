"""Test that content without a reviewer's signature is not shown to real residents."""

import dataclasses

import pytest

from core.settings import Settings
from tests.harness.in_process import ScriptedResident, Town

FEVER = "昨日から熱があって頭が痛いです"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    responder = town.processor.responder
    response = dataclasses.replace(responder.danger_response, runs_drafts=False)
    silent = dataclasses.replace(responder, runs_drafts=False, danger_response=response)
    town.processor = dataclasses.replace(town.processor, responder=silent)
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach("かぜ薬を買いたい", "buy_medicine")
    return await town.resident()


async def test_unsigned_tables_ask_nothing_but_the_safety_question(resident: ScriptedResident) -> None:
    assert "先にひとつだけ" in await resident.says(FEVER)
    answer = await resident.taps("どれもない")
    assert "受診" not in answer
    assert "ちょっと聞きたい（人に）" in resident.labels


async def test_signed_tables_are_asked_when_what_they_share_is_signed_too(
    town: Town, resident: ScriptedResident
) -> None:
    responder = town.processor.responder
    signed = {"is_signed": True}
    by_id = {name: table.model_copy(update=signed) for name, table in responder.tables.items()}
    for common, is_asked in (
        (responder.tables.common, False),
        (responder.tables.common.model_copy(update=signed), True),
    ):
        tables = dataclasses.replace(responder.tables, common=common, by_id=by_id)
        town.processor = dataclasses.replace(
            town.processor, responder=dataclasses.replace(responder, tables=tables)
        )
        someone = await town.resident()
        assert ("先にひとつだけ" not in await someone.says(FEVER)) is is_asked


async def test_an_emergency_is_answered_all_the_same(resident: ScriptedResident) -> None:
    assert "119" in await resident.says("父が急に倒れて返事をしません")


async def test_a_worrying_word_gets_the_first_check_instead_of_an_unsigned_question(
    resident: ScriptedResident,
) -> None:
    said = await resident.says("息が苦しいです")
    assert "先にひとつだけ" in said
    assert "長い文を続けて" not in said


async def test_who_waits_and_gets_worse_hears_119_without_an_unsigned_question(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    await resident.says("看護師さんと話したい")
    said = await resident.says("息が苦しくなってきました")
    assert "いますぐ119番に電話" in said
    assert "長い文を続けて" not in said


async def test_an_unsigned_catalogue_leads_to_the_pharmacist(resident: ScriptedResident) -> None:
    answer = await resident.says("かぜ薬を買いたい")
    assert "薬剤師がお答えします" in answer
    assert "歳" not in answer


def test_a_demo_runs_drafts_and_a_real_channel_only_by_the_operators_word(settings: Settings) -> None:
    assert settings.runs_drafts
    real = {"line_api_url": "https://api.line.me", "public_url": "https://helpo.example.jp"}
    assert not settings.model_copy(update=real).runs_drafts
    assert settings.model_copy(update=real | {"run_drafts": True}).runs_drafts
