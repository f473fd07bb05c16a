"""Search for facilities in the turn's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.turn import Effect
from core.messages import Button, Message, Tap
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from facilities.model import Wanted
from facilities.replies import search_reply
from facilities.service import search


@dataclass(frozen=True, slots=True)
class ShowFacilities(Effect):
    """Answer with the nearest facilities from the `offset`-th on, and `more` where there are further ones."""

    wanted: Wanted
    offset: int
    more: Tap
    onward: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class FacilityFinder:
    """Carries `ShowFacilities` out."""

    texts: Texts
    cities: Mapping[str, Municipality]

    async def __call__(self, talk: Talk, effect: ShowFacilities, now: datetime) -> list[Message]:
        """Return the facilities as messages."""
        city = self.cities[talk.conversation.municipality_id]
        found = await search(talk.session, city, effect.wanted, now, offset=effect.offset)
        return search_reply(found, city, self.texts, now, more=effect.more, onward=effect.onward)
