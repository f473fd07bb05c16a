import random
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.clock import Clock
from core.db.engine import Sessions
from core.db.tables.facility import Facility, FacilityDepartment
from core.errors import ContentError
from core.municipalities import Municipality
from facilities.importer import import_files, import_report
from tests.facilities.imported import (
    CLINIC_HOURS,
    CLINICS,
    HOSPITALS,
    IWAKI,
    MATERNITY,
    PHARMACIES,
    files,
    named,
    stored,
    times,
    with_lines,
)


async def test_each_city_gets_its_own_facilities_of_all_five_kinds(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    iwaki = await import_files(sessions, [sample], cities["iwaki"], clock)
    kitahama = await import_files(sessions, [sample], cities["demo-kitahama"], clock)
    assert {kind.value: n for kind, n in iwaki.kinds.items()} == IWAKI
    assert kitahama.facilities == 4
    assert iwaki.problems == kitahama.problems == []
    async with sessions() as session:
        counted = await session.execute(
            select(Facility.municipality_id, Facility.kind, func.count().label("n")).group_by(
                Facility.municipality_id, Facility.kind
            )
        )
        found = {(row.municipality_id, row.kind): row.n for row in counted}
        assert {kind: found["iwaki", kind] for kind in IWAKI} == IWAKI
        strange = await session.scalars(select(Facility.name).where(Facility.name.not_like("デモ%")))
        assert strange.all() == []


async def test_importing_again_changes_nothing(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    paths = files(sample)
    await import_files(sessions, paths, cities["iwaki"], clock)
    before = await stored(sessions)
    random.Random(1).shuffle(paths)
    report = await import_files(sessions, paths, cities["iwaki"], clock)
    assert await stored(sessions) == before
    assert report.removed == 0


async def test_flags_mean_the_reverse_of_their_names(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    clinic = await named(sessions, "デモ平内科クリニック")  # closed on Thursdays, Sundays and holidays
    assert clinic.open_days == "11101100"
    assert len(clinic.open_weeks) == 35
    assert clinic.kind == "clinic"
    assert clinic.data_date == date(2026, 6, 1)
    assert (await named(sessions, "デモ平駅前薬局")).open_days == "11111111"
    assert (await named(sessions, "デモ平助産院")).open_days == "11011000"
    assert (await named(sessions, "デモ田人出張診療所")).open_days == "--------"


async def test_missing_coordinates_stay_missing(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    clinic = await named(sessions, "デモ三和診療所")
    assert (clinic.latitude, clinic.longitude) == (None, None)
    assert "いわき市三和町" in clinic.address


async def test_departments_carry_the_names_residents_use(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    async with sessions() as session:
        names = set(await session.scalars(select(FacilityDepartment.name)))
    assert "耳鼻咽喉科" in names
    assert "耳鼻いんこう科" not in names


async def test_the_hours_of_a_pharmacy_and_a_maternity_home_stand_in_their_own_files(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path
) -> None:
    await import_files(sessions, [sample / PHARMACIES, sample / MATERNITY], cities["iwaki"], clock)
    night = await times(sessions, "デモ平夜間薬局")
    assert (0, 12 * 60, 15 * 60) in night
    assert (0, 16 * 60, 24 * 60) in night
    assert await times(sessions, "デモ小名浜助産所") == {(day, 570, 900) for day in (0, 2, 4)}


TIMES = [
    ('"22:00","06:00"', (22 * 60, 30 * 60)),  # a night duty ends the next morning
    ('"09:00","24:00"', (9 * 60, 24 * 60)),
    ('"00:00","24:00"', (0, 24 * 60)),
    ('"９：００","１２：００"', (9 * 60, 12 * 60)),
    ('"00:00","00:00"', None),
    ('"",""', None),
]


@pytest.mark.parametrize(("written", "span"), TIMES)
async def test_times_as_the_national_files_write_them(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
    written: str,
    span: tuple[int, int] | None,
) -> None:
    hours = changed(CLINIC_HOURS, '"1","08:30","12:00"', f'"1",{written}')
    report = await import_files(sessions, [sample / CLINICS, hours], cities["iwaki"], clock)
    assert report.problems == []
    monday = {(o, c) for day, o, c in await times(sessions, "デモ平内科クリニック", "内科") if day == 0}
    assert monday == {(14 * 60, 18 * 60), *([span] if span else [])}


WRONG = [
    ('"8時半","12:00"', "'8時半' is no time of day"),
    ('"09:00","25:00"', "'25:00' is no time of day"),
    ('"09:00",""', "'09:00-' lacks the end"),
    ('"18:00","17:00"', "'18:00-17:00' is longer than 18 hours past midnight"),
]


@pytest.mark.parametrize(("written", "why"), WRONG)
async def test_times_that_make_no_sense_are_named_and_left_out(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
    written: str,
    why: str,
) -> None:
    broken = changed(CLINIC_HOURS, '"1","08:30","12:00"', f'"1",{written}')
    report = await import_files(sessions, [sample / CLINICS, broken], cities["iwaki"], clock)
    assert [str(p) for p in report.problems] == [f"{CLINIC_HOURS}:2: 内科 月曜 診療: {why}"]
    assert (0, 14 * 60, 18 * 60) in await times(sessions, "デモ平内科クリニック", "内科")


async def test_a_broken_row_is_named_and_the_others_are_taken(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    def broken(lines: list[bytes]) -> list[bytes]:
        lines[1] = lines[1].replace(b'"0', b'"X', 1)  # the id
        lines[2] = lines[2].replace(b'","', b'"', 1)  # the quoting
        lines[3] += b',"1"'  # a column too many
        lines[4] = lines[4].replace("デモ".encode(), b"\xff\xfe", 1)  # the encoding
        lines[5] = lines[5].rstrip(b'"')  # a quote that never closes
        lines[6] = lines[6].replace("デモ".encode(), b"\0", 1)
        lines[7] = lines[7].replace(b",37.", b",north", 1)
        return lines

    path = with_lines(sample / CLINICS, broken, tmp_path / CLINICS)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert [(p.file, p.line) for p in report.problems] == [(CLINICS, n) for n in (2, 3, 4, 5, 6, 7, 8)]
    assert all(p.reason for p in report.problems)
    assert report.facilities == IWAKI["clinic"] - 7


async def test_a_facility_that_is_listed_twice_is_taken_once(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    path = with_lines(
        sample / PHARMACIES, lambda lines: [*lines[:2], lines[1], *lines[2:]], tmp_path / PHARMACIES
    )
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert report.facilities == IWAKI["pharmacy"]
    assert [(p.line, "is there already" in p.reason) for p in report.problems] == [(3, True)]


async def test_a_place_far_outside_the_city_is_not_believed(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
) -> None:
    latitude = (sample / CLINICS).read_text(encoding="utf-8-sig").splitlines()[1].split(",")[10]
    path = changed(CLINICS, f",{latitude},", ",35.68,")
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert "outside the city" in report.problems[0].reason
    assert (await named(sessions, "デモ平内科クリニック")).latitude is None


async def test_a_new_edition_replaces_and_removes_and_an_old_one_is_passed_over(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    new = changed(PHARMACIES, "デモ平駅前薬局", "デモ平新駅前薬局", "05_pharmacy_20261101.csv")
    with_lines(new, lambda lines: [line for line in lines if "デモ内郷薬局".encode() not in line], new)
    report = await import_files(sessions, [new], cities["iwaki"], clock)
    assert (report.facilities, report.removed) == (IWAKI["pharmacy"] - 1, 1)
    after = await stored(sessions)
    old = await import_files(sessions, [sample / PHARMACIES], cities["iwaki"], clock)
    assert old.facilities == 0
    assert "older than what is known (2026-11-01)" in old.notes[0]
    assert await stored(sessions) == after
    assert (await named(sessions, "デモ平新駅前薬局")).data_date == date(2026, 11, 1)


async def test_nothing_changes_when_a_later_file_breaks_off(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    good = tmp_path / "01-1_hospital_facility_info_20261101.csv"
    good.write_bytes((sample / HOSPITALS).read_bytes())
    cut = tmp_path / "05_pharmacy_20261101.csv.zip"
    with zipfile.ZipFile(cut, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sample / PHARMACIES, "05_pharmacy_20261101.csv")
    content = bytearray(cut.read_bytes())
    content[400:420] = bytes(20)
    cut.write_bytes(bytes(content))
    with pytest.raises(ContentError, match="05_pharmacy_20261101"):
        await import_files(sessions, [good, cut], cities["iwaki"], clock)
    assert await stored(sessions) == before


async def test_a_file_that_lists_too_few_is_refused_unless_that_is_meant(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    path = with_lines(sample / PHARMACIES, lambda lines: lines[:6], tmp_path / "05_pharmacy_20261101.csv")
    with pytest.raises(ContentError, match=r"lists 5 of 18 known facilities.*--may-shrink"):
        await import_files(sessions, [path], cities["iwaki"], clock)
    assert await stored(sessions) == before
    report = await import_files(sessions, [path], cities["iwaki"], clock, may_shrink=True)
    assert (report.facilities, report.removed) == (5, 13)


async def test_a_file_without_the_city_says_nothing_about_it(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    content = (sample / PHARMACIES).read_bytes().replace(b'"07","204"', b'"07","203"')
    path = tmp_path / "05_pharmacy_20261101.csv"
    path.write_bytes(content)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert "has nothing in いわき市 (07204)" in report.notes[0]
    assert await stored(sessions) == before


async def test_new_facilities_without_their_hours_keep_those_known_so_far(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await times(sessions, "デモ平内科クリニック", "内科")
    new = changed(CLINICS, "お盆", "お盆", CLINICS.replace("20260601", "20261101"))
    report = await import_files(sessions, [new], cities["iwaki"], clock)
    assert "came without its table of hours" in report.notes[0]
    assert await times(sessions, "デモ平内科クリニック", "内科") == before != set()


async def test_the_report_counts_by_kind_and_names_what_was_left_out(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
) -> None:
    path = changed(PHARMACIES, '"09:00","21:00"', '"9時","21:00"')
    report = import_report(
        cities["iwaki"], await import_files(sessions, [path, sample / MATERNITY], cities["iwaki"], clock)
    )
    first, *more = report.splitlines()
    assert first.startswith("いわき市: 21 facilities (3 maternity home, 18 pharmacy)")
    assert more == [f"left out: {PHARMACIES}:2: 月曜 開店時間帯: '9時' is no time of day"]
