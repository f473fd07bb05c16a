"""The scheduler: one is active, another takes over, and whatever hangs ends soon enough."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.processes.scheduler import LEADER_LOCK
from bot.up.child import Child, guarded_command
from core.settings import Settings
from tests.harness.children import ROOT
from tests.harness.processes import environment_of
from tests.up.conftest import wait_until

HOLDER = text(
    "select pid from pg_locks where locktype = 'advisory' and granted and objid = :lock"
    " and database = (select oid from pg_database where datname = current_database())"
)
# Who has asked for the lock last and not got it.
STANDING_BY = text(
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()"
)
SMALL = {"standby": 0.1, "heartbeat": 0.2}
# Seconds for a process to start on a busy machine.
START_LIMIT_S = 60.0


@dataclass(frozen=True)
class Scheduler:
    """A scheduler process of a test, what its jobs noted and what it logged."""

    process: subprocess.Popen[bytes]
    notes: Path
    log: Path

    def noted(self) -> list[str]:
        return self.notes.read_text().split() if self.notes.exists() else []

    def logged(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def is_at_work(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return bool(self.noted())


Start = Callable[..., Scheduler]


@pytest.fixture
def start(settings: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts schedulers with the jobs and limits that a test names, and ends them."""
    # One for all of these tests: compiling takes longer than they do.
    bytecode = {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.getbasetemp() / "bytecode")}
    started: list[Scheduler] = []

    def begin(*jobs: str, **limits: float) -> Scheduler:
        notes, log = (tmp_path / f"{len(started)}.{kind}" for kind in ("notes", "log"))
        arguments = (str(notes), json.dumps(SMALL | limits), *jobs)
        child = Child(
            name="scheduler",
            label="scheduler",
            command=(sys.executable, "-m", "tests.processes.small_scheduler", *arguments),
            environment=environment_of(settings) | bytecode,
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                guarded_command(child), cwd=ROOT, env=dict(child.environment), stdout=output, stderr=output
            )
        started.append(Scheduler(process, notes, log))
        return started[-1]

    yield begin
    for scheduler in started:
        scheduler.process.kill()
        scheduler.process.wait()


@pytest.fixture
def connection(app_url: str) -> Iterator[Connection]:
    engine = create_engine(app_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def holder(connection: Connection) -> int | None:
    return connection.scalar(HOLDER, {"lock": LEADER_LOCK})


def test_a_stand_by_takes_over_when_the_active_scheduler_is_killed(
    start: Start, connection: Connection
) -> None:
    first = start("tick")
    wait_until(first.is_at_work, START_LIMIT_S)
    second = start("tick")
    wait_until(lambda: connection.scalar(STANDING_BY), START_LIMIT_S)
    time.sleep(1.5)  # one turn of a job that comes every second: it would have run by now
    assert second.noted() == []
    assert second.logged("scheduler_active") == []
    first.process.send_signal(signal.SIGKILL)
    wait_until(second.is_at_work, START_LIMIT_S)
    assert second.logged("scheduler_active")


def test_a_lost_lock_ends_the_jobs_at_once(start: Start, connection: Connection) -> None:
    scheduler = start("busy")
    wait_until(scheduler.is_at_work, START_LIMIT_S)
    assert connection.scalar(text("select pg_terminate_backend(:pid)"), {"pid": holder(connection)})
    # In the middle of a job that would have gone on for a minute: another scheduler may be at it already.
    assert scheduler.process.wait(10.0) == 1
    assert scheduler.logged("scheduler_lock_lost")


def test_a_scheduler_in_which_no_job_begins_any_more_ends_to_start_afresh(start: Start, app_url: str) -> None:
    scheduler = start("tick", silence=6.0)
    wait_until(scheduler.is_at_work, START_LIMIT_S)
    engine = create_engine(app_url)
    with engine.begin() as locking:
        # APScheduler waits here for its own table: its thread hangs, and only the clock can tell.
        locking.execute(text("lock table apscheduler_job in access exclusive mode"))
        assert scheduler.process.wait(30.0) == 1
    engine.dispose()
    assert scheduler.logged("scheduler_silent")


def test_a_job_that_times_out_is_logged_and_the_next_runs(start: Start, connection: Connection) -> None:
    scheduler = start("stuck", "tick", job=0.5)
    wait_until(lambda: scheduler.is_at_work() and scheduler.noted().count("stuck") > 1, START_LIMIT_S)
    (line, *_) = scheduler.logged("job_timed_out")
    assert line["job"] == "stuck"
    assert "tick" in scheduler.noted()[scheduler.noted().index("stuck") :]
    scheduler.process.send_signal(signal.SIGTERM)
    assert scheduler.process.wait(10.0) == 0
    assert holder(connection) is None
