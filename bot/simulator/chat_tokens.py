"""Make tokens that name a message, to quote it or to mark it as read. They do not expire."""

from collections import OrderedDict
from dataclasses import dataclass

from bot.simulator import ids


@dataclass(frozen=True, slots=True)
class Named:
    """The message that a token stands for."""

    municipality: str
    user_id: str
    seq: int
    message_id: str


class ChatTokens:
    """Tokens for one purpose; beyond `kept`, the oldest are forgotten."""

    def __init__(self, kept: int = 200_000) -> None:
        self._kept = kept
        self._named: OrderedDict[str, Named] = OrderedDict()

    def issue(self, named: Named) -> str:
        """Return a new token for a message."""
        token = ids.token()
        self._named[token] = named
        if len(self._named) > self._kept:
            self._named.popitem(last=False)
        return token

    def find(self, token: object) -> Named | None:
        """Return the message the token was made for."""
        return self._named.get(token) if isinstance(token, str) else None
