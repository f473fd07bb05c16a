"""Write and count what became of consultations."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.driver import FixedStatement, begun
from core.db.tables import ConsultationFigure

RECORD = FixedStatement(
    """
    insert into consultation_figure (municipality_id, day, hour, tables, level, district, questions, left_at)
    values (%(municipality_id)s, %(day)s, %(hour)s, %(tables)s, %(level)s, %(district)s, %(questions)s, %(left_at)s)
    """
)


async def record(session: AsyncSession, **values: Any) -> None:  # noqa: ANN401 - the columns of the table
    """Write one figure in the turn's transaction."""
    await RECORD.on(await begun(session), values)


async def count_by(
    session: AsyncSession, column: ColumnElement[Any], *, since: date | None, city: str
) -> dict[Any, int]:
    """Return how many consultations there were by the values of a column, from a day on."""
    stmt = select(column, func.count()).group_by(column)
    if since:
        stmt = stmt.where(ConsultationFigure.day >= since)
    if city:
        stmt = stmt.where(ConsultationFigure.municipality_id == city)
    rows = (await session.execute(stmt)).all()
    return {row[0]: row[1] for row in rows}
