"""What a turn decided is done here, in the turn's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.turn import Action, OpenThread, ShowFacilities, WithdrawThread
from core.db.tables import Thread
from core.messages import Answer, Call, Message, Tap, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from facilities.cards import facility_messages
from facilities.search import nearest
from handoff.model import Summary
from handoff.service import open_thread, open_thread_of, withdraw

NEAREST = 3


def stop_waiting(thread: Thread, texts: Texts) -> Tap:
    """Return the button that ends the wait for this thread, and no other."""
    answer = Answer("handoff", str(thread.id), "waiting", "withdraw")
    return Tap(texts("handoff.waiting.stop"), answer.data(), texts("handoff.waiting.stop"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Carries out the actions of a turn."""

    texts: Texts
    cities: Mapping[str, Municipality]

    async def act(self, talk: Talk, actions: Sequence[Action], now: datetime) -> list[Message]:
        """Do what was decided, in order; returns what there is to say about it."""
        said: list[Message] = []
        for action in actions:
            match action:
                case OpenThread():
                    said.append(await self._open_thread(talk, action, now))
                case WithdrawThread():
                    thread = await open_thread_of(talk.session, talk.conversation.id, lock=True)
                    if thread:
                        await withdraw(talk, thread, now)
                case ShowFacilities():
                    said += await self._facilities(talk, action, now)
        return said

    async def _open_thread(self, talk: Talk, action: OpenThread, now: datetime) -> Message:
        summary = Summary(
            complaint=action.complaint,
            findings=action.findings,
            urgency=action.urgency,
            advised=action.advised,
        )
        thread = await open_thread(
            talk, profession=action.profession, urgency=action.urgency, summary=summary, now=now
        )
        call = Call(self.texts("talk.call_119"), "119")
        return Text(text=action.words, quick=(call, stop_waiting(thread, self.texts)))

    async def _facilities(self, talk: Talk, wanted: ShowFacilities, now: datetime) -> list[Message]:
        found = await nearest(
            talk.session,
            talk.conversation.municipality_id,
            wanted.latitude,
            wanted.longitude,
            department=wanted.department,
            kind=wanted.kind,
            limit=NEAREST,
            at=now,
        )
        return facility_messages(found, self.texts, department=wanted.department, kind=wanted.kind)
