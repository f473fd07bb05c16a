"""Carry out the effects of a turn, in the turn's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.dialogue.turn import Effect, OpenThread
from bot.triage.calls import call_119
from core.db.tables import Urgency
from core.messages import Message, Text
from core.talk import Talk
from core.texts import Texts
from handoff.model import Basis, Summary
from handoff.service_resident import open_thread, stop_waiting


class EffectHandler(Protocol):
    """Carries out one kind of effect; feature packages hand theirs in (`bot/app.py`)."""

    async def __call__(self, talk: Talk, effect: Any, now: datetime) -> list[Message]:  # noqa: ANN401 - its own effect
        """Carry the effect out; return the messages that come of it."""
        ...


EffectHandlers = Mapping[type[Effect], EffectHandler]


@dataclass(frozen=True, slots=True)
class ThreadOpener:
    """Carries `OpenThread` out."""

    texts: Texts

    async def __call__(self, talk: Talk, effect: OpenThread, now: datetime) -> list[Message]:
        """Put the talk into the queue; return the words for the resident."""
        summary = Summary(
            who=effect.who,
            complaint=effect.complaint,
            findings=effect.findings,
            urgency=effect.urgency,
            advised=effect.advised,
            basis=_basis(effect),
            protocols=effect.protocols,
            departments=effect.departments,
            wishes=effect.wishes,
            language=effect.language,
        )
        thread = await open_thread(
            talk,
            profession=effect.profession,
            urgency=effect.urgency,
            summary=summary,
            now=now,
            is_despair=effect.is_despair,
        )
        return [Text(text=effect.text, quick=(call_119(self.texts), stop_waiting(thread, self.texts)))]


def _basis(effect: OpenThread) -> Basis:
    if effect.is_feedback:
        return Basis.FEEDBACK
    if effect.protocols:
        return Basis.PROTOCOL
    return Basis.SIGN if effect.urgency is Urgency.RED else Basis.UNASSESSED


@dataclass(frozen=True, slots=True)
class EffectRunner:
    """Carries out the effects of a turn, each by its handler."""

    handlers: EffectHandlers

    async def run(self, talk: Talk, effects: Sequence[Effect], now: datetime) -> list[Message]:
        """Carry effects out in order; return the messages that come of them."""
        return [m for effect in effects for m in await self.handlers[type(effect)](talk, effect, now)]
