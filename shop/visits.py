"""Who pressed a shop link: people, not the robots that messengers send ahead to draw a preview.

Only counted in the log so far; a table can take the place of `log_visit` without changing the page.
"""

import re
from collections.abc import Awaitable, Callable

import structlog

from shop.tokens import ShopLink

log = structlog.get_logger()

CountVisit = Callable[[ShopLink], Awaitable[None]]

# LINE's own preview robot names itself `line-poker`; its in-app browser, `Line/…`, is a person.
_ROBOT = re.compile(
    r"line-poker|facebookexternalhit|bot\b|crawler|spider|preview|slurp|headless|curl|wget|python|go-http",
    re.IGNORECASE,
)


def is_robot(user_agent: str) -> bool:
    """Whether a request comes from a preview robot or a program; no name at all counts as one."""
    return not user_agent.strip() or bool(_ROBOT.search(user_agent))


async def log_visit(link: ShopLink) -> None:
    """Note that somebody opened a shop link: ids only."""
    log.info(
        "shop_link_opened", municipality_id=link.municipality_id, shop_id=link.shop_id, kind_id=link.kind_id
    )
