"""Say what is due in a talk, by its timers: a held card that no clinician took on, a word into a silence."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.inbound.red_flag_response import DangerResponse
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, is_outage
from core.db.tables import Lane, Timer, TimerOutcome
from core.logging import get_logger
from core.messages import Message
from core.talk import Talk, lock_talk
from core.timers import due_timers, finish_timer
from handoff.held_cards import category_of

log = get_logger()

# Returns what is said when a timer is due in its talk (locked); nothing when it no longer matters.
Due = Callable[[Talk, Timer, datetime], Awaitable[Message | None]]


@dataclass(frozen=True, slots=True)
class HeldCard:
    """Sends a held emergency card that no clinician has taken on in time."""

    response: DangerResponse

    async def __call__(self, _talk: Talk, timer: Timer, now: datetime) -> Message:
        """Return the card."""
        return self.response.card(category_of(timer), timer.municipality_id, now)


@dataclass(frozen=True, slots=True)
class DueAnswers:
    """Sends what is due, by the kind of timer; every worker does, without a scheduler."""

    sessions: Sessions
    ring: KeyRing
    clock: Clock
    kinds: Mapping[str, Due]

    async def send(self) -> int:
        """Send all that is due; return how many. Running twice, also at once, sends each once."""
        return sum([await self._send_due(kind, due) for kind, due in self.kinds.items()])

    async def _send_due(self, kind: str, due: Due) -> int:
        async with self.sessions.begin() as session:
            timers = await due_timers(session, kind, self.clock())
        sent = 0
        for timer in timers:
            try:
                sent += await self._send_one(timer, due)
            except Exception as error:
                if is_outage(error) or isinstance(error, OSError | PoolTimeout):
                    raise
                log.exception("due_answer_failed", timer_id=timer.id, kind=kind)
                async with self.sessions.begin() as session:
                    await finish_timer(session, timer.id, TimerOutcome.FAILED, self.clock())
        return sent

    async def _send_one(self, timer: Timer, due: Due) -> bool:
        assert timer.conversation_id is not None
        now = self.clock()
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, timer.conversation_id)
            if not await finish_timer(session, timer.id, TimerOutcome.FIRED, now):
                return False
            message = await due(talk, timer, now)
            if message is None:
                return False
            talk.say([message], now, lane=Lane.SAFETY, must_arrive=True)
        log.info("due_answer_sent", timer_id=timer.id, kind=timer.kind)
        return True
