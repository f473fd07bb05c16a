"""Serve `/console/inbox/dangers/{id}`: a danger without a thread, and what a clinician can do about it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from core.console import audit
from core.console.access import allowed, sent_form
from core.console.deps import DEPS, VISITOR, Visitor
from core.console.rendering import render_page, wording_of
from core.db.tables import Role, SafetyEvent, SafetyOutcome, ThreadStatus, Urgency
from core.errors import NotFound
from core.talk import Talk, lock_talk
from handoff import safety_store, store
from handoff.actions import MOST_DIGITS, number_in
from handoff.errors import WordsArrived
from handoff.outreach import reach_out
from handoff.queue_view import seen_words, short_name
from handoff.safety_events import CHOICES, DESPAIRS, settle
from handoff.thread_view import draw_line, key_of, read_lines

INBOX = "/console/inbox"
LINES = 20  # utterances shown


@dataclass(frozen=True, slots=True)
class Tending:
    """A clinician's action on a danger, its talk locked."""

    visitor: Visitor
    talk: Talk
    event: SafetyEvent
    now: datetime

    def wrote(self, action: audit.AuditAction, subject_id: str, **detail: str) -> None:
        """Audit the action, in the same transaction."""
        audit.write(
            self.talk.session,
            action,
            self.now,
            staff_id=self.visitor.staff.id,
            municipality_id=self.event.municipality_id,
            subject_id=subject_id,
            address=self.visitor.address,
            detail=detail,
        )


@asynccontextmanager
async def tending(request: web.Request) -> AsyncGenerator[Tending]:
    """Lock the talk of a safety event; commit at the end.

    Raises:
        NotFound: no such event in the visitor's cities.
    """
    deps, visitor = request.app[DEPS], request[VISITOR]
    async with deps.sessions.begin() as session:
        event = await safety_store.find_event(session, asked_event(request), visitor.municipalities)
        talk = await lock_talk(session, deps.ring, event.conversation_id)
        yield Tending(visitor, talk, event, deps.clock())


def asked_event(request: web.Request) -> int:
    """Return the event's id from the address.

    Raises:
        NotFound: it is no number.
    """
    text = request.match_info["event_id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotFound("no such event")
    return int(text)


@allowed(Role.CLINICIAN)
async def danger_page(request: web.Request) -> web.StreamResponse:
    """Show the signs and the last words; audited. Redirects to the thread if the talk has one."""
    deps, visitor, t = request.app[DEPS], request[VISITOR], wording_of(request)
    async with tending(request) as at:
        session, talk_id = at.talk.session, at.event.conversation_id
        thread = await store.latest_thread(session, talk_id)
        if thread and thread.status != ThreadStatus.CLOSED.value:
            return to_thread(str(thread.id))
        events = await safety_store.open_events(session, talk_id)
        lines = await read_lines(session, key_of(deps.ring, at.talk.resident), talk_id, limit=LINES)
        at.wrote(audit.AuditAction.DANGER_VIEWED, str(at.event.id), talk=str(talk_id))
        version = at.talk.conversation.version
        told = max((one for one in events if one.told_at), key=_told_at, default=None)
    several = len(visitor.municipalities) > 1
    return render_page(
        request,
        "handoff/danger.html",
        event=at.event,
        signs=[(one.at, *seen_words(t, [one.category])) for one in events],
        is_despair=any(one.category in DESPAIRS for one in events),
        is_red=any(one.urgency == Urgency.RED.value for one in events),
        seen_at=events[0].at.isoformat() if events else "",
        told=told.told if told else "",
        told_at=told.told_at if told else None,
        version=version,
        name=short_name(talk_id),
        city=deps.cities[at.event.municipality_id].name if several else "",
        is_following=at.talk.resident.is_following,
        last_thread=thread,
        lines=[draw_line(request, line, t) for line in lines],
        choices=CHOICES,
        has_more="more" in request.query,
    )


@allowed(Role.CLINICIAN)
async def take_danger(request: web.Request) -> web.StreamResponse:
    """Open a thread for the talk and claim it."""
    async with tending(request) as at:
        thread = await reach_out(at.talk, at.visitor.staff, at.now, texts=request.app[DEPS].texts)
        at.wrote(audit.AuditAction.THREAD_CLAIMED, str(thread.id), event=str(at.event.id))
        thread_id = str(thread.id)
    return to_thread(thread_id)


@allowed(Role.CLINICIAN)
async def settle_danger(request: web.Request) -> web.StreamResponse:
    """Record how the danger ended; what has arrived since the page was opened is shown first."""
    form = sent_form(request)
    try:
        outcome = SafetyOutcome(form.text("outcome"))
        seen_at = datetime.fromisoformat(form.text("seen_at"))
    except ValueError as exc:
        raise NotFound("no such outcome") from exc
    if outcome not in CHOICES or seen_at.tzinfo is None:
        raise NotFound("no such outcome")
    try:
        async with tending(request) as at:
            staff, version = at.visitor.staff, number_in(request, "version")
            await settle(at.talk, staff, outcome, at.now, seen_at=seen_at, version=version)
            at.wrote(audit.AuditAction.DANGER_SETTLED, str(at.event.id), outcome=outcome.value)
    except WordsArrived:
        location = f"{INBOX}/dangers/{asked_event(request)}?more=1"
        return web.Response(status=303, headers={"Location": location})
    return web.Response(status=303, headers={"Location": INBOX})


def _told_at(event: SafetyEvent) -> datetime:
    assert event.told_at is not None
    return event.told_at


def to_thread(thread_id: str) -> web.Response:
    """Redirect to a thread's page."""
    return web.Response(status=303, headers={"Location": f"/console/threads/{thread_id}"})
