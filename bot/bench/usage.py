"""Read what an installation has used so far: processor time by part, and its database's work.

Everything is read from outside (`/proc`, PostgreSQL's own counters), so that any release can be measured.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bot.bench.full_installation import Whole
from bot.bench.process import CannotMeasure
from bot.up import credentials
from bot.up.env_file import with_running
from bot.up.postgres import SUPERUSER
from bot.up.processes import PROC

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
# Indices after the name in /proc/PID/stat: user and system time, its own and that of reaped children.
TIMES = slice(11, 15)
# By words in the command line; the rest is `helpo up` itself.
PARTS: Mapping[str, str] = {
    "-m bot web --part intake": "intake",
    "-m bot web": "pages",
    "-m bot worker": "worker",
    "-m bot scheduler": "scheduler",
    "-m bot simulator": "simulator",
    "-m nlu": "rasa",
    "postgres": "postgres",
    "valkey": "valkey",
}
# Not part of HELPO's cost: LINE's simulator, and Rasa.
APART = frozenset({"simulator", "rasa"})
# A busy backend reports its counters within a second, an idle one within ten.
TELLS_WITHIN_S = 11.0
RELOADS_WITHIN_S = 1.0
COUNTERS = """
    select sum(xact_commit), sum(tup_returned + tup_fetched) from pg_stat_database where datname is not null
"""
# The prefix of one execution in the log; so BEGIN and COMMIT are counted too.
STATEMENT = (b"LOG:  execute ", b"LOG:  statement: ")


@dataclass(frozen=True, slots=True)
class Counted:
    """The database's counters, in commits and rows read."""

    commits: float
    rows: float

    def since(self, earlier: "Counted") -> "Counted":
        """Return the difference to earlier counters."""
        return Counted(self.commits - earlier.commits, self.rows - earlier.rows)

    def a_second(self, seconds: float) -> "Counted":
        """Return the counters a second."""
        return Counted(self.commits / seconds, self.rows / seconds)


def processor_ms(whole: Whole) -> dict[str, float]:
    """Return milliseconds of processor time (user and system) by part since its start."""
    found = dict.fromkeys([*PARTS.values(), "up"], 0.0)
    for pid, command in whole.pids().items():
        name = next((part for words, part in PARTS.items() if words in command), "up")
        found[name] += ticks_ms(pid)
    return found


def own_ms(used: Mapping[str, float]) -> float:
    """Return the processor time of our own parts and servers."""
    return sum(ms for part, ms in used.items() if part not in APART)


def used_since(whole: Whole, earlier: Mapping[str, float]) -> dict[str, float]:
    """Return processor time by part since `earlier`."""
    return {part: ms - earlier[part] for part, ms in processor_ms(whole).items()}


def ticks_ms(pid: int) -> float:
    """Return the milliseconds that a process and its reaped children have used; 0 when it is gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[TIMES]) * TICK_MS


class Database:
    """The database of an installation, seen by its superuser."""

    def __init__(self, whole: Whole) -> None:
        state_dir = Path(whole.environment["HELPO_STATE_DIR"])
        url = with_running(whole.environment).get("DATABASE_URL")
        if url is None:
            raise CannotMeasure("the installation does not say where its database is")
        secrets = credentials.read(state_dir / "secrets.env")
        address = make_url(url).set(
            drivername="postgresql", username=SUPERUSER, password=secrets[credentials.SUPERUSER_PASSWORD]
        )
        self._address = address.set(database="postgres").render_as_string(hide_password=False)
        self._data = make_url(url).database
        self._log = state_dir / "log" / "postgres.log"

    async def counted(self) -> Counted:
        """Return the counters; the last seconds may be missing."""
        async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
            found = await (await connection.execute(COUNTERS)).fetchone()
        assert found is not None
        return Counted(float(found[0]), float(found[1]))

    async def waiting(self) -> int:
        """Return how many events wait to be served, and rows to be sent."""
        address = make_url(self._address).set(database=self._data).render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            cursor = await connection.execute(
                "select (select count(*) from line_event where outcome is null)"
                " + (select count(*) from outbox where status in ('queued', 'sending'))"
            )
            found = await cursor.fetchone()
        assert found is not None
        return int(found[0])

    async def log_statements(self, *, on: bool) -> int:
        """Switch the logging of statements on or off; return the log's length in bytes."""
        async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
            for setting, value in {
                "log_statement": "all" if on else "none",
                # Values that are written or read stay out of the log.
                "log_parameter_max_length": "0",
            }.items():
                await connection.execute(f"alter system set {setting} = '{value}'")
            await connection.execute("select pg_reload_conf()")
        await asyncio.sleep(RELOADS_WITHIN_S)
        return self.log_length()

    def log_length(self) -> int:
        """Return the length of the log (bytes)."""
        return self._log.stat().st_size

    def statements(self, begin: int, end: int) -> int:
        """Count the statements in the log between two lengths."""
        with self._log.open("rb") as log:
            log.seek(begin)
            return sum(any(mark in line for mark in STATEMENT) for line in log.read(end - begin).splitlines())
