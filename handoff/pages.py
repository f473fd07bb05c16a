"""Make the inbox a feature of the staff web."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aiohttp import web

from core.console.deps import DEPS
from core.console.hub import HUB
from core.console.protocols import Feature, NavItem
from core.db.tables import Role
from core.messages import Button
from handoff import actions, danger_pages, inbox_pages, media_pages, thread_pages
from handoff.notification_feed import NOTIFICATION_FEED, NOTIFICATIONS, NotificationFeed
from handoff.queue import Queue
from handoff.queue_view import BOARDS, QUEUE, ROWS

THREAD = "/threads/{thread_id}"
DANGER = "/inbox/dangers/{event_id}"


def feature(menu: Sequence[Button] | None = None) -> Feature:
    """Return the inbox; `menu` are the buttons a resident gets when the bot has the talk back."""

    async def prepare(console: web.Application) -> AsyncIterator[None]:
        console[QUEUE] = Queue(console[DEPS], console[HUB])
        console[NOTIFICATION_FEED] = NotificationFeed(console[DEPS], console[QUEUE])
        console[ROWS] = {}
        console[BOARDS] = {}
        console[actions.MENU] = menu
        yield

    return Feature(
        name="handoff",
        folder=Path(__file__).parent,
        navs=(NavItem("nav.inbox", "/console/inbox", frozenset({Role.CLINICIAN})),),
        routes=(
            web.get("/inbox", inbox_pages.inbox),
            web.get("/inbox/list", inbox_pages.inbox_list),
            web.get("/inbox/events", inbox_pages.inbox_events),
            web.get(DANGER, danger_pages.danger_page),
            web.post(f"{DANGER}/take", danger_pages.take_danger),
            web.post(f"{DANGER}/settle", danger_pages.settle_danger),
            web.get(THREAD, thread_pages.thread_page),
            web.get(f"{THREAD}/summary", thread_pages.summary_page),
            web.get(f"{THREAD}/changes", thread_pages.thread_changes),
            web.get(f"{THREAD}/events", thread_pages.thread_events),
            web.post(f"{THREAD}/read", thread_pages.mark_read),
            web.post(f"{THREAD}/claim", actions.claim),
            web.post(f"{THREAD}/reply", actions.reply),
            web.post(f"{THREAD}/note", actions.add_note),
            web.post(f"{THREAD}/close", actions.close),
            web.post(f"{THREAD}/alarm", actions.acknowledge_alarm),
            web.post(f"{THREAD}/handling", actions.handle_alarm),
            web.post(f"{THREAD}/commands/{{command}}", actions.run_command),
            web.get("/media/{media_id}", media_pages.show_media),
        ),
        lifetimes=(prepare,),
        topics={"waits": NOTIFICATIONS, "inbox": inbox_pages.INBOX, "talk": thread_pages.TALK},
    )
