"""Test `helpo shop import`: all shops of a file, or none and a line for each problem."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.commands.imports import import_shops as import_by_command
from core.clock import Clock
from core.db.engine import Sessions
from core.db.tables import RegisteredShop
from core.errors import ConfigurationError, ContentError, ImportRefused
from core.municipalities import Municipality
from core.settings import Settings
from shop.importer import import_shops
from shop.reading import MAX_SHOPS, MOST_PROBLEMS, read_shops
from shop.store import VALID_FOR, shop_of, shops_selling

SAMPLE = Path(__file__).parents[2] / "data/shop/sample"
IWAKI = SAMPLE / "iwaki.csv"
TODAY = date(2026, 11, 16)
ALL_CLASSES = ("第1類医薬品", "指定第2類医薬品", "第2類医薬品", "第3類医薬品", "医薬部外品", "医薬品以外")

Changed = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """Return a copy of the sample with one text replaced."""

    def change(old: str = "", new: str = "", encoding: str = "utf-8") -> Path:
        content = IWAKI.read_text(encoding="utf-8")
        assert old in content
        path = tmp_path / "shops.csv"
        path.write_bytes(content.replace(old, new, 1).encode(encoding))
        return path

    return change


async def ids(sessions: Sessions, city: str = "iwaki") -> list[str]:
    async with sessions() as session:
        found = select(RegisteredShop.id).where(RegisteredShop.municipality_id == city)
        return sorted(await session.scalars(found))


async def test_a_file_becomes_the_citys_shops_and_replaces_those_before(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Changed
) -> None:
    await import_shops(sessions, IWAKI, cities["iwaki"], clock)
    await import_shops(sessions, SAMPLE / "demo-kitahama.csv", cities["demo-kitahama"], clock)
    assert await ids(sessions) == ["demo-isobe", "demo-kusunoki", "demo-yamamomo"]
    await import_shops(sessions, changed("demo-isobe,", "demo-new,"), cities["iwaki"], clock)
    assert await ids(sessions) == ["demo-kusunoki", "demo-new", "demo-yamamomo"]
    assert await ids(sessions, "demo-kitahama") == ["demo-isobe"]


async def test_one_wrong_value_and_nothing_changes(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Changed
) -> None:
    await import_shops(sessions, IWAKI, cities["iwaki"], clock)
    with pytest.raises(ContentError):
        await import_shops(sessions, changed("店舗販売業", "コンビニ"), cities["iwaki"], clock)
    assert await ids(sessions) == ["demo-isobe", "demo-kusunoki", "demo-yamamomo"]


async def test_a_file_with_far_fewer_shops_is_refused_unless_that_is_meant(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, tmp_path: Path
) -> None:
    header, row, *_ = IWAKI.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "shops.csv"

    def write(count: int) -> None:
        listed = [row.replace("demo-yamamomo,", f"demo-{n},") for n in range(count)]
        path.write_text("\n".join([header, *listed]), encoding="utf-8")

    write(12)
    await import_shops(sessions, path, cities["iwaki"], clock)
    write(5)
    with pytest.raises(ImportRefused, match=r"lists 5 of 12 registered shops.*--may-shrink"):
        await import_shops(sessions, path, cities["iwaki"], clock)
    assert len(await ids(sessions)) == 12
    write(6)
    await import_shops(sessions, path, cities["iwaki"], clock)
    await import_shops(sessions, IWAKI, cities["iwaki"], clock)
    assert len(await ids(sessions)) == 3
    write(11)
    await import_shops(sessions, path, cities["iwaki"], clock)
    write(1)
    await import_shops(sessions, path, cities["iwaki"], clock, may_shrink=True)
    assert len(await ids(sessions)) == 1


async def test_shops_come_by_name_and_only_those_that_sell_a_class(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock
) -> None:
    await import_shops(sessions, IWAKI, cities["iwaki"], clock)
    async with sessions() as session:
        everywhere = await shops_selling(session, "iwaki", ALL_CLASSES, TODAY)
        assert [shop.id for shop in everywhere] == ["demo-isobe", "demo-kusunoki", "demo-yamamomo"]
        first_class = await shops_selling(session, "iwaki", ("第1類医薬品",), TODAY)
        assert [shop.id for shop in first_class] == ["demo-yamamomo"]
        assert not await shops_selling(session, "demo-kitahama", ALL_CLASSES, TODAY)


async def test_a_registration_nobody_checked_for_a_year_is_not_shown_and_the_import_says_so(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, changed: Changed
) -> None:
    checked = TODAY - VALID_FOR
    path = changed("お店のページの「お問い合わせ」,2026-11-01", f"電話,{checked}")
    content = path.read_text(encoding="utf-8").replace("2026-04-01", "2020-04-01")
    path.write_text(content, encoding="utf-8")
    _, hidden = await import_shops(sessions, path, cities["iwaki"], clock)
    assert hidden == ()
    async with sessions() as session:
        assert await shop_of(session, "iwaki", "demo-yamamomo", TODAY)
        assert not await shop_of(session, "iwaki", "demo-yamamomo", TODAY + timedelta(days=1))
        tomorrow = await shops_selling(session, "iwaki", ALL_CLASSES, TODAY + timedelta(days=1))
        assert [shop.id for shop in tomorrow] == ["demo-isobe", "demo-kusunoki"]
    path.write_text(content.replace(str(checked), str(checked - timedelta(days=1))), encoding="utf-8")
    records, hidden = await import_shops(sessions, path, cities["iwaki"], clock)
    assert len(records) == 3
    assert [record.id for record in hidden] == ["demo-yamamomo"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("薬局,デモ第1号", "コンビニ,デモ第1号", r"shops\.csv:2: 許可区分: "),
        ("薬局,デモ第2号", "薬局,", r"shops\.csv:3: 許可番号: "),
        ("demo-isobe,", "demo-yamamomo,", r"shops\.csv:3: 店舗ID: .*twice"),
        ("demo-isobe,", "デモ,", r"shops\.csv:3: 店舗ID: "),
        ("https://example.jp/demo-isobe/", "http://example.jp/", r"shops\.csv:3: URL: must begin with https"),
        ("https://example.jp/demo-isobe/", "javascript:alert(1)", r"shops\.csv:3: URL: "),
        ("https://example.jp/demo-isobe/", "https://a:b@example.jp/", r"shops\.csv:3: URL: "),
        ("デモイソベヤッキョク", "いそべ", r"shops\.csv:3: フリガナ: "),
        ("指定第2類医薬品、第2類医薬品", "第4類医薬品、第2類医薬品", r"shops\.csv:\d: 取扱区分: "),
        ("2026-04-01", "来年", r"shops\.csv:2: 特定販売届出日: "),
        ("2026-11-01", "2026-11-17", r"shops\.csv:2: 確認日: lies in the future"),
        ("2026-04-01", "", r"shops\.csv:2: 特定販売届出日: "),
        ("相談時間,", "", r"shops\.csv:1: the header lacks 相談時間"),
        ("平日9:00〜18:00,", "", r"shops\.csv:2: must have 13 columns"),
        ("デモやまもも薬局", '"デモやまもも', r"shops\.csv:\d+: "),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(changed: Changed, old: str, new: str, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        read_shops(changed(old, new), TODAY)


def test_everything_that_is_wrong_is_named_at_once(changed: Changed) -> None:
    path = changed("薬局,デモ第1号", "コンビニ,")
    with pytest.raises(ContentError) as error:
        read_shops(path, TODAY)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize(
    "written", ["2026/11/1", "2026年11月1日", "2026.11.01", "2026/11/1 0:00:00", "２０２６／１１／１"]
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_spreadsheets_encodings_line_ends_and_dates_are_read(
    changed: Changed, encoding: str, written: str, ends: str
) -> None:
    path = changed("2026-11-01", written, encoding)
    path.write_bytes(path.read_bytes().replace(b"\n", ends.encode()))
    records = read_shops(path, TODAY)
    assert [record.name for record in records] == ["デモやまもも薬局", "デモいそべ薬局", "デモくすのき薬店"]
    assert records[0].checked_at == date(2026, 11, 1)


def test_a_file_without_shops_or_with_too_many_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    header, row, *_ = IWAKI.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "shops.csv"
    path.write_text(header + "\n", encoding="utf-8")
    with pytest.raises(ContentError, match="holds 0 shops"):
        read_shops(path, TODAY)
    many = [row.replace("demo-yamamomo,", f"demo-{n},") for n in range(MAX_SHOPS + 1)]
    path.write_text("\n".join([header, *many]), encoding="utf-8")
    with pytest.raises(ContentError, match=f"holds {MAX_SHOPS + 1} shops"):
        read_shops(path, TODAY)
    path.write_bytes(b"\xff\xd8\xff\xe0 a picture \x81")
    with pytest.raises(ContentError, match="neither UTF-8 nor Shift_JIS"):
        read_shops(path, TODAY)
    with pytest.raises(ContentError, match="No such file"):
        read_shops(tmp_path / "none.csv", TODAY)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, says in (
        (tmp_path / "pipe", "is a pipe"),
        (tmp_path, "is a folder"),
        (Path("/dev/zero"), "is a device"),
        (tmp_path / "none.csv", "No such file"),
    ):
        with pytest.raises(ImportRefused, match=f"{path}: {says}"):
            read_shops(path, TODAY)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a" * 6_000_000, "is larger than 5 MB"),
        (b'"' + b"a" * 200_000 + b'"', "cannot be read as CSV: field larger than field limit"),
        (b",".join(b"%d" % n for n in range(300)), ":1: the header lacks"),
        (IWAKI.read_bytes().splitlines()[0].replace(b"URL", "店舗名".encode()), ":1: the header lacks URL"),
        (IWAKI.read_bytes().splitlines()[0] + "\r,店舗名".encode(), ":"),
        (IWAKI.read_bytes().replace(b"\n", ",店舗名\n".encode(), 1), ":1: the header has 店舗名 twice"),
        (IWAKI.read_bytes().replace("デモやまもも".encode(), b"\0", 1), ":2: 店舗名: holds a control character"),
        (IWAKI.read_bytes().replace("デモやまもも".encode(), b"\x1b[2J", 1), ":2: 店舗名: holds a control character"),
        (b"\n".join([*IWAKI.read_bytes().splitlines()[:1], *[b"x," * 12] * 500]), "more problems"),
    ],
)  # fmt: skip
def test_a_file_made_to_do_harm_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "shops.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused) as refused:
        read_shops(path, TODAY)
    assert says in str(refused.value)
    assert len(str(refused.value).splitlines()) <= MOST_PROBLEMS + 1


async def test_the_command_reports_what_it_did_and_which_city_it_does_not_know(
    settings: Settings, changed: Changed
) -> None:
    # The command has the machine's own clock.
    path = changed("2026-11-01", "2020-01-01")
    path.write_text(path.read_text(encoding="utf-8").replace("2026-", "2020-"), encoding="utf-8")
    report = await import_by_command(settings, path, "")
    assert "いわき市: 3 shops" in report
    assert "not shown, checked more than 12 months ago: demo-isobe" in report
    with pytest.raises(ConfigurationError, match="no such city: nowhere"):
        await import_by_command(settings, path, "nowhere")
