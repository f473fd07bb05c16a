"""Read files of 医療情報ネット オープンデータ (UTF-8 with or without BOM) by header name, line by line, within limits.

Format: 厚生労働省 「医療情報ネット_オープンデータ定義書（利用者向け）」. A line is a row (breaks inside a
value are written out as 「（改行）」), so one broken row cannot swallow those after it. Lines end in CRLF; LF
and CR, as spreadsheets write them, are read too. Names of columns are compared in NFKC: the files themselves
write 「第1週」 and 「第１週」.
"""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import IO

from core.db.tables.facility import FacilityKind
from core.errors import ImportRefused
from core.regular_file import open_regular
from facilities.archives import BROKEN, MOST_BYTES, open_archive
from facilities.model import Problem, shown

# The ministry's longest rows have some 4,000 characters in 170 columns, its longest table 630,000 rows.
MOST_LINE = 100_000  # characters; less than `csv.field_size_limit()`
MOST_LINES = 3_000_000
MOST_COLUMNS = 500
MOST_NAME = 200  # characters of a column's name
MOST_VALUE = 5_000  # characters

# A row's values by normalised column name.
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One table of the ministry: its file, the kind of facilities, the edition.

    `member` is the file's name inside a zip archive. `is_hours`: departments and hours instead of facilities.
    """

    path: Path
    member: str
    kind: FacilityKind
    is_hours: bool
    data_date: date

    @property
    def name(self) -> str:
        """The table's name in reports."""
        return self.member or self.path.name

    @property
    def where(self) -> str:
        """The table's name in refusals: with its path."""
        return f"{self.path}: {shown(self.member)}" if self.member else str(self.path)


@lru_cache(maxsize=4096)
def column(name: str) -> str:
    """Return the normal form of a column's name."""
    return unicodedata.normalize("NFKC", name).strip()


def header_of(source: SourceFile) -> list[str]:
    """Return the names of the columns.

    Raises:
        ImportRefused: it cannot be opened, is not UTF-8, or its first line is no header.
    """
    with _opened(source) as lines:
        return _header(source, lines)


def rows(
    source: SourceFile, is_wanted: Callable[[str], bool] | None = None
) -> Iterator[tuple[int, Row | Problem]]:
    """Yield each row with its line number; a problem in place of a row that cannot be read.

    `is_wanted` is called with the first column, the id as it is written; rows it declines are skipped without
    reading the rest. It is not called when another column comes first.

    Raises:
        ImportRefused: the file cannot be read to its end, or is longer than any table of the ministry.
    """
    with _opened(source) as lines:
        header = _header(source, lines)
        wanted = is_wanted if header[0] == "ID" else None
        for number, line in enumerate(_bounded(source, lines), start=2):
            if line.isspace() or (wanted and not wanted(_first(line))):
                continue
            yield number, _row(source, number, line, header)


def _first(line: str) -> str:
    return line.partition(",")[0].strip('" \r\n')


def _row(source: SourceFile, number: int, line: str, header: list[str]) -> Row | Problem:
    if "\ufffd" in line:
        return Problem(source.name, number, "is not UTF-8")
    if "\0" in line:
        return Problem(source.name, number, "holds a NUL character")
    try:
        values = next(csv.reader([line.rstrip("\r\n")], strict=True))
    except csv.Error as exc:
        return Problem(source.name, number, f"cannot be read as CSV: {exc}")
    if len(values) != len(header):
        return Problem(source.name, number, f"has {len(values)} columns, the header has {len(header)}")
    if len(line) > MOST_VALUE and any(len(value) > MOST_VALUE for value in values):
        return Problem(source.name, number, f"holds a value of more than {MOST_VALUE} characters")
    return dict(zip(header, values, strict=True))


def _header(source: SourceFile, lines: IO[str]) -> list[str]:
    line = _bounded_line(source, 1, lines)
    if "\ufffd" in line:
        raise ImportRefused(
            f"{source.where}:1: is not UTF-8; the ministry's files are (with or without a BOM). "
            "From a spreadsheet, save it as 'CSV UTF-8'"
        )
    try:
        names = [column(name) for name in next(csv.reader([line.rstrip("\r\n")]), [])]
    except csv.Error as exc:
        raise ImportRefused(f"{source.where}:1: the header cannot be read as CSV: {exc}") from exc
    if not names:
        raise ImportRefused(f"{source.where}: is empty")
    _check_names(source, names)
    return names


def _check_names(source: SourceFile, names: list[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise ImportRefused(f"{source.where}:1: has {len(names)} columns, at most {MOST_COLUMNS} are read")
    for name, count in Counter(names).items():
        if len(name) > MOST_NAME:
            raise ImportRefused(
                f"{source.where}:1: the name of a column is longer than {MOST_NAME} characters: '{shown(name)}'"
            )
        if name and count > 1:
            raise ImportRefused(
                f"{source.where}:1: the column {shown(name)} is there {count} times; keep one"
            )
    if len(names) == 1 and ("\t" in names[0] or ";" in names[0]):
        raise ImportRefused(
            f"{source.where}:1: its columns are not separated by commas; save it as 'CSV UTF-8'"
        )


def _bounded(source: SourceFile, lines: IO[str]) -> Iterator[str]:
    """Yield the lines after the header; refuse lines longer, or more of them, than a table may have."""
    for number in range(2, MOST_LINES + 2):
        line = lines.readline(MOST_LINE + 1)
        if not line:
            return
        if len(line) > MOST_LINE:
            raise _too_long(source, number)
        yield line
    raise ImportRefused(f"{source.where}: has more than {MOST_LINES:,} lines; is it the right file?")


def _bounded_line(source: SourceFile, number: int, lines: IO[str]) -> str:
    line = lines.readline(MOST_LINE + 1)
    if len(line) > MOST_LINE:
        raise _too_long(source, number)
    return line


def _too_long(source: SourceFile, number: int) -> ImportRefused:
    return ImportRefused(
        f"{source.where}:{number}: is a line of more than {MOST_LINE:,} characters; is it the right file?"
    )


@contextmanager
def _opened(source: SourceFile) -> Iterator[IO[str]]:
    """Open a CSV file, or one inside a zip archive, with the line ends of its header."""
    with _bytes(source) as raw, _text(raw, "\n") as lines:
        head = lines.readline(MOST_LINE + 1)
    ends_in_cr = "\r" in head.rstrip("\r\n")
    with _bytes(source) as raw, _text(raw, "\r" if ends_in_cr else "\n") as lines:
        yield lines


@contextmanager
def _bytes(source: SourceFile) -> Iterator[IO[bytes]]:
    try:
        if source.member:
            with open_archive(source.path) as archive, archive.open(source.member) as member:
                yield member
        else:
            with open_regular(source.path, MOST_BYTES) as file:
                yield file
    except BROKEN as exc:
        raise ImportRefused(f"{source.where}: {shown(str(exc))}") from exc


def _text(raw: IO[bytes], newline: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline=newline)
