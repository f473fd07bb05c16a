"""Draw the queue as HTML: rows rendered once for all clinicians, put together for each."""

import uuid
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from core.console.deps import DEPS, VISITOR, Visitor
from core.console.rendering import render_part, wording_of
from core.console.wording import Wording
from handoff.queue import SHOWN, Entry, Queue, Sections, overdue, queue_sections
from handoff.service_alerts import ServiceAlerts

QUEUE = web.AppKey("handoff_queue", Queue)
ROWS = web.AppKey("handoff_rows", dict[tuple[Entry, str, bool], str])
MOST_ROWS = 5_000
MOST_BOARDS = 1_000
DANGERS_AT = "/console/inbox/dangers"
# The queue for the page's script: `{"html": the whole list as HTML, "waiting": number of waiting threads}`.
Board = dict[str, Any]
Standing = tuple[tuple[int, ...], frozenset[uuid.UUID]]
BOARDS = web.AppKey("handoff_boards", dict[Any, tuple[Standing, ServiceAlerts, Board]])


def short_name(conversation_id: uuid.UUID) -> str:
    """Return a short name for a resident whose name is not shown: four letters of the talk's id."""
    return conversation_id.hex[-4:].upper()


def seen_words(t: Wording, categories: Iterable[str]) -> list[str]:
    """Return the signs of a talk in staff words; unknown categories as "other"."""
    keys = (f"danger.seen.{category}" for category in categories)
    known = t.keys()
    return [t(key) if key in known else t("danger.seen.other") for key in keys]


def _cities(request: web.Request) -> dict[str, str]:
    """Return the names of the visitor's cities by id; empty for a single city, which needs no name."""
    known, own = request.app[DEPS].cities, request[VISITOR].municipalities
    return {city: known[city].name for city in own} if len(own) > 1 else {}


async def draw(request: web.Request) -> Board:
    """Return the visitor's queue for the page's script; the same object while nothing has changed.

    Clinicians of the same professions who have no talk of their own see, and share, the same board.
    """
    visitor: Visitor = request[VISITOR]
    queue, boards = request.config_dict[QUEUE], request.config_dict[BOARDS]
    serials, entries, signs = await queue.entries(visitor.municipalities)
    now = request.app[DEPS].clock()
    # Part of the key, because time alone changes who has waited too long.
    standing = (serials, overdue(entries, now))
    health = await queue.health(visitor.municipalities)
    t = wording_of(request)
    has_own = any(e.assignee_id == visitor.staff.id for e in entries)
    key = (
        visitor.municipalities,
        tuple(visitor.staff.professions),
        t.language,
        visitor.staff.id if has_own else None,
    )
    known = boards.get(key)
    if known and known[:2] == (standing, health):
        return known[2]
    if len(boards) > MOST_BOARDS:
        boards.clear()
    board = await _draw(request, queue_sections(entries, visitor.staff, now, signs), health, t)
    boards[key] = (standing, health, board)
    return board


async def _draw(request: web.Request, sections: Sections, health: ServiceAlerts, t: Wording) -> Board:
    html = render_part(
        request.app,
        "handoff/queue.html",
        t,
        sections=sections,
        rows=await _rows(request, sections, t),
        shown=SHOWN,
        health=health,
        name_of=short_name,
        city_of=_cities(request),
        dangers_at=DANGERS_AT,
        seen_words=seen_words,
    )
    return {"html": html, "waiting": sections.waiting}


async def _rows(request: web.Request, sections: Sections, t: Wording) -> dict[uuid.UUID, str]:
    cache = request.config_dict[ROWS]
    cities = _cities(request)
    has_cities = bool(cities)
    parts = (
        sections.first,
        sections.overdue,
        sections.own,
        sections.mine,
        sections.others,
        sections.taken,
    )
    shown = [entry for part in parts for entry in part[:SHOWN]]
    missing = [e for e in shown if (e, t.language, has_cities) not in cache]
    if len(cache) > MOST_ROWS:
        cache.clear()
        missing = shown
    summaries = await request.config_dict[QUEUE].summaries(missing)
    for entry in missing:
        cache[entry, t.language, has_cities] = render_part(
            request.app,
            "handoff/row.html",
            t,
            entry=entry,
            summary=summaries[entry.id],
            name=short_name(entry.conversation_id),
            city=cities.get(entry.municipality_id, ""),
        )
    return {e.id: cache[e, t.language, has_cities] for e in shown}
