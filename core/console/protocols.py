"""Declare what features add to the staff web: navigation, panels, commands, topics."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from core.console.deps import Visitor
from core.console.wording import Wording
from core.db.tables import Role, Thread
from core.talk import Talk


class Nav(Protocol):
    """An entry of the header; `label` is a wording key, `path` starts at `/console`."""

    @property
    def label(self) -> str:
        """The wording key."""

    @property
    def path(self) -> str:
        """The address, from `/console`."""

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that see it."""


class Panel(Protocol):
    """A block shown beside a thread; `render` returns None when the feature has nothing on this talk."""

    roles: frozenset[Role]

    async def render(
        self, session: AsyncSession, thread: Thread, visitor: Visitor, wording: Wording
    ) -> Markup | None:
        """Return the block's HTML."""


class Command(Protocol):
    """A button on the visitor's own thread. It runs in one transaction under the talk's lock."""

    name: str  # part of the address: [a-z-]+
    label: str  # wording key
    roles: frozenset[Role]

    async def run(self, talk: Talk, thread: Thread, visitor: Visitor, now: datetime) -> None:
        """Run the command; errors of `core.errors` become pages."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A `Nav` of fixed values."""

    label: str
    path: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing that an open page follows.

    `produce` returns the change since its last call as a JSON object, whose keys the page's script of that
    topic knows (`handoff.queue_view.Board`, `handoff.thread_view.draw_change`), or None. It is called when
    one of `subjects` (talks by id, cities by name) has changed, and after `look_every_s()` seconds, at most
    once in `rest_s` seconds.
    """

    subjects: Collection[uuid.UUID | str]
    produce: Callable[[], Awaitable[dict[str, Any] | None]]
    look_every_s: Callable[[], float]
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A kind of source. `open` takes the page's argument and raises NotFound when the visitor may not see it.

    Every page of the staff web follows a topic that `is_everywhere`.
    """

    roles: frozenset[Role]
    open: Callable[[web.Request, str], Awaitable[Source]]
    is_everywhere: bool = False


Lifetime = Callable[[web.Application], AsyncIterator[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one package adds to the staff web. Route paths are relative to `/console`.

    `folder` may hold `templates/`, `static/` and `messages/<ja|en>.yml`; `lifetimes` own background tasks.
    `topics` are what open pages may follow, by name.
    """

    name: str
    folder: Path
    navs: Sequence[Nav] = ()
    routes: Sequence[web.AbstractRouteDef] = ()
    panels: Sequence[Panel] = ()
    commands: Sequence[Command] = ()
    lifetimes: Sequence[Lifetime] = ()
    topics: Mapping[str, Topic] = field(default_factory=dict)


PANELS = web.AppKey("console_panels", tuple[Panel, ...])
COMMANDS = web.AppKey("console_commands", dict[str, Command])
NAVS = web.AppKey("console_navs", tuple[Nav, ...])
TOPICS = web.AppKey("console_topics", dict[str, Topic])
