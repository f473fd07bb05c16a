import math
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.clock import TOKYO, Clock
from core.db.engine import Sessions
from core.db.tables.facility import Facility, FacilityHours
from core.messages import Call, Carousel, Open, Text, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from facilities.cards import facility_card, facility_messages
from facilities.departments import department_name, departments_meant
from facilities.importer import import_files
from facilities.search import Found, haversine_m, nearest
from facilities.today import DayStatus, Today, today

SAMPLE = sorted((Path(__file__).parents[2] / "data/facilities/sample").glob("*.csv"))
TAIRA = (37.050378, 140.886683)
MONDAY = datetime(2026, 11, 16, 10, tzinfo=TOKYO)


@pytest.fixture
async def town(sessions: Sessions, cities: dict[str, Municipality], clock: Clock) -> Sessions:
    for city in cities.values():
        await import_files(sessions, SAMPLE, city, clock)
    return sessions


async def search(
    town: Sessions,
    place: tuple[float, float] = TAIRA,
    municipality: str = "iwaki",
    at: datetime = MONDAY,
    limit: int = 3,
    **wanted: str,
) -> list[Found]:
    async with town() as session:
        return await nearest(session, municipality, *place, limit=limit, at=at, **wanted)


async def test_the_three_nearest_of_a_department_come_nearest_first(town: Sessions) -> None:
    found = await search(town, department="内科")
    assert [f.facility.name for f in found][:2] == sorted(
        ["デモ平内科クリニック", "デモ平駅前内科医院"], key=[f.facility.name for f in found].index
    )
    assert len(found) == 3
    assert [f.distance_m for f in found] == sorted(f.distance_m for f in found)
    assert found[0].distance_m < 2000


@pytest.mark.parametrize("wanted", [{}, {"department": "小児科"}, {"kind": "pharmacy"}, {"kind": "dental"}])
async def test_the_index_finds_what_measuring_everything_finds(
    town: Sessions, cities: dict[str, Municipality], wanted: dict[str, str]
) -> None:
    async with town() as session:
        stmt = select(Facility).where(Facility.municipality_id == "iwaki", Facility.latitude.is_not(None))
        if kind := wanted.get("kind"):
            stmt = stmt.where(Facility.kind == kind)
        if department := wanted.get("department"):
            stmt = stmt.where(
                select(FacilityHours.id)
                .where(FacilityHours.facility_id == Facility.id, FacilityHours.department == department)
                .exists()
            )
        everything = (await session.scalars(stmt)).all()
    for district in cities["iwaki"].districts:
        place = (district.latitude, district.longitude)
        distances = sorted(haversine_m(*place, f.latitude or 0, f.longitude or 0) for f in everything)
        found = await search(town, place, limit=5, **wanted)
        assert [f.distance_m for f in found] == pytest.approx(distances[:5])


async def test_a_city_never_shows_a_neighbours_facilities(town: Sessions) -> None:
    found = await search(town, municipality="demo-kitahama", limit=50)
    assert {f.facility.municipality_id for f in found} == {"demo-kitahama"}
    assert await search(town, department="人工透析内科") == []


async def test_the_hours_are_those_of_the_department_and_the_day(town: Sessions) -> None:
    found = await search(town, department="内科")
    clinic = next(f for f in found if f.facility.name == "デモ平内科クリニック")
    assert clinic.today.status is DayStatus.OPEN
    assert [i.text() for i in clinic.today.intervals] == ["8:30〜12:00", "14:00〜18:00"]
    assert clinic.today.is_open_now


DAYS = [
    ("デモ平内科クリニック", datetime(2026, 11, 19, 10, tzinfo=TOKYO), DayStatus.CLOSED),  # its Thursday off
    ("デモ平内科クリニック", datetime(2026, 11, 22, 10, tzinfo=TOKYO), DayStatus.CLOSED),  # Sunday
    ("デモ平内科クリニック", datetime(2026, 11, 23, 10, tzinfo=TOKYO), DayStatus.CLOSED),  # a holiday
    ("デモ平駅前内科医院", datetime(2026, 11, 14, 10, tzinfo=TOKYO), DayStatus.CLOSED),  # second Saturday
    ("デモ平駅前内科医院", datetime(2026, 11, 21, 10, tzinfo=TOKYO), DayStatus.OPEN),  # third Saturday
    ("デモ小名浜港内科", MONDAY, DayStatus.UNKNOWN),  # open without times
    ("デモ好間クリニック", datetime(2026, 11, 19, 10, tzinfo=TOKYO), DayStatus.DOUBTFUL),  # contradiction
    ("デモ平駅前薬局", datetime(2026, 11, 23, 20, tzinfo=TOKYO), DayStatus.OPEN),  # a holiday, open late
]


async def test_what_is_said_of_a_day_follows_the_flags_as_far_as_they_can_be_believed(town: Sessions) -> None:
    async with town() as session:
        for name, at, status in DAYS:
            facility = (await session.scalars(select(Facility).where(Facility.name == name))).one()
            rows = await session.scalars(
                select(FacilityHours).where(FacilityHours.facility_id == facility.id)
            )
            assert (name, today(facility, rows.all(), at).status) == (name, status)


async def test_round_the_clock_emergency_rows_are_no_opening_hours(town: Sessions) -> None:
    found = await search(
        town, (37.035692, 140.855418), at=datetime(2026, 11, 16, 3, tzinfo=TOKYO), kind="hospital"
    )
    assert found[0].facility.name == "デモ内郷総合病院"
    assert not found[0].today.is_open_now
    assert [i.text() for i in found[0].today.intervals] == ["9:00〜12:00", "13:30〜17:00"]


async def test_the_cards_tell_distance_hours_and_to_call_first(town: Sessions, texts: Texts) -> None:
    lead, cards = facility_messages(await search(town, department="内科"), texts, department="内科")
    assert isinstance(lead, Text)
    assert isinstance(cards, Carousel)
    assert len(cards.cards) == 3
    said = plain_text(cards)
    for words in (
        "ここからの距離",
        "今日の診療時間",
        "電話で確かめてください",
        "この施設は実在しません",
    ):
        assert words in said
    assert not [word for word in ("おすすめ", "人気", "評判", "一番") if word in said]
    maps = [a for card in cards.cards for a in card.actions if isinstance(a, Open) and "google" in a.url]
    assert len(maps) == 3
    assert maps[0].url.startswith("https://www.google.com/maps/search/?api=1&query=37.")


def test_nothing_found_is_said_kindly(texts: Texts) -> None:
    (message,) = facility_messages([], texts, kind="pharmacy")
    assert "薬局が見つかりませんでした" in plain_text(message)


def test_a_facility_with_a_phone_can_be_called_and_one_without_a_place_has_no_map(texts: Texts) -> None:
    facility = Facility(
        id="0729990000001",
        municipality_id="iwaki",
        kind="clinic",
        name="デモ電話内科",
        name_kana="",
        address="福島県いわき市",
        latitude=None,
        longitude=None,
        phone="0120-000-000",
        url="",
        open_days="--------",
        open_weeks="",
        other_closed="お盆",
        data_date=datetime(2026, 6, 1, tzinfo=TOKYO).date(),
    )
    card = facility_card(Found(facility, 320, Today(DayStatus.UNKNOWN)), texts, "内科")
    assert card.actions == (Call("電話をかける", "0120-000-000"),)
    assert "およそ300メートル" in plain_text(card)
    assert "お休みの届け出" not in plain_text(card)


def test_distances_are_those_of_the_earth() -> None:
    assert haversine_m(*TAIRA, *TAIRA) == 0
    assert haversine_m(0, 0, 0, 1) == pytest.approx(2 * math.pi * 6_371_000 / 360)


def test_departments_have_one_name() -> None:
    assert department_name("耳鼻いんこう科") == department_name("何か", "05002") == "耳鼻咽喉科"
    assert departments_meant("産科") == ("産科", "産婦人科")
    assert departments_meant("東洋医学科") == ("東洋医学科",)
