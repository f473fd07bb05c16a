"""Turn errors into pages; no other module does."""

import asyncio
from urllib.parse import quote

from aiohttp import web
from redis.exceptions import RedisError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.console.access import Handler, RoleMissing, SignInNeeded, login_path
from core.console.forms import BrokenForm, FormTooLarge, NotOurForm
from core.console.rendering import render_page, wording_of
from core.crypto import Unreadable
from core.db.engine import is_outage
from core.errors import ConfigurationError, Conflict, ContentError, NotFound, ServiceError
from core.logging import get_logger

log = get_logger()

RELOAD_S = 5
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (NotOurForm, 403),
    (FormTooLarge, 413),
    (BrokenForm, 400),
    (Unreadable, 500),
    (ConfigurationError, 500),
    (ContentError, 500),
    (ServiceError, 422),
)


@web.middleware
async def failures_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure with a page that tells the visitor what to do."""
    try:
        return await handler(request)
    except SignInNeeded:
        return _to_login(request)
    except RoleMissing:
        return failure_page(request, 403, "role")
    except web.HTTPException as exc:
        if exc.status < 400:  # noqa: PLR2004 - redirects
            raise
        return failure_page(request, exc.status, {404: "not_found"}.get(exc.status, "other"))
    except ServiceError as exc:
        status = next(status for kind, status in STATUSES if isinstance(exc, kind))
        if status == 500:  # noqa: PLR2004
            log.exception("page_failed", code=exc.code)
        return failure_page(request, status, exc.code)
    except ConnectionResetError:
        raise  # the visitor has closed the connection
    except (TimeoutError, PoolTimeout, RedisError, OSError) as exc:
        log.warning("page_unavailable", error=type(exc).__name__)
        return unavailable_page(request)
    except asyncio.CancelledError:
        raise
    except Exception as exc:  # the last resort: the visitor gets a page after any failure
        if is_outage(exc):
            log.warning("page_unavailable", error=type(exc).__name__)
            return unavailable_page(request)
        log.exception("page_failed", code="unexpected")
        return failure_page(request, 500, "other")


def _to_login(request: web.Request) -> web.Response:
    path = login_path(request)
    if request.headers.get("HX-Request"):
        return web.Response(status=401, headers={"HX-Redirect": path})
    if request.headers.get("Accept", "").startswith(("application/json", "text/event-stream")):
        return web.Response(status=401)
    return web.Response(status=303, headers={"Location": path})


def failure_page(request: web.Request, status: int, code: str) -> web.Response:
    """Return the page of a failure; the same for the same code, whatever the address was."""
    t = wording_of(request)
    key = f"error.{code}"
    words = t(key) if key in t.keys() else t("error.other")  # noqa: SIM118 - Wording is no dict
    if request.headers.get("HX-Request"):
        return web.Response(status=status, text=words, headers={"X-Helpo-Message": quote(words)})
    return render_page(request, "failure.html", status=status, words=words, code=status)


def unavailable_page(request: web.Request) -> web.Response:
    """Return a plain page that reloads itself; it needs neither database nor session."""
    if request.headers.get("HX-Request"):
        words = wording_of(request)("unavailable.text")
        return web.Response(status=503, text=words, headers={"X-Helpo-Message": quote(words)})
    response = render_page(request, "unavailable.html", status=503, reload_s=RELOAD_S)
    response.headers["Retry-After"] = str(RELOAD_S)
    return response
