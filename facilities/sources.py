"""Find the ministry's tables by their names in the given files, folders and zip archives."""

import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from core.clock import TOKYO
from core.db.tables.facility import FacilityKind
from core.errors import ImportRefused
from core.regular_file import open_regular
from facilities.archives import MOST_BYTES, table_members
from facilities.ministry import missing_columns
from facilities.model import shown
from facilities.open_data_csv import SourceFile, header_of

# `02-1_clinic_facility_info_20260601`, then `.csv`, `.zip` or `.csv.zip`: the wrapper changed in 2026.
_NAME = re.compile(r"^0([1-5])(?:-([12]))?_[a-z_]+_(\d{8})(?:\.csv)?(?:\.zip)?$")
_KINDS = {
    "1": FacilityKind.HOSPITAL,
    "2": FacilityKind.CLINIC,
    "3": FacilityKind.DENTAL,
    "4": FacilityKind.MATERNITY_HOME,
    "5": FacilityKind.PHARMACY,
}
MOST_MISSING = 5  # columns that are named
_EXAMPLE = "02-1_clinic_facility_info_20260601.csv"


def find_sources(paths: Sequence[Path], last_day: date) -> tuple[list[SourceFile], list[str]]:
    """Return the tables in reading order, and the names of files in folders that were skipped.

    Raises:
        ImportRefused: a file is missing, none of those understood, dated after `last_day`, lacks columns, or is there
            twice; says which and why.
    """
    found: list[SourceFile] = []
    passed_over: list[str] = []
    for path in paths:
        inside = _listed(path)
        fitting = (
            [path] if inside is None else [p for p in inside if _NAME.match(p.name) or _is_collection(p)]
        )
        passed_over += [p.name for p in inside or () if p not in fitting]
        if not fitting:
            raise ImportRefused(f"{path}: holds no file named like {_EXAMPLE}")
        found += [source for p in fitting for source in _tables(p)]
    _refuse_doubles(found)
    for source in found:
        _check(source, last_day)
    return sorted(found, key=lambda s: (s.is_hours, s.data_date, s.name)), passed_over


def _listed(path: Path) -> list[Path] | None:
    """Return the files in a folder; None if it is none."""
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return None
        return sorted(p for p in path.iterdir() if not p.name.startswith("."))
    except OSError as exc:
        raise ImportRefused(f"{path}: {exc.strerror}") from exc


def _is_collection(path: Path) -> bool:
    return path.suffix == ".zip" and path.is_file()


def _tables(path: Path) -> Iterator[SourceFile]:
    """Yield the tables of one file: itself, or those in the archive."""
    if path.suffix != ".zip":
        open_regular(path, MOST_BYTES).close()
        yield _table(path, "", path.name)
        return
    members = table_members(path)
    if len(members) == 1:
        # The wrapper's name tells what is inside, whatever the member is called.
        yield _table(path, members[0], path.name if _NAME.match(path.name) else _base(members[0]))
    else:
        yield from (_table(path, member, _base(member)) for member in members)


def _base(member: str) -> str:
    return member.rpartition("/")[2]


def _table(path: Path, member: str, name: str) -> SourceFile:
    where = f"{path}: {shown(member)}" if member else str(path)
    named = _NAME.match(name)
    if not named:
        raise ImportRefused(f"{where}: the name must be like {_EXAMPLE}")
    try:
        edition: date = datetime.strptime(named[3], "%Y%m%d").replace(tzinfo=TOKYO).date()
    except ValueError:
        raise ImportRefused(f"{where}: '{named[3]}' in the name is no date") from None
    return SourceFile(path, member, _KINDS[named[1]], named[2] == "2", edition)


def _refuse_doubles(sources: Iterable[SourceFile]) -> None:
    first: dict[tuple[FacilityKind, bool, date], SourceFile] = {}
    for source in sources:
        other = first.setdefault((source.kind, source.is_hours, source.data_date), source)
        if other is not source:
            raise ImportRefused(f"{source.path}: the same table is given as {other.path}; give one of them")


def _check(source: SourceFile, last_day: date) -> None:
    if source.data_date > last_day:
        raise ImportRefused(
            f"{source.where}: its name says {source.data_date}, which is in the future; name it by its edition"
        )
    missing = missing_columns(source, header_of(source))
    if missing:
        more = len(missing) - MOST_MISSING
        raise ImportRefused(
            f"{source.where}:1: the header lacks {', '.join(missing[:MOST_MISSING])}"
            f"{f' and {more} more' if more > 0 else ''}; is it the right file?"
        )
