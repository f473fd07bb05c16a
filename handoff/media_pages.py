"""Serve `/console/media/{id}`: files of a talk, for staff of its city; audited."""

import uuid

from aiohttp import web

from core.console import audit
from core.console.access import allowed, background
from core.console.deps import DEPS, VISITOR
from core.console.files import send_file
from core.db.tables import Role
from core.errors import NotFound
from core.media import Variant, open_media


@background
@allowed(Role.CLINICIAN)
async def show_media(request: web.Request) -> web.StreamResponse:
    """Send a file; another city's, an unsent and a missing one get the same 404."""
    deps, visitor = request.app[DEPS], request[VISITOR]
    try:
        media_id = uuid.UUID(request.match_info["media_id"])
    except ValueError as exc:
        raise NotFound("no such file") from exc
    variant = Variant.PREVIEW if request.query.get("variant") == "preview" else Variant.ORIGINAL
    stored = await open_media(deps.sessions, deps.ring, media_id, variant)
    if stored.media.municipality_id not in visitor.municipalities:
        raise NotFound("no such file")
    async with deps.sessions.begin() as session:
        audit.write(
            session,
            audit.AuditAction.MEDIA_VIEWED,
            deps.clock(),
            staff_id=visitor.staff.id,
            municipality_id=stored.media.municipality_id,
            subject_id=str(media_id),
            address=visitor.address,
            detail={"variant": stored.variant.value},
        )
    return await send_file(request, stored)
