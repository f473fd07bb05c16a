"""Compose HELPO: the only module that opens connections and chooses implementations."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio as redis
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogue.flow import Flows
from bot.dialogue.turn import CardGiven, OpenThread
from bot.flows.advice import AdviceFlow
from bot.flows.aftercare.effects import AnswerNoter, CardFollower, LookSetter
from bot.flows.aftercare.flow import AftercareFlow
from bot.flows.aftercare.follow_effects import LookLater, NoteAnswer
from bot.flows.aftercare.rounds import AftercareRounds
from bot.flows.consultation.effects import LEFT_TIMER, ConsultationRecorder, EndWatch, SilentEnd
from bot.flows.consultation.figures import AwaitEnd, RecordConsultation
from bot.flows.consultation.flow import ConsultationFlow
from bot.flows.danger_check import DangerCheckFlow
from bot.flows.emergency import EmergencyFlow
from bot.flows.facility_search.effects import FacilityFinder, ShowFacilities
from bot.flows.facility_search.flow import FacilitySearchFlow
from bot.flows.fallback import FallbackFlow
from bot.flows.human import HumanFlow
from bot.flows.in_pieces import InPiecesFlow
from bot.flows.measurements import MeasurementsFlow
from bot.flows.otc.effects import ShopFinder, ShowShops
from bot.flows.otc.flow import OtcFlow
from bot.flows.safety_question.effects import SILENCE_TIMER, AwaitAnswer, SilenceReminder, SilenceWatch
from bot.flows.safety_question.flow import SafetyQuestionFlow
from bot.flows.welcome import WelcomeFlow
from bot.flows.which_wish import WhichWishFlow
from bot.inbound.due_answers import Due, DueAnswers, HeldCard
from bot.inbound.effects import EffectHandlers, EffectRunner, ThreadOpener
from bot.inbound.processor import EventProcessor, Presence, SendOff
from bot.inbound.red_flag_response import DangerResponse
from bot.inbound.responder import Responder
from bot.language.understanding import Nlu
from bot.triage.danger.alarm_threshold import AlarmThreshold, load_alarm_threshold
from bot.triage.danger.ear import Ear
from bot.triage.danger.safety import SafetyContent, load_safety
from bot.triage.red_card import first_aid_problems
from bot.triage.tables.loader import Tables, load_tables
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, make_engine, make_sessions
from core.errors import ConfigurationError, ContentError
from core.live import Signals, make_redis
from core.logging import get_logger
from core.municipalities import ChannelSecrets, Municipality, channel_secrets, load_municipalities
from core.residents.keys import check_keys
from core.settings import Settings
from core.texts import Texts, load_texts
from handoff.held_cards import CARD_TIMER
from shop.cards import ShopDesk
from shop.catalogue import Catalogue, load_catalogue
from shop.links import shop_desk

log = get_logger()

CHECK_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Content:
    """What is read from the data folder at the start of every process."""

    cities: Mapping[str, Municipality]
    texts: Texts
    tables: Tables
    catalogue: Catalogue
    dangers: Mapping[str, SafetyContent]
    alarm_threshold: AlarmThreshold


def load_content(data_dir: Path) -> Content:
    """Read the content; a process refuses broken content at its start.

    Raises:
        ContentError: a file is broken; says where and why.
    """
    tables, dangers = load_tables(data_dir), load_safety(data_dir)
    if problems := first_aid_problems(tables, dangers):
        raise ContentError("\n".join(problems))
    return Content(
        cities=load_municipalities(data_dir),
        texts=load_texts(data_dir),
        tables=tables,
        catalogue=load_catalogue(data_dir),
        dangers=dangers,
        alarm_threshold=load_alarm_threshold(data_dir),
    )


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every process of HELPO uses: settings, content and connections."""

    settings: Settings
    content: Content
    channels: Mapping[str, ChannelSecrets]
    clock: Clock
    ring: KeyRing
    engine: AsyncEngine
    sessions: Sessions
    redis: redis.Redis
    signals: Signals

    @property
    def cities(self) -> Mapping[str, Municipality]:
        """The cities of this installation."""
        return self.content.cities

    @property
    def texts(self) -> Texts:
        """The residents' texts."""
        return self.content.texts


@asynccontextmanager
async def open_runtime(settings: Settings, *, pool_size: int = 10) -> AsyncIterator[Runtime]:
    """Read the content and open the connections; all are closed at the end.

    Raises:
        ConfigurationError: a channel's secret is missing, the default city is unknown, or the keys are not those
            of the database.
        ContentError: a content file is broken.
    """
    content = load_content(settings.data_dir)
    channels = channel_secrets(settings, content.cities)
    async with AsyncExitStack() as stack:
        client = make_redis(settings.redis_url.get_secret_value())
        stack.push_async_callback(client.aclose)
        engine = make_engine(settings.database_url.get_secret_value(), pool_size=pool_size)
        stack.push_async_callback(engine.dispose)
        signals = Signals(client)
        sessions, ring = (
            make_sessions(engine, signals),
            KeyRing.parse(settings.encryption_keys.get_secret_value()),
        )
        await _check_keys(sessions, ring)
        yield Runtime(
            settings=settings,
            content=content,
            channels=channels,
            clock=settings.clock(),
            ring=ring,
            engine=engine,
            sessions=sessions,
            redis=client,
            signals=signals,
        )


async def _check_keys(sessions: Sessions, ring: KeyRing) -> None:
    try:
        async with asyncio.timeout(CHECK_LIMIT_S), sessions() as session:
            await check_keys(session, ring)
    except ProgrammingError as error:
        raise ConfigurationError(
            "DATABASE_URL: the database is not set up; run `helpo db upgrade`"
        ) from error
    except (DBAPIError, TimeoutError, OSError) as error:
        # A process that starts without its database waits for it; the keys are checked at the next start.
        log.warning("keys_not_checked", error=type(error).__name__)


def open_shop(runtime: Runtime) -> ShopDesk:
    """Return the desk that makes shop cards and reads their links."""
    return shop_desk(runtime.content.catalogue, runtime.settings, runtime.texts)


def all_flows(content: Content) -> Flows:
    """Return all flows, in the order of the main menu. A new flow is one more line here."""
    return Flows(
        (
            ConsultationFlow(content.dangers),
            FacilitySearchFlow(),
            OtcFlow(content.catalogue),
            HumanFlow(),
            EmergencyFlow(),
            MeasurementsFlow(content.dangers),
            AdviceFlow(),
            SafetyQuestionFlow(content.dangers),
            InPiecesFlow(content.dangers),
            DangerCheckFlow(),
            WhichWishFlow(),
            AftercareFlow(content.dangers),
            WelcomeFlow(),
            FallbackFlow(),
        )
    )


def effect_handlers(content: Content, shop: ShopDesk) -> EffectHandlers:
    """Return the handler of each effect of a turn."""
    return {
        OpenThread: ThreadOpener(content.texts),
        ShowFacilities: FacilityFinder(content.texts, content.cities),
        ShowShops: ShopFinder(shop),
        AwaitAnswer: SilenceWatch(),
        CardGiven: CardFollower(content.texts),
        LookLater: LookSetter(),
        NoteAnswer: AnswerNoter(),
        AwaitEnd: EndWatch(),
        RecordConsultation: ConsultationRecorder(),
    }


def danger_response(content: Content, *, runs_drafts: bool) -> DangerResponse:
    """Return what answers dangers in residents' words."""
    return DangerResponse(content.dangers, content.cities, content.texts, runs_drafts)


def due_answers(responder: Responder, sessions: Sessions, ring: KeyRing, clock: Clock) -> DueAnswers:
    """Return what says what is due in talks."""
    response = responder.danger_response
    silence = SilenceReminder(response.dangers, response.texts, responder.flows.data_types)
    end = SilentEnd(responder.flows.data_types, responder.tables, responder.cities)
    kinds: dict[str, Due] = {CARD_TIMER: HeldCard(response), SILENCE_TIMER: silence, LEFT_TIMER: end}
    return DueAnswers(sessions, ring, clock, kinds)


def aftercare_rounds(
    responder: Responder, sessions: Sessions, ring: KeyRing, clock: Clock
) -> AftercareRounds:
    """Return what asks after cards when it is due."""
    flow = AftercareFlow(responder.danger_response.dangers)
    return AftercareRounds(sessions, ring, clock, flow, responder.context)


def build_processor(
    content: Content,
    ear: Ear,
    sessions: Sessions,
    ring: KeyRing,
    clock: Clock,
    nlu: Nlu,
    shop: ShopDesk,
    presence: Presence,
    *,
    runs_drafts: bool,
    flows: Flows | None = None,
    send_off: SendOff | None = None,
) -> EventProcessor:
    """Return what turns stored events into answers; with other `flows` than all where they are given.

    With `send_off`, answers leave with their turn; without, a sender finds them in the outbox.
    """
    responder = Responder(
        texts=content.texts,
        cities=content.cities,
        tables=content.tables,
        flows=flows or all_flows(content),
        effects=EffectRunner(effect_handlers(content, shop)),
        danger_response=danger_response(content, runs_drafts=runs_drafts),
        runs_drafts=runs_drafts,
    )
    return EventProcessor(
        sessions, ring, clock, nlu, ear, content.alarm_threshold, responder, presence, send_off
    )


def stop_on_signals() -> asyncio.Event:
    """Return an event that is set by SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
