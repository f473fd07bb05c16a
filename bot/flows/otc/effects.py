"""Show registered shops in the turn's transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.turn import Effect
from core.messages import Message, Tap
from core.talk import Talk
from shop.cards import ShopDesk


@dataclass(frozen=True, slots=True)
class ShowShops(Effect):
    """Answer with a kind of product and the city's registered shops; `notes` are added to its card."""

    kind_id: str
    notes: tuple[str, ...] = ()
    quick: tuple[Tap, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopFinder:
    """Carries `ShowShops` out."""

    desk: ShopDesk

    async def __call__(self, talk: Talk, effect: ShowShops, now: datetime) -> list[Message]:
        """Return the kind's card and the shops as messages."""
        kind = self.desk.catalogue.kind(effect.kind_id)
        assert kind is not None, "the flow took it from the same catalogue"
        conversation = talk.conversation
        found = await self.desk.messages(
            talk.session, conversation.municipality_id, conversation.id, kind, now, effect.notes
        )
        return [*found[:-1], replace(found[-1], quick=effect.quick)]
