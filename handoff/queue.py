"""Order the queue: which residents wait, and who should be answered first."""

import asyncio
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core.console.deps import ConsoleDeps
from core.console.hub import Hub
from core.crypto import KeyRing, Unreadable
from core.db.tables import Resident, Staff, ThreadStatus, Urgency
from core.logging import get_logger
from core.residents.keys import open_json, resident_key
from core.urgency import LEVELS
from handoff import safety_store, store
from handoff.model import Summary
from handoff.safety_events import LISTED_FOR, Sign, by_talk
from handoff.service_alerts import ServiceAlerts, read_alerts

log = get_logger()

# Seconds until a snapshot is read again when Redis tells of no change.
FRESH_S = 1.0
# A busy city changes many times a second: all pages share at most four reads a second.
PAUSE_S = 0.25
HEALTH_FRESH_S = 15.0
MOST_SUMMARIES = 5_000
SHOWN = 100  # of each section; the rest is counted
# A first answer is due this long after the wait began; then the thread is shown to every profession.
FIRST_RESPONSE = {
    Urgency.RED: timedelta(0),
    Urgency.ORANGE: timedelta(minutes=5),
    Urgency.YELLOW: timedelta(minutes=15),
    Urgency.GREEN: timedelta(minutes=30),
    Urgency.WHITE: timedelta(minutes=30),
}
RANK = {urgency.value: rank for rank, urgency in enumerate(LEVELS)}


class Entry(NamedTuple):
    """One open thread in the queue; the fields are those of `store.QUEUE_COLUMNS`, in order."""

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
    is_despair: bool
    is_following: bool
    assignee: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether no clinician has it yet."""
        return self.status == ThreadStatus.WAITING.value

    @property
    def is_everyones(self) -> bool:
        """Whether it is too urgent to wait for one profession: an alarm, red, or suicidal ideation."""
        return self.alarm_at is not None or self.is_despair or self.urgency == Urgency.RED.value

    @property
    def waits_since(self) -> datetime:
        """When the wait for the answer that is due began; for a returned talk, the time of the last words."""
        return self.unanswered_since or self.requested_at

    @property
    def response_due_at(self) -> datetime:
        """When the first answer is due."""
        return self.waits_since + FIRST_RESPONSE[Urgency(self.urgency)]

    @property
    def response_minutes(self) -> int:
        """Within how many minutes the first answer is due."""
        return int(FIRST_RESPONSE[Urgency(self.urgency)] / timedelta(minutes=1))

    def turn(self) -> tuple[bool, int, datetime]:
        """Return the sort key: alarms, then urgency with despair as red, then the longest wait."""
        return self.alarm_at is None, 0 if self.is_despair else RANK[self.urgency], self.waits_since


@dataclass(frozen=True, slots=True)
class Sections:
    """The queue as one clinician sees it."""

    first: Sequence[Entry]  # waiting in danger: for every profession
    overdue: Sequence[Entry]  # waiting longer than their urgency allows: for every profession too
    own: Sequence[Entry]  # waiting for her profession
    mine: Sequence[Entry]  # hers, unanswered words first
    others: Sequence[Entry]  # waiting for another profession
    taken: Sequence[Entry]  # with a colleague
    signs: Sequence[Sign] = ()  # dangers without a thread

    @property
    def all_waiting(self) -> tuple[Entry, ...]:
        """All threads that wait, in the order of the page."""
        return (*self.first, *self.overdue, *self.own, *self.others)

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        return len(self.all_waiting)

    @property
    def longest(self) -> datetime | None:
        """When the longest wait began."""
        return min((e.waits_since for e in self.all_waiting), default=None)

    @property
    def alarms(self) -> int:
        """How many alarms are not acknowledged."""
        return sum(e.alarm_at is not None for e in (*self.all_waiting, *self.mine, *self.taken))

    @property
    def pressing(self) -> int:
        """How many need a clinician at once: alarms, dangers, and waits that are too long."""
        claimed = sum(e.alarm_at is not None for e in (*self.mine, *self.taken))
        return claimed + len(self.first) + len(self.overdue) + len(self.signs)

    @property
    def to_answer(self) -> int:
        """How many of her own threads have unanswered words."""
        return sum(e.unanswered_since is not None for e in self.mine)


def overdue(entries: Iterable[Entry], now: datetime) -> frozenset[uuid.UUID]:
    """Return the threads that wait longer for a first answer than their urgency allows."""
    return frozenset(e.id for e in entries if e.is_waiting and e.response_due_at <= now)


def queue_sections(
    entries: Sequence[Entry], staff: Staff, now: datetime, signs: Sequence[Sign] = ()
) -> Sections:
    """Return the queue in order: danger, waits that are too long, then a clinician's own profession."""
    late = overdue(entries, now)
    waiting = sorted((e for e in entries if e.is_waiting), key=Entry.turn)
    first = [e for e in waiting if e.is_everyones]
    escalated = [e for e in waiting if not e.is_everyones and e.id in late]
    in_time = [e for e in waiting if not e.is_everyones and e.id not in late]
    taken = [e for e in entries if not e.is_waiting]
    mine = [e for e in taken if e.assignee_id == staff.id]

    def is_own(entry: Entry) -> bool:
        return not staff.professions or entry.profession in staff.professions

    return Sections(
        first=first,
        overdue=escalated,
        own=[e for e in in_time if is_own(e)],
        others=[e for e in in_time if not is_own(e)],
        signs=signs,
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
    changes: int  # the city's number of changes when it was read
    serial: int  # grows when the entries differ from the last read
    entries: list[Entry]
    signs: tuple[Sign, ...]  # dangers without a thread


def _age(snapshot: _Snapshot) -> float:
    return asyncio.get_running_loop().time() - snapshot.looked_at


class Queue:
    """One process's view of the open threads, read once for all pages."""

    def __init__(self, deps: ConsoleDeps, hub: Hub) -> None:
        self._deps = deps
        self._hub = hub
        self._snapshots: dict[str, _Snapshot] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._summaries: dict[tuple[uuid.UUID, int], Summary | None] = {}
        self._health: dict[frozenset[str], tuple[float, ServiceAlerts]] = {}

    async def entries(self, cities: Collection[str]) -> tuple[tuple[int, ...], list[Entry], list[Sign]]:
        """Return serials, open threads and dangers without a thread; a city's serial grows with each change.

        They are at most a second old and never older than a change this process was told of.
        """
        found = [await self._of(city) for city in sorted(cities)]
        signs = sorted((sign for s in found for sign in s.signs), key=lambda sign: sign.at, reverse=True)
        return tuple(s.serial for s in found), [entry for s in found for entry in s.entries], signs

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
                noted = await safety_store.unaccompanied(session, city, self._deps.clock() - LISTED_FOR)
            entries, signs = [Entry(*row) for row in rows], by_talk(noted)
            serial = known.serial + ((known.entries, known.signs) != (entries, signs)) if known else 0
            self._snapshots[city] = _Snapshot(looked_at, changes, serial, entries, signs)
            return self._snapshots[city]

    async def summaries(self, entries: Sequence[Entry]) -> dict[uuid.UUID, Summary | None]:
        """Open the summaries of threads, None where that fails; opened ones are kept by version."""
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

    async def health(self, cities: frozenset[str]) -> ServiceAlerts:
        """Return what did not work lately, at most 15 s old."""
        now = asyncio.get_running_loop().time()
        known = self._health.get(cities)
        if known and now - known[0] < HEALTH_FRESH_S:
            return known[1]
        async with self._deps.sessions() as session:
            found = await read_alerts(session, cities, self._deps.clock())
        self._health[cities] = (now, found)
        return found


def _opened(ring: KeyRing, thread_id: uuid.UUID, sealed: bytes, resident: Resident) -> Summary | None:
    try:
        return Summary.from_json(open_json(resident_key(ring, resident), sealed, "summary"))
    except Unreadable:
        log.error("summary_unreadable", thread_id=str(thread_id))  # noqa: TRY400 - the trace says no more
        return None
