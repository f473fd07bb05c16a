"""Sign in and out, and switch the language."""

import hmac
import math
import re
import secrets
from urllib.parse import unquote

from aiohttp import web

from core.console import audit
from core.console.access import allowed, client_address, public
from core.console.accounts import Resting, SignInRefused, authenticate
from core.console.deps import DEPS, VISITOR
from core.console.forms import CSRF_FIELD, read_form
from core.console.known_browsers import COOKIE as BROWSER_COOKIE
from core.console.known_browsers import LIFETIME, known_browser, remember_login
from core.console.lockout import Attempt, login_subject
from core.console.open_lines import OPEN_LINES
from core.console.protocols import NAVS
from core.console.rendering import LANGUAGE_COOKIE, render_page, wording_of
from core.console.sessions import ABSOLUTE, COOKIE, end_session, set_cookie, start_session
from core.console.turnstile import TURNSTILES, LineTooLong
from core.console.wording import LANGUAGES
from core.db.tables import Staff

START = "/console/"
# Before there is a session, the form's token lives in a cookie that other sites cannot read or set.
LOGIN_COOKIE = "helpo_login"
LOGIN_COOKIE_S = 3600
LANGUAGE_COOKIE_S = 365 * 24 * 3600
CITY_SEPARATOR = "・"
CROWDED_WAIT_S = 5
# Browsers send addresses as printable ASCII; anything else was put into the link on purpose.
OURS = re.compile(r"/console/[!-~]*")


def local_path(path: str) -> str:
    """Return `path` if it lies in the staff web, else the start page: a link must not lead elsewhere."""
    place = unquote(path.partition("?")[0])
    is_ours = OURS.fullmatch(path) and "\\" not in place and "//" not in place
    return path if is_ours and ".." not in place.split("/") else START


@public
async def login_page(request: web.Request) -> web.StreamResponse:
    """Show the login form."""
    return _form(request, local_path(request.query.get("next", START)))


def _form(
    request: web.Request, back: str, *, error: str = "", login: str = "", status: int = 200, wait_s: int = 0
) -> web.Response:
    deps = request.app[DEPS]
    token = secrets.token_urlsafe(24)
    cities = CITY_SEPARATOR.join(c.name for c in deps.cities.values() if not c.demo)
    response = render_page(
        request,
        "login.html",
        status=status,
        back=back,
        error=error,
        login=login,
        token=token,
        cities=cities,
        is_demo=not deps.settings.is_real_channel,
    )
    set_cookie(response, deps.settings, LOGIN_COOKIE, token, LOGIN_COOKIE_S)
    if wait_s:
        response.headers["Retry-After"] = str(wait_s)
    return response


@public
async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check login, password and code; start a session."""
    deps = request.app[DEPS]
    form = await read_form(request)
    back = local_path(form.text("next"))
    login = form.text("login").strip().lower()
    t = wording_of(request)
    cookie = request.cookies.get(LOGIN_COOKIE, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), form.text(CSRF_FIELD).encode()):
        return _form(request, back, error=t("login.again"), login=login, status=403)
    if not all(form.text(name).strip() for name in ("login", "password", "code")):
        return _form(request, back, error=t("login.incomplete"), login=login, status=422)
    attempt = _attempt(request, login)
    try:
        staff = await authenticate(
            deps,
            request.app[TURNSTILES],
            attempt,
            login=login,
            password=form.text("password"),
            code=form.text("code"),
        )
    except Resting as resting:
        wait = math.ceil(resting.wait.total_seconds())
        return _form(request, back, error=t("login.resting"), login=login, status=429, wait_s=wait)
    except LineTooLong:
        return _form(request, back, error=t("login.crowded"), login=login, status=429, wait_s=CROWDED_WAIT_S)
    except SignInRefused:
        return _form(request, back, error=t("login.refused"), login=login, status=401)
    response = web.Response(status=303, headers={"Location": back})
    token = await _session_of(request, staff)
    set_cookie(response, deps.settings, COOKIE, token, int(ABSOLUTE.total_seconds()))
    known = remember_login(
        deps.settings, request.cookies.get(BROWSER_COOKIE, ""), attempt.subject, deps.clock()
    )
    set_cookie(response, deps.settings, BROWSER_COOKIE, known, int(LIFETIME.total_seconds()))
    response.del_cookie(LOGIN_COOKIE, path="/console")
    return response


def _attempt(request: web.Request, login: str) -> Attempt:
    deps = request.app[DEPS]
    subject = login_subject(deps.settings, login)
    browser = known_browser(deps.settings, request.cookies.get(BROWSER_COOKIE, ""), subject, deps.clock())
    return Attempt(subject, client_address(request), browser)


async def _session_of(request: web.Request, staff: Staff) -> str:
    """Start a session, audit it, and return the cookie's token."""
    deps = request.app[DEPS]
    async with deps.sessions.begin() as session:
        now = deps.clock()
        audit.write(
            session,
            audit.AuditAction.SIGNED_IN,
            now,
            staff_id=staff.id,
            subject_id=str(staff.id),
            address=client_address(request),
        )
        return await start_session(session, staff, now)


@allowed()
async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session; the browser also deletes the page's drafts."""
    deps, visitor = request.app[DEPS], request[VISITOR]
    async with deps.sessions.begin() as session:
        await end_session(session, visitor)
        audit.write(
            session,
            audit.AuditAction.SIGNED_OUT,
            deps.clock(),
            staff_id=visitor.staff.id,
            subject_id=str(visitor.staff.id),
            address=visitor.address,
        )
    request.app[OPEN_LINES].end(visitor.token_hash)
    headers = {"Location": "/console/login", "Clear-Site-Data": '"storage"'}
    response = web.Response(status=303, headers=headers)
    response.del_cookie(COOKIE, path="/console")
    return response


@public
async def switch_language(request: web.Request) -> web.StreamResponse:
    """Remember the language in a cookie of this browser and go back; nothing else changes."""
    language = request.match_info["language"]
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    back = request.query.get("back", START)
    response = web.Response(status=303, headers={"Location": local_path(back)})
    set_cookie(response, request.app[DEPS].settings, LANGUAGE_COOKIE, language, LANGUAGE_COOKIE_S)
    return response


@allowed()
async def start_page(request: web.Request) -> web.StreamResponse:
    """Redirect to the first page that the visitor's roles open; say so where there is none."""
    visitor = request[VISITOR]
    first = next((nav.path for nav in request.app[NAVS] if visitor.is_any(nav.roles)), None)
    if first:
        raise web.HTTPSeeOther(first)
    return render_page(request, "start.html")


ROUTES = (
    web.get("", start_page),
    web.get("/", start_page),
    web.get("/login", login_page),
    web.post("/login", sign_in),
    web.post("/logout", sign_out),
    web.get("/language/{language}", switch_language),
)
