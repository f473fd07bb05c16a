from datetime import datetime

import pytest

from core.clock import TOKYO
from core.hours import is_open, parse_hours
from core.ja import fold
from core.municipalities import Municipality
from core.texts import Texts


def test_iwaki_has_its_code_its_districts_and_its_desks(cities: dict[str, Municipality]) -> None:
    iwaki = cities["iwaki"]
    assert (iwaki.code, iwaki.name, iwaki.demo) == ("07204", "いわき市", False)
    assert len(iwaki.districts) == 13
    assert {"119", "7119", "8000", "night_clinic"} <= {desk.id for desk in iwaki.desks}


def test_the_neighbour_is_invented_and_says_so(cities: dict[str, Municipality]) -> None:
    neighbour = cities["demo-kitahama"]
    assert neighbour.demo
    assert neighbour.name.startswith("デモ")
    assert neighbour.line.secret == "LINE_CHANNEL_SECRET_DEMO_KITAHAMA"


@pytest.mark.parametrize("city_id", ["iwaki", "demo-kitahama"])
def test_every_desk_has_hours_a_source_and_a_date(cities: dict[str, Municipality], city_id: str) -> None:
    for desk in cities[city_id].desks:
        parse_hours(desk.hours)
        assert desk.source
        assert datetime.strptime(desk.checked_on, "%Y-%m-%d").replace(tzinfo=TOKYO)
    for number in ("7119", "8000"):  # a '#' in an unquoted name would have cut it off
        assert any(f"#{number}" in desk.name for desk in cities[city_id].desks)


def test_the_night_clinic_answers_at_night(cities: dict[str, Municipality]) -> None:
    desk = next(d for d in cities["iwaki"].desks if d.id == "night_clinic")
    assert is_open(desk.hours, datetime(2026, 11, 16, 21, tzinfo=TOKYO))
    assert not is_open(desk.hours, datetime(2026, 11, 16, 12, tzinfo=TOKYO))


@pytest.mark.parametrize("city_id", ["iwaki", "demo-kitahama"])
def test_no_two_districts_share_a_name(cities: dict[str, Municipality], city_id: str) -> None:
    names = [fold(n) for d in cities[city_id].districts for n in {d.name, d.kana, *d.aliases}]
    assert len(names) == len(set(names))


def test_the_texts_of_these_parts_are_complete(texts: Texts) -> None:
    for level in ("red", "orange", "yellow", "green", "white"):
        assert texts(f"triage.level.{level}.title")
    for kind in ("hospital", "clinic", "dental", "maternity_home", "pharmacy"):
        assert texts(f"facility.kind.{kind}")
