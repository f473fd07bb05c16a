"""Measure facilities.import and facilities.search on a slice of an invented nation, beside COPY and SQL."""

import asyncio
import random
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import CITY
from bot.bench.national_dataset import DEPARTMENT_ROWS, NATION, Size, write_nation
from bot.bench.process import CannotMeasure
from bot.bench.result import Measurement
from bot.bench.statistics import quantile
from core.clock import TOKYO, system_clock
from core.db.engine import Sessions, make_engine, make_sessions
from core.municipalities import Municipality
from facilities.importer import import_files
from facilities.model import Wanted
from facilities.service import search

SHARE = 0.05
# Budget: the whole nation within five minutes (design 6).
NATIONAL_S = 300.0
MEMORY_MB = 500.0
SEARCHES = 300
MONDAY = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
_TABLES = {
    "facility": "id, municipality_id, kind, name, name_kana, address, latitude, longitude, url, open_days, open_weeks,"
    " other_closed, data_date, imported_at",
    "facility_department": "facility_id, code, name, times, reception",
}
NEAREST = """
    select f.id, f.name, f.address, f.latitude, f.longitude, f.open_days, f.open_weeks, d.name, d.times, d.reception
    from (
        select * from facility f
        where latitude is not null and municipality_id = %(city)s
        and point(longitude, latitude) <@ box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))
        and (
            select id from facility_department d where d.facility_id = f.id and d.name = any(%(departments)s) limit 1
        ) is not null
        order by point(longitude, latitude) <-> point(%(longitude)s, %(latitude)s) limit 16
    ) f join facility_department d on d.facility_id = f.id
"""


@dataclass(frozen=True, slots=True)
class _Nation:
    """The files, the database, and the city: one without districts takes places anywhere."""

    folder: Path
    size: Size
    sessions: Sessions
    url: str
    city: Municipality


async def facilities_import(bench: BenchEnvironment) -> Measurement:
    """Import the slice; the baseline copies the same rows, already read, into empty tables."""
    async with _nation(bench) as nation:
        began = time.monotonic()
        await _imported(nation)
        took = time.monotonic() - began
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sample_s = await _sample_s(bench, nation)
        bare_s = await asyncio.to_thread(_copied, nation.url)
    rows = nation.size.facilities + nation.size.rows
    return Measurement(
        value=rows / took,
        baseline=rows / bare_s,
        keeps=memory_mb <= MEMORY_MB,
        extra={
            "national_s": (NATION + DEPARTMENT_ROWS) / (rows / took),
            "memory_mb": memory_mb,
            "sample_s": sample_s,
            "note": f"{nation.size.facilities} facilities, {nation.size.rows} rows of hours",
        },
    )


async def facilities_search(bench: BenchEnvironment) -> Measurement:
    """Search all over the slice, with and without a time; the baseline is one statement a search."""
    async with _nation(bench) as nation:
        await _imported(nation)
        await asyncio.to_thread(_analysed, nation.url)
        dice = random.Random(2)  # noqa: S311 - figures, no secrets
        places = [(dice.uniform(31.5, 43.0), dice.uniform(131.0, 141.0)) for _ in range(SEARCHES)]
        plain = await _looked(nation, places, "")
        open_now = await _looked(nation, places, "now")
        bare = await asyncio.to_thread(_queried, nation, places)
    return Measurement(
        value=quantile([*plain, *open_now], 0.95),
        baseline=quantile(bare, 0.95),
        extra={
            "p50": quantile([*plain, *open_now], 0.5),
            "p95_open_now": quantile(open_now, 0.95),
            "note": f"{nation.size.facilities} facilities",
        },
    )


@asynccontextmanager
async def _nation(bench: BenchEnvironment) -> AsyncIterator[_Nation]:
    folder = bench.scratch / "nation"
    folder.mkdir(exist_ok=True)
    size = await asyncio.to_thread(write_nation, folder, SHARE)
    with bench.database() as environment:
        engine = make_engine(environment["DATABASE_URL"], pool_size=2)
        url = make_url(environment["DATABASE_OWNER_URL"]).set(drivername="postgresql")
        city = bench.cities[CITY].model_copy(update={"districts": ()})
        yield _Nation(folder, size, make_sessions(engine), url.render_as_string(hide_password=False), city)
        await engine.dispose()


async def _imported(nation: _Nation) -> None:
    report = await import_files(nation.sessions, [nation.folder], nation.city, system_clock)
    if report.left_out or report.facilities != nation.size.facilities:
        raise CannotMeasure(f"{report.facilities} of {nation.size.facilities} facilities were imported")


async def _sample_s(bench: BenchEnvironment, nation: _Nation) -> float:
    """Import the sample for the invented neighbour, which has nothing of the slice; return seconds."""
    sample = Path("data", "facilities", "sample")
    began = time.monotonic()
    await import_files(nation.sessions, [sample], bench.cities["demo-kitahama"], system_clock)
    return time.monotonic() - began


def _analysed(url: str) -> None:
    """Analyse the tables, as autovacuum does within a minute or two of an import."""
    with psycopg.connect(url) as connection:
        connection.execute("analyze facility, facility_department")


def _copied(url: str) -> float:
    """Copy all rows out, empty the tables, and copy them in again; return the seconds of the last step."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        kept: dict[str, list[bytes]] = {}
        for table, columns in _TABLES.items():
            with cursor.copy(f"copy {table} ({columns}) to stdout") as copy:
                kept[table] = [bytes(data) for data in copy]
        cursor.execute("truncate facility cascade")
        began = time.monotonic()
        for table, columns in _TABLES.items():
            with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
                for data in kept[table]:
                    copy.write(data)
        connection.commit()
        return time.monotonic() - began


async def _looked(nation: _Nation, places: list[tuple[float, float]], when: str) -> list[float]:
    took = []
    async with nation.sessions() as session:
        for latitude, longitude in places:
            wanted = Wanted(latitude=latitude, longitude=longitude, department="内科", when=when)
            began = time.perf_counter()
            await search(session, nation.city, wanted, MONDAY)
            took.append((time.perf_counter() - began) * 1000)
    return took


def _queried(nation: _Nation, places: list[tuple[float, float]]) -> list[float]:
    took = []
    with psycopg.connect(nation.url) as connection:
        for latitude, longitude in places:
            asked = {
                "city": nation.city.id,
                "latitude": latitude,
                "longitude": longitude,
                "south": latitude - 0.36,
                "north": latitude + 0.36,
                "west": longitude - 0.45,
                "east": longitude + 0.45,
                "departments": ["内科"],
            }
            began = time.perf_counter()
            connection.execute(NEAREST, asked).fetchall()
            took.append((time.perf_counter() - began) * 1000)
    return took
