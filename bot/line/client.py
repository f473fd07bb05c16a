"""Call the Messaging API for one channel.

Messages go out as frozen bytes through aiohttp: a retry must be the same request byte for byte, and the SDK
would build its models anew each time (1.1 ms a call against 0.3). Everything else goes through LINE's own
SDK.
"""

import json
import uuid
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from linebot.v3.messaging import MarkMessagesAsReadByTokenRequest, ShowLoadingAnimationRequest

from bot.line.connection import LineAccess, open_sdk, open_session
from bot.line.content import MOST_BYTES, MessageContent, open_content
from bot.line.errors import LineRejected, LineUnavailable
from bot.line.refusal import error_for, typed_failures
from bot.line.send_receipt import SendReceipt, read_receipt

RETRY_KEY = "X-Line-Retry-Key"
DEFAULT_LOADING_S = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """A resident's profile as LINE gives it."""

    display_name: str
    picture_url: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class BotInfo:
    """The channel's own account; `marks_as_read` is false where LINE marks everything read by itself."""

    user_id: str
    display_name: str
    marks_as_read: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """Pushes of this month: `limit` is None where the plan has none; `used` is LINE's approximation."""

    limit: int | None
    used: int


class LineClient:
    """The calls of one channel. Open it inside the running loop: `async with LineClient(access) as client`.

    Every call raises: LineUnavailable (LineNotReached when it cannot have arrived), LineThrottled,
    LineQuotaExceeded, LineUnauthorised, LineRejected.
    """

    def __init__(self, access: LineAccess) -> None:
        self.access = access
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(open_session(self.access))
        self._api = await self._stack.enter_async_context(open_sdk(self.access, self._http))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def reply(self, reply_token: str, messages: bytes) -> SendReceipt:
        """Answer an event with one to five messages (a JSON array), free of charge.

        LINE has no retry key for replies: after `LineUnavailable` the same token may be tried again; 400 then
        means that it was used (the first try arrived) or has run out.
        """
        body = b'{"replyToken":' + json.dumps(reply_token).encode() + b',"messages":' + messages + b"}"
        return await self._send("/v2/bot/message/reply", body, {})

    async def push(self, to: str, messages: bytes, retry_key: uuid.UUID) -> SendReceipt:
        """Send one to five messages (a JSON array) to a user; billed.

        Calling again with the same key and bytes within 24 h never sends twice: LINE answers 409 for what it has
        already accepted, which counts as sent.
        """
        body = b'{"to":' + json.dumps(to).encode() + b',"messages":' + messages + b"}"
        return await self._send("/v2/bot/message/push", body, {RETRY_KEY: str(retry_key)})

    def content(
        self, message_id: str, most_bytes: int = MOST_BYTES
    ) -> AbstractAsyncContextManager[MessageContent]:
        """Open the file of a resident's message; see `open_content`."""
        return open_content(self._http, self.access, message_id, most_bytes)

    async def show_loading(self, line_user_id: str, seconds: int = DEFAULT_LOADING_S) -> None:
        """Show the loading animation for `seconds` (5 to 60, in steps of 5) or until an answer comes."""
        request = ShowLoadingAnimationRequest(chatId=line_user_id, loadingSeconds=seconds)
        await self._ask(self._api.show_loading_animation(request, **self._limit))

    async def mark_as_read(self, mark_as_read_token: str) -> None:
        """Mark everything up to a message as read for the resident; the token never expires."""
        request = MarkMessagesAsReadByTokenRequest(markAsReadToken=mark_as_read_token)
        await self._ask(self._api.mark_messages_as_read_by_token(request, **self._limit))

    async def profile(self, line_user_id: str) -> Profile | None:
        """Return a resident's profile; None when LINE does not give it (blocked, no friend, no consent)."""
        try:
            found = await self._ask(self._api.get_profile(line_user_id, **self._limit))
        except LineRejected as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return Profile(found.display_name, found.picture_url, found.language)

    async def leave(self, source_type: str, chat_id: str) -> None:
        """Leave a group or a room; having left already is no error."""
        call = self._api.leave_group if source_type == "group" else self._api.leave_room
        try:
            await self._ask(call(chat_id, **self._limit))
        except LineRejected as exc:
            if exc.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
                raise

    async def bot_info(self) -> BotInfo:
        """Return the channel's own account."""
        found = await self._ask(self._api.get_bot_info(**self._limit))
        return BotInfo(found.user_id, found.display_name, found.mark_as_read_mode == "manual")

    async def quota(self) -> Quota:
        """Return how many pushes this month allows and how many are used."""
        allowed = await self._ask(self._api.get_message_quota(**self._limit))
        used = await self._ask(self._api.get_message_quota_consumption(**self._limit))
        return Quota(allowed.value if allowed.type == "limited" else None, used.total_usage)

    @property
    def _limit(self) -> dict[str, float]:
        # Without it the SDK waits five minutes.
        return {"_request_timeout": self.access.timeout_s}

    async def _ask(self, call: Awaitable[Any]) -> Any:  # noqa: ANN401 - the SDK's models
        try:
            with typed_failures():
                return await call
        except ValueError as exc:
            # The SDK's models refuse values that LINE may add without notice.
            raise LineUnavailable(f"the SDK cannot read the answer: {type(exc).__name__}") from None

    async def _send(self, path: str, body: bytes, headers: dict[str, str]) -> SendReceipt:
        headers["Content-Type"] = "application/json"
        with typed_failures():
            async with self._http.post(
                self.access.api(path), data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = await response.read()
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return read_receipt(response.headers, answer)
        if response.status == HTTPStatus.CONFLICT and RETRY_KEY in headers:
            return read_receipt(response.headers, answer, was_accepted_before=True)
        raise error_for(response.status, response.headers, answer)
