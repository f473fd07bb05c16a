"""Run HELPO's processes as `helpo up` does, on ports and a database of their own."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
from sqlalchemy import create_engine, text

from bot.bench.environment import BenchEnvironment
from bot.bench.ports import free_bind, port_of
from bot.bench.process import Process
from bot.up.child import Child
from bot.up.parts import part

# The discard port has no listener: connections are refused at once.
REFUSED = "http://127.0.0.1:9"
CITY = "iwaki"
# As in `helpo up`.
WORK_NICENESS = 5


@dataclass(frozen=True, slots=True)
class BenchInstallation:
    """One installation; `start_…` return when the process serves, and the end of the installation ends it."""

    bench: BenchEnvironment
    environment: Mapping[str, str] = field(repr=False)
    http: aiohttp.ClientSession
    _stack: AsyncExitStack = field(repr=False)

    @property
    def port(self) -> int:
        """The webhook's port."""
        return port_of(self.environment["HELPO_BIND"])

    @property
    def public(self) -> str:
        """The address residents' and clinicians' browsers use."""
        return f"http://{self.environment['HELPO_BIND']}"

    @property
    def simulator(self) -> str:
        """LINE's address."""
        return f"http://{self.environment['HELPO_SIMULATOR_BIND']}"

    @property
    def channel_secret(self) -> str:
        """The secret that webhooks are signed with."""
        return self.environment[self.bench.cities[CITY].line.secret]

    def beside(self) -> "BenchInstallation":
        """Return a second installation on the same database, with addresses of its own."""
        return replace(self, environment={**self.environment, **_addresses()})

    def pointed(self, **environment: str) -> "BenchInstallation":
        """Return the same installation with another environment for processes started from now on."""
        return replace(self, environment={**self.environment, **environment})

    async def start_intake(self) -> Process:
        """Start the webhook."""
        intake = self._start(self.part("intake", "web", "--part", "intake"))
        await intake.answers(self.http, f"{self.public}/healthz")
        return intake

    async def start_pages(self) -> None:
        """Start the staff web."""
        pages = self._start(self.part("pages", "web", "--part", "pages"))
        await pages.answers(self.http, f"http://{self.environment['HELPO_PAGES_BIND']}/healthz")

    async def start_worker(self) -> Process:
        """Start the worker."""
        worker = self._start(self.part("worker", "worker", niceness=WORK_NICENESS))
        await worker.says("worker_started")
        return worker

    async def start_scheduler(self) -> None:
        """Start the scheduler."""
        scheduler = self._start(self.part("scheduler", "scheduler", niceness=WORK_NICENESS))
        await scheduler.says("scheduler_active")

    async def start_simulator(self) -> None:
        """Start the stand-in for LINE."""
        simulator = self._start(self.part("simulator", "simulator"))
        await simulator.answers(self.http, f"{self.simulator}/healthz")

    async def start_bare(self) -> Process:
        """Start the bare handlers of the baselines at the webhook's address."""
        command = (sys.executable, "-m", "bot.bench.baseline_server")
        bare = self._start(Child(name="bare", label="bare", command=command, environment=self.environment))
        await bare.answers(self.http, f"{self.public}/healthz")
        return bare

    async def run(self, *arguments: str) -> str:
        """Run a `helpo` command to its end and return its output."""
        process = self._start(self.part("-".join(arguments), *arguments))
        await process.ends()
        return process.said()

    def start(self, child: Child) -> Process:
        """Start any child."""
        return self._start(child)

    def part(self, name: str, *arguments: str, niceness: int = 0) -> Child:
        """Return the child that runs `helpo` with `arguments`."""
        return part(name, name, *arguments, environment=self.environment, niceness=niceness)

    def count(self, query: str) -> int:
        """Return a number from the database."""
        engine = create_engine(self.environment["DATABASE_OWNER_URL"])
        with engine.connect() as connection:
            found = connection.scalar(text(query))
        engine.dispose()
        return int(found or 0)

    def _start(self, child: Child) -> Process:
        log = self.bench.scratch / f"{child.name}-{port_of(self.environment['HELPO_BIND'])}.log"
        process = Process(child, log)
        self._stack.push_async_callback(process.stop)
        return process


@asynccontextmanager
async def open_installation(bench: BenchEnvironment, **environment: str) -> AsyncIterator[BenchInstallation]:
    """Prepare an installation with a fresh database; no process runs yet, and Rasa is refused."""
    async with AsyncExitStack() as stack:
        database = stack.enter_context(bench.database())
        http = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
        composed = {
            **bench.inherited,
            **bench.secrets,
            **database,
            **_addresses(),
            "REDIS_URL": bench.servers.redis_url,
            "RASA_URL": REFUSED,
            "HELPO_STATE_DIR": str(state_folder(bench.scratch)),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        yield BenchInstallation(bench, composed, http, stack)


def state_folder(scratch: Path) -> Path:
    """Return the state folder of stages."""
    folder = scratch / "state"
    folder.mkdir(exist_ok=True)
    return folder


def _addresses() -> dict[str, str]:
    bind, pages, simulator = free_bind(), free_bind(), free_bind()
    return {
        "HELPO_BIND": bind,
        "HELPO_PAGES_BIND": pages,
        "HELPO_SIMULATOR_BIND": simulator,
        "HELPO_PUBLIC_URL": f"http://{bind}",
        "LINE_API_URL": f"http://{simulator}",
        "LINE_DATA_URL": f"http://{simulator}",
    }
