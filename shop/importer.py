"""Import a file as all registered shops of one city (`helpo shop import`)."""

import asyncio
from pathlib import Path

import structlog

from core.clock import TOKYO, Clock
from core.db.engine import Sessions
from core.errors import ImportRefused
from core.municipalities import Municipality
from shop import store
from shop.model import ShopRecord
from shop.reading import read_shops

log = structlog.get_logger()


# With fewer registered shops than this, half of them may really have closed.
FEW = 10


async def import_shops(
    sessions: Sessions, path: Path, city: Municipality, clock: Clock, *, may_shrink: bool = False
) -> tuple[tuple[ShopRecord, ...], tuple[ShopRecord, ...]]:
    """Replace the city's shops by those of the file; return them, and those not shown (checked too long ago).

    Raises:
        ImportRefused: something in the file is wrong, or it lists less than half of the registered shops (unless
            `may_shrink`); says where and why, and nothing has changed.
    """
    now = clock()
    today = now.astimezone(TOKYO).date()
    records = await asyncio.to_thread(read_shops, path, today)
    async with sessions.begin() as session:
        known = await store.shop_ids(session, city.id)
        kept = len(known & {record.id for record in records})
        if len(known) >= FEW and kept * 2 < len(known) and not may_shrink:
            raise ImportRefused(
                f"{path}: lists {kept} of {len(known)} registered shops; is it cut off? Nothing has changed. "
                "If the file is right, import it with --may-shrink"
            )
        await store.replace_shops(session, city.id, records, now)
    log.info("shops_imported", municipality_id=city.id, shops=len(records))
    return records, tuple(record for record in records if today - record.checked_at > store.VALID_FOR)
