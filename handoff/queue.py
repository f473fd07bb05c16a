"""The queue: who waits, in the order in which they should be answered."""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.console.deps import ConsoleDeps
from core.console.hub import Hub
from core.crypto import KeyRing, Unreadable
from core.db.tables import Resident, Staff, ThreadStatus, Urgency
from core.logging import get_logger
from core.residents.keys import open_json, resident_key
from core.urgency import LEVELS
from handoff import store
from handoff.model import Summary
from handoff.service_alerts import Health, look_at

log = get_logger()

# Without Redis nobody tells us of changes: look again after this long.
FRESH_S = 1.0
# A busy city changes many times a second: all who watch share four looks.
PAUSE_S = 0.25
HEALTH_FRESH_S = 15.0
MOST_SUMMARIES = 5_000
SHOWN = 100  # of each section; the rest is counted
RANK = {urgency.value: rank for rank, urgency in enumerate(LEVELS)}


class Entry(NamedTuple):
    """One open thread as the queue needs it; the fields are those of `store.QUEUE_COLUMNS`, in order."""

    id: uuid.UUID
    conversation_id: uuid.UUID
    municipality_id: str
    profession: str
    urgency: str
    status: str
    assignee_id: uuid.UUID | None
    claimed_at: datetime | None
    alarm_at: datetime | None
    unanswered_since: datetime | None
    requested_at: datetime
    version: int
    assignee: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has it yet."""
        return self.status == ThreadStatus.WAITING.value

    @property
    def is_everyones(self) -> bool:
        """Whether it is too urgent to wait for one profession."""
        return self.alarm_at is not None or self.urgency == Urgency.RED.value

    def turn(self) -> tuple[bool, int, datetime]:
        """Return the place in the queue: alarms, then urgency, then who waits longest."""
        return self.alarm_at is None, RANK[self.urgency], self.requested_at


@dataclass(frozen=True, slots=True)
class Sections:
    """The queue as one clinician sees it."""

    own: Sequence[Entry]  # waiting for her profession, and emergencies whoever was asked for
    mine: Sequence[Entry]  # hers, unanswered words first
    others: Sequence[Entry]  # waiting for another profession
    taken: Sequence[Entry]  # with a colleague

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self.own) + len(self.others)

    @property
    def longest(self) -> datetime | None:
        """Since when the one who waits longest waits."""
        return min((e.requested_at for e in (*self.own, *self.others)), default=None)

    @property
    def alarms(self) -> int:
        """How many alarms nobody has acknowledged."""
        return sum(e.alarm_at is not None for e in (*self.own, *self.mine, *self.others, *self.taken))

    @property
    def to_answer(self) -> int:
        """How many of hers have said something she has not answered."""
        return sum(e.unanswered_since is not None for e in self.mine)


def arrange(entries: Sequence[Entry], staff: Staff) -> Sections:
    """Return the queue in order, a clinician's own profession first."""
    waiting = sorted((e for e in entries if e.is_waiting), key=Entry.turn)
    taken = [e for e in entries if not e.is_waiting]
    mine = [e for e in taken if e.assignee_id == staff.id]

    def is_own(entry: Entry) -> bool:
        return not staff.professions or entry.profession in staff.professions or entry.is_everyones

    return Sections(
        own=[e for e in waiting if is_own(e)],
        others=[e for e in waiting if not is_own(e)],
        mine=sorted(
            mine,
            key=lambda e: (
                e.alarm_at is None,
                e.unanswered_since is None,
                e.unanswered_since or e.requested_at,
            ),
        ),
        taken=sorted((e for e in taken if e.assignee_id != staff.id), key=Entry.turn),
    )


@dataclass(slots=True)
class _Snapshot:
    looked_at: float
    changes: int  # of the city, as known when it was read
    serial: int  # grows when the entries are others than before
    entries: list[Entry]


def _age(snapshot: _Snapshot) -> float:
    return asyncio.get_running_loop().time() - snapshot.looked_at


class Queue:
    """One process's view of the open threads, read once for all who watch."""

    def __init__(self, deps: ConsoleDeps, hub: Hub) -> None:
        self._deps = deps
        self._hub = hub
        self._snapshots: dict[str, _Snapshot] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._summaries: dict[tuple[uuid.UUID, int], Summary | None] = {}
        self._health: dict[frozenset[str], tuple[float, Health]] = {}

    async def entries(self, cities: Collection[str]) -> tuple[tuple[int, ...], list[Entry]]:
        """Return the open threads of some cities, and numbers that stay the same while these do.

        They are at most a second old and never older than a change we were told of.
        """
        found = [await self._of(city) for city in sorted(cities)]
        return tuple(s.serial for s in found), [entry for s in found for entry in s.entries]

    async def _of(self, city: str) -> _Snapshot:
        async with self._locks.setdefault(city, asyncio.Lock()):
            known = self._snapshots.get(city)
            if known and known.changes == self._hub.changes_of(city) and _age(known) < FRESH_S:
                return known
            if known:
                await asyncio.sleep(PAUSE_S - _age(known))
            changes, looked_at = self._hub.changes_of(city), asyncio.get_running_loop().time()
            async with self._deps.sessions() as session:
                rows = await store.open_threads(session, city)
            entries = [Entry(*row) for row in rows]
            serial = known.serial + (known.entries != entries) if known else 0
            self._snapshots[city] = _Snapshot(looked_at, changes, serial, entries)
            return self._snapshots[city]

    async def summaries(self, entries: Sequence[Entry]) -> dict[uuid.UUID, Summary | None]:
        """Open the summaries of threads, None for one that cannot be opened; the known are not opened again."""
        missing = {e.id: e for e in entries if (e.id, e.version) not in self._summaries}
        if missing:
            if len(self._summaries) > MOST_SUMMARIES:
                self._summaries.clear()
            async with self._deps.sessions() as session:
                rows = await store.sealed_summaries(session, missing.keys())
            for thread_id, sealed, resident in rows:
                opened = _opened(self._deps.ring, thread_id, sealed, resident)
                self._summaries[thread_id, missing[thread_id].version] = opened
        empty = Summary()
        return {e.id: self._summaries.get((e.id, e.version), empty) for e in entries}

    async def health(self, cities: frozenset[str]) -> Health:
        """Return what did not work lately, at most a quarter of a minute old."""
        now = asyncio.get_running_loop().time()
        known = self._health.get(cities)
        if known and now - known[0] < HEALTH_FRESH_S:
            return known[1]
        async with self._deps.sessions() as session:
            found = await look_at(session, cities, self._deps.clock())
        self._health[cities] = (now, found)
        return found


def _opened(ring: KeyRing, thread_id: uuid.UUID, sealed: bytes, resident: Resident) -> Summary | None:
    try:
        return Summary.from_json(open_json(resident_key(ring, resident), sealed, "summary"))
    except Unreadable:
        log.error("summary_unreadable", thread_id=str(thread_id))  # noqa: TRY400 - the trace says no more
        return None
