"""What the staff web is made of, and who is looking."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Role, Staff
from core.live import Signals
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts


async def _nothing_to_mark(_conversation_id: uuid.UUID) -> None:
    """Mark nothing: no surface was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDeps:
    """Connections and content, handed in by the composition root.

    `texts` are the residents' texts. `mark_read` is awaited after the commit when the clinician who has a
    talk has its newest words on her screen.
    """

    sessions: Sessions
    ring: KeyRing
    settings: Settings
    clock: Clock
    signals: Signals
    texts: Texts
    cities: Mapping[str, Municipality] = field(repr=False)
    mark_read: Callable[[uuid.UUID], Awaitable[None]] = _nothing_to_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A signed-in member of staff, with what the page needs of the session."""

    staff: Staff
    municipalities: frozenset[str]
    csrf: str
    token_hash: bytes
    address: str

    @property
    def rights(self) -> tuple[frozenset[str], frozenset[str]]:
        """What the visitor may do, and for which cities."""
        return frozenset(self.staff.roles), self.municipalities

    def is_any(self, roles: frozenset[Role]) -> bool:
        """Whether the visitor has one of `roles`."""
        return not roles.isdisjoint(self.staff.roles)


DEPS = web.AppKey("console_deps", ConsoleDeps)
VISITOR = web.RequestKey("visitor", Visitor)
