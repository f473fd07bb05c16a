"""Send the held emergency cards that no clinician has taken on in time."""

from collections.abc import Mapping

from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.inbound.red_flag_response import card_of
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, is_outage
from core.db.tables import Lane, Timer, TimerOutcome
from core.logging import get_logger
from core.municipalities import Municipality
from core.talk import lock_talk
from core.texts import Texts
from core.timers import due_timers, finish_timer
from handoff.held_cards import CARD_TIMER, category_of

log = get_logger()


async def send_due_cards(
    sessions: Sessions, ring: KeyRing, texts: Texts, cities: Mapping[str, Municipality], clock: Clock
) -> int:
    """Send every held card that is due; return how many. Running twice, also at once, sends each once."""
    async with sessions.begin() as session:
        timers = await due_timers(session, CARD_TIMER, clock())
    sent = 0
    for timer in timers:
        try:
            sent += await _send(sessions, ring, texts, cities, timer, clock)
        except Exception as error:
            if is_outage(error) or isinstance(error, OSError | PoolTimeout):
                raise
            log.exception("held_card_failed", timer_id=timer.id)
            async with sessions.begin() as session:
                await finish_timer(session, timer.id, TimerOutcome.FAILED, clock())
    return sent


async def _send(
    sessions: Sessions,
    ring: KeyRing,
    texts: Texts,
    cities: Mapping[str, Municipality],
    timer: Timer,
    clock: Clock,
) -> bool:
    assert timer.conversation_id is not None
    now = clock()
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, timer.conversation_id)
        if not await finish_timer(session, timer.id, TimerOutcome.FIRED, now):
            return False
        category = category_of(timer)
        card = card_of(category, cities[timer.municipality_id], texts, now)
        talk.say([card], now, lane=Lane.SAFETY, must_arrive=True)
    log.info("held_card_sent", timer_id=timer.id, category=category)
    return True
