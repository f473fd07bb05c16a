"""Read rows of the ministry's files as records.

The flag columns mean the reverse of their names: 1 = open, 0 = closed, empty = not reported (定義書,
フォーマット列). Coordinates `0.0` mean missing. Times `00:00-00:00` mean none; an end before the start is the
next morning, and longer than 18 hours a typing error.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from core.db.tables.facility import DAY_BLOCK, FacilityKind
from core.hours import DAY_MINUTES, DAYS
from core.web_address import link_of
from facilities.cell_values import (
    CODE_LENGTH,
    ID_LENGTH,
    BadRow,
    Misplaced,
    coordinates,
    digits,
    flag,
    is_identity,
    unwrapped,
)
from facilities.column_counts import Column
from facilities.departments import department_name
from facilities.model import DepartmentRecord, FacilityRecord, Span
from facilities.open_data_csv import Row, SourceFile, column

MAX_OVERNIGHT = 18 * 60  # minutes
WEEKS = range(1, 6)
MOST_DEPARTMENT = 200  # characters of a department's name
MOST_TIMES = 40  # characters of a start and an end
# Spreadsheets write `9:00` as `9:00:00`.
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::[0-5]\d)?", re.ASCII)
_KIND_DIGITS = {kind: str(number) for number, kind in enumerate(FacilityKind, start=1)}


class Complain(Protocol):
    """Called for each value that is left out; `department` is the one it belongs to."""

    def __call__(self, reason: str, column: str = "", value: str = "", department: str = "") -> None:
        """Report one value."""


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """The columns of one weekday's hours (0-7); `label` is their name in messages."""

    weekday: int
    label: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind's facilities."""

    name: str
    kana: str
    url: str
    days: tuple[str, ...]
    weeks: tuple[str, ...]
    other_closed: str
    times: tuple[TimeColumns, ...] = ()
    reception: tuple[TimeColumns, ...] = ()


def _times(label: str, pattern: str, bands: Sequence[int] = (1,)) -> tuple[TimeColumns, ...]:
    return tuple(
        TimeColumns(
            weekday,
            f"{day}曜 {label}",
            *(column(pattern.format(day=day, band=band, edge=edge)) for edge in ("開始", "終了")),
        )
        for band in bands
        for weekday, day in enumerate(DAYS)
    )


def _layout(word: str, **times: tuple[TimeColumns, ...]) -> Layout:
    """Return the columns of 病院, 診療所, 歯科診療所 (休診) and 助産所 (休業)."""
    return Layout(
        name=column("正式名称"),
        kana=column("正式名称（フリガナ）"),
        url=column("案内用ホームページアドレス"),
        days=(*(column(f"毎週決まった曜日に{word}（{d}）") for d in DAYS[:7]), column(f"祝日に{word}")),
        weeks=tuple(column(f"決まった週に{word}（定期週）第{n}週（{d}）") for n in WEEKS for d in DAYS[:7]),
        other_closed=column(f"その他の{word}日（gw、お盆等）"),
        **times,
    )


_HOSPITAL = _layout("休診")
_LAYOUTS = {
    FacilityKind.HOSPITAL: _HOSPITAL,
    FacilityKind.CLINIC: _HOSPITAL,
    FacilityKind.DENTAL: _HOSPITAL,
    FacilityKind.MATERNITY_HOME: _layout(
        "休業",
        times=_times("就業時間帯", "{day}_就業時間帯{band}_{edge}時間", (1, 2, 3)),
        reception=_times("外来受付時間帯", "{day}_外来受付時間帯{band}_{edge}時間", (1, 2, 3)),
    ),
    FacilityKind.PHARMACY: Layout(
        name=column("名称"),
        kana=column("フリガナ"),
        url=column("薬局のホームページアドレス"),
        # 「営業日」 agrees with the reported times; 「定期閉店毎週」 often does not.
        days=tuple(column(f"営業日（{d}）") for d in DAYS),
        weeks=tuple(column(f"定期閉店第{n}週（{d}）") for n in WEEKS for d in DAYS[:7]),
        other_closed=column("その他の閉店日（gw、お盆等）"),
        times=_times("開店時間帯", "{day}_開店時間帯{band}_{edge}時間", (1, 2, 3, 4)),
    ),
}
_CODE, _DEPARTMENT = column("診療科目コード"), column("診療科目名")
_DEPARTMENT_TIMES = _times("診療", "{day}_診療{edge}時間")
_DEPARTMENT_RECEPTION = _times("外来受付", "{day}_外来受付{edge}時間")
_PREFECTURE, _MUNICIPALITY = column("都道府県コード"), column("市区町村コード")
_ADDRESS = column("所在地")
_LATITUDE, _LONGITUDE = column("所在地座標（緯度）"), column("所在地座標（経度）")
PLACE = column("所在地座標（緯度・経度）")  # one column for messages: both numbers together


def value_columns(kind: FacilityKind) -> tuple[Column, ...]:
    """Return the columns of a facility's values, in the order of `keeping.facility_bits`."""
    layout = _LAYOUTS[kind]
    alone = (layout.kana, _ADDRESS, PLACE, layout.url, layout.other_closed)
    return (
        *(Column(name, name) for name in alone),
        *(Column(name, "weekdays open") for name in layout.days),
        *(Column(name, "weeks open") for name in layout.weeks),
    )


def hours_columns(kind: FacilityKind) -> tuple[Column, ...]:
    """Return the columns of a department's values, in the order of `keeping.hours_bits`."""
    layout = _LAYOUTS[kind]
    times, reception = layout.times or _DEPARTMENT_TIMES, layout.reception or _DEPARTMENT_RECEPTION
    return (
        *(Column(name, name) for name in (_CODE, _DEPARTMENT)),
        *(Column(where.label, "hours") for where in times[: len(DAYS)]),
        *(Column(where.label, "hours of reception") for where in reception[: len(DAYS)]),
    )


def missing_columns(source: SourceFile, header: Sequence[str]) -> list[str]:
    """Return the missing columns that a file cannot do without; others may be missing, in any order."""
    if source.is_hours:
        needed = ["ID", _CODE, _DEPARTMENT, *(t for c in _DEPARTMENT_TIMES for t in (c.start, c.end))]
    else:
        layout = _LAYOUTS[source.kind]
        needed = ["ID", layout.name, _PREFECTURE, _MUNICIPALITY, _ADDRESS, _LATITUDE, _LONGITUDE]
        needed += [*layout.days[:7], *(t for c in layout.times[: len(DAYS)] for t in (c.start, c.end))]
    present = set(header)
    return [name for name in needed if name not in present]


def identity_of(row: Row) -> str:
    """Return a row's id with all its digits.

    Raises:
        BadRow: it is no id.
    """
    identity = digits(row["ID"], ID_LENGTH)
    if not is_identity(identity):
        raise BadRow(f"is not {ID_LENGTH} digits" if identity else "is missing", "ID", identity)
    return identity


def city_code(row: Row) -> str:
    """Return the five digits of prefecture and municipality.

    Raises:
        BadRow: they are no such digits.
    """
    code = digits(row[_PREFECTURE], 2) + digits(row[_MUNICIPALITY], 3)
    if not (len(code) == CODE_LENGTH and code.isascii() and code.isdigit()):
        raise BadRow("is no code of a municipality", f"{_PREFECTURE}, {_MUNICIPALITY}", code)
    return code


def facility_record(row: Row, source: SourceFile, complain: Complain) -> FacilityRecord:
    """Read a facility; `complain` is called for values that are left out.

    Raises:
        BadRow: the id, the name or the coordinates are invalid.
    """
    layout = _LAYOUTS[source.kind]
    identity = identity_of(row)
    if len(unwrapped(row["ID"])) < ID_LENGTH and not identity.startswith(
        digits(row[_PREFECTURE], 2) + _KIND_DIGITS[source.kind]
    ):
        raise BadRow("lacks digits", "ID", row["ID"])
    name = row[layout.name].strip()
    if not name:
        raise BadRow("has no name", layout.name)
    try:
        latitude, longitude = coordinates(row[_LATITUDE], row[_LONGITUDE])
    except Misplaced as exc:
        complain(exc.reason, PLACE, exc.value)
        latitude = longitude = None
    except BadRow as exc:
        raise BadRow(exc.reason, PLACE, exc.value) from None
    url = row.get(layout.url, "").strip()
    link = link_of(url) or ""
    opening = None
    if layout.times:
        times, reception = _spans(row, layout.times, complain), _spans(row, layout.reception, complain)
        opening = DepartmentRecord(identity, "", "", times, reception)
    return FacilityRecord(
        id=identity,
        name=name,
        name_kana=row.get(layout.kana, "").strip(),
        address=row[_ADDRESS].strip(),
        latitude=latitude,
        longitude=longitude,
        url=link,
        bad_url="" if link else url,
        open_days=_flags(row, layout.days, complain),
        open_weeks=_flags(row, layout.weeks, complain),
        other_closed=row.get(layout.other_closed, "").replace("（改行）", "、").strip(),
        opening=opening,
    )


def department_record(row: Row, identity: str, complain: Complain) -> DepartmentRecord:
    """Read one department and band of hours of a facility; `complain` is called for times that are left out.

    Raises:
        BadRow: the department's name is invalid.
    """
    code = digits(row[_CODE], CODE_LENGTH)
    name = department_name(row[_DEPARTMENT], code)
    if len(name) > MOST_DEPARTMENT:
        raise BadRow(f"is longer than {MOST_DEPARTMENT} characters", _DEPARTMENT, name)
    times = _spans(row, _DEPARTMENT_TIMES, complain, name)
    return DepartmentRecord(identity, code, name, times, _spans(row, _DEPARTMENT_RECEPTION, complain, name))


def _spans(
    row: Row, columns: Sequence[TimeColumns], complain: Complain, department: str = ""
) -> tuple[Span, ...]:
    return tuple(_reported(row, columns, complain, department))


def _reported(
    row: Row, columns: Sequence[TimeColumns], complain: Complain, department: str
) -> Iterator[Span]:
    for where in columns:
        start, end = row.get(where.start, ""), row.get(where.end, "")
        if len(start) + len(end) > MOST_TIMES:
            complain("is no time of day", where.label, f"{start}-{end}", department)
            continue
        try:
            span = interval(start, end)
        except BadRow as exc:
            complain(exc.reason, where.label, exc.value, department)
            continue
        if span:
            block = where.weekday * DAY_BLOCK
            yield block + span[0], block + span[1]


@lru_cache(maxsize=4096)
def interval(start: str, end: str) -> Span | None:
    """Return minutes after midnight, the end past 1440 on the next day; None when nothing is reported.

    Raises:
        BadRow: no times of day, only one of the two, or longer than a night duty can be.
    """
    start, end = (unicodedata.normalize("NFKC", text).strip() for text in (start, end))
    if not start and not end:
        return None
    if not start or not end:
        raise BadRow(f"lacks {'the end' if start else 'the start'}", value=f"{start}-{end}")
    opens, closes = _minutes(start), _minutes(end)
    if closes < opens:
        closes += DAY_MINUTES
        if closes - opens > MAX_OVERNIGHT:
            raise BadRow(f"is longer than {MAX_OVERNIGHT // 60} hours past midnight", value=f"{start}-{end}")
    return (opens, closes) if opens < closes else None


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minutes <= DAY_MINUTES or (match and int(match[2]) > 59):  # noqa: PLR2004 - minutes of an hour
        raise BadRow("is no time of day", value=text)
    return minutes


def _flags(row: Row, columns: Sequence[str], complain: Complain) -> str:
    flags = ""
    for name in columns:
        text = row.get(name, "")
        read = flag(text)
        if read is None:
            complain("is neither 1 nor 0", name, text)
        flags += read or "-"
    return flags
