"""Bring up the parts in order, and report on it."""

import asyncio
from functools import partial

import aiohttp

from bot.up import checks
from bot.up.banner import summary
from bot.up.embedded_servers import Embedding
from bot.up.environment import Environment
from bot.up.errors import CannotStart
from bot.up.logins import Login, parse
from bot.up.parts import answers_at, nlu_server, nlu_training, part, serving_parts
from bot.up.plan import Plan, browser_address
from bot.up.supervisor import Say, Supervisor
from core.settings import Settings

STEP_LIMIT_S = 120.0  # an upgrade or the demo data
SERVE_LIMIT_S = 60.0
RECOVERY_LIMIT_S = 300.0  # PostgreSQL may have a long log to replay
TRAINING_LIMIT_S = 1800.0
NOTICED_S = 3.0  # training that takes longer is announced


class Start:
    """One start: brings all parts up, in order, and reports each step."""

    def __init__(
        self, plan: Plan, settings: Settings, environment: Environment, embedding: Embedding, say: Say
    ) -> None:
        self.plan, self.settings, self.environment = plan, settings, environment
        self.embedding, self.say = embedding, say
        self._began_at = self._now()

    async def serve(self, supervisor: Supervisor) -> None:
        """Bring everything up and stay until cancelled."""
        await self._servers(supervisor)
        await self._step(supervisor, "db-upgrade", "データベースの準備", "db", "upgrade")
        async with aiohttp.ClientSession() as http:
            logins = await self._parts_and_demo_data(supervisor, http)
            seconds = self._now() - self._began_at
            self.say(
                summary(
                    self.plan, logins, self.settings.clock(), self.settings.state_dir / "log", seconds=seconds
                )
            )
            if self.plan.embeds_rasa:
                await self._understanding(supervisor, http)
        await asyncio.Event().wait()

    async def _servers(self, supervisor: Supervisor) -> None:
        since = self._now()
        servers = self.embedding.servers
        for server in servers:
            supervisor.start(server.child())
        for server in servers:
            await supervisor.ready(
                server.name, partial(asyncio.to_thread, server.answers), within_s=RECOVERY_LIMIT_S
            )
        if servers:
            await asyncio.to_thread(self.embedding.create_roles)
            self._done("・".join(server.label for server in servers), since)

    async def _step(self, supervisor: Supervisor, name: str, label: str, *arguments: str) -> bytes:
        since = self._now()
        child = part(name, label, *arguments, environment=self.environment.of(arguments[0]))
        output = await supervisor.run_once(child, within_s=STEP_LIMIT_S)
        self._done(label, since)
        return output

    async def _parts_and_demo_data(self, supervisor: Supervisor, http: aiohttp.ClientSession) -> list[Login]:
        """Do both at once: each alone leaves a core idle."""
        demo_data = asyncio.create_task(self._demo_data(supervisor))
        try:
            await self._parts(supervisor, http)
            return await demo_data
        finally:
            demo_data.cancel()
            await asyncio.gather(demo_data, return_exceptions=True)

    async def _demo_data(self, supervisor: Supervisor) -> list[Login]:
        if self.plan.is_real_channel:  # known passwords must not exist beside real residents
            return []
        return parse(await self._step(supervisor, "demo-load", "デモデータ", "demo", "load"))

    async def _parts(self, supervisor: Supervisor, http: aiohttp.ClientSession) -> None:
        since = self._now()
        children = serving_parts(self.environment, with_simulator=self.plan.runs_simulator)
        for child in children:
            supervisor.start(child)
        addresses = {
            "intake": f"{browser_address(self.settings.bind)}/healthz",
            "pages": f"{browser_address(self.settings.pages_bind)}/healthz",
        }
        if self.plan.runs_simulator:
            addresses["simulator"] = f"{browser_address(self.plan.simulator_bind)}/"
        for name, address in addresses.items():
            await supervisor.ready(name, answers_at(http, address), within_s=SERVE_LIMIT_S)
        self._done("・".join(child.label for child in children), since)

    async def _understanding(self, supervisor: Supervisor, http: aiohttp.ClientSession) -> None:
        """Train if the data changed, then serve; without Rasa, HELPO answers with menus and people."""
        since = self._now()
        if missing := checks.understanding():
            self.say(f"! {missing}")
            return
        loop = asyncio.get_running_loop()
        notice = loop.call_later(
            NOTICED_S,
            self.say,
            "… ことばの理解（Rasa）を学習しています。その間はメニューと人の対応で動きます",
        )
        try:
            await supervisor.run_once(nlu_training(self.environment), within_s=TRAINING_LIMIT_S)
            notice.cancel()
            supervisor.start(nlu_server(self.environment))
            await supervisor.ready(
                "nlu", answers_at(http, self.settings.rasa_url), within_s=SERVE_LIMIT_S * 2
            )
            self._done("ことばの理解（Rasa）", since)
        except CannotStart as exc:
            self.say(f"! {exc}")
        finally:
            notice.cancel()

    def _done(self, label: str, since: float) -> None:
        self.say(f"  ✓ {label}　{self._now() - since:.1f} 秒")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
