"""Test that the embedded servers survive kills, stale pid files, taken ports and moved folders."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from bot.up.account import server_account
from bot.up.data_location import find_place
from bot.up.processes import is_running, living_in
from bot.up.test_servers import servers
from tests.up.conftest import wait_until

ROOT = Path(__file__).parent.parent.parent


class Lone:
    """A process that runs the servers alone and tells about them."""

    def __init__(self, state_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.up.lone_servers", str(state_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        heard: dict[str, Any] = json.loads(line)
        return heard

    def end(self) -> str:
        """Let it finish; return what it said on standard error."""
        with suppress(subprocess.TimeoutExpired):
            return self.process.communicate("", timeout=20)[1]
        self.process.kill()
        return self.process.communicate()[1]


@contextmanager
def lone(state_dir: Path) -> Iterator[Lone]:
    running = Lone(state_dir)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()
        for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
            if stream:
                with suppress(OSError):
                    stream.close()


def remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])


def words(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select word from words order by word").fetchall()]


def test_data_and_addresses_are_the_same_after_a_clean_end(state_dir: Path) -> None:
    with lone(state_dir) as first:
        facts = first.hear()
        remember(facts["owner_url"], "ひとつ")
        assert first.end() == ""
    assert not is_running(facts["postgres"])
    assert not is_running(facts["valkey"])
    with lone(state_dir) as second:
        again = second.hear()
        assert again["app_url"] == facts["app_url"]
        assert words(again["owner_url"]) == ["ひとつ"]


def test_a_second_one_on_the_same_folder_says_in_one_line_who_holds_it(state_dir: Path) -> None:
    with lone(state_dir) as first:
        first.hear()
        with lone(state_dir) as second:
            error = second.end()
        line = next(line for line in error.splitlines() if "CannotStart:" in line)
        assert f"プロセス {first.process.pid}（" in line
        assert "HELPO_STATE_DIR" in line


def test_a_killed_postgres_is_back_on_the_same_data_and_it_is_said(state_dir: Path) -> None:
    with lone(state_dir) as running:
        facts = running.hear()
        remember(facts["owner_url"], "消えない")
        os.kill(facts["postgres"], signal.SIGKILL)
        assert "SIGKILL" in running.hear()["said"]
        wait_until(lambda: connects(facts["owner_url"]), limit_s=15)
        assert words(facts["owner_url"]) == ["消えない"]


def test_a_killed_and_a_frozen_valkey_are_looked_after(state_dir: Path) -> None:
    with lone(state_dir) as running:
        facts = running.hear()
        os.kill(facts["valkey"], signal.SIGKILL)
        assert "Valkey" in running.hear()["said"]
        wait_until(lambda: pings(facts["redis_url"]), limit_s=15)
        frozen = next(iter(living_in(Path(facts["folder"]) / "valkey")))
        os.kill(frozen, signal.SIGSTOP)
        running.end()
        assert not is_running(frozen)


def test_killing_the_supervisor_leaves_no_server_and_the_next_start_works(state_dir: Path) -> None:
    with lone(state_dir) as first:
        facts = first.hear()
        remember(facts["owner_url"], "残る")
        first.process.kill()
        first.process.wait()
        folder = Path(facts["folder"])
        wait_until(lambda: not living_in(folder / "postgres") and not living_in(folder / "valkey"))
    with lone(state_dir) as second:
        assert words(second.hear()["owner_url"]) == ["残る"]


def test_a_start_right_after_everything_was_killed_works(state_dir: Path) -> None:
    with lone(state_dir) as first:
        facts = first.hear()
        remember(facts["owner_url"], "残る")
        for pid in (first.process.pid, facts["postgres"], facts["valkey"]):
            os.kill(pid, signal.SIGKILL)
        with lone(state_dir) as second:
            first.process.wait()
            assert words(second.hear()["owner_url"]) == ["残る"]


def test_a_pid_file_that_names_a_strangers_process_does_not_stop_the_start(state_dir: Path) -> None:
    with lone(state_dir) as first:
        facts = first.hear()
        remember(facts["owner_url"], "残る")
        for pid in (facts["postgres"], first.process.pid):
            os.kill(pid, signal.SIGKILL)
        first.process.wait()
    data = Path(facts["folder"]) / "postgres"
    wait_until(lambda: not living_in(data))
    # PostgreSQL would believe that this process, which is not its parent, is the old server.
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = data / "postmaster.pid"
        pid_file.write_text("\n".join([str(stranger.pid), *pid_file.read_text().splitlines()[1:]]) + "\n")
        with lone(state_dir) as second:
            assert "owner_url" in second.hear()
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_taken_meanwhile_is_chosen_anew(state_dir: Path) -> None:
    with lone(state_dir) as first:
        facts = first.hear()
    port = int(facts["app_url"].rpartition(":")[2].partition("/")[0])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with lone(state_dir) as second:
            assert connects(second.hear()["app_url"])


def test_data_without_its_secrets_is_refused_in_one_line(state_dir: Path) -> None:
    with lone(state_dir) as first:
        first.hear()
    (state_dir / "secrets.env").unlink()
    with lone(state_dir) as second:
        error = second.end()
    assert "secrets.env に HELPO_ENCRYPTION_KEYS がありません" in error.splitlines()[-1]


def test_a_broken_data_folder_is_refused_in_one_line(state_dir: Path) -> None:
    with lone(state_dir) as first:
        data = Path(first.hear()["folder"]) / "postgres"
    (data / "PG_VERSION").unlink()
    with lone(state_dir) as second:
        error = second.end()
    assert "壊れています" in error.splitlines()[-1]


@pytest.mark.skipif(os.geteuid() != 0, reason="what root does for its servers")
def test_root_runs_the_servers_as_somebody_else_and_changes_no_permission_outside(
    tmp_path: Path, state_dir: Path
) -> None:
    tmp_path.chmod(0o700)
    before = {path: path.stat().st_mode for path in (tmp_path, *tmp_path.parents)}
    with lone(state_dir) as running:
        facts = running.hear()
        folder = Path(facts["folder"])
        assert not folder.is_relative_to(tmp_path)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        owners: set[int] = set()
        for pid in living_in(folder / "postgres"):
            with contextlib.suppress(FileNotFoundError):  # PostgreSQL's own workers come and go
                owners.add(Path(f"/proc/{pid}").stat().st_uid)
        assert owners == {folder.stat().st_uid}
        assert 0 not in owners
    assert {path: path.stat().st_mode for path in before} == before
    assert stat.S_IMODE((state_dir / "secrets.env").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps data outside")
def test_data_kept_outside_follows_a_moved_folder_and_a_deleted_folder_starts_afresh(state_dir: Path) -> None:
    state_dir.mkdir()
    account = server_account()
    state_dir.parent.chmod(0o700)
    first = find_place(state_dir).folder
    moved = state_dir.rename(state_dir.with_name("moved"))
    assert find_place(moved).folder == first
    state_dir.mkdir()
    second = find_place(state_dir).folder
    assert second != first
    assert find_place(moved).folder == first
    assert first.stat().st_uid == account.uid
    for folder in (first, second):
        shutil.rmtree(folder)


def test_servers_for_tests_start_empty_with_both_roles_and_leave_nothing(tmp_path: Path) -> None:
    with servers(tmp_path / "first") as found:
        owner, app = (url.replace("+psycopg", "") for url in (found.owner_url, found.app_url))
        remember(owner, "x")
        assert connects(app)
        assert pings(found.redis_url)
        with psycopg.connect(owner) as connection:
            assert connection.execute("show jit").fetchone() == ("off",)
            folder = connection.execute(
                "select datlocale from pg_database where datname = 'helpo'"
            ).fetchone()
            assert folder == ("C.UTF-8",)
    assert not connects(owner)
    assert list((tmp_path / "first").iterdir()) == []


def connects(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def pings(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
