"""Test that content without a reviewer's signature is not shown to real residents."""

import dataclasses

import pytest

from core.settings import Settings
from tests.harness.in_process import ScriptedResident, Town

FEVER = "昨日から熱があって頭が痛いです"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    silent = dataclasses.replace(town.processor.responder, runs_drafts=False)
    town.processor = dataclasses.replace(town.processor, responder=silent)
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach("かぜ薬を買いたい", "buy_medicine")
    return await town.resident()


async def test_unsigned_protocols_ask_nothing_but_the_safety_question(resident: ScriptedResident) -> None:
    assert "先にひとつだけ" in await resident.says(FEVER)
    answer = await resident.taps("どれもない")
    assert "受診" not in answer
    assert "ちょっと聞きたい（人に）" in resident.labels


async def test_an_emergency_is_answered_all_the_same(resident: ScriptedResident) -> None:
    assert "119" in await resident.says("父が急に倒れて返事をしません")


async def test_an_unsigned_catalogue_leads_to_the_pharmacist(resident: ScriptedResident) -> None:
    answer = await resident.says("かぜ薬を買いたい")
    assert "薬剤師がお答えします" in answer
    assert "歳" not in answer


def test_a_demo_runs_drafts_and_a_real_channel_only_by_the_operators_word(settings: Settings) -> None:
    assert settings.runs_drafts
    real = {"line_api_url": "https://api.line.me", "public_url": "https://helpo.example.jp"}
    assert not settings.model_copy(update=real).runs_drafts
    assert settings.model_copy(update=real | {"run_drafts": True}).runs_drafts
