"""Import open data and shop lists into a running installation."""

from collections.abc import Sequence
from pathlib import Path

from bot.app import open_runtime
from core.errors import ConfigurationError
from core.settings import Settings
from facilities.importer import import_files, import_report
from shop import importer as shop_importer


async def import_facilities(
    settings: Settings, paths: Sequence[Path], city_id: str, *, may_shrink: bool = False
) -> str:
    """Import open-data files for one city; returns the report.

    Raises:
        ConfigurationError: the city is unknown.
        ImportRefused: a file is not usable, or would delete what is known; nothing has changed then.
    """
    async with open_runtime(settings, pool_size=3) as runtime:
        city = runtime.cities.get(city_id or settings.municipality)
        if city is None:
            raise ConfigurationError(f"no such city: {city_id}; known are {', '.join(runtime.cities)}")
        report = await import_files(runtime.sessions, paths, city, runtime.clock, may_shrink=may_shrink)
    return import_report(city, report)


async def import_shops(settings: Settings, path: Path, city_id: str, *, may_shrink: bool = False) -> str:
    """Replace the registered shops of one city by those of a file; return the report.

    Raises:
        ConfigurationError: the city is unknown.
        ImportRefused: something in the file is wrong, or it lists far fewer shops; nothing has changed.
    """
    async with open_runtime(settings, pool_size=2) as runtime:
        city = runtime.cities.get(city_id or settings.municipality)
        if city is None:
            raise ConfigurationError(f"no such city: {city_id}; known are {', '.join(runtime.cities)}")
        records, hidden = await shop_importer.import_shops(
            runtime.sessions, path, city, runtime.clock, may_shrink=may_shrink
        )
    counted = f"{city.name}: {len(records)} shops"
    old = (
        f"not shown, checked more than 12 months ago: {record.id} ({record.checked_at})" for record in hidden
    )
    return "\n".join([counted, *old])
