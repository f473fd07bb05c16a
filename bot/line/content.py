"""Stream the pictures, voices, videos and files of residents from LINE's second host.

Raw aiohttp: the SDK reads a whole file into memory and takes LINE's "not ready yet" (202) for an empty one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import quote

import aiohttp

from bot.line.connection import LineAccess
from bot.line.errors import ContentGone, ContentNotReady, ContentTooLarge
from bot.line.refusal import error_for, typed_failures

MOST_BYTES = 20 * 1024 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=3, sock_read=10)
READ_BYTES = 64 * 1024
MOST_ERROR_BYTES = 4096


class MessageContent:
    """An opened file that is being received."""

    def __init__(self, response: aiohttp.ClientResponse, most_bytes: int) -> None:
        self._response = response
        self._most_bytes = most_bytes
        self.content_type = response.content_type

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they arrive.

        Raises:
            ContentTooLarge: more than the limit arrived.
            LineUnavailable: the connection broke or stalled.
        """
        size = 0
        with typed_failures():
            async for chunk in self._response.content.iter_chunked(READ_BYTES):
                size += len(chunk)
                if size > self._most_bytes:
                    raise ContentTooLarge(f"more than {self._most_bytes} bytes")
                yield chunk


@asynccontextmanager
async def open_content(
    session: aiohttp.ClientSession, access: LineAccess, message_id: str, most_bytes: int
) -> AsyncIterator[MessageContent]:
    """Open the file of a message; `most_bytes` is the largest size that is accepted.

    Raises:
        ContentNotReady: LINE is still preparing it.
        ContentGone: deleted, unsent or never there.
        ContentTooLarge: its stated length is over `most_bytes`.
        LineError: as for every call.
    """
    url = access.data(f"/v2/bot/message/{quote(message_id, safe='')}/content")
    with typed_failures():
        response = await session.get(url, timeout=TIMEOUT, allow_redirects=False)
    try:
        await _check(response, most_bytes)
        yield MessageContent(response, most_bytes)
    finally:
        # Close the connection rather than read the rest of an unwanted file.
        response.close()


async def _check(response: aiohttp.ClientResponse, most_bytes: int) -> None:
    status = response.status
    if status == HTTPStatus.ACCEPTED:
        raise ContentNotReady("LINE is still preparing it", status=status)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise ContentGone("LINE has it no more", status=status)
    if status != HTTPStatus.OK:
        with typed_failures():
            body = await response.content.read(MOST_ERROR_BYTES)
        raise error_for(status, response.headers, body)
    if (response.content_length or 0) > most_bytes:
        raise ContentTooLarge(f"more than {most_bytes} bytes", status=status)
