"""Run the scheduler process: a few named jobs, one active process, others stand by.

APScheduler 3 keeps the jobs in PostgreSQL; each does everything that is due and is safe to run twice.
"""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from functools import partial

import psycopg
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, make_url

import handoff.jobs
from bot.app import Runtime, open_runtime, stop_on_signals
from core.db.engine import check_before_use
from core.jobs import Job, JobContext
from core.logging import get_logger
from core.settings import Settings

log = get_logger()

# Held by the active scheduler; PostgreSQL releases it when the connection ends.
LEADER_LOCK = 0x48454C51
JOBS_TABLE = "apscheduler_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a scheduler waits, in seconds.

    `standby` lies between two attempts to become the active one, `heartbeat` between two looks at the lock. When no
    job has begun within `silence`, although one is due every few seconds, something hangs and the process ends to
    start afresh. A job that takes longer than `job` is cut off.
    """

    standby: float = 2.0
    heartbeat: float = 2.0
    silence: float = 30.0
    job: float = 60.0


LIMITS = Limits()


@dataclass(slots=True)
class RunningScheduler:
    """What jobs, called by name from APScheduler's threads, need of this process."""

    runtime: Runtime
    loop: asyncio.AbstractEventLoop
    limits: Limits
    last_sign: float = field(default_factory=time.monotonic)


_running: RunningScheduler | None = None


# By job id: the work, and its interval in seconds.
JOBS = {job.name: job for job in handoff.jobs.JOBS}


class _Runs:
    """Gives each job the name by which APScheduler's store finds it: a text reference without arguments."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        job = next((job for job in JOBS.values() if _attribute(job) == name), None)
        if job is None:
            raise AttributeError(name)
        return partial(_run, job)


RUNS = _Runs()


def _attribute(job: Job) -> str:
    return job.name.replace(".", "_")


def _run(job: Job) -> None:
    """Run a job's work on the process's loop; called in one of APScheduler's threads."""
    assert _running is not None
    _running.last_sign = time.monotonic()
    future = asyncio.run_coroutine_threadsafe(_do(job, _running.runtime), _running.loop)
    try:
        future.result(_running.limits.job)
    except FutureTimeoutError:
        future.cancel()
        log.error("job_timed_out", job=job.name)  # noqa: TRY400 - the stack says nothing


async def _do(job: Job, runtime: Runtime) -> None:
    context = JobContext(runtime.sessions, runtime.ring, runtime.texts, runtime.cities, runtime.clock)
    try:
        done = await job.work(context)
    except Exception:
        log.exception("job_failed", job=job.name)
        return
    if done:
        log.info("job_done", job=job.name, count=done)


async def run_scheduler(settings: Settings, limits: Limits = LIMITS) -> None:
    """Stand by until no other scheduler is active, then run the jobs until SIGTERM or loss of the lock."""
    global _running  # noqa: PLW0603 - jobs are found by text reference, so their process is module state
    stop = stop_on_signals()
    async with open_runtime(settings, pool_size=5) as runtime:
        connection = await _become_leader(settings, stop, limits)
        if connection is None:
            return
        _running = RunningScheduler(runtime, asyncio.get_running_loop(), limits)
        publishing = asyncio.create_task(runtime.signals.run())
        scheduler = await asyncio.to_thread(_start, settings)
        log.info("scheduler_active")
        try:
            await _watch(connection, stop, _running)
        finally:
            await asyncio.to_thread(scheduler.shutdown, wait=False)
            publishing.cancel()
            await connection.close()


async def _become_leader(
    settings: Settings, stop: asyncio.Event, limits: Limits = LIMITS
) -> psycopg.AsyncConnection | None:
    url = make_url(settings.database_url.get_secret_value())
    # In parts: libpq reads a `%` in a database's name otherwise than SQLAlchemy.
    address = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
    connection = await psycopg.AsyncConnection.connect(
        **address,
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
            await asyncio.wait_for(stop.wait(), limits.standby)
        except TimeoutError:
            continue
    await connection.close()
    return None


async def _watch(connection: psycopg.AsyncConnection, stop: asyncio.Event, running: RunningScheduler) -> None:
    """Return at `stop`; end the process at once when the lock is lost or the jobs hang."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(connection.execute("select 1"), running.limits.heartbeat)
        except (psycopg.Error, TimeoutError):
            _die("scheduler_lock_lost")
        if time.monotonic() - running.last_sign > running.limits.silence:
            _die("scheduler_silent")
        try:
            await asyncio.wait_for(stop.wait(), running.limits.heartbeat)
        except TimeoutError:
            continue


def _die(event: str) -> None:
    # Another scheduler may be active already: nothing more may run here, not even an orderly end.
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
    # Each start stores its own jobs: those of another release may refer to functions that this one does not have.
    scheduler.remove_all_jobs()
    for name, job in JOBS.items():
        reference = f"{__name__}:RUNS.{_attribute(job)}"
        scheduler.add_job(reference, "interval", seconds=job.every_s, id=name, replace_existing=True)
    scheduler.resume()
    return scheduler
