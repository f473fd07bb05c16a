"""Check who may call a handler; a handler without a mark (`public`, `allowed`) is closed to everybody."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import quote, urlsplit

from aiohttp import web

from core.console.deps import DEPS, VISITOR, Visitor
from core.console.forms import FORM, Form, check_csrf, read_form
from core.console.sessions import COOKIE, find_visitor
from core.db.tables import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)

SAFE = frozenset({"GET", "HEAD"})
EVERYONE = frozenset(Role)
_ROLES = "console_roles"
_PUBLIC = "console_public"
_BACKGROUND = "console_background"


def public(handler: H) -> H:
    """Open a handler to visitors who have not signed in."""
    setattr(handler, _PUBLIC, True)
    return handler


def allowed(*roles: Role) -> Callable[[H], H]:
    """Open a handler to staff with one of `roles` (all staff if none is named)."""

    def mark(handler: H) -> H:
        setattr(handler, _ROLES, frozenset(roles) or EVERYONE)
        return handler

    return mark


def background(handler: H) -> H:
    """Mark a handler that pages call by themselves: its requests do not keep the session alive."""
    setattr(handler, _BACKGROUND, True)
    return handler


class SignInNeeded(Exception):
    """The visitor is not signed in."""


class RoleMissing(Exception):
    """The visitor's roles do not open this page."""


def client_address(request: web.Request) -> str:
    """Return the browser's network address: the right-most that is not a trusted proxy.

    The browser may have made up everything further left. If each one is a trusted proxy, return the
    left-most.
    """
    settings = request.app[DEPS].settings
    told = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    client = request.remote or ""
    # The intake process forwards from this machine, so loopback is trusted whatever proxies stand before it.
    if not (settings.is_trusted_proxy(client) or _is_loopback(client)):
        return client
    for hop in (hop.strip() for hop in reversed(told)):
        if not _is_address(hop):
            break
        client = hop
        if not settings.is_trusted_proxy(hop):
            break
    return client


def _is_loopback(address: str) -> bool:
    return _is_address(address) and ip_address(address).is_loopback


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _page_of(request: web.Request) -> str:
    """Return the path of our page that sent a form, the start page if it does not say."""
    told = request.headers.get("HX-Current-URL", "") or request.headers.get("Referer", "")
    try:
        path = urlsplit(told).path
    except ValueError:
        path = ""
    return path if path.startswith("/console/") else "/console/"


def login_path(request: web.Request) -> str:
    """Return the login page's address, which leads back to this page after signing in."""
    is_page = request.method in SAFE and "HX-Request" not in request.headers
    back = request.path_qs if is_page else _page_of(request)
    return f"/console/login?next={quote(back)}"


@web.middleware
async def access_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Load the visitor, check the role and, for a changing request, the form's token."""
    found = request.match_info.handler
    if getattr(found, _PUBLIC, False) or request.match_info.http_exception is not None:
        return await handler(request)
    if request.path.startswith("/console/static/"):
        return await handler(request)
    visitor = await _visitor(request, is_background=getattr(found, _BACKGROUND, False))
    if visitor is None:
        raise SignInNeeded
    request[VISITOR] = visitor
    if not visitor.is_any(getattr(found, _ROLES, frozenset())):
        raise RoleMissing
    if request.method not in SAFE:
        form = await read_form(request)
        check_csrf(request, form, visitor.csrf)
        request[FORM] = form
    return await handler(request)


async def _visitor(request: web.Request, *, is_background: bool) -> Visitor | None:
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    deps = request.app[DEPS]
    async with deps.sessions() as session:
        return await find_visitor(
            session, token, client_address(request), deps.clock(), is_background=is_background
        )


def sent_form(request: web.Request) -> Form:
    """Return the form that the middleware has already read and checked."""
    return request[FORM]
