"""Test the figures of consultations: each that ends or is left is one row without a resident, small counts are hidden."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from bot.commands.figures_report import FEW, HIDDEN, LEAST, first_day, read_figures, shown
from bot.inbound import processor
from core.db.engine import Sessions
from core.db.tables import ConsultationFigure
from core.errors import ConfigurationError
from core.settings import Settings
from tests.conftest import FakeClock
from tests.harness.in_process import ScriptedResident, Town

FEVER, PERSON, CLINIC = "40歳です。熱があります", "看護師さんと話したい", "近くの内科"
NONE, SOME, UNSURE = "どれもない", "ひとつでもある", "わからない"
MONDAY = date(2026, 11, 16)


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    town.meanings.teach(CLINIC, "find_facility", department="内科")
    return await town.resident()


async def figures(town: Town) -> list[ConsultationFigure]:
    async with town.sessions() as session:
        return list(await session.scalars(select(ConsultationFigure)))


async def only(town: Town) -> ConsultationFigure:
    (found,) = await figures(town)
    return found


async def ends(resident: ScriptedResident) -> int:
    """Answer the questions until they end; returns how many there were."""
    for asked in range(12):
        label = next((one for one in ("39度くらい", NONE, UNSURE) if one in resident.labels), "")
        if not label:
            return asked
        await resident.taps(label)
    raise AssertionError("the questions do not end")


async def test_a_consultation_that_ends_is_one_row_without_a_resident(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(FEVER)
    assert await figures(town) == []
    asked = await ends(resident)
    row = await only(town)
    assert (row.municipality_id, row.day, row.hour) == ("iwaki", MONDAY, 10)
    assert row.tables == ["fever_adult"]
    assert row.level in {"yellow", "green", "white"}
    assert (row.questions, row.left_at, row.district) == (asked, None, "")
    columns = set(ConsultationFigure.__table__.columns.keys())
    assert columns == {
        "id", "municipality_id", "day", "hour", "tables", "level", "district", "questions", "left_at"
    }  # fmt: skip


async def test_yes_to_a_red_list_ends_red(town: Town, resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    await resident.taps(SOME)
    row = await only(town)
    assert (row.level, row.questions, row.left_at) == ("red", 1, None)


async def test_who_asks_for_a_person_half_way_has_left_at_the_open_question(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(FEVER)
    await resident.says(PERSON)
    row = await only(town)
    assert (row.level, row.left_at, row.questions, row.tables) == (None, "red", 0, ["fever_adult"])


async def test_an_interrupted_consultation_counts_once_when_it_is_over(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(FEVER)
    await resident.says(CLINIC)
    assert await figures(town) == []
    await resident.says("もどる")
    assert await figures(town) == []
    await resident.says("はじめから")
    row = await only(town)
    assert (row.level, row.left_at) == (None, "red")


async def test_a_complaint_that_is_never_told_has_no_table(town: Town, resident: ScriptedResident) -> None:
    town.meanings.teach("相談したいです", "consult_symptom")
    await resident.says("相談したいです")
    await resident.says(PERSON)
    row = await only(town)
    assert (row.tables, row.left_at, row.questions) == ([], "what", 0)


async def test_a_danger_in_between_ends_it_red(town: Town, resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    await resident.says("夫が倒れて、呼んでも返事がありません。息をしていません")
    row = await only(town)
    assert (row.level, row.left_at, row.tables) == ("red", None, ["fever_adult"])


async def test_silence_for_a_day_is_leaving_and_counts_once(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says(FEVER)
    await resident.taps(NONE)
    await town.due_answers().send()
    assert await figures(town) == []
    clock.advance(hours=25)
    assert await town.due_answers().send() == 0
    row = await only(town)
    assert (row.level, row.questions) == (None, 1)
    assert row.left_at not in {None, "what", "who"}
    await town.due_answers().send()
    await resident.says("こんにちは")
    assert await only(town)


async def test_who_goes_on_hours_later_has_not_left(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says(FEVER)
    clock.advance(hours=20)
    await resident.taps(NONE)
    clock.advance(hours=5)
    await town.due_answers().send()
    assert await figures(town) == []
    await ends(resident)
    assert (await only(town)).level
    clock.advance(hours=30)
    await town.due_answers().send()
    assert await only(town)


async def test_the_district_is_that_of_a_place_told_before_or_meanwhile(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(FEVER)
    await resident.sends(type="location", latitude=37.05, longitude=140.88, address="いわき市平")
    await ends(resident)
    assert (await only(town)).district == "平"
    town.meanings.teach("小名浜の内科", "find_facility", department="内科", area="小名浜")
    await resident.says("小名浜の内科")
    await resident.says(FEVER)
    await resident.taps(SOME)
    assert {row.district for row in await figures(town)} == {"平", "小名浜"}


async def test_a_turn_that_is_taken_again_counts_once(
    town: Town, resident: ScriptedResident, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    write, calls = processor.write_turn, 0

    async def fails_once(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("as if the process had trouble")
        await write(*given)

    await resident.says(FEVER)
    monkeypatch.setattr(processor, "write_turn", fails_once)
    await resident.taps(SOME)
    assert await figures(town) == []
    clock.advance(minutes=1)
    await town.settle()
    assert (await only(town)).level == "red"
    assert calls == 2


# The command


async def given_figures(sessions: Sessions, *rows: tuple[int, dict[str, Any]]) -> None:
    usual: dict[str, Any] = {
        "municipality_id": "iwaki", "day": MONDAY, "hour": 9, "tables": ["fever_adult"], "level": "green",
        "district": "平", "questions": 3, "left_at": None,
    }  # fmt: skip
    async with sessions.begin() as session:
        for count, differing in rows:
            await session.execute(insert(ConsultationFigure), [usual | differing] * count)


async def test_counts_are_shown_by_what_is_known_and_small_ones_are_hidden(
    town: Town, settings: Settings
) -> None:
    await given_figures(
        town.sessions,
        (20, {}),
        (7, {"level": None, "left_at": "more", "hour": 2}),
        (6, {"tables": ["fever_adult", "headache_adult"], "level": "yellow", "district": ""}),
        (3, {"level": "red", "hour": 23, "district": "小名浜"}),
        (2, {"day": date(2026, 10, 1), "tables": ["burn"]}),
    )
    found = (await read_figures(settings, first_day("2026-11-01"), "iwaki")).as_json()
    assert found["since"] == "2026-11-01"
    assert found["consultations"] == 36
    assert found["by_table"] == {"fever_adult": 36, "headache_adult": 6}
    assert found["by_level"] == {"red": FEW, "yellow": HIDDEN, "green": 20, "left": 7}
    assert found["by_hour"] == {"2": HIDDEN, "9": 26, "23": FEW}
    assert found["by_district"] == {"平": 27, "": HIDDEN, "小名浜": FEW}
    assert found["left_at"] == {"more": 7}
    assert json.loads(json.dumps(found)) == found
    lines = list((await read_figures(settings, None, "")).lines())
    assert "相談 38件" in lines
    assert any("熱" in line and "fever_adult" in line for line in lines)
    assert not any("burn" in line and "2" in line for line in lines)


async def test_no_consultation_is_zero(town: Town, settings: Settings) -> None:
    found = (await read_figures(settings, None, "")).as_json()
    assert found["consultations"] == 0
    assert found["by_table"] == {}


async def test_a_strange_city_or_day_is_refused(town: Town, settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        await read_figures(settings, None, "nowhere")
    with pytest.raises(ConfigurationError, match="since"):
        first_day("yesterday")


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(1, 40), max_size=8))
def test_nothing_small_is_shown_nor_follows_from_the_total(counts: dict[str, int]) -> None:
    found = shown(counts)
    assert found.keys() == counts.keys()
    visible = sum(cell for cell in found.values() if isinstance(cell, int))
    assert all(cell >= LEAST for cell in found.values() if isinstance(cell, int))
    left = sum(counts.values()) - visible
    assert left == 0 or left >= LEAST or visible == 0
    if all(count >= LEAST for count in counts.values()):
        assert found == counts
