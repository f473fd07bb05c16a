"""Give the sender and the pages one LINE client a city."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.delivery.outcome import SendFailure, SendResult
from bot.line.client import LineClient
from bot.line.connection import LineAccess
from bot.line.errors import (
    LineError,
    LineNotReached,
    LineQuotaExceeded,
    LineRefusedMessages,
    LineRejected,
    LineThrottled,
    LineUnauthorised,
    LineUnavailable,
    RenderError,
)
from bot.line.rendering import freeze, render
from core.clock import Clock
from core.logging import get_logger
from core.media import Variant, signed_media_url
from core.messages import Message
from core.municipalities import ChannelSecrets
from core.settings import Settings

log = get_logger()

ANSWERS: tuple[tuple[type[LineError], SendResult], ...] = (
    (LineNotReached, SendResult.NOT_REACHED),
    (LineUnavailable, SendResult.UNKNOWN),
    (LineThrottled, SendResult.THROTTLED),
    (LineQuotaExceeded, SendResult.OUT_OF_QUOTA),
    (LineUnauthorised, SendResult.UNAUTHORISED),
    (LineRefusedMessages, SendResult.UNFIT),
    (LineRejected, SendResult.REFUSED),
)
# Seconds; the loading animation is a courtesy and may take little time.
LOADING_LIMIT_S = 2.0


def as_failure(error: LineError) -> SendFailure:
    """Return the failure of an outbox row that an error of the client means."""
    answer = next((a for kind, a in ANSWERS if isinstance(error, kind)), SendResult.UNKNOWN)
    return SendFailure(answer, error.code)


@dataclass(frozen=True, slots=True)
class LineChannels:
    """One client per city's channel: renders, sends, shows that an answer is coming."""

    clients: Mapping[str, LineClient]
    settings: Settings
    clock: Clock

    def render(self, _municipality_id: str, messages: Sequence[Message]) -> bytes:
        """Return the JSON array of LINE message objects."""

        def media_url(media_id: str, kind: str) -> str:
            try:
                return signed_media_url(self.settings, uuid.UUID(media_id), Variant(kind), self.clock())
            except ValueError:
                raise RenderError("a picture has no id") from None

        return freeze(render(messages, media_url))

    async def reply(self, municipality_id: str, token: str, rendered: bytes) -> Sequence[str]:
        """Answer an event, free of charge; return LINE's ids of the messages."""
        try:
            receipt = await self.clients[municipality_id].reply(token, rendered)
        except LineError as error:
            raise as_failure(error) from error
        return [sent.id for sent in receipt.messages]

    async def push(
        self, municipality_id: str, to: str, rendered: bytes, retry_key: uuid.UUID
    ) -> Sequence[str]:
        """Send at any time, billed; the same key never arrives twice. Return LINE's ids of the messages."""
        try:
            receipt = await self.clients[municipality_id].push(to, rendered, retry_key)
        except LineError as error:
            raise as_failure(error) from error
        return [sent.id for sent in receipt.messages]

    async def show_loading(self, municipality_id: str, line_user_id: str) -> None:
        """Start the loading animation; never raises."""
        try:
            async with asyncio.timeout(LOADING_LIMIT_S):
                await self.clients[municipality_id].show_loading(line_user_id)
        except (LineError, TimeoutError) as error:
            log.info("loading_not_shown", code=getattr(error, "code", "timeout"))


@asynccontextmanager
async def open_channels(
    settings: Settings, secrets: Mapping[str, ChannelSecrets], clock: Clock
) -> AsyncIterator[LineChannels]:
    """Open one client per channel."""
    async with AsyncExitStack() as stack:
        clients = {
            city: await stack.enter_async_context(LineClient(_access(settings, channel)))
            for city, channel in secrets.items()
        }
        yield LineChannels(clients, settings, clock)


def _access(settings: Settings, channel: ChannelSecrets) -> LineAccess:
    return LineAccess(
        municipality_id=channel.municipality_id,
        access_token=channel.access_token,
        api_url=settings.line_api_url,
        data_url=settings.line_data_url,
        timeout_s=settings.line_timeout_s,
    )
