"""Import the ministry's files as the facilities of one city (`helpo facilities import`)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from core.clock import TOKYO, Clock
from core.db.engine import Sessions
from core.db.tables.facility import FacilityKind
from core.municipalities import Municipality
from facilities import bulk_copy, store
from facilities.model import ImportReport, shown
from facilities.open_data_csv import SourceFile
from facilities.sources import find_sources
from facilities.table_import import Known, TableImport

log = structlog.get_logger()

SEPARATE_HOURS = frozenset({FacilityKind.HOSPITAL, FacilityKind.CLINIC, FacilityKind.DENTAL})


async def import_files(
    sessions: Sessions,
    paths: Sequence[Path],
    city: Municipality,
    clock: Clock,
    *,
    may_shrink: bool = False,
) -> ImportReport:
    """Replace a city's facilities and hours by those of the files; importing again changes nothing.

    `paths` are files, zip archives or folders of them. All of it is one transaction. Invalid rows and values
    are left out and named in the report, and so are files older than what is known.

    Raises:
        ImportRefused: a file is none of those understood, breaks off, is dated after tomorrow, or keeps less than
            half of the known facilities or of what is known in one of its columns (unless `may_shrink`); nothing
            has changed then.
    """
    last_day = clock().astimezone(TOKYO).date() + timedelta(days=1)
    sources, passed_over = await asyncio.to_thread(find_sources, paths, last_day)
    report = ImportReport(
        notes=[f"{shown(name)}: is no file of the ministry, passed over" for name in passed_over]
    )
    async with sessions.begin() as session:
        await bulk_copy.begin(session)
        values, hours = (
            await store.known_values(session, city.id),
            await store.known_hours(session, city.id),
        )
        for source in sources:
            newest = await store.newest_edition(session, city.id, source.kind, last_day)
            if newest and newest > source.data_date:
                report.notes.append(f"{shown(source.name)}: older than what is known ({newest}), passed over")
                continue
            known = Known(values.get(source.kind, ()), hours.get(source.kind, ()))
            table = TableImport(session, source, city, report, known, may_shrink=may_shrink)
            await (table.import_hours() if source.is_hours else table.import_facilities(clock))
    _note_missing_hours(sources, report)
    log.info(
        "facilities_imported",
        municipality_id=city.id,
        facilities=report.facilities,
        departments=report.departments,
        left_out=report.left_out,
    )
    return report


def _note_missing_hours(sources: Sequence[SourceFile], report: ImportReport) -> None:
    """Report new editions that came without their hours: the old hours stay."""
    with_hours = {s.kind for s in sources if s.is_hours}
    for source in sources:
        if not source.is_hours and source.kind in SEPARATE_HOURS - with_hours:
            report.notes.append(
                f"{shown(source.name)}: came without its table of hours; those known so far stay"
            )


def import_report(city: Municipality, report: ImportReport) -> str:
    """Return the report of an import for an operator."""
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
