"""Rows of the ministry's files -> records.

The flag columns mean the reverse of their names: 1 = open, 0 = closed, empty = not reported (定義書, フォーマット列).
Coordinates `0.0` mean missing. Times `00:00-00:00` mean none; an end before the start is the next morning, and
longer than 18 hours a typing error.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.db.tables.facility import DAY_BLOCK, FacilityKind
from core.hours import DAY_MINUTES, DAYS
from facilities.departments import department_name
from facilities.model import DepartmentRecord, FacilityRecord, Span
from facilities.open_data_csv import Row, SourceFile, column

ID_LENGTH = 13
MAX_OVERNIGHT = 18 * 60  # minutes
WEEKS = range(1, 6)
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_FLAGS = {"1": "1", "0": "0"}


class BadRow(ValueError):
    """A row that cannot be taken over; the message says why."""


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """Where the hours of one weekday (0-7) stand; `label` is what complaints call them."""

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


def missing_columns(source: SourceFile, header: Sequence[str]) -> list[str]:
    """Return the columns without which a file makes no sense; of the others any may be missing, in any order."""
    if source.is_hours:
        needed = ["ID", _CODE, _DEPARTMENT, *(t for c in _DEPARTMENT_TIMES for t in (c.start, c.end))]
    else:
        layout = _LAYOUTS[source.kind]
        needed = ["ID", layout.name, _PREFECTURE, _MUNICIPALITY, _ADDRESS, _LATITUDE, _LONGITUDE]
        needed += [*layout.days[:7], *(t for c in layout.times[: len(DAYS)] for t in (c.start, c.end))]
    present = set(header)
    return [name for name in needed if name not in present]


def city_code(row: Row) -> str:
    """Return the five digits of prefecture and municipality."""
    return row[_PREFECTURE].strip().zfill(2) + row[_MUNICIPALITY].strip().zfill(3)


def facility_record(row: Row, source: SourceFile, complain: Callable[[str], None]) -> FacilityRecord:
    """Read a facility; `complain` hears of values that were left out.

    Raises:
        BadRow: the id, the name or the coordinates make no sense.
    """
    layout = _LAYOUTS[source.kind]
    identity = _identity(row)
    name = row[layout.name].strip()
    if not name:
        raise BadRow("has no name")
    latitude, longitude = _place(row)
    url = row.get(layout.url, "").strip()
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
        url=url if re.match(r"https?://\S+$", url) else "",
        open_days="".join(_flag(row, name) for name in layout.days),
        open_weeks="".join(_flag(row, name) for name in layout.weeks),
        other_closed=row.get(layout.other_closed, "").replace("（改行）", "、").strip(),
        opening=opening,
    )


def department_record(row: Row, complain: Callable[[str], None]) -> DepartmentRecord:
    """Read one department and band of hours; `complain` hears of times that were left out.

    Raises:
        BadRow: the id makes no sense.
    """
    code = row[_CODE].strip()
    name = department_name(row[_DEPARTMENT], code)

    def about(reason: str) -> None:
        complain(f"{name} {reason}")

    times = _spans(row, _DEPARTMENT_TIMES, about)
    return DepartmentRecord(_identity(row), code, name, times, _spans(row, _DEPARTMENT_RECEPTION, about))


def _identity(row: Row) -> str:
    identity = row["ID"].strip()
    if len(identity) != ID_LENGTH or not (identity.isascii() and identity.isdigit()):
        raise BadRow(f"ID '{identity}' is not {ID_LENGTH} digits")
    return identity


def _spans(row: Row, columns: Sequence[TimeColumns], complain: Callable[[str], None]) -> tuple[Span, ...]:
    return tuple(_reported(row, columns, complain))


def _reported(row: Row, columns: Sequence[TimeColumns], complain: Callable[[str], None]) -> Iterator[Span]:
    for where in columns:
        try:
            span = interval(row.get(where.start, ""), row.get(where.end, ""))
        except BadRow as exc:
            complain(f"{where.label}: {exc}")
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
    if start == end:
        return None
    if not start or not end:
        raise BadRow(f"'{start}-{end}' lacks {'the end' if start else 'the start'}")
    opens, closes = _minutes(start), _minutes(end)
    if closes < opens:
        closes += DAY_MINUTES
        if closes - opens > MAX_OVERNIGHT:
            raise BadRow(f"'{start}-{end}' is longer than {MAX_OVERNIGHT // 60} hours past midnight")
    return (opens, closes) if opens < closes else None


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minutes <= DAY_MINUTES or (match and int(match[2]) > 59):  # noqa: PLR2004 - minutes of an hour
        raise BadRow(f"'{text}' is no time of day")
    return minutes


def _place(row: Row) -> tuple[float, float] | tuple[None, None]:
    texts = [row[name].strip() for name in (_LATITUDE, _LONGITUDE)]
    try:
        latitude, longitude = (float(text or 0) for text in texts)
    except ValueError:
        raise BadRow(f"coordinates '{', '.join(texts)}' are no numbers") from None
    if not (0 < abs(latitude) <= 90 and 0 < abs(longitude) <= 180):  # noqa: PLR2004 - degrees
        return None, None
    return latitude, longitude


def _flag(row: Row, name: str) -> str:
    return _FLAGS.get(row.get(name, "").strip(), "-")
