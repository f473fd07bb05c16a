"""Manage reply tokens: once, within a minute of the webhook's arrival, at most 20 minutes after the event."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.simulator import ids
from bot.simulator.config import Channel

USABLE_FOR = timedelta(minutes=1)
NEVER_AFTER = timedelta(minutes=20)


@dataclass(slots=True, eq=False)
class ReplyToken:
    """One token; `user_id` is None for an event of a group or room."""

    value: str
    channel: Channel
    user_id: str | None
    event_at: datetime
    usable_until: datetime | None = None
    used: bool = False


class ReplyTokens:
    """Tokens of the last 20 minutes, in the order of their events."""

    def __init__(self) -> None:
        self._tokens: dict[str, ReplyToken] = {}

    def issue(self, channel: Channel, user_id: str | None, event_at: datetime, value: str = "") -> str:
        """Make a token for an event; it is usable from the first delivery on."""
        self._forget_older_than(event_at - NEVER_AFTER - USABLE_FOR)
        token = ReplyToken(value or ids.token(), channel, user_id, event_at)
        self._tokens[token.value] = token
        return token.value

    def arrives(self, value: str, now: datetime) -> None:
        """Start the minute of a token as its webhook is delivered; a redelivery starts another minute."""
        token = self._tokens.get(value)
        if token is not None:
            token.usable_until = now + USABLE_FOR

    def usable(self, channel: Channel, value: object, now: datetime) -> ReplyToken | None:
        """Return the token if a reply may still be sent with it."""
        token = self.find(value)
        if token is None or token.channel is not channel or token.used or token.usable_until is None:
            return None
        expired = now > token.usable_until or now - token.event_at > NEVER_AFTER
        return None if expired else token

    def find(self, value: object) -> ReplyToken | None:
        """Return the token, usable or not."""
        return self._tokens.get(value) if isinstance(value, str) else None

    def _forget_older_than(self, moment: datetime) -> None:
        while self._tokens:
            oldest = next(iter(self._tokens.values()))
            if oldest.event_at >= moment:
                return
            del self._tokens[oldest.value]
