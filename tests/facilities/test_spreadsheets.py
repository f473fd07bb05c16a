"""Test tables saved again by a spreadsheet: read as meant or refused, without losing known data."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from core.clock import Clock
from core.db.engine import Sessions
from core.errors import ImportRefused
from core.municipalities import Municipality
from facilities.closures import Closure, closure_on
from facilities.importer import import_files, import_report
from tests.facilities.imported import CLINIC_HOURS, CLINICS, MATERNITY, PHARMACIES, files, stored, with_lines
from tests.facilities.spreadsheets import Cells, each, saved, swap

LATITUDE, LONGITUDE = "所在地座標（緯度）", "所在地座標（経度）"
HOURS = ("開始時間", "終了時間")
DENTAL_HOURS = "03-2_dental_speciality_hours_20260601.csv"
FULL_WIDTH = str.maketrans("0123456789:.", "０１２３４５６７８９：．")


def without_zero(text: str) -> str:
    return text.removeprefix("0")


def with_seconds(text: str) -> str:
    return f"{text.removeprefix('0')}:00" if text else ""


READ = [
    (CLINICS, each("ID", without_zero)),
    (CLINIC_HOURS, each("ID", without_zero)),
    (PHARMACIES, each(("ID", "都道府県コード"), without_zero)),
    (CLINIC_HOURS, each("診療科目コード", without_zero)),
    (CLINIC_HOURS, each(HOURS, with_seconds)),
    (PHARMACIES, each(HOURS, with_seconds)),
    (CLINIC_HOURS, each((*HOURS, "ID", "診療科目コード"), lambda text: text.translate(FULL_WIDTH))),
    (CLINICS, each(("ID", "コード", "座標", "曜日", "週"), lambda text: text.translate(FULL_WIDTH))),
    (PHARMACIES, each(("営業日", "定期閉店"), lambda text: f"{text}.0" if text else "")),
    (CLINICS, each(("ID", "コード"), lambda text: f'="{text}"')),
    (DENTAL_HOURS, each("ID", lambda text: f"'{text}")),
]


@pytest.mark.parametrize(("name", "change"), READ)
async def test_what_a_spreadsheet_only_writes_differently_is_read_as_it_was(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    name: str,
    change: Callable[[Cells], None],
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    report = await import_files(
        sessions, [saved(sample / name, tmp_path / name, change)], cities["iwaki"], clock
    )
    assert report.problems == []
    assert await stored(sessions) == before


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_every_kind_of_line_end_is_read(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    ends: str,
    mark: bytes,
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    for path in files(sample):
        plain = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        (tmp_path / path.name).write_bytes(mark + plain.replace(b"\r\n", ends.encode()))
    report = await import_files(sessions, [tmp_path], cities["iwaki"], clock)
    assert report.problems == []
    assert await stored(sessions) == before


LOST = [
    (CLINICS, each("ID", lambda text: f"{float(text):.5E}"), r"51 of 51 rows .*ID is not 13 digits \(line 2 '7\."),
    (CLINIC_HOURS, each("ID", lambda text: f"{float(text):.5E}"), r"rows cannot be read: \d+ × ID is not 13 digits"),
    (PHARMACIES, each("ID", lambda text: text[:10] + "000"), r"lists \d of 18 known facilities"),
    (CLINICS, swap(LATITUDE, LONGITUDE), r"latitude and longitude are swapped: 48 × .*line 2 '14\d.*, 3\d"),
    (MATERNITY, swap(LATITUDE, LONGITUDE), "latitude and longitude are swapped: 2 ×"),
    (CLINICS, each("座標", lambda _: "0.0"), r"所在地座標\(緯度・経度\): 48 values are known, the file keeps 0; .* lines 2, 3, 4"),
    (CLINICS, each(LATITUDE, lambda _: "35.68"), r"所在地座標\(緯度・経度\): 48 of 48 values cannot be read: 48 × .*outside the city"),
    (PHARMACIES, each("座標", lambda text: text.replace(".", "")), r"18 of 18 rows .*所在地座標.* are no coordinates \(line 2 '37"),
    (CLINIC_HOURS, each(HOURS, lambda text: f"{text} AM" if text else ""), r"hours \(月曜 診療 …\): \d+ of \d+ values .* is no time of day \(line 2 '08:30 AM'"),
    (CLINIC_HOURS, each(HOURS, lambda _: "########"), "is no time of day"),
    (CLINIC_HOURS, each(HOURS, lambda _: ""), r"hours \(月曜 診療 …\): \d+ values are known, the file keeps 0; .* lines 2, 3, 4"),
    (CLINIC_HOURS, each("金_診療", lambda _: ""), r"金曜 診療: \d+ values are known, the file keeps 0"),
    (CLINIC_HOURS, each("火_外来受付", lambda _: ""), "火曜 外来受付: "),
    (PHARMACIES, each("土_開店", lambda text: text.replace(":", "時")), "土曜 開店時間帯: "),
    (MATERNITY, each("就業時間帯", lambda text: text.replace(":", "時")), "is no time of day"),
    (MATERNITY, each("時間", lambda _: ""), r"hours \(月曜 就業時間帯 …\): \d+ values are known, the file keeps 0"),
    (CLINICS, each("休診（木）", lambda text: {"1": "TRUE", "0": "FALSE"}.get(text, text)), r"休診\(木\): .* is neither 1 nor 0"),
    (CLINICS, each("第3週", lambda _: ""), "第3週"),
    (CLINICS, each("その他の休診日", lambda _: ""), r"その他の休診日\(gw、お盆等\): \d+ values are known, the file keeps 0"),
    (CLINICS, each("フリガナ", lambda _: ""), r"正式名称\(フリガナ\): 51 values are known, the file keeps 0"),
    (PHARMACIES, each("所在地", lambda text: "" if "県" in text else text), "所在地: 18 values are known, the file keeps 0"),
    (CLINICS, each("正式名称", lambda _: ""), "51 of 51 rows cannot be read: 51 × 正式名称 has no name"),
    (CLINICS, each("市区町村コード", lambda _: "204市"), "rows cannot be read: .*is no code of a municipality"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "says"), LOST)
async def test_a_table_that_would_delete_what_is_known_changes_nothing_and_the_cause_is_named(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    name: str,
    change: Callable[[Cells], None],
    says: str,
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    damaged = saved(sample / name, tmp_path / name, change)
    with pytest.raises(ImportRefused, match=says) as refusal:
        await import_files(sessions, [damaged], cities["iwaki"], clock)
    told = str(refusal.value)
    assert told.startswith(f"{damaged}: ")
    assert "Nothing has changed" in told
    assert len(told.splitlines()) == 1
    assert await stored(sessions) == before


FIRST = [
    (CLINICS, each("ID", lambda _: "7.29999E+11")),
    (CLINICS, swap(LATITUDE, LONGITUDE)),
    (PHARMACIES, each(HOURS, lambda text: text.replace(":", "時"))),
    (CLINICS, each(("休診（月）", "休診（火）"), lambda _: "TRUE")),
    (PHARMACIES, each("名称", lambda _: "")),
]


@pytest.mark.parametrize(("name", "change"), FIRST)
async def test_a_damaged_table_is_refused_by_an_empty_installation_too(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    name: str,
    change: Callable[[Cells], None],
) -> None:
    with pytest.raises(ImportRefused, match="Nothing has changed"):
        await import_files(sessions, [saved(sample / name, tmp_path / name, change)], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])


@pytest.mark.parametrize("kept", [2, 30, 60])
async def test_a_table_of_hours_that_breaks_off_changes_nothing(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    kept: int,
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    cut = with_lines(sample / CLINIC_HOURS, lambda lines: lines[:kept], tmp_path / CLINIC_HOURS)
    with pytest.raises(ImportRefused, match=r"診療科目コード: \d+ values are known, .*is it cut off"):
        await import_files(sessions, [cut], cities["iwaki"], clock)
    assert await stored(sessions) == before


async def test_hours_without_the_city_say_nothing_about_it(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    before = await stored(sessions)
    elsewhere = saved(
        sample / CLINIC_HOURS, tmp_path / CLINIC_HOURS, each("ID", lambda text: f"13{text[2:]}")
    )
    report = await import_files(sessions, [elsewhere], cities["iwaki"], clock)
    assert report.notes == [f"{CLINIC_HOURS}: has nothing in いわき市 (07204)"]
    assert await stored(sessions) == before


async def test_one_damaged_table_among_good_ones_changes_nothing_of_the_others(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    for path in files(sample):
        saved(path, tmp_path / path.name, lambda _: None)
    saved(sample / DENTAL_HOURS, tmp_path / DENTAL_HOURS, each(HOURS, lambda _: "9am"))
    with pytest.raises(ImportRefused, match="is no time of day"):
        await import_files(sessions, [tmp_path], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])


async def test_what_is_meant_is_taken_with_may_shrink(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    await import_files(sessions, [sample], cities["iwaki"], clock)
    fewer = saved(sample / CLINICS, tmp_path / CLINICS, each("その他の休診日", lambda _: ""))
    report = await import_files(sessions, [fewer], cities["iwaki"], clock, may_shrink=True)
    assert report.facilities == 51
    swapped = saved(sample / CLINICS, tmp_path / CLINICS, swap(LATITUDE, LONGITUDE))
    with pytest.raises(ImportRefused, match="swapped"):
        await import_files(sessions, [swapped], cities["iwaki"], clock, may_shrink=True)


async def test_changes_such_as_an_edition_brings_are_taken(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    """A third of the places unknown, some facilities closed, hours of a dozen rows gone."""

    def fewer(rows: Cells) -> None:
        latitude = rows[0].index(LATITUDE)
        for row in rows[1:17]:
            row[latitude] = "0.0"
        del rows[-5:]

    def shorter(rows: Cells) -> None:
        for row in rows[1:13]:
            row[4:] = [""] * len(row[4:])

    await import_files(sessions, [sample], cities["iwaki"], clock)
    new = saved(sample / CLINICS, tmp_path / CLINICS, fewer)
    hours = saved(sample / CLINIC_HOURS, tmp_path / CLINIC_HOURS, shorter)
    report = await import_files(sessions, [new, hours], cities["iwaki"], clock)
    assert report.problems == []
    assert report.facilities + report.removed == 51


async def test_a_single_swapped_or_distant_place_costs_only_that_place(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    def changed(rows: Cells) -> None:
        first, second = rows[0].index(LATITUDE), rows[0].index(LONGITUDE)
        rows[1][first], rows[1][second] = rows[1][second], rows[1][first]
        rows[2][first], rows[2][second] = "1.35", "103.82"

    path = saved(sample / CLINICS, tmp_path / CLINICS, changed)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert report.facilities == 51
    assert [(p.line, p.column) for p in report.problems] == [
        (2, "所在地座標(緯度・経度)"),
        (3, "所在地座標(緯度・経度)"),
    ]
    assert "swapped" in report.problems[0].reason
    assert "outside Japan" in report.problems[1].reason


async def test_a_short_id_of_another_prefecture_is_not_completed(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    def changed(rows: Cells) -> None:
        rows[1][0] = rows[1][0][1:].replace("72", "92", 1)
        rows[2][0] = rows[2][0][2:]

    path = saved(sample / CLINICS, tmp_path / CLINICS, changed)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert [(p.line, p.column) for p in report.problems] == [(2, "ID"), (3, "ID")]


@pytest.mark.parametrize(
    "text", ["2026/12/31", "2026-12-31", "2026年12月31日", "2026/12/31 0:00:00", "１２／３１", "12月31日"]
)
def test_a_closing_day_that_a_spreadsheet_took_for_a_date_is_still_read(text: str) -> None:
    assert closure_on(text, date(2027, 12, 31)) is Closure.SURE
    assert closure_on(text, date(2027, 12, 26)) is Closure.NONE


LINKS = [
    ("htp://demo.example.jp/", "htp://demo.example.jp/"),
    ("https://demo.example.jp/" + "a" * 1000, "https://demo.example.jp/aaa"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("なし", "なし"),
    ("https://user:secret@demo.example.jp/", "https://user"),
]


@pytest.mark.parametrize(("address", "shown"), LINKS)
async def test_a_web_address_nobody_can_open_is_named_and_the_facility_kept_without_it(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    tmp_path: Path,
    address: str,
    shown: str,
) -> None:
    def changed(rows: Cells) -> None:
        site = rows[0].index("薬局のホームページアドレス")
        for row, url in zip(rows[1:], [address, "http://demo.example.jp/a", address], strict=False):
            row[site] = url

    path = saved(sample / PHARMACIES, tmp_path / PHARMACIES, changed)
    report = await import_files(sessions, [path], cities["iwaki"], clock)
    assert report.facilities == 18
    [note] = [line for line in import_report(cities["iwaki"], report).splitlines() if "web addresses" in line]
    assert note.startswith(f"note: {PHARMACIES}: ")
    assert f"2 × cannot be opened (line 2 '{shown}" in note
    assert "line 4" in note
    facilities, _ = await stored(sessions)
    sites = {str(value) for row in facilities for value in row if "://" in str(value)}
    assert "http://demo.example.jp/a" in sites
    assert not any(shown in site for site in sites)


async def test_a_thousand_unreadable_rows_are_refused_with_the_reasons_counted(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    def broken(lines: list[bytes]) -> list[bytes]:
        short, bad = b'"0729990000001","x"', b'"\xff"'
        return [lines[0], *[short] * 600, *[bad] * 399, b'"\0"']

    path = with_lines(sample / CLINICS, broken, tmp_path / CLINICS)
    with pytest.raises(ImportRefused) as refusal:
        await import_files(sessions, [path], cities["iwaki"], clock, may_shrink=True)
    told = str(refusal.value)
    assert (
        "1000 of 1000 rows cannot be read: 600 × has 2 columns, the header has 62 (line 2, line 3, line 4)"
        in told
    )
    assert re.search(r"399 × is not UTF-8 \(line 602, .*1 × holds a NUL", told)
    assert await stored(sessions) == ([], [])
