"""Query registered shops and count visits to them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.shop import RegisteredShop, ShopVisit
from shop.model import ShopRecord
from shop.tokens import ShopLink

# A registration that was not checked for a year is hidden (domain rule: hide when older than 12 months).
VALID_FOR = timedelta(days=365)


async def replace_shops(
    session: AsyncSession, municipality_id: str, records: Iterable[ShopRecord], now: datetime
) -> None:
    """Replace all registered shops of a city."""
    await session.execute(delete(RegisteredShop).where(RegisteredShop.municipality_id == municipality_id))
    values = [
        {
            **record.model_dump(),
            "classes": list(record.classes),
            "url": str(record.url),
            "municipality_id": municipality_id,
            "imported_at": now,
        }
        for record in records
    ]
    await session.execute(insert(RegisteredShop), values)


async def shop_ids(session: AsyncSession, municipality_id: str) -> set[str]:
    """Return the ids of a city's registered shops, valid or not."""
    found = select(RegisteredShop.id).where(RegisteredShop.municipality_id == municipality_id)
    return set(await session.scalars(found))


async def has_shops(session: AsyncSession, municipality_id: str) -> bool:
    """Whether anything is registered in the city, valid or not."""
    found = select(RegisteredShop.id).where(RegisteredShop.municipality_id == municipality_id)
    return await session.scalar(select(found.exists())) or False


async def shops_selling(
    session: AsyncSession, municipality_id: str, classes: Collection[str], today: date
) -> Sequence[RegisteredShop]:
    """Return the valid shops that sell any of these classes, ordered by name only."""
    selling = _valid(municipality_id, today).where(RegisteredShop.classes.overlap(list(classes)))
    return (await session.scalars(selling.order_by(RegisteredShop.kana, RegisteredShop.id))).all()


async def shop_of(
    session: AsyncSession, municipality_id: str, shop_id: str, today: date
) -> RegisteredShop | None:
    """Return a shop while its registration in this city is valid."""
    return await session.scalar(_valid(municipality_id, today).where(RegisteredShop.id == shop_id))


async def count_visit(session: AsyncSession, link: ShopLink, day: date) -> bool:
    """Count a visit through a link; return False when it was counted before."""
    stmt = upsert(ShopVisit).values(
        municipality_id=link.municipality_id,
        shop_id=link.shop_id,
        kind_id=link.kind_id,
        visitor=link.visitor,
        day=day,
    )
    counted = await session.scalar(stmt.on_conflict_do_nothing().returning(func.length(ShopVisit.visitor)))
    return counted is not None


def _valid(municipality_id: str, today: date) -> Select[RegisteredShop]:
    return select(RegisteredShop).where(
        RegisteredShop.municipality_id == municipality_id, RegisteredShop.checked_at >= today - VALID_FOR
    )
