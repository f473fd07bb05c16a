"""Files of 医療情報ネット オープンデータ: UTF-8 with BOM, CRLF, quoted; read by header name, line by line.

Format: 厚生労働省 「医療情報ネット_オープンデータ定義書（利用者向け）」. A line is a row (breaks inside a value are
written out as 「（改行）」), so one broken row cannot swallow those after it. Names of columns are compared in NFKC:
the files themselves write 「第1週」 and 「第１週」.
"""

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO

from core.db.tables.facility import FacilityKind
from core.errors import ContentError
from facilities.model import Problem

# By the column name in its normal form.
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One table of the ministry: where it is, whose facilities, which edition.

    `member` is the file's name inside a zip archive. `is_hours`: departments and hours instead of facilities.
    """

    path: Path
    member: str
    kind: FacilityKind
    is_hours: bool
    data_date: date

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.member or self.path.name


@cache
def column(name: str) -> str:
    """Return the normal form of a column's name."""
    return unicodedata.normalize("NFKC", name).strip()


def header_of(source: SourceFile) -> list[str]:
    """Return the names of the columns.

    Raises:
        ContentError: it cannot be opened, or is not UTF-8.
    """
    with _opened(source) as lines:
        return _header(source, lines)


def rows(source: SourceFile, only: Collection[str] | None = None) -> Iterator[tuple[int, Row | Problem]]:
    """Yield each row with its line number; a problem in place of a row that cannot be read.

    `only`: rows whose first column, the id, is not among these are passed over without reading the rest.

    Raises:
        ContentError: the file cannot be read to its end.
    """
    with _opened(source) as lines:
        header = _header(source, lines)
        is_id_first = header[0] == "ID"
        for number, line in enumerate(lines, start=2):
            if only is not None and is_id_first and _first(line) not in only:
                continue
            if line.strip():
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
    return dict(zip(header, values, strict=True))


def _header(source: SourceFile, lines: IO[str]) -> list[str]:
    line = lines.readline()
    if "\ufffd" in line:
        raise ContentError(f"{source.path}:1: is not UTF-8; the ministry's files are (with or without a BOM)")
    names = [column(name) for name in next(csv.reader([line.rstrip("\r\n")]), [])]
    if not names:
        raise ContentError(f"{source.path}: is empty")
    return names


@contextmanager
def _opened(source: SourceFile) -> Iterator[IO[str]]:
    """Open a CSV file, or the one inside a zip archive."""
    try:
        if source.member:
            with zipfile.ZipFile(source.path) as archive, archive.open(source.member) as raw:
                yield io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="\n")
        else:
            with source.path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
                yield lines
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as exc:
        raise ContentError(f"{source.path}: {exc}") from exc
