import math
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from core.clock import TOKYO
from core.db.engine import Sessions
from core.db.tables.facility import DAY_BLOCK, Facility, FacilityDepartment
from core.municipalities import Municipality
from facilities.asked_time import parse_when
from facilities.departments import department_in, department_name, departments_meant
from facilities.distance import haversine_m
from facilities.model import Wanted
from facilities.opening_status import DayStatus, Week
from facilities.search import Found, Query, nearest
from facilities.service import Outcome, SearchResult, search
from tests.harness.samples import TAIRA

MONDAY = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
SUNDAY_NIGHT = datetime(2026, 11, 22, 19, 30, tzinfo=TOKYO)
TOKYO_STATION = (35.681, 139.767)


@pytest.fixture
def town(city_with_facilities: Sessions) -> Sessions:
    return city_with_facilities


@pytest.fixture
def iwaki(cities: dict[str, Municipality]) -> Municipality:
    return cities["iwaki"]


async def nearby(
    town: Sessions,
    city: Municipality,
    place: tuple[float, float] = TAIRA,
    at: datetime = MONDAY,
    limit: int = 3,
    when: str = "",
    **wanted: tuple[str, ...],
) -> list[Found]:
    async with town() as session:
        query = Query(city, *place, when=parse_when(when, at), **wanted)  # type: ignore[arg-type]
        return await nearest(session, query, limit=limit, now=at)


async def searched(
    town: Sessions,
    city: Municipality,
    place: tuple[float, float] = TAIRA,
    at: datetime = MONDAY,
    offset: int = 0,
    **wanted: str,
) -> SearchResult:
    async with town() as session:
        asked = Wanted(latitude=place[0], longitude=place[1], **wanted)  # type: ignore[arg-type]
        return await search(session, city, asked, at, offset=offset)


def names(found: SearchResult) -> list[str]:
    return [one.facility.name for one in found.found]


async def test_the_three_nearest_of_a_department_come_nearest_first(
    town: Sessions, iwaki: Municipality
) -> None:
    found = await nearby(town, iwaki, departments=("内科",))
    assert len(found) == 3
    distances = [f.distance_m or 0 for f in found]
    assert distances == sorted(distances)
    assert distances[0] < 2000
    assert all("内科" in {d.name for d in f.week.departments} for f in found)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"departments": ("小児科",)}, {"kinds": ("pharmacy",)}, {"kinds": ("dental",)}],
)
async def test_the_index_finds_what_measuring_everything_finds(
    town: Sessions, iwaki: Municipality, wanted: dict[str, tuple[str, ...]]
) -> None:
    async with town() as session:
        stmt = select(Facility).where(Facility.municipality_id == "iwaki", Facility.latitude.is_not(None))
        if kinds := wanted.get("kinds"):
            stmt = stmt.where(Facility.kind.in_(kinds))
        if departments := wanted.get("departments"):
            has = select(FacilityDepartment.id).where(
                FacilityDepartment.facility_id == Facility.id, FacilityDepartment.name.in_(departments)
            )
            stmt = stmt.where(has.exists())
        everything = (await session.scalars(stmt)).all()
    for district in iwaki.districts:
        place = (district.latitude, district.longitude)
        measured = sorted(haversine_m(*place, f.latitude or 0, f.longitude or 0) for f in everything)
        found = await nearby(town, iwaki, place, limit=5, **wanted)
        placed = [f.distance_m for f in found if f.distance_m is not None]
        assert placed == pytest.approx([m for m in measured if m <= 40_000][: len(placed)])
        assert len(placed) >= 4


async def test_a_city_never_shows_a_neighbours_facilities(
    town: Sessions, iwaki: Municipality, cities: dict[str, Municipality]
) -> None:
    kitahama = cities["demo-kitahama"]
    place = (kitahama.districts[0].latitude, kitahama.districts[0].longitude)
    found = await nearby(town, kitahama, place, limit=50)
    assert {f.facility.municipality_id for f in found} == {"demo-kitahama"}
    assert await nearby(town, kitahama, place, departments=("人工透析内科",)) == []
    assert len(await nearby(town, iwaki, departments=("人工透析内科",))) == 1


async def test_the_hours_are_those_of_the_department_and_the_day(town: Sessions, iwaki: Municipality) -> None:
    found = await nearby(town, iwaki, departments=("内科",), limit=20)
    clinic = next(f for f in found if f.facility.name == "デモ平内科クリニック")
    assert clinic.day.status is DayStatus.OPEN
    assert [i.text() for i in clinic.day.intervals] == ["8:30〜12:00", "14:00〜18:00"]
    assert [i.text() for i in clinic.day.reception] == ["8:30〜11:30", "14:00〜17:30"]
    assert clinic.is_open


def on(day: int, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, 10, tzinfo=TOKYO)


DAYS = [
    ("デモ平内科クリニック", on(19), DayStatus.CLOSED),  # its Thursday off
    ("デモ平内科クリニック", on(22), DayStatus.CLOSED),  # Sunday
    ("デモ平内科クリニック", on(23), DayStatus.CLOSED),  # a holiday
    ("デモ平駅前内科医院", on(14), DayStatus.CLOSED),  # second Saturday
    ("デモ平駅前内科医院", on(21), DayStatus.OPEN),  # third Saturday
    ("デモ小名浜港内科", on(16), DayStatus.UNKNOWN),  # open without times
    ("デモ好間クリニック", on(19), DayStatus.DOUBTFUL),  # closed, with times unlike the others
    ("デモ四倉内科医院", on(18), DayStatus.CLOSED),  # closed, with the times of the other days
    ("デモ平駅前薬局", on(23), DayStatus.OPEN),  # a holiday, open late
    ("デモ平夜間内科", on(1, 1, 2027), DayStatus.CLOSED),  # named among the days off
    ("デモ平こども医院", on(13, 8), DayStatus.CLOSED),  # within a range of dates
    ("デモ平こども医院", on(31, 12), DayStatus.DOUBTFUL),  # 「年末年始」 without dates
    ("デモ泉こどもクリニック", on(2, 1, 2027), DayStatus.CLOSED),  # 12/29~1/3
]


@pytest.mark.parametrize(("name", "at", "status"), DAYS)
async def test_what_is_said_of_a_day_follows_the_flags_as_far_as_they_can_be_believed(
    town: Sessions, name: str, at: datetime, status: DayStatus
) -> None:
    async with town() as session:
        facility = (await session.scalars(select(Facility).where(Facility.name == name))).one()
        rows = await session.scalars(
            select(FacilityDepartment).where(FacilityDepartment.facility_id == facility.id)
        )
        assert Week(facility, rows.all()).on(at.date()).status == status


async def test_round_the_clock_emergency_rows_are_no_opening_hours(
    town: Sessions, iwaki: Municipality
) -> None:
    at = datetime(2026, 11, 16, 3, tzinfo=TOKYO)
    found = await nearby(town, iwaki, (37.035692, 140.855418), at=at, kinds=("hospital",))
    assert found[0].facility.name == "デモ内郷総合病院"
    assert not found[0].is_open
    assert [i.text() for i in found[0].day.intervals] == ["9:00〜12:00", "13:30〜17:30"]
    assert await nearby(town, iwaki, at=at, kinds=("hospital",), when="now") == []


async def test_the_wish_for_an_emergency_department_promises_no_hours(
    town: Sessions, iwaki: Municipality
) -> None:
    found = await searched(town, iwaki, department="救急科", when="now", at=SUNDAY_NIGHT)
    assert len(found.found) == 3
    assert all(one.is_emergency_only and not one.is_open for one in found.found)
    assert found.desk
    assert found.desk.id == "night_clinic"


async def test_only_what_is_open_now_is_shown_when_that_is_asked(town: Sessions, iwaki: Municipality) -> None:
    at = datetime(2026, 11, 22, 11, tzinfo=TOKYO)  # a Sunday
    found = await searched(town, iwaki, department="内科", when="now", at=at)
    assert found.outcome is Outcome.FOUND
    assert "デモ平夜間内科" in names(found)
    assert all(one.is_open for one in found.found)


async def test_hours_that_reach_over_midnight_count_for_the_next_day(
    town: Sessions, iwaki: Municipality
) -> None:
    nights = [Range(day * DAY_BLOCK + 22 * 60, day * DAY_BLOCK + 30 * 60) for day in range(8)]
    async with town.begin() as session:
        rows = await session.scalars(
            select(FacilityDepartment).join(Facility).where(Facility.name == "デモ平夜間薬局")
        )
        rows.one().times = nights
    at = datetime(2026, 11, 17, 3, tzinfo=TOKYO)
    assert names(await searched(town, iwaki, kind="pharmacy", when="now", at=at)) == ["デモ平夜間薬局"]
    later = datetime(2026, 11, 17, 7, tzinfo=TOKYO)
    assert "デモ平夜間薬局" not in names(await searched(town, iwaki, kind="pharmacy", when="now", at=later))


async def test_when_nothing_is_open_what_opens_next_and_the_citys_desk_are_shown(
    town: Sessions, iwaki: Municipality
) -> None:
    found = await searched(town, iwaki, department="小児科", when="now", at=SUNDAY_NIGHT)
    assert found.outcome is Outcome.NOT_OPEN
    assert found.desk
    assert found.desk.id == "night_clinic"
    openings = [one.opens_next for one in found.found]
    assert None not in openings
    assert openings == sorted(o for o in openings if o)
    # The next day is a holiday: nothing opens before Tuesday morning.
    assert openings[0] == datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO)


async def test_the_desk_is_shown_only_while_it_serves(town: Sessions, iwaki: Municipality) -> None:
    deep_night = datetime(2026, 11, 23, 3, tzinfo=TOKYO)
    assert (await searched(town, iwaki, department="小児科", when="now", at=deep_night)).desk is None
    holiday = await searched(town, iwaki, department="歯科", when="2026-11-23T10:00", at=SUNDAY_NIGHT)
    assert holiday.desk
    assert holiday.desk.id == "holiday_dental"
    skin = await searched(town, iwaki, department="皮膚科", when="now", at=SUNDAY_NIGHT)
    assert skin.desk is None


async def test_a_time_may_be_asked_about(town: Sessions, iwaki: Municipality) -> None:
    on_sunday = await searched(town, iwaki, department="小児科", when="2026-11-22", at=MONDAY)
    assert on_sunday.outcome is Outcome.FOUND
    assert all(one.day.status is DayStatus.OPEN for one in on_sunday.found)
    assert all(one.when.day == datetime(2026, 11, 22, tzinfo=TOKYO).date() for one in on_sunday.found)
    night = await searched(town, iwaki, department="内科", when="2026-11-16T20:00", at=MONDAY)
    assert names(night) == ["デモ平夜間内科"]
    late_today = await searched(
        town, iwaki, department="内科", when="2026-11-16", at=datetime(2026, 11, 16, 21, tzinfo=TOKYO)
    )
    assert names(late_today) == ["デモ平夜間内科"]


async def test_the_next_three_follow_the_first_three(town: Sessions, iwaki: Municipality) -> None:
    first = await searched(town, iwaki, department="内科")
    second = await searched(town, iwaki, department="内科", offset=3)
    assert first.has_more
    everything = [f.facility.name for f in await nearby(town, iwaki, departments=("内科",), limit=6)]
    assert [*names(first), *names(second)] == everything
    last = await searched(town, iwaki, department="泌尿器科")
    assert (len(last.found), last.has_more) == (2, False)


async def test_facilities_without_coordinates_are_found_in_their_district(
    town: Sessions, iwaki: Municipality
) -> None:
    miwa = (37.118719, 140.741049)
    for district in ("三和", ""):  # named, or a place sent from there
        found = await searched(town, iwaki, miwa, department="内科", district=district)
        assert names(found)[0] == "デモ三和診療所"
        assert found.found[0].distance_m is None
    from_taira = await searched(town, iwaki, department="内科", district="平")
    assert "デモ三和診療所" not in names(from_taira)


async def test_a_relative_stands_in_where_a_department_is_not_to_be_had(
    town: Sessions, cities: dict[str, Municipality]
) -> None:
    kitahama = cities["demo-kitahama"]
    place = (kitahama.districts[0].latitude, kitahama.districts[0].longitude)
    found = await searched(town, kitahama, place, department="呼吸器内科")
    assert found.outcome is Outcome.INSTEAD
    assert names(found) == ["デモ北浜内科"]
    assert (await searched(town, kitahama, place, department="眼科")).outcome is Outcome.NOTHING


async def test_a_place_outside_the_city_gets_no_far_away_clinic(town: Sessions, iwaki: Municipality) -> None:
    for place in (TOKYO_STATION, (0.0, 0.0), (-33.9, -70.6)):
        found = await searched(town, iwaki, place, department="内科")
        assert (found.outcome, found.found) == (Outcome.OUTSIDE, ())


async def test_a_certain_facility_is_found_by_its_name_or_reading(
    town: Sessions, iwaki: Municipality
) -> None:
    async with town() as session:
        for name in ("内郷総合病院", "うちごうそうごう"):
            found = await search(session, iwaki, Wanted(name=name), MONDAY)
            assert names(found) == ["デモ内郷総合病院"]
        unknown = await search(session, iwaki, Wanted(name="共立病院"), MONDAY)
        assert unknown.outcome is Outcome.UNKNOWN_NAME
        odd = await search(session, iwaki, Wanted(name="%"), MONDAY)
        assert odd.outcome is Outcome.UNKNOWN_NAME


def test_distances_are_those_of_the_earth() -> None:
    assert haversine_m(*TAIRA, *TAIRA) == 0
    assert haversine_m(0, 0, 0, 1) == pytest.approx(2 * math.pi * 6_371_000 / 360)


def test_departments_have_one_name() -> None:
    assert department_name("耳鼻いんこう科") == department_name("何か", "05002") == "耳鼻咽喉科"
    assert departments_meant("産科") == ("産科", "産婦人科")
    assert departments_meant("東洋医学科") == ("東洋医学科",)


@pytest.mark.parametrize(
    ("words", "department"),
    [
        ("近くの耳鼻科", "耳鼻咽喉科"),
        ("ジビカはどこ", "耳鼻咽喉科"),
        ("心療内科を探しています", "心療内科"),
        ("小児歯科", "小児歯科"),
        ("整形でいいとこあっか", "整形外科"),
        ("整形手術の病院", ""),
        ("目医者さん", "眼科"),
        ("皮膚がかゆい", ""),
        ("救急車を呼びたい", ""),
        ("夜間救急に行きたい", "救急科"),
    ],
)
def test_a_department_is_what_is_named_never_what_a_symptom_suggests(words: str, department: str) -> None:
    assert department_in(words) == department
