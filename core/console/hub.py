"""Wake open pages when a talk they follow, or their city's queue, has changed.

Redis tells at once; without it, the versions of the watched talks are compared once a second.
"""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from aiohttp import web

from core.console.deps import ConsoleDeps
from core.db.engine import is_outage
from core.live import live_channel
from core.logging import get_logger
from core.talk import versions_of

log = get_logger()

POLL_S = 1.0


class Hub:
    """The wake-ups for this process's open pages, by talk and by city."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._watchers: dict[uuid.UUID | str, set[asyncio.Event]] = {}
        self._versions: dict[uuid.UUID, int] = {}
        self._changes: Counter[str] = Counter()
        self.is_closing = False

    @contextmanager
    def watch(self, subjects: Iterable[uuid.UUID | str]) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever one of the talks (ids) or cities (names) changes."""
        ear = asyncio.Event()
        wanted = tuple(subjects)
        for subject in wanted:
            self._watchers.setdefault(subject, set()).add(ear)
        try:
            yield ear
        finally:
            for subject in wanted:
                self._watchers[subject].discard(ear)
                if not self._watchers[subject]:
                    del self._watchers[subject]
                    self._versions.pop(subject, None) if isinstance(subject, uuid.UUID) else None

    async def run(self) -> None:
        """Wake watchers, for ever; pages also look by themselves, so a fault here costs only seconds."""
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen())
                    tasks.create_task(self._look())
            except ExceptionGroup as exc:
                log.exception("hub_restarted", error=type(exc.exceptions[0]).__name__)
                await asyncio.sleep(POLL_S)

    def close(self) -> None:
        """End every open stream."""
        self.is_closing = True
        for subject in list(self._watchers):
            self._wake(subject)

    def changes_of(self, city: str) -> int:
        """Return how often a city's talks have changed, as far as this process was told."""
        return self._changes[city]

    def _wake(self, subject: uuid.UUID | str) -> None:
        if isinstance(subject, str):
            self._changes[subject] += 1
        for ear in self._watchers.get(subject, ()):
            ear.set()

    async def _listen(self) -> None:
        by_channel = {live_channel(city): city for city in self._deps.cities}
        async for channel, payload in self._deps.signals.listen(by_channel):
            self._wake(by_channel[channel])
            try:
                talk = json.loads(payload)
                self._wake(uuid.UUID(talk["talk"]))
            except (ValueError, KeyError, TypeError):
                log.warning("live_event_unreadable", channel=channel)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            watched = [s for s in self._watchers if isinstance(s, uuid.UUID)]
            if watched:
                try:
                    await self._compare(watched)
                except Exception as exc:
                    if not is_outage(exc) and not isinstance(exc, TimeoutError):
                        raise

    async def _compare(self, watched: list[uuid.UUID]) -> None:
        async with self._deps.sessions() as session:
            rows = await versions_of(session, watched)
        for talk_id, city, version in rows:
            known = self._versions.get(talk_id)
            if talk_id in self._watchers:
                self._versions[talk_id] = version
            if known == version:
                continue
            # The first comparison cannot know which version the page has read: let it look once more.
            self._wake(talk_id)
            if known is not None:
                self._wake(city)


HUB = web.AppKey("console_hub", Hub)
