"""Serve `GET /s/{token}`: redirect to the shop's own page, or explain that the link is not or no longer valid."""

import html
from datetime import date

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from core.clock import TOKYO, Clock
from core.db.engine import Sessions
from core.texts import Texts
from shop import store
from shop.cards import ShopDesk
from shop.tokens import ShopLink
from shop.visits import is_person

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
}

_PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.25rem/1.8 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1.25rem;color:#222}}</style>
</head><body><h1>{title}</h1><p>{text}</p></body></html>
"""


def shop_routes(desk: ShopDesk, sessions: Sessions, clock: Clock) -> list[web.RouteDef]:
    """Return the routes of the shop links."""

    async def follow(request: web.Request) -> web.Response:
        """Redirect to the address that the shop registered."""
        link = desk.links.read(request.match_info["token"])
        if link is None:
            return _page(desk.texts, "gone", 404)
        now = clock()
        if now >= link.expires_at:
            return _page(desk.texts, "expired", 410)
        today = now.astimezone(TOKYO).date()
        try:
            async with sessions() as session:
                shop = await store.shop_of(session, link.municipality_id, link.shop_id, today)
        except (SQLAlchemyError, OSError):
            log.warning("shop_link_waits_for_database", municipality_id=link.municipality_id)
            return _page(desk.texts, "away", 503)
        if shop is None:
            return _page(desk.texts, "gone", 404)
        if is_person(request.method, request.headers):
            await _count(sessions, link, today)
        return web.Response(status=302, headers={**HEADERS, "Location": shop.url})

    return [web.get("/s/{token}", follow)]


async def _count(sessions: Sessions, link: ShopLink, day: date) -> None:
    """Count the visit; the redirect follows even if counting fails."""
    try:
        async with sessions.begin() as session:
            await store.count_visit(session, link, day)
    except (SQLAlchemyError, OSError):
        log.warning("shop_visit_not_counted", municipality_id=link.municipality_id, shop_id=link.shop_id)


def _page(texts: Texts, why: str, status: int) -> web.Response:
    title, text = texts(f"shop.page.{why}.title"), texts(f"shop.page.{why}.text")
    page = _PAGE.format(title=html.escape(title), text=html.escape(text))
    return web.Response(status=status, text=page, content_type="text/html", headers=HEADERS)
