"""Files of 医療情報ネット オープンデータ: UTF-8 with BOM, CRLF, quoted; read by header name, line by line.

Format: 厚生労働省 「医療情報ネット_オープンデータ定義書（利用者向け）」. A line is a row (breaks inside a value are
written out as 「（改行）」), so one broken row cannot swallow those after it.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import IO

from core.clock import TOKYO
from core.db.tables.facility import FacilityKind
from core.errors import ContentError
from facilities.model import Problem

_STEM = re.compile(r"^0[1-5](?:-[12])?_[a-z_]+_(\d{8})(?:\.csv)?$")
_KINDS = (
    ("hospital", FacilityKind.HOSPITAL),
    ("clinic", FacilityKind.CLINIC),
    ("dental", FacilityKind.DENTAL),
    ("pharmacy", FacilityKind.PHARMACY),
)


class FileKind(Enum):
    """The shapes of file that are understood; facilities come before their hours."""

    FACILITIES = 1
    PHARMACIES = 2
    HOURS = 3


# The columns each shape must have; whatever else there is may be missing or in any order.
_NEEDED = {
    FileKind.FACILITIES: (
        "ID",
        "正式名称",
        "都道府県コード",
        "市区町村コード",
        "所在地",
        "毎週決まった曜日に休診（月）",
    ),
    FileKind.PHARMACIES: ("ID", "名称", "都道府県コード", "市区町村コード", "所在地", "営業日（月）"),
    FileKind.HOURS: ("ID", "診療科目コード", "診療科目名", "月_診療開始時間", "月_診療終了時間"),
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with its shape, its edition date and, where the shape does not say it, the kind of facility."""

    path: Path
    shape: FileKind
    kind: FacilityKind
    data_date: date


Row = dict[str, str]


def recognise(path: Path) -> SourceFile:
    """Find out what a file is, by its name and its header.

    Raises:
        ContentError: not one of the files that are understood; says why.
    """
    stem = re.sub(r"\.(?:csv|zip)$", "", path.name)
    named = _STEM.match(stem)
    if not named:
        raise ContentError(f"{path}: the name must be like 02-1_clinic_facility_info_20260601.csv")
    kind = next((kind for word, kind in _KINDS if word in stem), None)
    if kind is None:
        raise ContentError(f"{path}: files of this kind are not imported yet")
    try:
        edition = datetime.strptime(named[1], "%Y%m%d").replace(tzinfo=TOKYO).date()
    except ValueError:
        raise ContentError(f"{path}: '{named[1]}' in the name is no date") from None
    with _opened(path) as lines:
        header = set(_header(lines))
    for shape, needed in _NEEDED.items():
        if header >= set(needed):
            return SourceFile(path, shape, kind, edition)
    missing = sorted(set(_NEEDED[FileKind.FACILITIES]) - header)
    raise ContentError(f"{path}:1: the header lacks {', '.join(missing)}")


def rows(path: Path) -> Iterator[tuple[int, Row | Problem]]:
    """Yield each row by header name with its line number; a problem in place of a row that cannot be read."""
    with _opened(path) as lines:
        header = _header(lines)
        for number, line in enumerate(lines, start=2):
            if line.strip():
                yield number, _row(path, number, line, header)


def _row(path: Path, number: int, line: str, header: list[str]) -> Row | Problem:
    if "\ufffd" in line:
        return Problem(path.name, number, "is not UTF-8")
    try:
        values = next(csv.reader([line.rstrip("\r\n")], strict=True))
    except csv.Error as exc:
        return Problem(path.name, number, f"cannot be read as CSV: {exc}")
    if len(values) != len(header):
        return Problem(path.name, number, f"has {len(values)} columns, the header has {len(header)}")
    return dict(zip(header, values, strict=True))


def _header(lines: IO[str]) -> list[str]:
    return next(csv.reader([lines.readline().rstrip("\r\n")]), [])


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """Open a CSV file, or the one inside a zip archive."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = [name for name in archive.namelist() if name.endswith(".csv")]
                if len(inside) != 1:
                    raise ContentError(f"{path}: must hold exactly one CSV file")
                with archive.open(inside[0]) as raw:
                    yield io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
        else:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                yield lines
    except (OSError, zipfile.BadZipFile) as exc:
        raise ContentError(f"{path}: {exc}") from exc
