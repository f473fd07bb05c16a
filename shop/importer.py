"""The use case of `helpo shop import`: a file -> all registered shops of one city."""

import asyncio
from pathlib import Path

import structlog

from core.clock import TOKYO, Clock
from core.db.engine import Sessions
from core.municipalities import Municipality
from shop import store
from shop.model import ShopRecord
from shop.reading import read_shops

log = structlog.get_logger()


async def import_shops(
    sessions: Sessions, path: Path, city: Municipality, clock: Clock
) -> tuple[tuple[ShopRecord, ...], tuple[ShopRecord, ...]]:
    """Make the shops of the file the city's shops; returns them, and those too long unchecked to be shown.

    Raises:
        ContentError: something in the file is wrong; says where and why, and nothing has changed.
    """
    now = clock()
    today = now.astimezone(TOKYO).date()
    records = await asyncio.to_thread(read_shops, path, today)
    async with sessions.begin() as session:
        await store.replace_shops(session, city.id, records, now)
    log.info("shops_imported", municipality_id=city.id, shops=len(records))
    return records, tuple(record for record in records if today - record.checked_at > store.VALID_FOR)
