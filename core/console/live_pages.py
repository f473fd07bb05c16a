"""`/console/events` and `/console/look`: all that the open pages of one browser follow, on one line.

A browser has six connections to a server: a line for each tab would leave none for the buttons.
"""

from aiohttp import web

from core.console.access import allowed, background
from core.console.deps import VISITOR
from core.console.protocols import TOPICS, Source
from core.console.stream import stream
from core.errors import NotFound

# More than anybody has open; each topic costs a look at the database.
MOST_TOPICS = 40
# Between what a page follows (a talk's id) and where it stands in it.
SEPARATOR = "."


@background
@allowed()
async def events(request: web.Request) -> web.StreamResponse:
    """Push what is new in each topic of the address, as `{"topic", "change"}`."""
    return await stream(request, await _sources(request))


@background
@allowed()
async def look(request: web.Request) -> web.StreamResponse:
    """Return what is new in each topic of the address, for a browser whose line is broken."""
    found = [(topic, await source.produce()) for topic, source in (await _sources(request)).items()]
    return web.json_response([{"topic": topic, "change": change} for topic, change in found if change])


async def _sources(request: web.Request) -> dict[str, Source]:
    """Open the topics of the address, `name=argument` each; what is not the visitor's is left out."""
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
            continue  # a page of yesterday: the others go on
    return found


LIVE_ROUTES = (web.get("/events", events), web.get("/look", look))
