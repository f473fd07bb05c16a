"""`helpo up`: run everything on one machine, from the checks to a clean end."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from bot.up import checks, credentials, env_file, lock, processes
from bot.up.child import MARK
from bot.up.embedded_servers import make_embedding
from bot.up.environment import Environment, compose, secret_names
from bot.up.errors import CannotStart
from bot.up.plan import make_plan
from bot.up.start import Start
from bot.up.supervisor import Say, Supervisor
from core.municipalities import load_municipalities
from core.settings import read_settings


def to_terminal(line: str) -> None:
    """Write a line to the terminal; a closed terminal does not stop HELPO."""
    with contextlib.suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


async def up(environ: Mapping[str, str], say: Say = to_terminal) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, then stop in order; a second signal hurries.

    Raises:
        ConfigurationError: HELPO cannot start; one line on what to do. Nothing is left running.
    """
    data_dir = Path(environ.get("HELPO_DATA_DIR") or "data")
    checks.content_folder(data_dir)
    cities = load_municipalities(data_dir)
    state_dir = checks.state_folder(Path(environ.get("HELPO_STATE_DIR") or "var"))
    name = environ.get("HELPO_MUNICIPALITY") or "iwaki"
    if name not in cities:
        raise CannotStart(
            f"HELPO_MUNICIPALITY={name} という自治体はありません（あるのは {'、'.join(cities)}）。"
        )
    plan = make_plan(environ, cities[name])
    with ExitStack() as stack:
        stack.enter_context(lock.hold(state_dir))
        _sweep(state_dir)
        checks.ports(plan, environ)
        embedding = await asyncio.to_thread(make_embedding, state_dir, plan)
        secrets = credentials.complete(
            state_dir / "secrets.env", secret_names(plan, cities), data_exists=embedding.has_data
        )
        servers = await asyncio.to_thread(embedding.prepare, secrets)
        environment = compose(environ, plan, secrets, state_dir, servers)
        settings = read_settings(environment)
        stack.enter_context(env_file.announced(state_dir, environment, environ))
        stack.callback(_sweep, state_dir)
        stack.callback(embedding.sweep)
        say(f"HELPO を起動しています（保存先 {state_dir}）")
        if not plan.is_real_channel and cities[name].line.secret not in environ:
            say("  LINE の設定がないため、使い捨ての値を作ってシミュレーターで動かします")
        await _run(Start(plan, settings, Environment(environment, cities), embedding, say), state_dir)


def _sweep(state_dir: Path) -> None:
    """End every process with this state folder's mark; we hold its lock, so no other HELPO is hit."""
    processes.end(processes.started_with(MARK, str(state_dir)), signal.SIGKILL, within_s=2.0)


async def _run(start: Start, state_dir: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(tasks, state_dir / "log", start.say)
        work = asyncio.create_task(start.serve(supervisor))
        try:
            async with _signals(supervisor, start.say) as asked:
                await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
                work.cancel()
                await asyncio.wait({work})
                # Inside the block, so that a second signal stops it without grace.
                await supervisor.stop()
        finally:
            await supervisor.stop()
    if not work.cancelled():
        work.result()  # it ends by itself only by a failure, which goes to the caller
    start.say("終了しました")


@contextlib.asynccontextmanager
async def _signals(supervisor: Supervisor, say: Say) -> AsyncIterator[asyncio.Future[None]]:
    """Give a future that is done at the first stop signal; the second one stops without grace."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if asked.done():
            supervisor.hurry()
        else:
            asked.set_result(None)
            say("\n終了しています…（もう一度 Ctrl-C で急ぎます）")

    # `nohup` ignores SIGHUP on purpose.
    numbers = [signal.SIGINT, signal.SIGTERM]
    numbers += [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []
    for number in numbers:
        loop.add_signal_handler(number, ask)
    try:
        yield asked
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
