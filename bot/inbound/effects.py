"""What a turn decided is done here, in the turn's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.turn import Action, OpenThread, ShowFacilities, ShowShops
from core.db.tables import Thread, Urgency
from core.messages import Answer, Call, Message, Tap, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from facilities.replies import tell
from facilities.service import look
from handoff.model import Basis, Summary
from handoff.service import open_thread
from shop.cards import ShopDesk


def _basis(action: OpenThread) -> Basis:
    if action.is_feedback:
        return Basis.FEEDBACK
    if action.protocols:
        return Basis.PROTOCOL
    return Basis.SIGN if action.urgency is Urgency.RED else Basis.UNASSESSED


def stop_waiting(thread: Thread, texts: Texts) -> Tap:
    """Return the button that ends the wait for this thread, and no other."""
    answer = Answer("handoff", str(thread.id), "waiting", "withdraw")
    return Tap(texts("handoff.waiting.stop"), answer.data(), texts("handoff.waiting.stop"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Carries out the actions of a turn."""

    texts: Texts
    cities: Mapping[str, Municipality]
    shop: ShopDesk

    async def act(self, talk: Talk, actions: Sequence[Action], now: datetime) -> list[Message]:
        """Do what was decided, in order; returns what there is to say about it."""
        said: list[Message] = []
        for action in actions:
            match action:
                case OpenThread():
                    said.append(await self._open_thread(talk, action, now))
                case ShowFacilities():
                    said += await self._facilities(talk, action, now)
                case ShowShops():
                    said += await self._shops(talk, action, now)
        return said

    async def _open_thread(self, talk: Talk, action: OpenThread, now: datetime) -> Message:
        summary = Summary(
            who=action.who,
            complaint=action.complaint,
            findings=action.findings,
            urgency=action.urgency,
            advised=action.advised,
            basis=_basis(action),
            protocols=action.protocols,
            wishes=action.wishes,
        )
        thread = await open_thread(
            talk, profession=action.profession, urgency=action.urgency, summary=summary, now=now
        )
        call = Call(self.texts("talk.call_119"), "119")
        return Text(text=action.words, quick=(call, stop_waiting(thread, self.texts)))

    async def _facilities(self, talk: Talk, asked: ShowFacilities, now: datetime) -> list[Message]:
        city = self.cities[talk.conversation.municipality_id]
        found = await look(talk.session, city, asked.wanted, now, offset=asked.offset)
        return tell(found, city, self.texts, now, more=asked.more, onward=asked.onward)

    async def _shops(self, talk: Talk, wanted: ShowShops, now: datetime) -> list[Message]:
        kind = self.shop.catalogue.kind(wanted.kind_id)
        assert kind is not None, "the flow took it from the same catalogue"
        conversation = talk.conversation
        found = await self.shop.messages(
            talk.session, conversation.municipality_id, conversation.id, kind, now, wanted.notes
        )
        return [*found[:-1], replace(found[-1], quick=wanted.quick)]
