"""Read the file of a city's registered shops: CSV by header name, as spreadsheets write it (UTF-8 or Shift_JIS)."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from core.errors import ImportRefused
from core.regular_file import open_regular
from shop.model import ShopRecord

COLUMNS = {
    "店舗ID": "id",
    "店舗名": "name",
    "フリガナ": "kana",
    "許可区分": "licence",
    "許可番号": "licence_number",
    "所管": "authority",
    "特定販売届出日": "remote_sale_notified_on",
    "取扱区分": "classes",
    "URL": "url",
    "営業時間": "hours",
    "相談時間": "consultation_hours",
    "連絡先": "contact",
    "確認日": "checked_at",
}
DATES = frozenset({"remote_sale_notified_on", "checked_at"})
# Every shop of a city is shown, none before another: one answer holds three rows of LINE's twelve cards.
MAX_SHOPS = 36
_NAMES = {field: column for column, field in COLUMNS.items()}
MOST_BYTES = 5_000_000
MOST_COLUMNS = 200
MOST_PROBLEMS = 100  # problems that are listed
# As spreadsheets write dates: `2026-11-01`, `2026/11/1`, `2026年11月1日`, also with a time of midnight.
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def read_shops(path: Path, today: date) -> tuple[ShopRecord, ...]:
    """Read all shops of a file, or none.

    Raises:
        ImportRefused: one line `file:line: column: reason` for each problem.
    """
    records: list[ShopRecord] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, row in _rows(path):
        try:
            record = ShopRecord.model_validate(row)
        except ValidationError as exc:
            problems += [f"{path}:{number}: {_place(e['loc'])}: {_reason(e['msg'])}" for e in exc.errors()]
            continue
        problems += [f"{path}:{number}: {reason}" for reason in _doubts(record, seen, today)]
        seen.add(record.id)
        records.append(record)
    if not problems and not 1 <= len(records) <= MAX_SHOPS:
        problems.append(f"{path}: holds {len(records)} shops; 1 to {MAX_SHOPS} can be shown side by side")
    if problems:
        more = len(problems) - MOST_PROBLEMS
        named = problems[:MOST_PROBLEMS] + ([f"{path}: {more} more problems"] if more > 0 else [])
        raise ImportRefused("\n".join(named))
    return tuple(records)


def _doubts(record: ShopRecord, seen: set[str], today: date) -> Iterator[str]:
    if record.id in seen:
        yield f"店舗ID: '{record.id}' stands in the file twice"
    for field in DATES:
        if getattr(record, field) > today:
            yield f"{_NAMES[field]}: lies in the future"


def _rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the rows with the number of their (last) line."""
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        if missing := [column for column in COLUMNS if column not in header]:
            raise ImportRefused(f"{path}:1: the header lacks {', '.join(missing)}")
        if len(header) > MOST_COLUMNS:
            raise ImportRefused(f"{path}:1: has {len(header)} columns, at most {MOST_COLUMNS} are read")
        if twice := [column for column in COLUMNS if header.count(column) > 1]:
            raise ImportRefused(f"{path}:1: the header has {', '.join(twice)} twice; keep one")
        reader.fieldnames = header
        for row in reader:
            if None in row or None in row.values():
                raise ImportRefused(
                    f"{path}:{reader.line_num}: must have {len(header)} columns as the header"
                )
            if odd := next((column for column, value in row.items() if _CONTROL.search(value)), None):
                raise ImportRefused(f"{path}:{reader.line_num}: {odd}: holds a control character")
            if any(value.strip() for value in row.values()):
                yield reader.line_num, {f: _value(f, row[column].strip()) for column, f in COLUMNS.items()}
    except csv.Error as exc:
        raise ImportRefused(f"{path}:{reader.line_num}: cannot be read as CSV: {exc}") from exc


def _decoded(path: Path) -> str:
    try:
        with open_regular(path, MOST_BYTES) as file:
            raw = file.read(MOST_BYTES)
    except OSError as exc:
        raise ImportRefused(f"{path}: {exc.strerror}") from exc
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRefused(f"{path}: is neither UTF-8 nor Shift_JIS; save it as 'CSV UTF-8'")


def _value(field: str, text: str) -> object:
    if field == "classes":
        return [part for part in re.split(r"[、,;；／/\s]+", text) if part]
    if field in DATES and (match := _DATE.fullmatch(unicodedata.normalize("NFKC", text))):
        year, month, day = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return text


def _place(location: tuple[int | str, ...]) -> str:
    return _NAMES.get(str(location[0]), "(row)") if location else "(row)"


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")
