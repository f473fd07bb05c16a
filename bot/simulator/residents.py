"""Keep made-up residents and their chats."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.simulator.chat_message import SeenMessage
from bot.simulator.config import Channel

DOUBLED_WITHIN = timedelta(hours=24)
_DIGESTS_KEPT = 4_000


@dataclass(slots=True, eq=False)
class SimulatedResident:
    """One resident in one channel's chat. Lists are made when first needed: a notice test has 330,000."""

    user_id: str
    channel: Channel
    name: str
    following: bool = True
    seq: int = 0
    last_event_ms: int = 0
    loading_until: datetime | None = None
    rich_menu_id: str | None = None
    messages: list[SeenMessage] | None = None
    changed: asyncio.Event | None = None
    digests: dict[bytes, tuple[datetime, int]] | None = None

    def add(self, seen: SeenMessage, kept: int) -> None:
        """Append a bubble to the chat and wake the long polls for it."""
        if self.messages is None:
            self.messages = []
        self.messages.append(seen)
        if len(self.messages) >= 2 * kept:
            del self.messages[:kept]
        if not seen.is_own:
            self.loading_until = None
        self.wake()

    def wake(self) -> None:
        """Wake long polls to look again."""
        if self.changed is not None:
            self.changed.set()
            self.changed = None

    def after(self, seq: int, *, own: bool) -> list[SeenMessage]:
        """Return bubbles later than `seq`; the resident's own ones only if asked for."""
        found = []
        for seen in reversed(self.messages or ()):
            if seen.seq <= seq:
                break
            if own or not seen.is_own:
                found.append(seen)
        return found[::-1]

    def find(self, *, message_id: str | None = None, seq: int | None = None) -> SeenMessage | None:
        """Return the bubble with this message id or number."""
        for seen in reversed(self.messages or ()):
            if seen.message_id == message_id or seen.seq == seq:
                return seen
        return None

    def last_received(self) -> SeenMessage | None:
        """Return the account's last bubble."""
        return next((seen for seen in reversed(self.messages or ()) if not seen.is_own), None)

    def mark_read(self, up_to_seq: int) -> None:
        """Show 既読 on the resident's own bubbles up to `up_to_seq`."""
        for seen in self.messages or ():
            if seen.is_own and seen.seq <= up_to_seq:
                seen.read = True

    def first_seen(self, digest: bytes, seq: int, now: datetime) -> int | None:
        """Return the number under which the same messages arrived within 24 hours, if they did."""
        if self.digests is None:
            self.digests = {}
        earlier = self.digests.pop(digest, None)
        self.digests[digest] = (now, seq)
        if len(self.digests) > _DIGESTS_KEPT:
            del self.digests[next(iter(self.digests))]
        return earlier[1] if earlier and now - earlier[0] < DOUBLED_WITHIN else None

    def dump(self, now: datetime) -> dict[str, Any]:
        """Return the person as the simulator's API shows them."""
        return {
            "user_id": self.user_id,
            "name": self.name,
            "municipality": self.channel.municipality,
            "channel_name": self.channel.name,
            "following": self.following,
            "seq": self.seq,
            "loading": self.loading_until is not None and self.loading_until > now,
        }


def digest_of_messages(messages: list[dict[str, Any]]) -> bytes:
    """Return a digest by which `SimulatedResident.first_seen` recognises the same messages."""
    return hashlib.blake2b(json.dumps(messages, sort_keys=True).encode(), digest_size=12).digest()


class Residents:
    """All residents, by user id; each belongs to one channel."""

    def __init__(self) -> None:
        self._by_id: dict[str, SimulatedResident] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[SimulatedResident]:
        return iter(self._by_id.values())

    def add(self, resident: SimulatedResident) -> None:
        """Add a new resident."""
        self._by_id[resident.user_id] = resident

    def get(self, user_id: str) -> SimulatedResident | None:
        """Return the resident, of any channel."""
        return self._by_id.get(user_id)

    def of_channel(self, channel: Channel, user_id: str) -> SimulatedResident | None:
        """Return the resident if they belong to this channel, else None."""
        resident = self._by_id.get(user_id)
        return resident if resident is not None and resident.channel is channel else None

    def friends(self, channel: Channel) -> list[SimulatedResident]:
        """Return the recipients of a broadcast."""
        return [resident for resident in self if resident.channel is channel and resident.following]

    def newest(self, limit: int) -> list[SimulatedResident]:
        """Return the residents made last, the oldest of them first."""
        return list(self._by_id.values())[-limit:]
