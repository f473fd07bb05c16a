"""Write records to the tables in bulk (COPY), inside the one transaction of an import."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import FacilityKind
from facilities.model import DepartmentRecord, FacilityRecord, Span

R = TypeVar("R")

# One import at a time: two at once would each remove the rows that the other has just written.
IMPORT_LOCK = 0x46414349
_COLUMNS = (
    "id",
    "municipality_id",
    "kind",
    "name",
    "name_kana",
    "address",
    "latitude",
    "longitude",
    "url",
    "open_days",
    "open_weeks",
    "other_closed",
    "data_date",
    "imported_at",
)
_LISTED = ", ".join(_COLUMNS)
_RENEWED = ", ".join(f"{c} = excluded.{c}" for c in _COLUMNS if c != "id")
COPY_FACILITIES = f"copy facility_import ({_LISTED}) from stdin"
COPY_DEPARTMENTS = "copy facility_department (facility_id, code, name, times, reception) from stdin"
MERGE = f"""
    insert into facility ({_LISTED}) select {_LISTED} from facility_import
    on conflict (id) do update set {_RENEWED}
"""  # noqa: S608 - column names of our own
VANISHED = """
    from facility f where f.municipality_id = :city and f.kind = :kind
    and not exists (select 1 from facility_import i where i.id = f.id)
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """City, kind and date of a file's facilities, and when it was read."""

    municipality_id: str
    kind: FacilityKind
    data_date: date
    read_at: datetime

    @property
    def key(self) -> dict[str, object]:
        """Parameters that select the facilities to replace."""
        return {"city": self.municipality_id, "kind": self.kind.value}


async def begin(session: AsyncSession) -> None:
    """Prepare the import's transaction: no timeouts, a lock against other imports, a staging table."""
    # Other transactions of ours take seconds (core.db.engine); an import takes longer.
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        await session.execute(text(f"set local {limit} = 0"))
    await session.execute(text(f"select pg_advisory_xact_lock({IMPORT_LOCK})"))
    await session.execute(text("drop table if exists pg_temp.facility_import"))
    made = "create temp table facility_import (like facility including defaults) on commit drop"
    await session.execute(text(made))


async def stage(
    session: AsyncSession, batches: AsyncIterator[Sequence[FacilityRecord]], edition: Edition
) -> None:
    """Write the facilities of one file to the staging table."""
    fixed = (edition.data_date, edition.read_at)

    def row(r: FacilityRecord) -> tuple[Any, ...]:
        what = (r.id, edition.municipality_id, edition.kind.value, r.name, r.name_kana, r.address)
        return (*what, r.latitude, r.longitude, r.url, r.open_days, r.open_weeks, r.other_closed, *fixed)

    await session.execute(text("truncate facility_import"))
    await _copy(session, COPY_FACILITIES, batches, row)
    await session.execute(text("analyze facility_import"))


async def count_vanished(session: AsyncSession, edition: Edition) -> int:
    """Return how many known facilities are not in the staged file."""
    return await session.scalar(text(f"select count(*) {VANISHED}"), edition.key) or 0


async def first_vanished(session: AsyncSession, edition: Edition, most: int) -> list[str]:
    """Return id and name of the first known facilities that are not in the staged file."""
    found = await session.execute(
        text(f"select f.id, f.name {VANISHED} order by f.id limit :most"), edition.key | {"most": most}
    )
    return [f"{identity} {name}" for identity, name in found]


async def merge(session: AsyncSession, edition: Edition) -> None:
    """Replace the known facilities by the staged ones."""
    gone = f"delete from facility where id in (select f.id {VANISHED})"  # noqa: S608
    await session.execute(text(gone), edition.key)
    await session.execute(text(MERGE))


async def add_departments(session: AsyncSession, batches: AsyncIterator[Sequence[DepartmentRecord]]) -> None:
    """Insert departments with their hours."""

    def row(r: DepartmentRecord) -> tuple[str, ...]:
        return (r.facility_id, r.code, r.name, _multirange(r.times), _multirange(r.reception))

    await _copy(session, COPY_DEPARTMENTS, batches, row)


def _multirange(spans: Iterable[Span]) -> str:
    return "{" + ",".join(f"[{first},{last})" for first, last in spans) + "}"


async def _copy(
    session: AsyncSession,
    statement: str,
    batches: AsyncIterator[Sequence[R]],
    row: Callable[[R], tuple[Any, ...]],
) -> None:
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, psycopg.AsyncConnection)
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        async for batch in batches:
            for record in batch:
                await copy.write_row(row(record))
