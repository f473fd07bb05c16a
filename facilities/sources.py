"""Which files an import was given: tables of the ministry by their names, from folders and zip archives too."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from core.clock import TOKYO
from core.db.tables.facility import FacilityKind
from core.errors import ContentError
from facilities.ministry import missing_columns
from facilities.open_data_csv import SourceFile, header_of

# `02-1_clinic_facility_info_20260601`, and behind it `.csv`, `.zip` or `.csv.zip`: the wrapper changed in 2026.
_NAME = re.compile(r"^0([1-5])(?:-([12]))?_[a-z_]+_(\d{8})(?:\.csv)?(?:\.zip)?$")
_KINDS = {
    "1": FacilityKind.HOSPITAL,
    "2": FacilityKind.CLINIC,
    "3": FacilityKind.DENTAL,
    "4": FacilityKind.MATERNITY_HOME,
    "5": FacilityKind.PHARMACY,
}
_EXAMPLE = "02-1_clinic_facility_info_20260601.csv"


def find_sources(paths: Sequence[Path]) -> tuple[list[SourceFile], list[str]]:
    """Return the tables in the order they are to be read, and the names of what was passed over in folders.

    Raises:
        ContentError: a file is none of those understood, lacks columns, or is there twice; says which and why.
    """
    found: list[SourceFile] = []
    passed_over: list[str] = []
    for path in paths:
        inside = sorted(p for p in path.iterdir() if not p.name.startswith(".")) if path.is_dir() else [path]
        fitting = [p for p in inside if _NAME.match(p.name) or _is_collection(p)]
        if path.is_dir():
            passed_over += [p.name for p in inside if p not in fitting]
            if not fitting:
                raise ContentError(f"{path}: holds no file named like {_EXAMPLE}")
        found += [source for p in (fitting if path.is_dir() else inside) for source in _tables(p)]
    _refuse_doubles(found)
    for source in found:
        _check(source)
    return sorted(found, key=lambda s: (s.is_hours, s.data_date, s.name)), passed_over


def _is_collection(path: Path) -> bool:
    return path.suffix == ".zip" and path.is_file()


def _tables(path: Path) -> Iterator[SourceFile]:
    """Yield the tables of one file: itself, or those in the archive."""
    if path.suffix != ".zip":
        yield _table(path, "", path.name)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
    except (OSError, zipfile.BadZipFile) as exc:
        raise ContentError(f"{path}: {exc}") from exc
    if not members:
        raise ContentError(f"{path}: holds no CSV file")
    if len(members) == 1:
        # The wrapper's own name tells what is inside, whatever the member is called.
        yield _table(path, members[0], path.name if _NAME.match(path.name) else _base(members[0]))
    else:
        yield from (_table(path, member, _base(member)) for member in members)


def _base(member: str) -> str:
    return member.rpartition("/")[2]


def _table(path: Path, member: str, name: str) -> SourceFile:
    where = f"{path}: {member}" if member else str(path)
    named = _NAME.match(name)
    if not named:
        raise ContentError(f"{where}: the name must be like {_EXAMPLE}")
    try:
        edition: date = datetime.strptime(named[3], "%Y%m%d").replace(tzinfo=TOKYO).date()
    except ValueError:
        raise ContentError(f"{where}: '{named[3]}' in the name is no date") from None
    return SourceFile(path, member, _KINDS[named[1]], named[2] == "2", edition)


def _refuse_doubles(sources: Iterable[SourceFile]) -> None:
    first: dict[tuple[FacilityKind, bool, date], SourceFile] = {}
    for source in sources:
        other = first.setdefault((source.kind, source.is_hours, source.data_date), source)
        if other is not source:
            raise ContentError(f"{source.path}: the same table is given as {other.path}; give one of them")


def _check(source: SourceFile) -> None:
    missing = missing_columns(source, header_of(source))
    if missing:
        raise ContentError(f"{source.path}:1: the header lacks {', '.join(missing)}")
