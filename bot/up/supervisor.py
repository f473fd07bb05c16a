"""Keep children running: start, restart with growing pauses, stop in order, leave none behind."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.up.child import Child, guarded_command, signal_group
from bot.up.errors import CannotStart
from bot.up.logfile import open_log, rotate, telling_line

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
SETTLED_S = 30.0  # a child that lives this long is restarted with the first pause
USAGE_ERROR = 2  # exit code for wrong settings: a restart would not help
ATTEMPTS_TO_START = 5
POLL_S = 0.05
ALIVE_S = 3.0  # without a probe, a part that lives this long counts as restarted
ROTATE_S = 2.0  # how often logs are checked for rotation
STOP_BUDGET_S = 11.0  # for all stages together; each child's `grace_s` bounds it too

Say = Callable[[str], None]


@dataclass(slots=True)
class SupervisedChild:
    """A child and its present state."""

    child: Child
    log: Path
    process: Process | None = None
    failures: int = 0
    pause_s: float = FIRST_PAUSE_S
    has_given_up: bool = False
    was_ready: bool = False
    probe: Callable[[], Awaitable[bool]] | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Supervisor:
    """The children of one `helpo up`; the supervisor's tasks belong to the given group."""

    def __init__(self, tasks: asyncio.TaskGroup, log_dir: Path, say: Say) -> None:
        self._tasks = tasks
        self._log_dir = log_dir
        self._say = say
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._kept: dict[str, SupervisedChild] = {}
        self._rotating = tasks.create_task(self._rotate_logs(), name="rotate-logs")

    def start(self, child: Child) -> None:
        """Start `child` and keep it running until `stop`."""
        kept = SupervisedChild(child, self._log_dir / f"{child.name}.log")
        self._kept[child.name] = kept
        kept.task = self._tasks.create_task(self._keep(kept), name=f"keep-{child.name}")

    def pid(self, name: str) -> int | None:
        """Return the pid of a running child."""
        kept = self._kept.get(name)
        process = kept.process if kept else None
        return process.pid if process and process.returncode is None else None

    async def ready(self, name: str, probe: Callable[[], Awaitable[bool]], *, within_s: float) -> None:
        """Wait until `probe` says that the child serves.

        Raises:
            CannotStart: it gave up, died repeatedly, or took longer than `within_s`; with its last log line.
        """
        kept = self._kept[name]
        kept.probe = probe
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not (kept.process and kept.process.returncode is None and await probe()):
                    if kept.has_given_up or kept.failures >= ATTEMPTS_TO_START:
                        break
                    await asyncio.sleep(POLL_S)
                else:
                    kept.was_ready = True
                    return
        raise CannotStart(
            f"{kept.child.label}が起動しません: {telling_line(kept.log) or '出力はありません'}（詳しくは {kept.log}）"
        )

    async def run_once(self, child: Child, *, within_s: float) -> bytes:
        """Run `child` to its end and return its standard output; the rest goes to its log.

        Raises:
            CannotStart: it failed or took too long; with its last log line.
        """
        log = self._log_dir / f"{child.name}.log"
        with open_log(log) as file:
            process = await asyncio.create_subprocess_exec(
                *guarded_command(child),
                stdin=DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                env=dict(child.environment),
                start_new_session=True,
            )
        output = b""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    output, _ = await process.communicate()
        finally:
            signal_group(process.pid, signal.SIGKILL)
            await process.wait()
        if process.returncode != 0:
            raise CannotStart(
                f"{child.label}に失敗しました: {telling_line(log) or '出力はありません'}（詳しくは {log}）"
            )
        return output

    def hurry(self) -> None:
        """Stop without grace from now on."""
        self._hurry.set()

    async def stop(self) -> None:
        """Stop all children, the highest stage first; after its time a child is killed with its group."""
        self._stopping.set()
        deadline = asyncio.get_running_loop().time() + STOP_BUDGET_S
        for stage in sorted({kept.child.stage for kept in self._kept.values()}, reverse=True):
            members = [kept for kept in self._kept.values() if kept.child.stage == stage]
            await asyncio.gather(*(self._end(kept, deadline) for kept in members))
        self._rotating.cancel()
        await self._finish([self._rotating, *(kept.task for kept in self._kept.values() if kept.task)])

    @staticmethod
    async def _finish(tasks: Iterable[asyncio.Task[None]]) -> None:
        for task in list(tasks):
            with suppress(asyncio.CancelledError):
                await task

    async def _rotate_logs(self) -> None:
        """Bound the size of logs while their children live."""
        while True:
            await asyncio.sleep(ROTATE_S)
            for kept in list(self._kept.values()):
                with suppress(OSError):
                    await asyncio.to_thread(rotate, kept.log)

    async def _keep(self, kept: SupervisedChild) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            size = kept.log.stat().st_size if kept.log.exists() else 0
            started_at = loop.time()
            telling = asyncio.create_task(self._tell_back(kept)) if kept.failures else None
            try:
                code = await self._run(kept)
            except (OSError, CannotStart) as exc:  # for example a full disk: the next attempt may succeed
                self._say(f"! {kept.child.label}: {exc}")
                code = 1
            finally:
                if telling:
                    telling.cancel()
            if self._stopping.is_set():
                return
            if loop.time() - started_at >= SETTLED_S:
                kept.pause_s = FIRST_PAUSE_S
            kept.failures += 1
            # After a signal the last log line is not the cause.
            line = telling_line(kept.log, since=size) if code >= 0 else ""
            if code == USAGE_ERROR:
                kept.has_given_up = True
                self._say(f"! {kept.child.label}は設定の誤りで止まりました: {line}（詳しくは {kept.log}）")
                return
            why = f": {line}" if line else ""
            self._say(f"! {kept.child.label}が{_ending(code)}。{kept.pause_s:g} 秒後に起動し直します{why}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), kept.pause_s)
            kept.pause_s = min(kept.pause_s * 2, LONGEST_PAUSE_S)

    async def _tell_back(self, kept: SupervisedChild) -> None:
        """Report that a part that had died serves again."""
        began = asyncio.get_running_loop().time()
        if kept.probe:
            while not await kept.probe():  # noqa: ASYNC110 - asked as over a network
                await asyncio.sleep(POLL_S)
        else:
            await asyncio.sleep(ALIVE_S)
        if not self._stopping.is_set():
            self._say(
                f"✓ {kept.child.label}が戻りました（{asyncio.get_running_loop().time() - began:.1f} 秒）"
            )

    async def _run(self, kept: SupervisedChild) -> int:
        child = kept.child
        if child.before_start:
            await asyncio.to_thread(child.before_start)
        if self._stopping.is_set():
            return 0
        with open_log(kept.log) as log:
            kept.process = await asyncio.create_subprocess_exec(
                *guarded_command(child),
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                env=dict(child.environment),
                start_new_session=True,
            )
        try:
            if self._stopping.is_set():  # `stop` was called while the process was being made
                signal_group(kept.process.pid, signal.SIGKILL)
            return await kept.process.wait()
        finally:
            # Grandchildren that outlived it would hold its ports and work beside the new process.
            signal_group(kept.process.pid, signal.SIGKILL)

    async def _end(self, kept: SupervisedChild, deadline: float) -> None:
        process = kept.process
        if process is None or process.returncode is not None:
            return
        grace_s = min(kept.child.grace_s, max(deadline - asyncio.get_running_loop().time(), 1.0))
        if not self._hurry.is_set():
            with suppress(ProcessLookupError):
                process.send_signal(kept.child.stop_signal)
            await self._ended_or_hurried(process, grace_s)
        if process.returncode is None:
            signal_group(process.pid, signal.SIGKILL)
        await process.wait()

    async def _ended_or_hurried(self, process: Process, grace_s: float) -> None:
        waits = [asyncio.ensure_future(process.wait()), asyncio.ensure_future(self._hurry.wait())]
        try:
            await asyncio.wait(waits, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _ending(code: int) -> str:
    if code < 0:
        return f" {signal.Signals(-code).name} で止められました"
    return f"終了コード {code} で止まりました"
