"""Tell visits of people from prefetches by messengers and browsers."""

import re
from collections.abc import Mapping

# LINE's preview robots name themselves `line-poker` and `Line-Crawler`; its in-app browser, `Line/…`, is a person.
_ROBOT = re.compile(
    r"line-poker|facebookexternalhit|bot\b|crawler|spider|preview|prefetch|slurp|headless|curl|wget|python|go-http"
    r"|okhttp|httpclient|java/|ruby|axios|node-fetch|whatsapp|telegram|embedly|scanner|monitor",
    re.IGNORECASE,
)
# Headers with which browsers and proxies announce a prefetch.
_AHEAD = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
_LOOKING = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is a person's tap: a GET of a browser that names itself, and no prefetch."""
    if method != "GET" or any(_LOOKING.search(headers.get(name, "")) for name in _AHEAD):
        return False
    agent = headers.get("User-Agent", "")
    return bool(agent.strip()) and not _ROBOT.search(agent)
