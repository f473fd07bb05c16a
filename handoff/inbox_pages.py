"""Serve `/console/inbox`: the queue, live."""

from typing import Any

from aiohttp import web

from core.console import audit
from core.console.access import allowed, background
from core.console.deps import DEPS, VISITOR
from core.console.protocols import Source, Topic
from core.console.rendering import render_page
from core.console.stream import stream_one
from core.db.tables import Role
from handoff.queue_view import draw

# Seconds between two reads of the queue when Redis tells nothing.
LOOK_S = 5.0
# A list that changes more than once a second cannot be read.
REST_S = 1.0


@allowed(Role.CLINICIAN)
async def inbox(request: web.Request) -> web.StreamResponse:
    """Show the queue."""
    deps, visitor = request.app[DEPS], request[VISITOR]
    board = await draw(request)
    async with deps.sessions.begin() as session:
        audit.write(
            session,
            audit.AuditAction.INBOX_VIEWED,
            deps.clock(),
            staff_id=visitor.staff.id,
            address=visitor.address,
        )
    return render_page(request, "handoff/inbox.html", board=board)


@background
@allowed(Role.CLINICIAN)
async def inbox_list(request: web.Request) -> web.StreamResponse:
    """Return the queue for a page whose stream is broken."""
    return web.json_response(await draw(request))


@background
@allowed(Role.CLINICIAN)
async def inbox_events(request: web.Request) -> web.StreamResponse:
    """Push the queue whenever it has changed."""
    return await stream_one(request, await open_queue(request))


async def open_queue(request: web.Request, _argument: str = "") -> Source:
    """Follow the queue; a change is a `handoff.queue_view.Board`."""
    last: dict[str, Any] | None = None

    async def produce() -> dict[str, Any] | None:
        nonlocal last
        board = await draw(request)
        if board is last or board == last:
            return None
        last = board
        return board

    return Source(
        subjects=request[VISITOR].municipalities, produce=produce, look_every_s=lambda: LOOK_S, rest_s=REST_S
    )


INBOX = Topic(roles=frozenset({Role.CLINICIAN}), open=open_queue)
