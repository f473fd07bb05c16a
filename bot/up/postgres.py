"""Run the embedded PostgreSQL, without the wheel's own manager."""

import os
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bot.up.child import Child
from bot.up.data_location import DataLocation
from bot.up.errors import CannotStart
from bot.up.processes import command_line, is_running
from bot.up.server import SERVER_STAGE, end_orphans

SUPERUSER, OWNER, APP, DATABASE = "postgres", "helpo_owner", "helpo_app", "helpo"
MAJOR_VERSION = "18"
LOCALE = "C.UTF-8"
SOCKET_PATH_LIMIT = 90  # bytes; the kernel takes 107 for folder and file name together

# For 2 cores and 24 GiB shared with everything else; a smaller machine never uses all of shared_buffers.
MEMORY = {
    "shared_buffers": "1GB",
    "effective_cache_size": "8GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    # Keeps recovery after a kill within seconds.
    "max_wal_size": "2GB",
}
SMALL_MEMORY = {"shared_buffers": "128MB"}
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and rows hold residents' data; the log contains only the error.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """The passwords of the three roles."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    app: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Postgres:
    """One cluster in `place`; `fsync` is off for tests only."""

    place: DataLocation
    passwords: Passwords
    port: int = 0
    fsync: bool = True
    name: str = "postgres"
    label: str = "PostgreSQL"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.place.folder / "postgres"

    def url(self, role: str, *, driver: str = "postgresql+psycopg", database: str = DATABASE) -> str:
        """Return the address `role` connects to; passwords are made of letters and digits."""
        known = {SUPERUSER: self.passwords.superuser, OWNER: self.passwords.owner, APP: self.passwords.app}
        return f"{driver}://{role}:{known[role]}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Create the cluster if missing; end servers that an earlier start left running in it.

        Raises:
            CannotStart: the cluster is of another version or cannot be made.
        """
        if self.data.exists():
            self._check_version()
            self._clear_the_way()
        else:
            self._initdb()

    def child(self) -> Child:
        """Return the process to run: SIGINT asks for a fast, clean shutdown."""
        options = ALWAYS | (MEMORY if self.fsync else SMALL_MEMORY | CARELESS)
        options |= {"port": str(self.port), "unix_socket_directories": self._socket_folder()}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return Child(
            name=self.name,
            label=self.label,
            command=(str(self.place.postgres_bin / "postgres"), "-D", str(self.data), *arguments),
            environment=_environment(),
            stage=SERVER_STAGE,
            account=self.place.account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            grace_s=6.0,
            before_start=self._clear_the_way,
        )

    def answers(self) -> bool:
        """Whether a client can connect and query."""
        try:
            with self._connect() as connection:
                connection.execute("select 1")
        except psycopg.OperationalError as exc:
            # A wrong password does not become right by waiting.
            if "password authentication failed" in str(exc):
                raise CannotStart(
                    "データベースのパスワードが合いません。secrets.env を、このデータベースを作ったときのものに戻してください。"
                ) from exc
            return False
        return True

    def create_roles(self) -> None:
        """Create roles and database where missing, and set the roles' passwords to the present ones."""
        with self._connect() as connection:
            for role, password in ((OWNER, self.passwords.owner), (APP, self.passwords.app)):
                known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
                statement = "alter role {} login password {}" if known else "create role {} login password {}"
                connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(password)))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                create = sql.SQL("create database {} owner {}")
                connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        address = self.url(SUPERUSER, driver="postgresql", database="postgres")
        return psycopg.connect(address, connect_timeout=2, autocommit=True)

    def _socket_folder(self) -> str:
        folder = self.place.folder / "s"
        if len(os.fsencode(folder)) > SOCKET_PATH_LIMIT:
            return ""
        return str(self.place.subfolder("s"))

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except OSError:
            raise CannotStart(
                f"データベース {self.data} が壊れています（PG_VERSION がありません）。"
                "バックアップから戻すか、このフォルダーを別の名前に変えて初めからやり直してください。"
            ) from None
        if found != MAJOR_VERSION:
            raise CannotStart(
                f"データベースは PostgreSQL {found} のものですが、ここにあるのは {MAJOR_VERSION} です。"
                "以前の版の HELPO で helpo backup を行い、新しい版で helpo restore してください。"
            )

    def _clear_the_way(self) -> None:
        end_orphans(self.data, self.label, gently=signal.SIGINT, patience_s=6.0)
        # No server works in the data folder any more. PostgreSQL would take a process that has its old number
        # now, or a zombie, for itself and refuse to start; the file of one that is gone it removes by itself,
        # and better: it also looks for users of the old shared memory.
        pid_file = self.data / "postmaster.pid"
        if _names_running_stranger(pid_file):
            pid_file.unlink()
        for lock_file in (self.place.folder / "s").glob(".s.PGSQL.*"):
            lock_file.unlink()

    def _initdb(self) -> None:
        """Create the cluster under another name, then rename it: a broken attempt never counts as one."""
        fresh = self.place.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.place.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.passwords.superuser + "\n", encoding="ascii")
        self.place.account.give(password_file)
        options = [
            "--locale-provider=builtin",
            f"--locale={LOCALE}",
            "--encoding=UTF8",
            "--auth=scram-sha-256",
        ]
        command = [str(self.place.postgres_bin / "initdb"), "-D", str(fresh), "-U", SUPERUSER, *options]
        command += [f"--pwfile={password_file}", "--no-instructions", *([] if self.fsync else ["--no-sync"])]
        try:
            done = self.place.account.run(command, environment=_environment())
        finally:
            password_file.unlink()
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise CannotStart(f"データベースを作れません（空き容量と権限を確かめてください）: {reason}")
        fresh.rename(self.data)


def _names_running_stranger(pid_file: Path) -> bool:
    try:
        pid = int(pid_file.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return False
    return is_running(pid) and str(pid_file.parent) not in command_line(pid)


def _environment() -> dict[str, str]:
    return {"LC_ALL": LOCALE, "TZ": "UTC", "PATH": os.defpath}
