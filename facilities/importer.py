"""The use case of `helpo facilities import`: files of the ministry -> facilities of one city."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db.engine import Sessions
from core.municipalities import Municipality
from facilities import ministry, store
from facilities.model import FacilityRecord, HoursRecord, ImportReport, Problem
from facilities.reading import FileKind, Row, SourceFile, recognise, rows

log = structlog.get_logger()

ROWS_AT_ONCE = 2000
# A city's facilities lie within this many degrees around its districts; what lies elsewhere is a placeholder.
MARGIN = 0.2

Batch = list[tuple[int, Row | Problem]]


async def import_files(
    sessions: Sessions, paths: Sequence[Path], city: Municipality, clock: Clock
) -> ImportReport:
    """Take over what the files say about `city`; doing it again changes nothing.

    Each file is one transaction. Rows and values that make no sense are left out and named in the report.

    Raises:
        ContentError: a file is none of those understood; nothing has been imported then.
    """
    files = [await asyncio.to_thread(recognise, path) for path in paths]
    report = ImportReport()
    for file in sorted(files, key=lambda f: (f.shape is FileKind.HOURS, f.data_date, f.path.name)):
        if file.shape is FileKind.HOURS:
            await _import_hours(sessions, file, city, report)
        else:
            await _import_facilities(sessions, file, city, clock, report)
        report.files.append(file.path.name)
    log.info(
        "facilities_imported",
        municipality_id=city.id,
        facilities=report.facilities,
        hours=report.hours,
        problems=len(report.problems),
    )
    return report


async def _import_facilities(
    sessions: Sessions, file: SourceFile, city: Municipality, clock: Clock, report: ImportReport
) -> None:
    async with sessions.begin() as session:
        written = 0
        async for batch in _batches(file.path):
            kept = dict(_of_city(batch, file, city, report))
            written += await store.save_facilities(session, city.id, kept.values(), clock())
            if file.shape is FileKind.PHARMACIES:
                opening = _flattened(_pharmacy_rows(batch, kept), file, report)
                current = await store.facility_ids(session, city.id, file.data_date)
                await _replace_hours(session, [r for r in opening if r.facility_id in current], set(), report)
        report.facilities += written
        if written:  # a file without this city says nothing about it
            report.removed += await store.remove_older(session, city.id, file.kind, file.data_date)


async def _import_hours(
    sessions: Sessions, file: SourceFile, city: Municipality, report: ImportReport
) -> None:
    async with sessions.begin() as session:
        known = await store.facility_ids(session, city.id, file.data_date)
        cleared: set[str] = set()
        async for batch in _batches(file.path):
            report.problems += [row for _, row in batch if isinstance(row, Problem)]
            ours = [(n, r) for n, r in batch if not isinstance(r, Problem) and r["ID"].strip() in known]
            found = _flattened(
                ((number, ministry.department_hours(row)) for number, row in ours), file, report
            )
            await _replace_hours(session, found, cleared, report)


async def _replace_hours(
    session: AsyncSession, records: list[HoursRecord], cleared: set[str], report: ImportReport
) -> None:
    """Write hours; the first rows of a facility replace what an earlier import left."""
    new = {record.facility_id for record in records} - cleared
    await store.clear_hours(session, new)
    cleared |= new
    await store.add_hours(session, records)
    report.hours += len(records)


def _of_city(
    batch: Batch, file: SourceFile, city: Municipality, report: ImportReport
) -> Iterator[tuple[int, FacilityRecord]]:
    for number, row in batch:
        if isinstance(row, Problem):
            report.problems.append(row)
            continue
        if row["都道府県コード"].strip().zfill(2) + row["市区町村コード"].strip().zfill(3) != city.code:
            continue
        try:
            record = ministry.facility_record(row, file)
        except ministry.BadRow as exc:
            report.problems.append(Problem(file.path.name, number, str(exc)))
            continue
        if record.latitude is not None and not _is_within(record, city):
            reason = "the coordinates lie outside the city; taken over without a place"
            report.problems.append(Problem(file.path.name, number, reason))
            record = replace(record, latitude=None, longitude=None)
        yield number, record


def _is_within(record: FacilityRecord, city: Municipality) -> bool:
    if not city.districts or record.latitude is None or record.longitude is None:
        return True
    latitudes = [district.latitude for district in city.districts]
    longitudes = [district.longitude for district in city.districts]
    return (
        min(latitudes) - MARGIN <= record.latitude <= max(latitudes) + MARGIN
        and min(longitudes) - MARGIN <= record.longitude <= max(longitudes) + MARGIN
    )


def _pharmacy_rows(
    batch: Batch, kept: dict[int, FacilityRecord]
) -> Iterator[tuple[int, Iterator[HoursRecord | str]]]:
    for number, row in batch:
        if number in kept and not isinstance(row, Problem):
            yield number, ministry.pharmacy_hours(row)


def _flattened(
    found: Iterator[tuple[int, Iterator[HoursRecord | str]]], file: SourceFile, report: ImportReport
) -> list[HoursRecord]:
    records: list[HoursRecord] = []
    for number, intervals in found:
        for one in intervals:
            if isinstance(one, str):
                report.problems.append(Problem(file.path.name, number, one))
            else:
                records.append(one)
    return records


async def _batches(path: Path) -> AsyncIterator[Batch]:
    """Read a file in pieces, off the loop."""
    source = rows(path)
    while batch := await asyncio.to_thread(lambda: list(islice(source, ROWS_AT_ONCE))):
        yield batch
