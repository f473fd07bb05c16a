"""The talks this process has met lately: where a resident's events go and how they are sealed."""

from collections import OrderedDict
from collections.abc import Iterable

from core.residents.keys import KnownTalk

CAPACITY = 20_000

UserKey = tuple[str, str]


class KnownTalks:
    """(municipality, LINE user id) -> talk, the latest used; bounded.

    Only talks whose creation was committed belong here. An erased resident stays until an insert meets the
    missing conversation; then `forget` and find again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._talks: OrderedDict[UserKey, KnownTalk] = OrderedDict()
        self._capacity = capacity

    def get(self, user: UserKey) -> KnownTalk | None:
        """Return the talk, if it is known."""
        talk = self._talks.get(user)
        if talk is not None:
            self._talks.move_to_end(user)
        return talk

    def remember(self, talks: dict[UserKey, KnownTalk]) -> None:
        """Keep talks; the least lately used ones make room."""
        self._talks.update(talks)
        while len(self._talks) > self._capacity:
            self._talks.popitem(last=False)

    def forget(self, users: Iterable[UserKey]) -> None:
        """Drop talks that may no longer exist."""
        for user in users:
            self._talks.pop(user, None)
