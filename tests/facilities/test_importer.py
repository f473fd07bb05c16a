import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.clock import Clock
from core.db.engine import Sessions
from core.db.tables.facility import Facility, FacilityHours
from core.errors import ContentError
from core.municipalities import Municipality
from facilities.importer import import_files

SAMPLE = Path(__file__).parents[2] / "data/facilities/sample"
CLINICS = "02-1_clinic_facility_info_20260601.csv"
CLINIC_HOURS = "02-2_clinic_speciality_hours_20260601.csv"
PHARMACIES = "05_pharmacy_20260601.csv"


def sample() -> list[Path]:
    return sorted(SAMPLE.glob("*.csv"))


async def stored(sessions: Sessions) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    async with sessions() as session:
        facilities = await session.execute(
            select(Facility.id, Facility.name, Facility.open_days, Facility.data_date).order_by(Facility.id)
        )
        hours = await session.execute(
            select(
                FacilityHours.facility_id,
                FacilityHours.department,
                FacilityHours.weekday,
                FacilityHours.opens,
                FacilityHours.closes,
                FacilityHours.is_reception,
            ).order_by(*FacilityHours.__table__.c[1:].values())
        )
        return [tuple(row) for row in facilities], [tuple(row) for row in hours]


async def named(sessions: Sessions, name: str) -> Facility:
    async with sessions() as session:
        return (await session.scalars(select(Facility).where(Facility.name == name))).one()


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Return a copy of a sample file with one text replaced, under another name if given."""

    def change(name: str, old: str, new: str, as_name: str = "") -> Path:
        content = (SAMPLE / name).read_bytes().decode("utf-8")
        assert old in content
        path = tmp_path / (as_name or name)
        path.write_bytes(content.replace(old, new, 1).encode("utf-8"))
        return path

    return change


async def test_each_city_gets_its_own_facilities(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    iwaki = await import_files(sessions, sample(), cities["iwaki"], clock)
    kitahama = await import_files(sessions, sample(), cities["demo-kitahama"], clock)
    assert (iwaki.facilities, kitahama.facilities) == (41, 4)
    assert iwaki.problems == kitahama.problems == []
    async with sessions() as session:
        counted = await session.execute(
            select(Facility.municipality_id, func.count().label("n")).group_by(Facility.municipality_id)
        )
        assert {row.municipality_id: row.n for row in counted} == {"iwaki": 41, "demo-kitahama": 4}
        strange = await session.scalars(select(Facility.name).where(Facility.name.not_like("デモ%")))
        assert strange.all() == []


async def test_importing_again_changes_nothing(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    paths = sample()
    await import_files(sessions, paths, cities["iwaki"], clock)
    before = await stored(sessions)
    random.Random(1).shuffle(paths)
    report = await import_files(sessions, paths, cities["iwaki"], clock)
    assert await stored(sessions) == before
    assert report.removed == 0


async def test_flags_mean_the_reverse_of_their_names(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    await import_files(sessions, sample(), cities["iwaki"], clock)
    clinic = await named(sessions, "デモ平内科クリニック")  # closed on Thursdays, Sundays and holidays
    assert clinic.open_days == "11101100"
    assert len(clinic.open_weeks) == 35
    assert clinic.kind == "clinic"
    assert clinic.data_date == date(2026, 6, 1)
    pharmacy = await named(sessions, "デモ平駅前薬局")
    assert pharmacy.open_days == "11111111"


async def test_missing_coordinates_stay_missing(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    await import_files(sessions, sample(), cities["iwaki"], clock)
    assert (await named(sessions, "デモ三和診療所")).latitude is None


async def test_departments_carry_the_names_residents_use(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    await import_files(sessions, sample(), cities["iwaki"], clock)
    async with sessions() as session:
        names = set(await session.scalars(select(FacilityHours.department)))
    assert "耳鼻咽喉科" in names
    assert "耳鼻いんこう科" not in names


async def test_a_broken_row_is_named_and_the_others_are_taken(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path
) -> None:
    lines = (SAMPLE / CLINICS).read_bytes().split(b"\r\n")
    lines[1] = lines[1].replace(b'"0', b'"X', 1)  # the id
    lines[2] = lines[2].replace(b'","', b'"', 1)  # the quoting
    lines[3] = lines[3] + b',"1"'  # a column too many
    lines[4] = lines[4].replace("デモ".encode(), b"\xff\xfe", 1)  # the encoding
    lines[5] = lines[5].rstrip(b'"')  # a quote that never closes
    path = tmp_path / CLINICS
    path.write_bytes(b"\r\n".join(lines))
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert [(p.file, p.line) for p in report.problems] == [(CLINICS, n) for n in (2, 3, 4, 5, 6)]
    assert all(p.reason for p in report.problems)
    assert report.facilities == 24 - 5


async def test_times_that_make_no_sense_are_named_and_left_out(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Callable[..., Path]
) -> None:
    broken = changed(CLINIC_HOURS, '"08:30","12:00"', '"8時半","12:00"')
    report = await import_files(sessions, [SAMPLE / CLINICS, broken], cities["iwaki"], clock)
    assert [str(p) for p in report.problems] == [
        f"{CLINIC_HOURS}:2: 内科 月曜 診療: '8時半' is no time of day"
    ]


async def test_a_place_far_outside_the_city_is_not_believed(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Callable[..., Path]
) -> None:
    line = (SAMPLE / CLINICS).read_text(encoding="utf-8-sig").splitlines()[1]
    latitude = line.split(",")[10]
    path = changed(CLINICS, f",{latitude},", ",35.68,")
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert "outside the city" in report.problems[0].reason
    assert (await named(sessions, "デモ平内科クリニック")).latitude is None


async def test_a_new_edition_replaces_and_removes_and_an_old_one_does_not(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Callable[..., Path]
) -> None:
    await import_files(sessions, sample(), cities["iwaki"], clock)
    renamed = changed(PHARMACIES, "デモ平駅前薬局", "デモ平新駅前薬局", "05_pharmacy_20261201.csv")
    kept = [line for line in renamed.read_bytes().split(b"\r\n") if "デモ内郷薬局".encode() not in line]
    renamed.write_bytes(b"\r\n".join(kept))
    report = await import_files(sessions, [renamed], cities["iwaki"], clock)
    assert (report.facilities, report.removed) == (8, 1)
    after = await stored(sessions)
    assert (await import_files(sessions, [SAMPLE / PHARMACIES], cities["iwaki"], clock)).facilities == 1
    assert (await named(sessions, "デモ平新駅前薬局")).data_date == date(2026, 12, 1)
    assert len((await stored(sessions))[0]) == len(after[0]) + 1


async def test_a_zip_archive_is_read_as_the_file_inside(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "05_pharmacy_20260601.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(SAMPLE / PHARMACIES, PHARMACIES)
    assert (await import_files(sessions, [path], cities["iwaki"], clock)).facilities == 9


@pytest.mark.parametrize(
    "name", ["clinics.csv", "02-1_clinic_facility_info_20261399.csv", "04_maternity_home_20260601.csv"]
)
async def test_an_unknown_file_is_refused_before_anything_is_imported(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path, name: str
) -> None:
    shutil.copy(SAMPLE / CLINICS, tmp_path / name)
    with pytest.raises(ContentError, match=name):
        await import_files(sessions, [SAMPLE / PHARMACIES, tmp_path / name], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])


async def test_a_missing_column_is_named(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Callable[..., Path]
) -> None:
    path = changed(CLINICS, "市区町村コード", "市町村番号")
    with pytest.raises(ContentError, match="the header lacks 市区町村コード"):
        await import_files(sessions, [path], cities["iwaki"], clock)


async def test_columns_in_another_order_are_read_by_name(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path
) -> None:
    await import_files(sessions, sample(), cities["iwaki"], clock)
    before = await stored(sessions)
    lines = (SAMPLE / CLINICS).read_text(encoding="utf-8-sig").splitlines()
    turned = [",".join(reversed(line.split(","))) for line in lines]
    path = tmp_path / CLINICS
    path.write_bytes(("\ufeff" + "\r\n".join(turned)).encode("utf-8"))
    await import_files(sessions, [path], cities["iwaki"], clock)
    assert await stored(sessions) == before
