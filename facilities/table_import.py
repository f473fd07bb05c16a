"""Import one table of the ministry for one city into the database, or refuse it as a whole."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.errors import ImportRefused
from core.municipalities import Municipality
from facilities import bulk_copy, ministry, store
from facilities.bulk_copy import Edition
from facilities.cell_values import ID_LENGTH, BadRow, digits, is_identity
from facilities.column_counts import (
    FEW,
    MEANT,
    NOTHING_CHANGED,
    SOME,
    ColumnCounts,
    Problems,
    facility_bits,
    hours_bits,
)
from facilities.model import (
    MOST_EXAMPLES,
    DepartmentRecord,
    FacilityRecord,
    ImportReport,
    Problem,
    shown,
)
from facilities.open_data_csv import Row, SourceFile, rows
from facilities.places import covers

R = TypeVar("R")

ROWS_AT_ONCE = 2000
OUTSIDE = "lies outside the city; taken over without a place"


@dataclass(frozen=True, slots=True)
class Known:
    """The known values of a kind before an import, counted by column as in `column_counts`."""

    values: Sequence[int]
    hours: Sequence[int]


@dataclass(slots=True)
class _Rows:
    """How many rows a table has, and how many could be read.

    `broken`: rows whose city is unreadable; `own`: of the city; `lost`: those of the city that are invalid.
    """

    all: int = 0
    broken: int = 0
    own: int = 0
    lost: int = 0
    problems: Problems = field(default_factory=Problems)

    def refuse_unreadable(self, where: str, *, may_shrink: bool) -> None:
        """Refuse a table of which no row, or less than half of them, can be read."""
        for bad, given in ((self.broken, self.all), (self.lost, self.own)):
            is_none = bad == given and bad >= min(SOME, self.all)
            is_few = bad * 2 > given and bad >= SOME and not may_shrink
            if bad and (is_none or is_few):
                hint = NOTHING_CHANGED if is_none else MEANT
                raise ImportRefused(
                    f"{where}: {bad} of {given} rows cannot be read: {self.problems.told()}. {hint}"
                )


class TableImport:
    """Imports one table; raises ImportRefused when it cannot be read or would delete known data."""

    def __init__(
        self,
        session: AsyncSession,
        source: SourceFile,
        city: Municipality,
        report: ImportReport,
        known: Known,
        *,
        may_shrink: bool,
    ) -> None:
        self._session = session
        self._source = source
        self._city = city
        self._report = report
        self._known = known
        self._may_shrink = may_shrink
        self._seen: set[str] = set()
        self._opening: list[DepartmentRecord] = []
        self._rows = _Rows()
        self._problems = Problems()  # of values
        self._values = ColumnCounts(ministry.value_columns(source.kind), self._problems)
        self._hours = ColumnCounts(ministry.hours_columns(source.kind), self._problems)
        self._links = Problems()

    async def import_facilities(self, clock: Clock) -> None:
        """Replace the known facilities by the table's, and their hours if the table holds them."""
        edition = Edition(self._city.id, self._source.kind, self._source.data_date, clock())
        await bulk_copy.stage(self._session, _batches(self._facilities()), edition)
        self._refuse_unreadable()
        if not self._seen:
            # A file without this city's rows tells nothing about it.
            self._note(f"has nothing in {self._city.name} ({self._city.code})")
            return
        vanished = await self._refuse_vanishing(edition)
        self._refuse_loss(self._values, self._known.values)
        await bulk_copy.merge(self._session, edition)
        self._report.kinds[self._source.kind] += len(self._seen)
        self._report.removed += vanished
        self._note_links()
        if self._opening:
            await self._replace_departments(_batches(iter(self._opening)))

    async def import_hours(self) -> None:
        """Replace the known hours of departments by the table's."""
        known = await store.facility_ids(self._session, self._city.id, self._source.kind)
        batches = _batches(self._departments(known))
        if first := await anext(batches, None):
            await self._replace_departments(_chained(first, batches))
        else:
            self._refuse_unreadable()
            self._note(f"has nothing in {self._city.name} ({self._city.code})")

    async def _replace_departments(self, batches: AsyncIterator[Sequence[DepartmentRecord]]) -> None:
        await store.remove_departments(self._session, self._city.id, self._source.kind)

        async def counted() -> AsyncIterator[Sequence[DepartmentRecord]]:
            async for batch in batches:
                self._report.departments += len(batch)
                yield batch

        await bulk_copy.add_departments(self._session, counted())
        self._refuse_unreadable()
        self._refuse_loss(self._hours, self._known.hours)

    def _departments(self, known: set[str]) -> Iterator[DepartmentRecord]:
        def is_wanted(text: str) -> bool:
            """Whether a row belongs to the city, or its id is damaged."""
            identity = digits(text, ID_LENGTH)
            wanted = identity in known or not is_identity(identity)
            self._rows.all += not wanted
            return wanted

        for number, row in rows(self._source, is_wanted):
            self._rows.all += 1
            if isinstance(row, Problem):
                self._break(row)
                continue
            try:
                identity = ministry.identity_of(row)
            except BadRow as exc:
                self._break(self._problem(number, exc))
                continue
            if identity not in known:
                continue
            self._rows.own += 1
            try:
                record = ministry.department_record(row, identity, self._complainer(number))
            except BadRow as exc:
                self._lose(self._problem(number, exc))
                continue
            self._hours.add(hours_bits(record), number)
            yield record

    def _facilities(self) -> Iterator[FacilityRecord]:
        for number, row in rows(self._source):
            self._rows.all += 1
            if isinstance(row, Problem):
                self._break(row)
                continue
            try:
                code = ministry.city_code(row)
            except BadRow as exc:
                self._break(self._problem(number, exc))
                continue
            if code == self._city.code and (record := self._facility(row, number)):
                yield record

    def _facility(self, row: Row, number: int) -> FacilityRecord | None:
        self._rows.own += 1
        complain = self._complainer(number)
        try:
            record = ministry.facility_record(row, self._source, complain)
        except BadRow as exc:
            self._lose(self._problem(number, exc))
            return None
        if record.id in self._seen:
            complain("is there already; the first row counts", "ID", record.id)
            return None
        self._seen.add(record.id)
        if record.place and not covers(self._city, *record.place):
            complain(OUTSIDE, ministry.PLACE, "{}, {}".format(*record.place))
            record = replace(record, latitude=None, longitude=None)
        if record.bad_url:
            self._links.add(Problem(self._source.name, number, "cannot be opened", value=record.bad_url))
        self._values.add(facility_bits(record), number)
        if record.opening:
            self._opening.append(record.opening)
            self._hours.add(hours_bits(record.opening), number)
        return record

    async def _refuse_vanishing(self, edition: Edition) -> int:
        """Return how many known facilities the file no longer lists; refuse it if that is most of them."""
        known = len(await store.facility_ids(self._session, self._city.id, self._source.kind))
        vanished = await bulk_copy.count_vanished(self._session, edition)
        if known >= FEW and vanished * 2 > known and not self._may_shrink:
            missing = await bulk_copy.first_vanished(self._session, edition, MOST_EXAMPLES)
            cause = self._rows.problems.told() or f"missing are {', '.join(map(shown, missing))}"
            raise ImportRefused(
                f"{self._source.where}: lists {known - vanished} of {known} known facilities; is it cut off? "
                f"{cause}. {MEANT}"
            )
        return vanished

    def _refuse_unreadable(self) -> None:
        where = self._source.where
        self._rows.refuse_unreadable(where, may_shrink=self._may_shrink)
        if not self._source.is_hours:
            self._values.refuse_swapped(where)
        if not self._may_shrink:
            self._values.refuse_unreadable(where)
            self._hours.refuse_unreadable(where)

    def _refuse_loss(self, kept: ColumnCounts, known: Sequence[int]) -> None:
        if known and not self._may_shrink:
            kept.refuse_loss(self._source.where, known)

    def _break(self, problem: Problem) -> None:
        self._rows.broken += 1
        self._leave_out(problem)

    def _lose(self, problem: Problem) -> None:
        self._rows.lost += 1
        self._leave_out(problem)

    def _leave_out(self, problem: Problem) -> None:
        self._rows.problems.add(problem)
        self._report.complain(problem)

    def _problem(self, line: int, bad: BadRow) -> Problem:
        return Problem(self._source.name, line, bad.reason, bad.column, bad.value)

    def _complainer(self, line: int) -> ministry.Complain:
        def complain(reason: str, column: str = "", value: str = "", department: str = "") -> None:
            problem = Problem(self._source.name, line, reason, column, value, department)
            self._problems.add(problem)
            self._report.complain(problem)

        return complain

    def _note(self, text: str) -> None:
        self._report.notes.append(f"{shown(self._source.name)}: {text}")

    def _note_links(self) -> None:
        if told := self._links.told():
            self._note(f"web addresses that nobody can open are left out, their facilities kept: {told}")


async def _batches(records: Iterator[R]) -> AsyncIterator[list[R]]:
    """Read records in batches, off the loop."""
    while batch := await asyncio.to_thread(lambda: list(islice(records, ROWS_AT_ONCE))):
        yield batch


async def _chained(first: list[R], more: AsyncIterator[list[R]]) -> AsyncIterator[list[R]]:
    yield first
    async for batch in more:
        yield batch
