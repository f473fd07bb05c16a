"""Tell each clinician's pages what waits for her; drawn once for all who see the same."""

import asyncio
import uuid
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from core.console.deps import VISITOR, ConsoleDeps, Visitor
from core.console.protocols import Source, Topic
from core.console.rendering import wording_of
from core.console.wording import Wording
from core.db.tables import Role, Urgency
from handoff.model import Basis
from handoff.notification_store import View, latest_views, newest_words
from handoff.notifications import Notification, notifications
from handoff.queue import Entry, Queue, overdue
from handoff.queue_view import short_name

LOOK_S = 5.0
# While an urgent call is unseen: it rings every ten seconds.
LOOK_URGENT_S = 1.0
# Calls in one event; the counts cover all.
MOST_TOLD = 20
# How many waiting threads are checked for a sign of danger.
MOST_SIGNS = 500
MOST_DRAWN = 1_000
VIEWS_FRESH_S = 1.0

# What waits for a clinician, for the page's script: `{"title": of the page or empty, "count", "urgent":
# numbers, "calls": [{"mark", "why", "thread": id or empty, "page": address, "is_urgent", "text", "ring": name
# or empty}]}`.
NotificationList = dict[str, Any]


class _Drawn(NamedTuple):
    serials: tuple[int, ...]
    late: frozenset[uuid.UUID]
    notifications: tuple[Notification, ...]


Views = Mapping[tuple[uuid.UUID | None, str], View]


class NotificationFeed:
    """One process's view of what waits, read once for all clinicians."""

    def __init__(self, deps: ConsoleDeps, queue: Queue) -> None:
        self._deps = deps
        self._queue = queue
        self._drawn: dict[Any, _Drawn] = {}
        self._newest: dict[frozenset[str], tuple[tuple[int, ...], Mapping[uuid.UUID, int]]] = {}
        self._views: Views = {}
        self._viewed: tuple[float, frozenset[str]] = (0.0, frozenset())
        self._reading = asyncio.Lock()

    async def notifications_for(self, visitor: Visitor, t: Wording) -> NotificationList:
        """Return what waits for a clinician."""
        found = await self._notifications(visitor)
        loud = [notification for notification in found if notification.is_urgent]
        views = await self._seen(frozenset(notification.subject for notification in loud)) if loud else {}
        seen = {one.subject: self._view_of(one, visitor, views) for one in loud}
        # A danger that somebody has opened stands in its list, and calls nobody any more.
        urgent = [one for one in loud if not (one.thread_id is None and one.is_seen(seen[one.subject]))]
        now = self._deps.clock()
        told = [
            self._told(one, visitor, t)
            | {"is_urgent": one in urgent, "ring": one.ring(now, seen.get(one.subject))}
            for one in found[:MOST_TOLD]
        ]
        return {
            "title": t("tab.urgent", urgent=len(urgent), count=len(found))
            if urgent
            else t("tab.waiting", count=len(found))
            if found
            else "",
            "count": len(found),
            "urgent": len(urgent),
            "calls": told,
        }

    def _view_of(self, one: Notification, visitor: Visitor, views: Views) -> View | None:
        """Return her last view of a thread; of a danger without a thread, anybody's."""
        if one.thread_id is not None:
            return views.get((visitor.staff.id, one.subject))
        return max((view for (_, subject), view in views.items() if subject == one.subject), default=None)

    def _told(self, notification: Notification, visitor: Visitor, t: Wording) -> dict[str, Any]:
        name = t("inbox.resident", name=short_name(notification.conversation_id))
        city = f"・{self._deps.cities[notification.city].name}" if len(visitor.municipalities) > 1 else ""
        return {
            "mark": notification.mark,
            "why": notification.reason.value,
            "thread": str(notification.thread_id or ""),
            "page": notification.page,
            "text": t(f"ring.{notification.reason.value}", name=f"{name}{city}"),
        }

    async def _notifications(self, visitor: Visitor) -> tuple[Notification, ...]:
        cities, staff = visitor.municipalities, visitor.staff
        serials, entries, dangers = await self._queue.entries(cities)
        has_own = any(e.assignee_id == staff.id for e in entries)
        key = (cities, staff.id if has_own else None)
        late = overdue(entries, self._deps.clock())
        known = self._drawn.get(key)
        if known and (known.serials, known.late) == (serials, late):
            return known.notifications
        newest = await self._newest_words(cities, serials, entries) if has_own else {}
        signs = await self._signs(entries)
        found = notifications(entries, staff.id, signs=signs, late=late, newest=newest, dangers=dangers)
        if len(self._drawn) > MOST_DRAWN:
            self._drawn.clear()
        self._drawn[key] = _Drawn(serials, late, found)
        return found

    async def _newest_words(
        self, cities: frozenset[str], serials: tuple[int, ...], entries: Collection[Entry]
    ) -> Mapping[uuid.UUID, int]:
        known = self._newest.get(cities)
        if known and known[0] == serials:
            return known[1]
        talks = [e.conversation_id for e in entries if not e.is_waiting and e.unanswered_since]
        async with self._deps.sessions() as session:
            found = await newest_words(session, talks)
        self._newest[cities] = (serials, found)
        return found

    async def _signs(self, entries: Collection[Entry]) -> frozenset[uuid.UUID]:
        """Return the threads whose summary tells of a sign of danger below red."""
        unsure = [
            e for e in entries if e.is_waiting and e.urgency == Urgency.ORANGE.value and not e.is_everyones
        ]
        summaries = await self._queue.summaries(unsure[:MOST_SIGNS])
        return frozenset(i for i, known in summaries.items() if known and known.basis is Basis.SIGN)

    async def _seen(self, subjects: frozenset[str]) -> Views:
        """Return the last view of each of some threads and dangers by each clinician, at most a second old."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            looked_at, known = self._viewed
            if now - looked_at > VIEWS_FRESH_S or not subjects <= known:
                # One query for all who ask, whatever their cities.
                wanted = subjects | known if now - looked_at < VIEWS_FRESH_S else subjects
                async with self._deps.sessions() as session:
                    self._views = await latest_views(session, wanted)
                self._viewed = (now, wanted)
            return self._views


NOTIFICATION_FEED = web.AppKey("handoff_notification_feed", NotificationFeed)


async def open_notifications(request: web.Request, _argument: str) -> Source:
    """Follow what waits for the visitor."""
    visitor, t = request[VISITOR], wording_of(request)
    last: NotificationList = {}

    async def produce() -> NotificationList | None:
        nonlocal last
        shown = await request.config_dict[NOTIFICATION_FEED].notifications_for(visitor, t)
        if shown == last:
            return None
        last = shown
        return shown

    return Source(
        subjects=visitor.municipalities,
        produce=produce,
        look_every_s=lambda: LOOK_URGENT_S if _rings_on(last) else LOOK_S,
        rest_s=LOOK_URGENT_S,
    )


def _rings_on(shown: NotificationList) -> bool:
    return any(notification["is_urgent"] and notification["ring"] for notification in shown.get("calls", ()))


NOTIFICATIONS = Topic(roles=frozenset({Role.CLINICIAN}), open=open_notifications, is_everywhere=True)
