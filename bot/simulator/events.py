"""Make webhook events in LINE's own form (webhook.yml of its OpenAPI description)."""

from datetime import UTC, datetime
from typing import Any

from bot.simulator import ids
from bot.simulator.reply_tokens import ReplyTokens
from bot.simulator.residents import SimulatedResident

Event = dict[str, Any]

# Events LINE sends without a reply token.
WITHOUT_TOKEN = frozenset({"unsend", "unfollow", "leave", "memberLeft"})


class EventMaker:
    """Fills in the common fields; times of one resident's events always grow."""

    def __init__(self, tokens: ReplyTokens) -> None:
        self._tokens = tokens

    def make(self, resident: SimulatedResident, now: datetime, kind: str, content: Event) -> Event:
        """Return an event of `kind` whose own fields are `content`."""
        timestamp = max(int(now.timestamp() * 1000), resident.last_event_ms + 1)
        resident.last_event_ms = timestamp
        event: Event = {"type": kind, **content}
        event["webhookEventId"] = ids.ulid(timestamp)
        event["deliveryContext"] = {"isRedelivery": False}
        event["timestamp"] = timestamp
        event["source"] = {"type": "user", "userId": resident.user_id}
        if kind not in WITHOUT_TOKEN:
            event["replyToken"] = self._tokens.issue(resident.channel, resident.user_id, _moment(timestamp))
        event["mode"] = "active"
        return event

    def complete(self, resident: SimulatedResident, now: datetime, raw: Event, without: list[str]) -> Event:
        """Return a hand-written event with missing fields filled in, then without the named fields.

        A hand-written reply token is registered, so that it can be replied to.
        """
        event = self.make(resident, now, str(raw.get("type", "message")), {})
        token = event.get("replyToken")
        event |= raw
        for key in without:
            event.pop(key, None)
        written = event.get("replyToken")
        if isinstance(written, str) and written != token:
            self._tokens.issue(resident.channel, resident.user_id, now, written)
        return event


def _moment(timestamp_ms: int) -> datetime:
    return datetime.fromtimestamp(timestamp_ms / 1000, tz=UTC)
