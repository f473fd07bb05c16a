"""Test the children of `helpo up`: kept running, stopped in order, no process left behind."""

import asyncio
import itertools
import os
import signal
import time
from pathlib import Path

import pytest

from bot.up import logfile
from bot.up import supervisor as supervisor_module
from bot.up.errors import CannotStart
from bot.up.processes import is_running
from tests.up.conftest import script, supervising, until

STAY = "import time\nwhile True: time.sleep(1)"


async def always() -> bool:
    return True


async def test_a_child_that_dies_is_started_again_after_growing_pauses_and_it_is_said(
    tmp_path: Path, said: list[str]
) -> None:
    beats = tmp_path / "beats"
    code = (
        f"import time\nopen({str(beats)!r}, 'a').write(f'{{time.monotonic()}}\\n')\nprint('no luck')\nexit(7)"
    )
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("clumsy", code))
        await until(lambda: beats.exists() and len(beats.read_text().split()) >= 4)
    times = [float(line) for line in beats.read_text().split()]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4
    assert pauses[2] >= 0.8
    assert "終了コード 7" in said[0]
    assert "no luck" in said[0]


async def test_a_child_set_up_wrongly_is_not_tried_again_and_its_last_line_is_shown(
    tmp_path: Path, said: list[str]
) -> None:
    runs = tmp_path / "runs"
    code = f"open({str(runs)!r}, 'a').write('x')\nprint('DATABASE_URL is not set')\nexit(2)"
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("wrong", code))
        with pytest.raises(CannotStart, match="DATABASE_URL is not set"):
            await supervisor.ready("wrong", never, within_s=10)
        await asyncio.sleep(0.5)  # more than the first pause: a second try would show
    assert runs.read_text() == "x"
    assert "設定の誤り" in said[0]


async def never() -> bool:
    return False


async def test_waiting_for_a_child_that_never_serves_ends_in_one_clear_line(
    tmp_path: Path, said: list[str]
) -> None:
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("silent", "print('still thinking', flush=True)\n" + STAY))
        with pytest.raises(CannotStart, match="still thinking"):
            await supervisor.ready("silent", never, within_s=1.5)


async def test_higher_stages_stop_before_lower_ones(tmp_path: Path, said: list[str]) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    open({str(order)!r}, 'a').write(sys.argv[1]); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"open({str(tmp_path)!r} + '/up' + sys.argv[1], 'w')\n" + STAY
    )
    async with supervising(tmp_path, said) as supervisor:
        for stage in (0, 1, 2):
            supervisor.start(script(f"s{stage}", code.replace("sys.argv[1]", f"'{stage}'"), stage=stage))
        await until(lambda: all((tmp_path / f"up{stage}").exists() for stage in (0, 1, 2)))
    assert order.read_text() == "210"
    assert said == []


async def test_a_child_that_will_not_end_is_killed_with_what_it_started(
    tmp_path: Path, said: list[str]
) -> None:
    pids = tmp_path / "pids"
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code = (
        f"import os\n{stubborn}child = os.fork()\n"
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}} ')\n" + STAY
    )
    started = time.monotonic()
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("stubborn", code, grace_s=0.5))
        await until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    await until(lambda: not any(is_running(int(pid)) for pid in pids.read_text().split()))


async def test_a_grandchild_left_by_a_dead_child_is_gone_before_the_next_life(
    tmp_path: Path, said: list[str]
) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys\n"
        f"left = subprocess.Popen([sys.executable, '-c', {STAY!r}])\n"
        f"open({str(pids)!r}, 'a').write(f'{{left.pid}}\\n')\nos._exit(1)"
    )
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("careless", code))
        await until(lambda: pids.exists() and len(pids.read_text().split()) >= 2)
        first = int(pids.read_text().split()[0])
        await until(lambda: not is_running(first))


async def test_a_second_ctrl_c_does_not_wait_for_grace(tmp_path: Path, said: list[str]) -> None:
    ready = tmp_path / "ready"
    code = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen({str(ready)!r}, 'w')\n" + STAY
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("slow", code, grace_s=60))
        await until(ready.exists)
        asyncio.get_running_loop().call_later(0.2, supervisor.hurry)
        started = time.monotonic()
        await supervisor.stop()
        assert time.monotonic() - started < 5


async def test_a_frozen_child_is_stopped_too(tmp_path: Path, said: list[str]) -> None:
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("frozen", STAY, grace_s=0.5))
        await supervisor.ready("frozen", always, within_s=10)
        pid = supervisor.pid("frozen")
        assert pid
        os.kill(pid, signal.SIGSTOP)
    assert not is_running(pid)


async def test_a_step_that_fails_says_its_last_line(tmp_path: Path, said: list[str]) -> None:
    async with supervising(tmp_path, said) as supervisor:
        step = script("step", "import sys\nprint('disk is full', file=sys.stderr)\nexit(1)")
        with pytest.raises(CannotStart, match="disk is full"):
            await supervisor.run_once(step, within_s=10)
        assert await supervisor.run_once(script("fine", "print(42)"), within_s=10) == b"42\n"
        with pytest.raises(CannotStart):
            await supervisor.run_once(script("endless", STAY), within_s=0.5)


async def test_output_goes_to_a_log_that_does_not_grow_for_ever(tmp_path: Path, said: list[str]) -> None:
    log = tmp_path / "chatty.log"
    log.write_bytes(b"x" * (11 * 1024 * 1024))
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("chatty", "print('hello', flush=True)\n" + STAY))
        await until(lambda: log.exists() and b"hello" in log.read_bytes())
    assert log.stat().st_size < 100
    assert (tmp_path / "chatty.log.1").exists()
    assert said == []


async def test_who_was_killed_is_not_blamed_for_its_last_line_and_is_said_to_be_back(
    tmp_path: Path, said: list[str]
) -> None:
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("busy", "print('ValueError: of somebody else', flush=True)\n" + STAY))
        await supervisor.ready("busy", always, within_s=10)
        first = supervisor.pid("busy")
        assert first is not None
        await until(lambda: "ValueError" in (tmp_path / "busy.log").read_text())
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(said) >= 2)
    assert "SIGKILL" in said[0]
    assert "ValueError" not in said[0]
    assert "戻りました" in said[1]


async def test_logs_are_rotated_while_their_children_write(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "ROTATE_S", 0.05)
    monkeypatch.setattr(logfile, "KEEP_BYTES", 100_000)
    code = (
        "import time\n"
        "for n in range(6000):\n    print(f'line {n} ' + 'x' * 200, flush=True)\n    time.sleep(0.001)\n"
        "print('the end', flush=True)\n"
    )
    log = tmp_path / "chatty.log"
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("chatty", code + STAY))
        old = tmp_path / "chatty.log.1"
        await until(lambda: any(b"the end" in file.read_bytes() for file in (log, old) if file.exists()))
        assert log.stat().st_size < 700_000  # of 1.2 MB; the margin is for a busy machine
        assert 100_000 < old.stat().st_size < 700_000
        assert old.stat().st_mode & 0o777 == 0o600
        assert old.read_bytes().startswith(b"line ")
        assert b"\0" not in log.read_bytes()
    assert said == []


async def test_a_child_whose_log_cannot_be_opened_runs_all_the_same(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "mute.log").mkdir()  # as on a full disk, nothing can be written there
    sign = tmp_path / "sign"
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("mute", f"print('hello')\nopen({str(sign)!r}, 'w').close()\n" + STAY))
        await until(sign.exists)
    assert said == []


async def test_a_child_that_cannot_write_another_line_keeps_running(tmp_path: Path, said: list[str]) -> None:
    code = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\nfrom core.logging import configure_logging, get_logger\n"
        "configure_logging('worker', 'INFO')\n"
        "for n in range(100): get_logger().warning('event_failed', event_id=n)\n"
    )
    sign = tmp_path / "sign"
    async with supervising(tmp_path, said) as supervisor:
        supervisor.start(script("worker", code + f"open({str(sign)!r}, 'w').close()\n" + STAY))
        await until(sign.exists)
    assert said == []
