"""How features join the staff web without knowing each other: navigation, panels, commands."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

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
        """Wording key."""

    @property
    def path(self) -> str:
        """Address."""

    @property
    def roles(self) -> frozenset[Role]:
        """Who sees it."""


class Panel(Protocol):
    """A block shown beside a thread; a feature answers None when it has nothing on this talk."""

    roles: frozenset[Role]

    async def render(
        self, session: AsyncSession, thread: Thread, visitor: Visitor, wording: Wording
    ) -> Markup | None:
        """Return the block's HTML."""


class Command(Protocol):
    """A button on a thread of one's own. It runs in one transaction under the talk's lock."""

    name: str  # part of the address: [a-z-]+
    label: str  # wording key
    roles: frozenset[Role]

    async def run(self, talk: Talk, thread: Thread, visitor: Visitor, now: datetime) -> None:
        """Do it; errors of `core.errors` become pages."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A plain `Nav`."""

    label: str
    path: str
    roles: frozenset[Role]


Lifetime = Callable[[web.Application], AsyncIterator[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one package adds. Route paths are relative to `/console`.

    `folder` may hold `templates/`, `static/` and `messages/<ja|en>.yml`; `lifetimes` own background tasks.
    """

    name: str
    folder: Path
    navs: Sequence[Nav] = ()
    routes: Sequence[web.AbstractRouteDef] = ()
    panels: Sequence[Panel] = ()
    commands: Sequence[Command] = ()
    lifetimes: Sequence[Lifetime] = ()


PANELS = web.AppKey("console_panels", tuple[Panel, ...])
COMMANDS = web.AppKey("console_commands", dict[str, Command])
NAVS = web.AppKey("console_navs", tuple[Nav, ...])
