"""Run real PostgreSQL and Valkey for a run of tests; they are deleted at its end."""

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.up.child import Child, guarded_command, signal_group
from bot.up.data_location import DataLocation, throwaway_place
from bot.up.errors import CannotStart
from bot.up.logfile import open_log, telling_line
from bot.up.ports import any_free
from bot.up.postgres import APP, OWNER, SUPERUSER, Passwords, Postgres
from bot.up.server import DataServer
from bot.up.valkey import Valkey

START_LIMIT_S = 30.0
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses; `superuser_url` may create databases from a template."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    superuser_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@contextmanager
def servers(state_dir: Path, *, fsync: bool = False) -> Iterator[Servers]:
    """Run both servers until the block ends; an empty database and both roles are there.

    Each call has its own cluster, so test runs side by side do not meet. Call it from the main
    thread: the servers die with the thread that started them.

    Raises:
        CannotStart: a server cannot be started; says its last line.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    place = throwaway_place(state_dir)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, place.folder, ignore_errors=True)
        passwords = Passwords(superuser=_password(), owner=_password(), app=_password())
        postgres = Postgres(place=place, passwords=passwords, fsync=fsync)
        valkey = Valkey(place=place, password=_password())
        for server in (postgres, valkey):
            stack.enter_context(_running(server, place))
        postgres.create_roles()
        yield Servers(
            owner_url=postgres.url(OWNER),
            app_url=postgres.url(APP),
            superuser_url=postgres.url(SUPERUSER, database="postgres"),
            redis_url=valkey.url,
        )


@contextmanager
def _running(server: Postgres | Valkey, place: DataLocation) -> Iterator[None]:
    server.prepare()
    server.port = any_free()
    child = server.child()
    log = place.folder / f"{server.name}.log"
    with open_log(log) as file:
        process = subprocess.Popen(  # noqa: S603  no shell, no outside words
            guarded_command(child),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=dict(child.environment),
            start_new_session=True,
        )
    try:
        _await(server, process, log)
        yield
    finally:
        _stop(process, child)


def _await(server: DataServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not server.answers():
        try:
            process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
        raise CannotStart(f"{server.label} が起動しません: {telling_line(log)}")


def _stop(process: subprocess.Popen[bytes], child: Child) -> None:
    process.send_signal(child.stop_signal)
    try:
        process.wait(child.grace_s)
    except subprocess.TimeoutExpired:
        signal_group(process.pid, 9)
        process.wait()


def _password() -> str:
    return secrets.token_hex(16)
