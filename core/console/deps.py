"""The staff web's connections and content, and the visitor of a request."""

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
    """Do nothing: the default where no surface marks messages as read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDeps:
    """Connections and content, handed in by the composition root.

    `texts` are the residents' texts. `mark_read` is awaited after the commit when the newest words of a talk
    are on the screen of the clinician who has it.
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
    """A signed-in member of staff, with what pages need of the session."""

    staff: Staff
    municipalities: frozenset[str]
    csrf: str
    token_hash: bytes
    address: str

    @property
    def rights(self) -> tuple[frozenset[str], frozenset[str]]:
        """The visitor's roles and cities."""
        return frozenset(self.staff.roles), self.municipalities

    def is_any(self, roles: frozenset[Role]) -> bool:
        """Whether the visitor has one of `roles`."""
        return not roles.isdisjoint(self.staff.roles)


DEPS = web.AppKey("console_deps", ConsoleDeps)
VISITOR = web.RequestKey("visitor", Visitor)
