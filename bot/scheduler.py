"""The scheduler process: a few named jobs, one active process, others stand by.

APScheduler 3 keeps the jobs in PostgreSQL; each means "everything due and undone" and is safe to run twice.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field

import psycopg
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, make_url

from bot.app import Parts, open_parts, stop_on_signals
from core.db.engine import check_before_use
from core.logging import get_logger
from core.settings import Settings
from handoff.jobs import end_leases as end_unanswered
from handoff.jobs import say_waiting_word

log = get_logger()

# Held by the active scheduler; released by PostgreSQL itself when its connection ends.
LEADER_LOCK = 0x48454C51
STANDBY_S = 2.0
HEARTBEAT_S = 2.0
# No job has run for this long although one is due every few seconds: something hangs, start afresh.
SILENCE_LIMIT_S = 30.0
JOB_LIMIT_S = 60.0
JOBS_TABLE = "apscheduler_job"


@dataclass(slots=True)
class Running:
    """What the jobs, called by name from APScheduler's threads, need of this process."""

    parts: Parts
    loop: asyncio.AbstractEventLoop
    last_sign: float = field(default_factory=time.monotonic)


_running: Running | None = None


def waiting_word() -> None:
    """Say an honest word to everyone who waits too long for a person."""
    _run("handoff.waiting_word", lambda p: say_waiting_word(p.sessions, p.ring, p.texts, p.clock))


def end_leases() -> None:
    """Queue again the talks whose clinician has left the resident without an answer."""
    _run("handoff.end_leases", lambda p: end_unanswered(p.sessions, p.ring, p.texts, p.clock))


# Job id: the function APScheduler calls, by text reference and without arguments, every so many seconds.
JOBS = {
    "handoff.waiting_word": ("bot.scheduler:waiting_word", 5),
    "handoff.end_leases": ("bot.scheduler:end_leases", 15),
}


def _run(name: str, work: Callable[[Parts], Awaitable[int]]) -> None:
    """Run a job's work on the process's loop; called in one of APScheduler's threads."""
    assert _running is not None
    _running.last_sign = time.monotonic()
    future = asyncio.run_coroutine_threadsafe(_do(name, work, _running.parts), _running.loop)
    try:
        future.result(JOB_LIMIT_S)
    except FutureTimeoutError:
        future.cancel()
        log.error("job_timed_out", job=name)  # noqa: TRY400 - the stack says nothing


async def _do(name: str, work: Callable[[Parts], Awaitable[int]], parts: Parts) -> None:
    try:
        done = await work(parts)
    except Exception:
        log.exception("job_failed", job=name)
        return
    if done:
        log.info("job_done", job=name, count=done)


async def run_scheduler(settings: Settings) -> None:
    """Stand by until no other scheduler is active, then run the jobs until SIGTERM or loss of the lock."""
    global _running  # noqa: PLW0603 - jobs are found by text reference, so their process is module state
    stop = stop_on_signals()
    async with open_parts(settings, pool_size=5) as parts:
        connection = await _become_leader(settings, stop)
        if connection is None:
            return
        _running = Running(parts, asyncio.get_running_loop())
        publishing = asyncio.create_task(parts.signals.run())
        scheduler = await asyncio.to_thread(_start, settings)
        log.info("scheduler_active")
        try:
            await _watch(connection, stop, _running)
        finally:
            await asyncio.to_thread(scheduler.shutdown, wait=False)
            publishing.cancel()
            await connection.close()


async def _become_leader(settings: Settings, stop: asyncio.Event) -> psycopg.AsyncConnection | None:
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    connection = await psycopg.AsyncConnection.connect(
        url.render_as_string(hide_password=False),
        autocommit=True,
        connect_timeout=5,
        keepalives_idle=5,
        keepalives_interval=5,
        keepalives_count=2,
    )
    while not stop.is_set():
        cursor = await connection.execute("select pg_try_advisory_lock(%s)", [LEADER_LOCK])
        row = await cursor.fetchone()
        if row and row[0]:
            return connection
        try:
            await asyncio.wait_for(stop.wait(), STANDBY_S)
        except TimeoutError:
            continue
    await connection.close()
    return None


async def _watch(connection: psycopg.AsyncConnection, stop: asyncio.Event, running: Running) -> None:
    """Return at `stop`; end the process at once when the lock is lost or nothing moves any more."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(connection.execute("select 1"), HEARTBEAT_S)
        except (psycopg.Error, TimeoutError):
            _die("scheduler_lock_lost")
        if time.monotonic() - running.last_sign > SILENCE_LIMIT_S:
            _die("scheduler_silent")
        try:
            await asyncio.wait_for(stop.wait(), HEARTBEAT_S)
        except TimeoutError:
            continue


def _die(event: str) -> None:
    # Another scheduler may be active already: no orderly end, nothing more may run here.
    log.error(event)
    os._exit(1)


def _start(settings: Settings) -> BackgroundScheduler:
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=2, pool_use_lifo=True)
    check_before_use(engine)
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine, tablename=JOBS_TABLE)},
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for job in scheduler.get_jobs():
        if job.id not in JOBS:
            scheduler.remove_job(job.id)
    for name, (reference, seconds) in JOBS.items():
        scheduler.add_job(reference, "interval", seconds=seconds, id=name, replace_existing=True)
    scheduler.resume()
    return scheduler
