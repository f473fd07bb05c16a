"""Serve `/console/threads/{id}`: the whole talk, live."""

import uuid
from collections.abc import Collection
from typing import Any

from aiohttp import web
from markupsafe import Markup

from core.console.access import allowed, background
from core.console.deps import DEPS, VISITOR
from core.console.protocols import PANELS, Source, Topic
from core.console.rendering import render_page, wording_of
from core.console.stream import stream_one
from core.crypto import Unreadable
from core.db.tables import Role
from core.errors import NotFound
from core.logging import get_logger
from handoff import store
from handoff.queue_view import short_name
from handoff.thread_view import (
    PAGE,
    Opened,
    asked_thread,
    desk_state,
    draw_change,
    draw_desk,
    draw_head,
    draw_line,
    draw_summary,
    open_desk,
    open_summary,
)
from handoff.view_audit import note_further_view, note_summary_view, note_view

log = get_logger()

LOOK_S = 10.0
# While a row is being sent or a picture fetched, look more often.
LOOK_UNSETTLED_S = 1.0
MOST_UNSETTLED = 50
MOST_DIGITS = 18  # what a bigint holds
# Parts that are drawn at each change and pushed only when they differ.
LASTING = ("head", "summary", "state")


@allowed(Role.CLINICIAN)
async def thread_page(request: web.Request) -> web.StreamResponse:
    """Show a thread with the whole talk; written into the audit log."""
    deps, visitor, t = request.app[DEPS], request[VISITOR], wording_of(request)
    before_id = _number(request, "before")
    async with deps.sessions.begin() as session:
        opened = await open_desk(session, request, asked_thread(request), before_id=before_id or None)
        panels = await _panels(session, request, opened)
        note_view(session, visitor, opened, deps.clock())
    return render_page(
        request,
        "handoff/thread.html",
        thread=opened.thread,
        name=short_name(opened.thread.conversation_id),
        summary=draw_summary(request, opened, t),
        summary_at=f"/console/threads/{opened.thread.id}/summary",
        version=opened.version,
        state=desk_state(opened),
        lines=[(line, draw_line(request, line, t)) for line in opened.lines],
        head=draw_head(request, opened, t),
        desk=draw_desk(request, opened, t),
        panels=panels,
        older=opened.lines[0].id if len(opened.lines) == PAGE else 0,
        is_history=bool(before_id),
        is_ending=opened.is_ending,
    )


@allowed(Role.CLINICIAN)
async def summary_page(request: web.Request) -> web.StreamResponse:
    """Show a thread's summary (SBAR) as one sheet to print; written into the audit log."""
    deps, visitor, t = request.app[DEPS], request[VISITOR], wording_of(request)
    async with deps.sessions.begin() as session:
        opened = await open_summary(session, request, asked_thread(request))
        note_summary_view(session, visitor, opened, deps.clock())
    return render_page(
        request,
        "handoff/summary_page.html",
        thread=opened.thread,
        name=short_name(opened.thread.conversation_id),
        city=deps.cities[opened.thread.municipality_id].name,
        assignee=opened.assignee,
        summary=draw_summary(request, opened, t, is_print=True),
    )


async def _panels(session: Any, request: web.Request, opened: Opened) -> list[Markup]:  # noqa: ANN401 - AsyncSession
    visitor, t = request[VISITOR], wording_of(request)
    found = []
    for panel in request.app[PANELS]:
        if not visitor.is_any(panel.roles):
            continue
        try:
            found.append(await panel.render(session, opened.thread, visitor, t))
        except Unreadable:
            log.error("panel_unreadable", thread_id=str(opened.thread.id))  # noqa: TRY400 - the trace says no more
    return [html for html in found if html is not None]


@background
@allowed(Role.CLINICIAN)
async def thread_changes(request: web.Request) -> web.StreamResponse:
    """Return changes since a version, for a page whose stream is broken; audited if it reads older words."""
    deps, after = request.app[DEPS], _number(request, "after")
    also = [int(n) for n in request.query.get("also", "").split(",")[:MOST_UNSETTLED] if _is_place(n)]
    async with deps.sessions.begin() as session:
        opened = await open_desk(session, request, asked_thread(request), after=after, also=also)
        await note_further_view(session, request[VISITOR], opened, deps.clock(), after=after, also=also)
    return web.json_response(draw_change(request, opened))


@background
@allowed(Role.CLINICIAN)
async def thread_events(request: web.Request) -> web.StreamResponse:
    """Push new words, and the delivery of ours, as it happens; audited if it reads older words."""
    return await stream_one(
        request, await _open_talk(request, asked_thread(request), _number(request, "after"), ())
    )


async def open_talk(request: web.Request, argument: str) -> Source:
    """Follow a talk. `argument` is `<thread>.<version>[.<utterance>…]`.

    `version` is the talk's version on the page; the utterances (ids) are those whose delivery is not settled
    there. A change is a `handoff.thread_view.draw_change`.

    Raises:
        NotFound: no such thread in the visitor's cities.
    """
    name, *numbers = argument.split(".")
    try:
        thread_id = uuid.UUID(name)
    except ValueError as exc:
        raise NotFound("no such thread") from exc
    after, *also = [int(n) for n in numbers[: MOST_UNSETTLED + 1] if _is_place(n)] or [0]
    return await _open_talk(request, thread_id, after, also)


async def _open_talk(request: web.Request, thread_id: uuid.UUID, after: int, also: Collection[int]) -> Source:
    deps, visitor = request.config_dict[DEPS], request[VISITOR]
    unsettled = set(also)
    shown: dict[str, Any] = {}
    is_first = True

    async def produce() -> dict[str, Any] | None:
        nonlocal after, is_first
        async with deps.sessions.begin() as session:
            opened = await open_desk(session, request, thread_id, after=after, also=unsettled)
            if is_first:
                await note_further_view(session, visitor, opened, deps.clock(), after=after, also=unsettled)
        after, is_first = opened.version, False
        unsettled.difference_update(line.id for line in opened.lines)
        unsettled.update(line.id for line in opened.lines if line.is_unsettled)
        return _news(draw_change(request, opened), shown)

    async with deps.sessions() as session:
        thread = await store.find_thread(session, thread_id, visitor.municipalities)
    return Source(
        subjects=[thread.conversation_id],
        produce=produce,
        look_every_s=lambda: LOOK_UNSETTLED_S if unsettled else LOOK_S,
    )


TALK = Topic(roles=frozenset({Role.CLINICIAN}), open=open_talk)


def _news(change: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any] | None:
    """Return the change without lines that were pushed unchanged; None when nothing is left of it."""
    change["lines"] = [line for line in change["lines"] if shown.get(line["id"]) != line["html"]]
    shown.update({line["id"]: line["html"] for line in change["lines"]})
    is_new = bool(change["lines"]) or any(shown.get(k) != change[k] for k in LASTING)
    shown.update({k: change[k] for k in LASTING})
    return change if is_new else None


@background
@allowed(Role.CLINICIAN)
async def mark_read(request: web.Request) -> web.StreamResponse:
    """Mark her own talk as read for the resident: the page reports that the newest message is visible."""
    deps, visitor = request.app[DEPS], request[VISITOR]
    async with deps.sessions() as session:
        thread = await store.find_thread(session, asked_thread(request), visitor.municipalities)
    if thread.assignee_id == visitor.staff.id:
        await deps.mark_read(thread.conversation_id)
    return web.Response(status=204)


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not _is_place(text):
        raise NotFound("no such place in the talk")
    return int(text)


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
