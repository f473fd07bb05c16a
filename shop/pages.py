"""`GET /s/{token}`: on to the shop's own page; a link that is not ours, or no longer valid, gets a kind page."""

import html

from aiohttp import web

from core.clock import TOKYO, Clock
from core.texts import Texts
from shop.catalogue import Catalogue
from shop.tokens import LinkSigner
from shop.visits import CountVisit, is_robot, log_visit

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


def shop_routes(
    catalogue: Catalogue,
    signer: LinkSigner,
    texts: Texts,
    clock: Clock,
    count_visit: CountVisit = log_visit,
) -> list[web.RouteDef]:
    """Return the routes of the shop links."""

    async def follow(request: web.Request) -> web.Response:
        """Lead on to the shop; 404 for a token we did not make or a shop that is gone."""
        link = signer.read(request.match_info["token"])
        today = clock().astimezone(TOKYO).date()
        shop = catalogue.shop(link.shop_id, link.municipality_id, today) if link else None
        if link is None or shop is None:
            return _gone(texts)
        if request.method == "GET" and not is_robot(request.headers.get("User-Agent", "")):
            await count_visit(link)
        return web.Response(status=302, headers={**HEADERS, "Location": str(shop.url)})

    return [web.get("/s/{token}", follow)]


def _gone(texts: Texts) -> web.Response:
    page = _PAGE.format(
        title=html.escape(texts("shop.page.gone_title")), text=html.escape(texts("shop.page.gone"))
    )
    return web.Response(status=404, text=page, content_type="text/html", headers=HEADERS)
