"""Render pages from templates: the visitor's language, navigation, times in Japan, versioned assets."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from core.clock import TOKYO
from core.console.deps import DEPS, VISITOR
from core.console.protocols import NAVS, TOPICS, Feature
from core.console.wording import LANGUAGES, Wording, load_wordings
from core.outside_text import cleaned, shows_nothing

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "helpo_language"
WORDINGS = web.AppKey("console_wordings", dict[str, Wording])
WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def set_up_rendering(app: web.Application, features: Sequence[Feature]) -> None:
    """Give the app its templates, dictionaries and static files."""
    app[WORDINGS] = load_wordings([HERE, *(f.folder for f in features)])
    prefixed = {f.name: FileSystemLoader(f.folder / "templates") for f in features}
    env = aiohttp_jinja2.setup(
        app,
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(prefixed)]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # templates change with a release only
    )
    assets = _serve_assets(app, {"": HERE, **{f.name: f.folder for f in features}})
    env.globals["asset"] = lambda name: assets[name]
    env.filters.update(hour=hour, moment=moment, outside=outside)
    env.tests["blank"] = shows_nothing


def _serve_assets(app: web.Application, folders: dict[str, Path]) -> dict[str, str]:
    """Serve each package's `static/`; an asset's address changes with its content."""
    found: dict[str, str] = {}
    # The longest prefix first: `/static/` would also match the features' folders.
    for name, folder in sorted(folders.items(), reverse=True):
        root = folder / "static"
        if not root.is_dir():
            continue
        prefix = f"/static/{name}".rstrip("/")
        app.router.add_static(prefix, root, append_version=False)
        for path in root.rglob("*"):
            if path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
                relative = path.relative_to(root).as_posix()
                found[f"{name}/{relative}".lstrip("/")] = f"/console{prefix}/{relative}?v={digest}"
    return found


def language_of(request: web.Request) -> str:
    """Return the language the visitor chose; Japanese unless English was asked for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def wording_of(request: web.Request) -> Wording:
    """Return the words in the visitor's language."""
    return request.config_dict[WORDINGS][language_of(request)]


def render_part(app: web.Application, template: str, wording: Wording, **values: Any) -> Markup:  # noqa: ANN401 - template values
    """Return a part of a page; it knows wording and values, but no visitor."""
    env = aiohttp_jinja2.get_env(app)
    assert env is not None
    return Markup(env.get_template(template).render(t=wording, **values))  # noqa: S704 - autoescaped


def render_page(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - template values
) -> web.Response:
    """Return a whole page for the visitor."""
    visitor = request.get(VISITOR)
    navs = request.config_dict[NAVS]
    topics = request.config_dict[TOPICS]
    settings = request.config_dict[DEPS].settings
    body = render_part(
        request.app,
        template,
        wording_of(request),
        visitor=visitor,
        csrf=visitor.csrf if visitor else "",
        navs=[n for n in navs if visitor and visitor.is_any(n.roles)],
        topics=[n for n, t in topics.items() if t.is_everywhere and visitor and visitor.is_any(t.roles)],
        here=request.path_qs,
        now=request.config_dict[DEPS].clock(),
        runs_unsigned=settings.is_real_channel and settings.run_drafts,
        **values,
    )
    return web.Response(text=body, status=status, content_type="text/html")


def hour(at: datetime) -> str:
    """Return `14:05`, in Japan."""
    return f"{at.astimezone(TOKYO):%H:%M}"


def moment(at: datetime, language: str = "ja") -> str:
    """Return `11/22(日) 14:05`, in Japan."""
    local = at.astimezone(TOKYO)
    return f"{local.month}/{local.day}({WEEKDAYS[language][local.weekday()]}) {local:%H:%M}"


def outside(text: str) -> Markup:
    """Return text from outside as HTML with its line breaks; each line is isolated in its text direction."""
    return Markup("<br>").join(Markup("<bdi>{}</bdi>").format(line) for line in cleaned(text).split("\n"))
