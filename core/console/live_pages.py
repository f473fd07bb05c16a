"""Serve `/console/events` and `/console/look`: all that the open pages of one browser follow, in one stream.

A browser opens six connections to a server: a stream for each tab would leave none for the buttons.
"""

from aiohttp import web

from core.console.access import allowed, background
from core.console.deps import VISITOR
from core.console.protocols import TOPICS, Source
from core.console.stream import stream
from core.errors import NotFound

# More topics than a visitor has open; each costs a query.
MOST_TOPICS = 40
# Between the topic's argument (a talk's id) and the page's position in it.
SEPARATOR = "."


@background
@allowed()
async def events(request: web.Request) -> web.StreamResponse:
    """Send what is new in each topic of the query string, as events `{"topic", "change"}`."""
    return await stream(request, await _sources(request))


@background
@allowed()
async def look(request: web.Request) -> web.StreamResponse:
    """Return what is new in each topic of the query string, for a browser whose stream is broken."""
    found = [(topic, await source.produce()) for topic, source in (await _sources(request)).items()]
    return web.json_response([{"topic": topic, "change": change} for topic, change in found if change])


async def _sources(request: web.Request) -> dict[str, Source]:
    """Open the query's topics, `name=argument` each; those the visitor may not see are left out."""
    topics, visitor = request.config_dict[TOPICS], request[VISITOR]
    found: dict[str, Source] = {}
    for name, argument in list(request.query.items())[:MOST_TOPICS]:
        topic = topics.get(name)
        if topic is None or not visitor.is_any(topic.roles):
            continue
        try:
            subject = argument.partition(SEPARATOR)[0]
            found[f"{name}:{subject}" if subject else name] = await topic.open(request, argument)
        except NotFound:
            continue  # a page of an earlier release: the other topics go on
    return found


LIVE_ROUTES = (web.get("/events", events), web.get("/look", look))
