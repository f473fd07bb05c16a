"""The use case of `helpo facilities import`: files of the ministry -> facilities of one city."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db.engine import Sessions
from core.db.tables.facility import FacilityKind
from core.errors import ContentError
from core.municipalities import Municipality
from facilities import bulk_copy, ministry, store
from facilities.bulk_copy import Edition
from facilities.model import DepartmentRecord, FacilityRecord, ImportReport, Problem
from facilities.open_data_csv import Row, SourceFile, rows
from facilities.places import covers
from facilities.sources import find_sources

log = structlog.get_logger()

R = TypeVar("R")

ROWS_AT_ONCE = 2000
SEPARATE_HOURS = frozenset({FacilityKind.HOSPITAL, FacilityKind.CLINIC, FacilityKind.DENTAL})
# Below so many known facilities of a kind, half of them may well have closed.
FEW = 10


async def import_files(
    sessions: Sessions,
    paths: Sequence[Path],
    city: Municipality,
    clock: Clock,
    *,
    may_shrink: bool = False,
) -> ImportReport:
    """Put what the files say about `city` in the place of what is known; doing it again changes nothing.

    `paths` are files, zip archives or folders of them. All of it is one transaction. Rows and values that make no
    sense are left out and named in the report, and so are files older than what is known.

    Raises:
        ContentError: a file is none of those understood, breaks off, or lists fewer than half of the known
            facilities (unless `may_shrink`); nothing has changed then.
    """
    sources, passed_over = await asyncio.to_thread(find_sources, paths)
    report = ImportReport(notes=[f"{name}: is no file of the ministry, passed over" for name in passed_over])
    async with sessions.begin() as session:
        await bulk_copy.begin(session)
        for source in sources:
            one = _OneFile(session, source, city, report)
            if await one.is_outdated():
                continue
            if source.is_hours:
                await one.import_hours()
            else:
                await one.import_facilities(clock, may_shrink=may_shrink)
    _note_missing_hours(sources, report)
    log.info(
        "facilities_imported",
        municipality_id=city.id,
        facilities=report.facilities,
        departments=report.departments,
        left_out=report.left_out,
    )
    return report


@dataclass(slots=True)
class _OneFile:
    """The import of one file."""

    session: AsyncSession
    source: SourceFile
    city: Municipality
    report: ImportReport
    _seen: set[str] = field(default_factory=set)
    _opening: list[DepartmentRecord] = field(default_factory=list)

    async def is_outdated(self) -> bool:
        newest = await store.newest_edition(self.session, self.city.id, self.source.kind)
        if newest is None or newest <= self.source.data_date:
            return False
        self.report.notes.append(f"{self.source.name}: older than what is known ({newest}), passed over")
        return True

    async def import_facilities(self, clock: Clock, *, may_shrink: bool) -> None:
        edition = Edition(self.city.id, self.source.kind, self.source.data_date, clock())
        await bulk_copy.stage(self.session, _batches(self._facilities()), edition)
        if not self._seen:
            # A file without this city says nothing about it.
            self.report.notes.append(
                f"{self.source.name}: has nothing in {self.city.name} ({self.city.code})"
            )
            return
        known = len(await store.facility_ids(self.session, self.city.id, self.source.kind))
        vanished = await bulk_copy.count_vanished(self.session, edition)
        if known >= FEW and vanished * 2 > known and not may_shrink:
            raise ContentError(
                f"{self.source.path}: lists {known - vanished} of {known} known facilities; is it cut off? "
                "Nothing has changed. If it is right, import it with --may-shrink"
            )
        await bulk_copy.merge(self.session, edition)
        self.report.kinds[self.source.kind] += len(self._seen)
        self.report.removed += vanished
        if self._opening:
            await self._replace_departments(iter(self._opening))

    async def import_hours(self) -> None:
        known = await store.facility_ids(self.session, self.city.id, self.source.kind)
        await self._replace_departments(self._departments(known))

    async def _replace_departments(self, records: Iterator[DepartmentRecord]) -> None:
        await store.remove_departments(self.session, self.city.id, self.source.kind)

        async def counted() -> AsyncIterator[Sequence[DepartmentRecord]]:
            async for batch in _batches(records):
                self.report.departments += len(batch)
                yield batch

        await bulk_copy.add_departments(self.session, counted())

    def _departments(self, known: set[str]) -> Iterator[DepartmentRecord]:
        for number, row in rows(self.source, known):
            if isinstance(row, Problem):
                self.report.complain(row)
            elif row["ID"].strip() in known:
                yield ministry.department_record(row, self._complainer(number))

    def _facilities(self) -> Iterator[FacilityRecord]:
        for number, row in rows(self.source):
            complain = self._complainer(number)
            if isinstance(row, Problem):
                self.report.complain(row)
            elif ministry.city_code(row) == self.city.code and (record := self._facility(row, complain)):
                self._seen.add(record.id)
                if record.opening:
                    self._opening.append(record.opening)
                yield record

    def _facility(self, row: Row, complain: Callable[[str], None]) -> FacilityRecord | None:
        try:
            record = ministry.facility_record(row, self.source, complain)
        except ministry.BadRow as exc:
            complain(str(exc))
            return None
        if record.id in self._seen:
            complain(f"ID {record.id} is there already; the first row counts")
            return None
        if record.latitude is None or record.longitude is None:
            return record
        if covers(self.city, record.latitude, record.longitude):
            return record
        complain("the coordinates lie outside the city; taken over without a place")
        return replace(record, latitude=None, longitude=None)

    def _complainer(self, line: int) -> Callable[[str], None]:
        return lambda reason: self.report.complain(Problem(self.source.name, line, reason))


def _note_missing_hours(sources: Sequence[SourceFile], report: ImportReport) -> None:
    """Say so when a new edition came without its hours: the old ones stay."""
    with_hours = {s.kind for s in sources if s.is_hours}
    for source in sources:
        if not source.is_hours and source.kind in SEPARATE_HOURS - with_hours:
            report.notes.append(f"{source.name}: came without its table of hours; those known so far stay")


async def _batches(records: Iterator[R]) -> AsyncIterator[list[R]]:
    """Read records in pieces, off the loop."""
    while batch := await asyncio.to_thread(lambda: list(islice(records, ROWS_AT_ONCE))):
        yield batch


def import_report(city: Municipality, report: ImportReport) -> str:
    """Return what an import did, as an operator reads it."""
    kinds = ", ".join(f"{n} {kind.value.replace('_', ' ')}" for kind, n in report.kinds.items())
    lines = [
        (
            f"{city.name}: {report.facilities} facilities ({kinds or 'none'}), {report.departments} departments with hours, "
            f"{report.removed} no longer listed and removed"
        ),
        *(f"note: {note}" for note in report.notes),
        *(f"left out: {problem}" for problem in report.problems),
    ]
    if report.left_out > len(report.problems):
        lines.append(f"left out: {report.left_out - len(report.problems)} more")
    return "\n".join(lines)
