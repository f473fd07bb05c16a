"""Keep the content of residents' pictures, sounds, videos and files in memory, up to a limit."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatFile:
    """One file; `owner` is the resident who sent it."""

    content: bytes
    content_type: str
    file_name: str
    kind: str
    owner: str


class MediaShelf:
    """Files by message id; beyond the limit the oldest are dropped, as LINE drops them after a while."""

    def __init__(self, bytes_kept: int) -> None:
        self._bytes_kept = bytes_kept
        self._bytes = 0
        self._media: OrderedDict[str, ChatFile] = OrderedDict()
        self._unsent: OrderedDict[str, None] = OrderedDict()

    def put(self, message_id: str, media: ChatFile) -> None:
        """Keep a file."""
        self._media[message_id] = media
        self._bytes += len(media.content)
        while self._bytes > self._bytes_kept and len(self._media) > 1:
            self._bytes -= len(self._media.popitem(last=False)[1].content)

    def get(self, message_id: str) -> ChatFile | None:
        """Return the file; None when unknown, dropped or unsent."""
        return self._media.get(message_id)

    def unsend(self, message_id: str) -> None:
        """Drop an unsent file; `is_unsent` tells it from one that never existed."""
        media = self._media.pop(message_id, None)
        if media is not None:
            self._bytes -= len(media.content)
            self._unsent[message_id] = None
        while len(self._unsent) > 10_000:  # noqa: PLR2004 - a bound, not a rule
            self._unsent.popitem(last=False)

    def is_unsent(self, message_id: str) -> bool:
        """Whether a file was unsent by its resident."""
        return message_id in self._unsent
