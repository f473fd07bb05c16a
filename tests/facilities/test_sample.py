"""Test that the shipped sample is invented, large, irregular, and in exactly the national format."""

import csv
import re
from pathlib import Path

import pytest

from core.municipalities import District, Municipality
from facilities.distance import haversine_m

# Columns of the national files: hospitals have eight for beds, clinics five.
COLUMNS = {
    "01-1_hospital_facility_info": 65,
    "01-2_hospital_speciality_hours": 36,
    "02-1_clinic_facility_info": 62,
    "02-2_clinic_speciality_hours": 36,
    "03-1_dental_facility_info": 57,
    "03-2_dental_speciality_hours": 36,
    "04_maternity_home": 153,
    "05_pharmacy": 128,
}
IWAKI = {"都道府県コード": "07", "市区町村コード": "204"}

Row = dict[str, str]


def table(sample: Path, name: str) -> list[Row]:
    (path,) = sample.glob(f"{name}_20260601.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def facilities(sample: Path) -> list[Row]:
    names = [name for name in COLUMNS if "hours" not in name]
    return [row for name in names for row in table(sample, name) if IWAKI.items() <= row.items()]


def name_of(row: Row) -> str:
    return row.get("正式名称") or row["名称"]


def district_of(row: Row, city: Municipality) -> District:
    town = row["所在地"].removeprefix(city.prefecture + city.name)
    found = [
        (len(name), district)
        for district in city.districts
        for name in (*district.name.split("・"), *district.aliases)
        if town.startswith(name)
    ]
    assert found, row["所在地"]
    return max(found, key=lambda pair: pair[0])[1]


@pytest.mark.parametrize(("name", "columns"), COLUMNS.items())
def test_each_file_is_written_as_the_national_one(sample: Path, name: str, columns: int) -> None:
    (path,) = sample.glob(f"{name}_20260601.csv")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header, *lines = content.decode("utf-8-sig").split("\r\n")
    assert "\n" not in header + "".join(lines)
    assert re.fullmatch(r'"[^"]+"(,"[^"]+")*', header)
    assert len(next(csv.reader([header]))) == columns
    bare = [cell for line in lines for cell in re.findall(r'(?<=,)[^",]+(?=,)', line)]
    assert all(re.fullmatch(r"\d+\.\d+", cell) for cell in bare)
    assert len(bare) == (0 if "hours" in name else 2 * (len(lines) - 1))


def test_everything_is_invented_and_says_so(sample: Path) -> None:
    for row in facilities(sample):
        assert name_of(row).startswith("デモ")
        assert "字デモ" in row["所在地"]
        assert row["ID"][3:].startswith("999")


def test_at_least_eighty_facilities_lie_within_two_kilometres_of_their_district(
    sample: Path, cities: dict[str, Municipality]
) -> None:
    rows = facilities(sample)
    assert len(rows) >= 80
    assert len({row["ID"] for row in rows}) == len({name_of(row) for row in rows}) == len(rows)
    missing = 0
    for row in rows:
        latitude, longitude = float(row["所在地座標（緯度）"]), float(row["所在地座標（経度）"])
        if not latitude:
            missing += 1
            continue
        district = district_of(row, cities["iwaki"])
        away = haversine_m(latitude, longitude, district.latitude, district.longitude)
        assert away <= 2000, name_of(row)
    assert missing >= 3


def test_every_district_has_internal_medicine(sample: Path, cities: dict[str, Municipality]) -> None:
    hours = [
        *table(sample, "01-2_hospital_speciality_hours"),
        *table(sample, "02-2_clinic_speciality_hours"),
    ]
    internal = {row["ID"] for row in hours if row["診療科目名"] == "内科"}
    here = {district_of(row, cities["iwaki"]).name for row in facilities(sample) if row["ID"] in internal}
    assert here == {district.name for district in cities["iwaki"].districts}


def test_the_departments_and_the_hours_are_varied(sample: Path) -> None:
    rows = [row for name in COLUMNS if "hours" in name for row in table(sample, name)]
    departments = {row["診療科目名"] for row in rows}
    assert departments >= {
        "内科",
        "小児科",
        "整形外科",
        "皮膚科",
        "耳鼻いんこう科",
        "眼科",
        "産婦人科",
        "産科",
        "婦人科",
        "精神科",
        "心療内科",
        "泌尿器科",
        "脳神経外科",
        "外科",
        "歯科",
        "救急科",
    }
    assert any(row["日_診療開始時間"] for row in rows)
    assert any(row["祝_診療開始時間"] for row in rows)
    assert any(row["月_診療終了時間"] >= "21:00" for row in rows)
    assert any(row["日_診療開始時間"] == row["日_診療終了時間"] == "00:00" for row in rows)
    assert all(row["月_診療終了時間"] == "24:00" for row in rows if row["診療科目名"] == "救急科")
