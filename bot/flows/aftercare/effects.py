"""Carry out what follows a card: rows for the questions, notes of the answers, alarms for the staff."""

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.turn import CardGiven
from bot.flows.aftercare import store
from bot.flows.aftercare.flow import offer, row_of
from bot.flows.aftercare.follow_effects import LookLater, NoteAnswer
from bot.flows.aftercare.moments import CALLED_AFTER, GOING_AFTER, allowed_at, next_day_at
from core.db.tables import AftercareAnswer, AftercareKind, ToldSince, Urgency
from core.messages import Message
from core.talk import Talk
from core.texts import Texts
from core.urgency import LEVELS, exceeds
from handoff.safety_events import DESPAIRS, NOT_CALLED, NOT_GOING, note_red, note_told
from handoff.service_resident import raise_alarm, thread_of

# What a resident answers to whether 119 was called, for the list of dangers.
TOLD = {
    AftercareAnswer.CALLED: ToldSince.CALLED,
    AftercareAnswer.NOT_YET: ToldSince.NOT_YET,
    AftercareAnswer.CANNOT_CALL: ToldSince.CANNOT_CALL,
    AftercareAnswer.FINE: ToldSince.FINE,
}
ALARMING = frozenset({AftercareAnswer.NOT_YET, AftercareAnswer.CANNOT_CALL})


@dataclass(frozen=True, slots=True)
class CardFollower:
    """Carries `CardGiven` out: sets what is asked after a card, and offers a second look after a mild one."""

    texts: Texts

    async def __call__(self, talk: Talk, effect: CardGiven, now: datetime) -> list[Message]:
        """Set the questions that the level calls for; return the offer, if there is one."""
        # The turn is written at once in the end.
        with talk.session.no_autoflush:
            return await self._followed(talk, effect, now)

    async def _followed(self, talk: Talk, effect: CardGiven, now: datetime) -> list[Message]:
        if effect.level is Urgency.RED:
            await self._ended(talk, now, AftercareKind.GOING, AftercareKind.LOOK_AGAIN)
            await self._put(talk, effect, AftercareKind.CALLED, now, now + CALLED_AFTER)
        elif effect.danger in DESPAIRS:
            return []  # a counsellor has it
        elif effect.level is Urgency.ORANGE:
            await self._ended(talk, now, AftercareKind.LOOK_AGAIN)
            await self._put(talk, effect, AftercareKind.GOING, now, now + GOING_AFTER)
        if exceeds(effect.level, Urgency.GREEN) and effect.danger not in DESPAIRS:
            # Of several cards the worst is asked about, of equal ones the newest.
            milder = LEVELS[LEVELS.index(effect.level) :]
            await self._ended(talk, now, AftercareKind.NEXT_DAY, of_levels=milder)
            await self._put(talk, effect, AftercareKind.NEXT_DAY, now, next_day_at(now))
        is_mild = not exceeds(effect.level, Urgency.YELLOW)
        if not (is_mild and effect.look_again_h) or await thread_of(talk) is not None:
            return []
        return [offer(effect.level, effect.look_again_h, now, self.texts)]

    async def _ended(
        self, talk: Talk, now: datetime, *kinds: AftercareKind, of_levels: tuple[Urgency, ...] = LEVELS
    ) -> None:
        await store.replace_open(talk.session, talk.conversation.id, kinds, now, of_levels=of_levels)

    async def _put(
        self, talk: Talk, card: CardGiven, kind: AftercareKind, now: datetime, due_at: datetime
    ) -> None:
        await store.put(
            talk.session,
            talk.conversation,
            kind,
            level=card.level,
            carded_at=now,
            due_at=allowed_at(due_at, now, card.level),
            tables=card.protocols,
            danger=card.danger,
        )


class LookSetter:
    """Carries `LookLater` out."""

    async def __call__(self, talk: Talk, effect: LookLater, now: datetime) -> list[Message]:
        """Set the second look; one that was agreed on for an earlier card is given up."""
        kind = AftercareKind.LOOK_AGAIN
        await store.replace_open(talk.session, talk.conversation.id, [kind], now, but_of=effect.card_at)
        await store.put(
            talk.session,
            talk.conversation,
            kind,
            level=effect.level,
            carded_at=effect.card_at,
            due_at=effect.due_at,
            tables=effect.tables,
        )
        return []


class AnswerNoter:
    """Carries `NoteAnswer` out."""

    async def __call__(self, talk: Talk, effect: NoteAnswer, now: datetime) -> list[Message]:
        """Note the answer; whether 119 was called stands in the list of dangers, and rings when it was not."""
        with talk.session.no_autoflush:
            await store.answer(
                talk.session, talk.conversation.id, row_of(effect.instance), effect.answer, now
            )
        thread = await thread_of(talk)
        if effect.answer is AftercareAnswer.CANNOT_GO and thread is not None:
            raise_alarm(talk, thread, NOT_GOING, now, urgency=Urgency.ORANGE)
        if effect.kind is AftercareKind.CALLED:
            if effect.answer in ALARMING:
                await alarm(talk, NOT_CALLED, Urgency.RED, now)
            await note_told(talk, TOLD[effect.answer], now)
        return []


async def alarm(talk: Talk, category: str, urgency: Urgency, now: datetime) -> None:
    """Let it ring for the staff: in the list of dangers, and in the thread where a person is asked for."""
    await note_red(talk, urgency, category, now)
    thread = await thread_of(talk)
    if thread is not None:
        raise_alarm(talk, thread, category, now, urgency=urgency)
