"""Test which files the importer accepts: archives, folders, encodings, columns in any order."""

import csv
import io
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.clock import Clock
from core.db.engine import Sessions
from core.errors import ContentError
from core.municipalities import Municipality
from facilities.importer import import_files
from tests.facilities.imported import (
    CLINIC_HOURS,
    CLINICS,
    IWAKI,
    MATERNITY,
    PHARMACIES,
    files,
    stored,
)


@pytest.mark.parametrize("wrapper", ["05_pharmacy_20260601.csv.zip", "05_pharmacy_20260601.zip"])
async def test_a_zip_archive_is_read_as_the_file_inside(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    wrapper: str,
) -> None:
    path = tmp_path / wrapper
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(sample / PHARMACIES, "whatever.csv")
    assert (await import_files(sessions, [path], cities["iwaki"], clock)).facilities == IWAKI["pharmacy"]


async def test_one_archive_may_hold_all_the_files(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "open_data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files(sample):
            archive.write(file, f"20260601/{file.name}")
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert report.facilities == sum(IWAKI.values())
    assert await stored(sessions) == before


async def test_other_files_in_a_folder_are_passed_over_and_named(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    shutil.copy(sample / PHARMACIES, tmp_path)
    (tmp_path / "読み方.txt").write_text("")
    report = await import_files(sessions, [tmp_path], cities["iwaki"], clock)
    assert report.facilities == IWAKI["pharmacy"]
    assert report.notes == ["読み方.txt: is no file of the ministry, passed over"]


@pytest.mark.parametrize(
    "name", ["clinics.csv", "02-1_clinic_facility_info_20261399.csv", "04_maternity_home_20260601.csv"]
)
async def test_an_unknown_file_is_refused_before_anything_is_imported(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    name: str,
) -> None:
    shutil.copy(sample / CLINICS, tmp_path / name)
    with pytest.raises(ContentError, match=name):
        await import_files(sessions, [sample / PHARMACIES, tmp_path / name], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])


async def test_a_folder_without_files_of_the_ministry_is_refused(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path
) -> None:
    with pytest.raises(ContentError, match="holds no file named like 02-1_clinic"):
        await import_files(sessions, [tmp_path], cities["iwaki"], clock)


async def test_the_same_table_twice_is_refused(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / f"{PHARMACIES}.zip", "w") as archive:
        archive.write(sample / PHARMACIES, PHARMACIES)
    with pytest.raises(ContentError, match="the same table"):
        await import_files(sessions, [sample, tmp_path], cities["iwaki"], clock)


async def test_a_missing_column_is_named(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Callable[..., Path]
) -> None:
    path = changed(CLINICS, "市区町村コード", "市町村番号")
    with pytest.raises(ContentError, match="the header lacks 市区町村コード"):
        await import_files(sessions, [path], cities["iwaki"], clock)


async def test_a_file_in_another_encoding_is_refused(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / PHARMACIES
    path.write_bytes((sample / PHARMACIES).read_text(encoding="utf-8-sig").encode("cp932"))
    with pytest.raises(ContentError, match="is not UTF-8"):
        await import_files(sessions, [path], cities["iwaki"], clock)


@pytest.mark.parametrize("name", [CLINICS, CLINIC_HOURS, MATERNITY])
async def test_columns_in_another_order_are_read_by_name(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    name: str,
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    rows = list(csv.reader(io.StringIO((sample / name).read_text(encoding="utf-8-sig"))))
    text = io.StringIO()
    order = list(range(len(rows[0])))
    random.Random(2).shuffle(order)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([row[index] for index in order] for row in rows)
    path = tmp_path / name
    path.write_bytes(text.getvalue().encode("utf-8"))  # without a BOM, too
    await import_files(sessions, [path], cities["iwaki"], clock)
    assert await stored(sessions) == before
