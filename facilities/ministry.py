"""Rows of the ministry's files -> records.

The flag columns mean the reverse of their names: 1 = open, 0 = closed, empty = not reported (定義書, フォーマット列).
Coordinates `0.0` mean missing. Times `00:00-00:00` mean none; an end before the start is the next morning, and
longer than 18 hours a typing error.
"""

import re
from collections.abc import Iterator

from core.hours import DAY_MINUTES, DAYS
from facilities.departments import department_name
from facilities.model import FacilityRecord, HoursRecord
from facilities.reading import FileKind, Row, SourceFile

ID_LENGTH = 13
MAX_OVERNIGHT = 18 * 60  # minutes
PHARMACY_BANDS = 4
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_FLAGS = {"1": "1", "0": "0"}
_WIDE = str.maketrans("12345", "１２３４５")


class BadRow(ValueError):
    """A row that cannot be taken over; the message says why."""


def facility_record(row: Row, file: SourceFile) -> FacilityRecord:
    """Read a facility.

    Raises:
        BadRow: the id, the name or the coordinates make no sense.
    """
    identity = row["ID"].strip()
    if not re.fullmatch(rf"\d{{{ID_LENGTH}}}", identity):
        raise BadRow(f"ID '{identity}' is not {ID_LENGTH} digits")
    is_pharmacy = file.shape is FileKind.PHARMACIES
    name = row["名称" if is_pharmacy else "正式名称"].strip()
    if not name:
        raise BadRow("has no name")
    latitude, longitude = _place(row)
    url = row.get("薬局のホームページアドレス" if is_pharmacy else "案内用ホームページアドレス", "").strip()
    return FacilityRecord(
        id=identity,
        kind=file.kind,
        code=row["都道府県コード"].strip().zfill(2) + row["市区町村コード"].strip().zfill(3),
        name=name,
        name_kana=row.get("フリガナ" if is_pharmacy else "正式名称（フリガナ）", "").strip(),
        address=row["所在地"].strip(),
        latitude=latitude,
        longitude=longitude,
        url=url if re.match(r"https?://\S+$", url) else "",
        open_days=_days(row, is_pharmacy=is_pharmacy),
        open_weeks=_weeks(row, is_pharmacy=is_pharmacy),
        other_closed=_other_closed(row, is_pharmacy=is_pharmacy),
        data_date=file.data_date,
    )


def department_hours(row: Row) -> Iterator[HoursRecord | str]:
    """Yield the intervals of one department and band; a text in place of an interval that makes no sense."""
    code = row["診療科目コード"].strip()
    name = department_name(row["診療科目名"], code)
    found = False
    for word, is_reception in (("診療", False), ("外来受付", True)):
        for weekday, day in enumerate(DAYS):
            start, end = (row.get(f"{day}_{word}{edge}時間", "") for edge in ("開始", "終了"))
            try:
                span = interval(start, end)
            except BadRow as exc:
                yield f"{name} {day}曜 {word}: {exc}"
                continue
            if span:
                found = True
                yield HoursRecord(row["ID"].strip(), code, name, weekday, *span, is_reception)
    if not found:
        yield HoursRecord(row["ID"].strip(), code, name, 0, None, None)


def pharmacy_hours(row: Row) -> Iterator[HoursRecord | str]:
    """Yield a pharmacy's intervals; a text in place of an interval that makes no sense."""
    for band in range(1, PHARMACY_BANDS + 1):
        for weekday, day in enumerate(DAYS):
            start, end = (row.get(f"{day}_開店時間帯{band}_{edge}時間", "") for edge in ("開始", "終了"))
            try:
                span = interval(start, end)
            except BadRow as exc:
                yield f"{day}曜 開店時間帯{band}: {exc}"
                continue
            if span:
                yield HoursRecord(row["ID"].strip(), "", "", weekday, *span)


def interval(start: str, end: str) -> tuple[int, int] | None:
    """Return minutes after midnight, the end past 1440 on the next day; None when nothing is reported.

    Raises:
        BadRow: no times of day, only one of the two, or longer than a night duty can be.
    """
    start, end = start.strip(), end.strip()
    if start == end:
        return None
    opens, closes = _minutes(start), _minutes(end)
    if closes < opens:
        closes += DAY_MINUTES
        if closes - opens > MAX_OVERNIGHT:
            raise BadRow(f"'{start}-{end}' is longer than {MAX_OVERNIGHT // 60} hours past midnight")
    return opens, closes


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minutes <= DAY_MINUTES or (match and int(match[2]) > 59):  # noqa: PLR2004 - minutes of an hour
        raise BadRow(f"'{text}' is no time of day")
    return minutes


def _place(row: Row) -> tuple[float, float] | tuple[None, None]:
    texts = [row.get(f"所在地座標（{axis}）", "").strip() for axis in ("緯度", "経度")]
    try:
        latitude, longitude = (float(text or 0) for text in texts)
    except ValueError:
        raise BadRow(f"coordinates '{', '.join(texts)}' are no numbers") from None
    if latitude == 0 or longitude == 0:
        return None, None
    return latitude, longitude


def _flag(row: Row, name: str) -> str:
    return _FLAGS.get(row.get(name, "").strip(), "-")


def _days(row: Row, *, is_pharmacy: bool) -> str:
    if is_pharmacy:
        return "".join(_flag(row, f"営業日（{day}）") for day in DAYS)
    weekly = "".join(_flag(row, f"毎週決まった曜日に休診（{day}）") for day in DAYS[:7])
    return weekly + _flag(row, "祝日に休診")


def _weeks(row: Row, *, is_pharmacy: bool) -> str:
    names = (
        (
            f"定期閉店第{str(week).translate(_WIDE)}週（{day}）"
            if is_pharmacy
            else f"決まった週に休診（定期週）第{week}週（{day}）"
        )
        for week in range(1, 6)
        for day in DAYS[:7]
    )
    return "".join(_flag(row, name) for name in names)


def _other_closed(row: Row, *, is_pharmacy: bool) -> str:
    name = "その他の閉店日（gw、お盆等）" if is_pharmacy else "その他の休診日（gw、お盆等）"
    return row.get(name, "").replace("（改行）", "、").strip()
