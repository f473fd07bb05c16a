"""Cache the talks that this process met lately: their ids and keys."""

from collections import OrderedDict
from collections.abc import Iterable

from core.residents.keys import KnownTalk

CAPACITY = 20_000

UserKey = tuple[str, str]


class KnownTalks:
    """A bounded cache, least recently used out first: (municipality, LINE user id) -> talk.

    Only talks whose creation was committed belong here. An erased resident stays until an insert meets the
    missing conversation; then `forget` and find again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._talks: OrderedDict[UserKey, KnownTalk] = OrderedDict()
        self._capacity = capacity

    def get(self, user: UserKey) -> KnownTalk | None:
        """Return the cached talk, if any."""
        talk = self._talks.get(user)
        if talk is not None:
            self._talks.move_to_end(user)
        return talk

    def remember(self, talks: dict[UserKey, KnownTalk]) -> None:
        """Cache talks; the least recently used ones make room."""
        self._talks.update(talks)
        while len(self._talks) > self._capacity:
            self._talks.popitem(last=False)

    def forget(self, users: Iterable[UserKey]) -> None:
        """Remove talks that may no longer exist."""
        for user in users:
            self._talks.pop(user, None)
