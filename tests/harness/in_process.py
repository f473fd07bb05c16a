"""Run a whole town in one process: the simulator, the intake, and a worker that works on demand."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import aftercare_rounds, build_processor, due_answers, load_content
from bot.delivery.claims import SendClaim
from bot.delivery.line_channel import LineChannels, open_channels
from bot.delivery.send_off import AnswerSendOff
from bot.delivery.sender import Sender
from bot.flows.aftercare.rounds import AftercareRounds
from bot.inbound.due_answers import DueAnswers
from bot.inbound.processor import EventProcessor
from bot.line.webhook import IntakeDeps, make_intake
from bot.simulator.app import make_app
from bot.simulator.config import Channel, SimulatorConfig
from bot.triage.danger.ear import load_ear
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Lane, LineEvent
from core.live import Signals, make_redis
from core.municipalities import Municipality, channel_secrets
from core.settings import Settings
from core.texts import Texts
from core.understanding import Entity, NluUnavailable, Understanding
from shop.links import shop_desk


@dataclass
class Meanings:
    """What Rasa would say, for dialogues that are not about Rasa. Unlisted words are out of scope."""

    known: dict[str, Understanding] = field(default_factory=dict)
    is_down: bool = False
    delay_s: float = 0.0

    def teach(self, text: str, intent: str, **entities: str) -> None:
        found = tuple(Entity(kind, value, value) for kind, value in entities.items())
        self.known[text] = Understanding(intent, 0.99, found)

    def teach_doubt(self, text: str, *intents: str) -> None:
        """Let a text fit several intents, the first a little better."""
        ranking = tuple((intent, 0.45 - 0.05 * place) for place, intent in enumerate(intents))
        self.known[text] = Understanding(intents[0], ranking[0][1], ranking=ranking)

    async def understand(self, text: str) -> Understanding:
        await asyncio.sleep(self.delay_s)
        if self.is_down:
            raise NluUnavailable("down")
        return self.known.get(text, Understanding("out_of_scope", 0.9))


class ScriptedResident:
    """Somebody with the simulator's phone in hand."""

    def __init__(self, town: "Town", user_id: str) -> None:
        self.town = town
        self.user_id = user_id
        self._seen = 0
        # What can be tapped on the newest message.
        self.labels: list[str] = []

    async def does(self, **act: Any) -> dict[str, Any]:
        url = f"{self.town.simulator_url}/api/residents/{self.user_id}/messages"
        async with self.town.http.post(url, json=act) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body

    async def hears(self) -> list[dict[str, Any]]:
        """Return what came since the last look."""
        url = f"{self.town.simulator_url}/api/residents/{self.user_id}/messages"
        async with self.town.http.get(url, params={"after": str(self._seen)}) as answer:
            found: list[dict[str, Any]] = await answer.json()
        self._seen = max([self._seen, *(m["seq"] for m in found)])
        if found:
            self.labels = [a["label"] for a in found[-1]["actions"]]
        return found

    async def says(self, text: str) -> str:
        """Write `text`, let the town work, and return all words that came back."""
        await self.does(type="text", text=text)
        return await self._answered()

    async def taps(self, label: str, **more: Any) -> str:
        await self.does(type="tap", label=label, **more)
        return await self._answered()

    async def sends(self, **act: Any) -> str:
        await self.does(**act)
        return await self._answered()

    async def hears_words(self) -> str:
        """Return all words that came since the last look."""
        return "\n".join(m["text"] for m in await self.hears())

    async def answers_all(self, label: str = "どれもない", *, is_well: bool = False) -> str:
        """Answer the consultation's questions until they end; returns all that was said.

        `label` answers the lists. An adult who answers for herself has not measured anything, is ill since yesterday and,
        unless `is_well`, cannot do all that the well question asks.
        """
        well = "全部あてはまる" if is_well else "あてはまらないことがある"
        own = ("自分", label, well, "16〜39歳", "はかっていない", "きのうから")
        heard = ""
        for _ in range(9):
            tapped = next((answer for answer in own if answer in self.labels), "")
            if not tapped:
                return heard
            heard += await self.taps(tapped)
        raise AssertionError("the questions do not end")

    async def _answered(self) -> str:
        await self.town.settle()
        return await self.hears_words()


@dataclass
class Town:
    """Everything a message passes; nothing happens between calls of `settle`."""

    http: aiohttp.ClientSession
    simulator_url: str
    intake_url: str
    sessions: Sessions
    processor: EventProcessor
    sender: Sender
    channels: LineChannels
    meanings: Meanings
    clock: Clock
    # Talks whose answer has been committed as leaving, where answers leave with their turn (`at_once`).
    taken: list[SendClaim] = field(default_factory=list)
    are_free: bool = True

    def take(self, piece: SendClaim) -> None:
        self.taken.append(piece)

    @property
    def at_once(self) -> EventProcessor:
        """The processor as in a worker that also runs the talk lane."""
        return dataclasses.replace(self.processor, send_off=AnswerSendOff(self.sender, self))

    def due_answers(self, clock: Clock | None = None) -> DueAnswers:
        """Return what says what is due, by the town's clock or another."""
        processor = self.processor
        return due_answers(processor.responder, self.sessions, processor.ring, clock or self.clock)

    def aftercare(self, clock: Clock | None = None) -> AftercareRounds:
        """Return what asks after cards, by the town's clock or another."""
        processor = self.processor
        return aftercare_rounds(processor.responder, self.sessions, processor.ring, clock or self.clock)

    async def resident(self, municipality: str = "iwaki", *, greeted: bool = True) -> ScriptedResident:
        body = {"municipality": municipality}
        async with self.http.post(f"{self.simulator_url}/api/residents", json=body) as answer:
            resident = ScriptedResident(self, (await answer.json())["user_id"])
        await self.settle()
        if greeted:
            await resident.hears()
        return resident

    async def fault(self, **script: Any) -> None:
        async with self.http.post(f"{self.simulator_url}/api/faults", json=script) as answer:
            assert answer.status == 200, await answer.text()

    async def counters(self) -> dict[str, Any]:
        async with self.http.get(f"{self.simulator_url}/api/counters") as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def requests(self, path: str = "") -> list[dict[str, Any]]:
        async with self.http.get(f"{self.simulator_url}/api/requests", params={"path": path}) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found

    async def settle(self) -> None:
        """Let webhooks arrive, then serve and send until nothing is due."""
        await self.webhooks_delivered()
        while await self.serve() or await self.send():
            pass

    async def webhooks_delivered(self) -> None:
        async with asyncio.timeout(20):
            while (await self.counters())["webhooks"]["pending"]:  # noqa: ASYNC110 - asked as over a network
                await asyncio.sleep(0.01)

    async def serve(self) -> int:
        claims = await self.processor.claim(8, True)
        await asyncio.gather(*(self.processor.serve(claim) for claim in claims))
        return len(claims)

    async def send(self) -> int:
        claims = await self.sender.claim(8, True)
        await asyncio.gather(*(self.sender.send_all(claim) for claim in claims))
        return len(claims)

    async def pending_events(self) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).where(LineEvent.outcome.is_(None))) or 0


@asynccontextmanager
async def open_town(
    settings: Settings,
    engine: AsyncEngine,
    sessions: Sessions,
    ring: KeyRing,
    clock: Clock,
    texts: Texts,
    cities: dict[str, Municipality],
) -> AsyncIterator[Town]:
    """Start a town on free ports."""
    secrets = channel_secrets(settings, cities)
    async with AsyncExitStack() as stack:
        redis = make_redis(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.aclose)
        intake = web.Application()
        deps = IntakeDeps(
            engine=engine,
            ring=ring,
            channels=secrets,
            default_municipality="iwaki",
            clock=clock,
            signals=Signals(redis),
        )
        intake.add_routes(make_intake(deps))
        intake_server = await stack.enter_async_context(TestServer(intake))
        intake_url = str(intake_server.make_url("")).rstrip("/")
        channels = tuple(
            Channel(
                municipality=city,
                name=cities[city].account_name,
                secret=secret.secret,
                access_token=secret.access_token,
                webhook_url=f"{intake_url}/line/{city}/webhook",
            )
            for city, secret in secrets.items()
        )
        simulator = await stack.enter_async_context(
            TestServer(make_app(SimulatorConfig(channels=channels, clock=clock, redelivery_first_s=0.05)))
        )
        url = str(simulator.make_url("")).rstrip("/")
        pointed = settings.model_copy(
            update={"line_api_url": url, "line_data_url": url, "line_timeout_s": 1.0}
        )
        line = await stack.enter_async_context(open_channels(pointed, secrets, clock))
        meanings = Meanings()
        content = load_content(settings.data_dir)
        processor = build_processor(
            content,
            load_ear(settings.data_dir),
            sessions,
            ring,
            clock,
            meanings,
            shop_desk(content.catalogue, settings, texts),
            line,
            runs_drafts=True,
        )
        yield Town(
            http=await stack.enter_async_context(aiohttp.ClientSession()),
            simulator_url=url,
            intake_url=intake_url,
            sessions=sessions,
            processor=processor,
            sender=Sender(sessions, ring, clock, line, (Lane.SAFETY, Lane.TALK), texts),
            channels=line,
            meanings=meanings,
            clock=clock,
        )
