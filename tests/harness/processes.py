"""Run HELPO's own processes around one database, with the simulator as LINE, to inject real faults."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.up.child import Child
from bot.up.logfile import telling_line
from core.settings import Settings
from tests.harness.children import inherited, own_port, start_child, stop_child

START_LIMIT_S = 90.0
STOP_LIMIT_S = 15.0
LABELS = {"web": "/healthz", "simulator": "/api/counters"}


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables from which the processes read `settings`."""
    own = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "RASA_URL": settings.rasa_url,
        "RASA_TOKEN": settings.rasa_token.get_secret_value(),
        "LINE_API_URL": settings.line_api_url,
        "LINE_DATA_URL": settings.line_data_url,
        "HELPO_PUBLIC_URL": settings.public_url,
        "HELPO_BIND": settings.bind,
        "HELPO_SIMULATOR_BIND": settings.simulator_bind,
        "HELPO_STATE_DIR": str(settings.state_dir),
        "HELPO_DATA_DIR": str(settings.data_dir),
        "HELPO_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "HELPO_SESSION_SECRET": settings.session_secret.get_secret_value(),
    }
    if settings.clock_file:
        own["HELPO_CLOCK_FILE"] = str(settings.clock_file)
    channels = {name: value.get_secret_value() for name, value in settings.channel_secrets.items()}
    return inherited(settings.state_dir) | own | channels


def on_own_ports(settings: Settings, **changes: Any) -> Settings:
    """Return the settings for processes on ports of ours, the simulator being LINE."""
    bind, simulator = (f"127.0.0.1:{own_port()}" for _ in range(2))
    line = f"http://{simulator}"
    addresses = {
        "bind": bind,
        "public_url": f"http://{bind}",
        "simulator_bind": simulator,
        "line_api_url": line,
        "line_data_url": line,
    }
    return settings.model_copy(update=addresses | changes)


class ResidentPhone:
    """One made-up resident at the simulator."""

    def __init__(self, http: aiohttp.ClientSession, simulator: str, user_id: str) -> None:
        self.http, self.user_id = http, user_id
        self.base = f"{simulator}/api/residents/{user_id}"
        self._url = f"{self.base}/messages"
        self._seen = 0

    async def does(self, **act: Any) -> dict[str, Any]:
        """Do something; returns what the simulator says of it, the event's id among it."""
        async with self.http.post(self._url, json=act) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body

    async def says(self, text: str) -> dict[str, Any]:
        return await self.does(type="text", text=text)

    async def hears(self, within_s: float) -> list[dict[str, Any]]:
        """Return what came since the last look, as soon as something is there."""
        params = {"after": str(self._seen), "wait_s": str(within_s)}
        async with self.http.get(self._url, params=params) as answer:
            found: list[dict[str, Any]] = await answer.json()
        self._seen = max([self._seen, *(message["seq"] for message in found)])
        return found

    async def asks(self, text: str, within_s: float) -> tuple[float, str]:
        """Write and wait for an answer: (seconds until it stood in the chat, its words)."""
        began = time.monotonic()
        await self.says(text)
        heard = await self.hears(within_s)
        assert heard, f"no answer within {within_s} s"
        return time.monotonic() - began, "\n".join(message["text"] for message in heard)

    async def everything(self) -> list[dict[str, Any]]:
        """Return all that ever came."""
        async with self.http.get(self._url, params={"after": "0"}) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found


@dataclass
class RunningParts:
    """Running processes by name, and the addresses to reach them."""

    settings: Settings
    environment: Mapping[str, str]
    folder: Path
    http: aiohttp.ClientSession
    processes: dict[str, subprocess.Popen[bytes]]

    @property
    def simulator(self) -> str:
        return f"http://{self.settings.simulator_bind}"

    @property
    def public(self) -> str:
        return f"http://{self.settings.bind}"

    def child(self, name: str, *module_and_arguments: str) -> Child:
        """Return a part of HELPO as a child that dies with us."""
        command = (sys.executable, "-m", *module_and_arguments)
        return Child(name=name, label=name, command=command, environment=self.environment)

    def start(self, name: str) -> None:
        """Start a part by its command's name."""
        child = self.child(name, "bot", name)
        self.processes[name] = start_child(child, self.folder / f"{name}.log")

    async def serving(self, name: str, url: str) -> None:
        """Wait until a part answers."""

        async def answers() -> bool:
            assert self.processes[name].poll() is None, telling_line(self.folder / f"{name}.log")
            try:
                async with self.http.get(url) as answer:
                    return answer.status == 200
            except (aiohttp.ClientError, OSError):
                return False

        await until(answers, START_LIMIT_S)

    async def phones(self, count: int, municipality: str = "iwaki") -> list[ResidentPhone]:
        """Return residents who are friends of the account already."""
        body = {"count": count, "silent": True, "municipality": municipality}
        async with self.http.post(f"{self.simulator}/api/residents", json=body) as answer:
            user_ids = (await answer.json())["user_ids"]
        return [ResidentPhone(self.http, self.simulator, user_id) for user_id in user_ids]

    async def counters(self) -> dict[str, Any]:
        async with self.http.get(f"{self.simulator}/api/counters") as answer:
            found: dict[str, Any] = await answer.json()
            return found

    def stop(self) -> None:
        """End what we started: first politely."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            stop_child(process, STOP_LIMIT_S)


@asynccontextmanager
async def open_parts(settings: Settings, folder: Path, parts: tuple[str, ...]) -> AsyncIterator[RunningParts]:
    """Run `parts` (`simulator`, `web`, `worker`) until the block ends."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        street = RunningParts(settings, environment_of(settings), folder, http, {})
        stack.callback(street.stop)
        for name in parts:
            street.start(name)
        for name, base in (("simulator", street.simulator), ("web", street.public)):
            if name in parts:
                await street.serving(name, base + LABELS[name])
        yield street


async def until(condition: Callable[[], Awaitable[bool]], limit_s: float, pause_s: float = 0.1) -> None:
    """Wait until `condition` holds; fail when it takes longer than `limit_s`."""
    async with asyncio.timeout(limit_s):
        while not await condition():  # noqa: ASYNC110  the world outside has no event for us
            await asyncio.sleep(pause_s)


def tell(capsys: pytest.CaptureFixture[str], figures: str) -> None:
    """Show figures at the terminal whatever pytest captures."""
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")


def share(values: list[float], part: float) -> float:
    """Return the value below which `part` of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
