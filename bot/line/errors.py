"""Refusals and failures of the Messaging API, typed by what to do next.

Decided by status code alone where LINE allows it (its texts are not guaranteed); the two kinds of 429 differ
only in the text. No error carries a word of a message.
"""

from core.errors import ServiceError


class LineError(ServiceError):
    """LINE did not do what was asked. `status` is the HTTP status of its answer, 0 when there was none."""

    code = "line.error"

    def __init__(self, reason: str, *, status: int = 0, request_id: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.request_id = request_id


class LineUnavailable(LineError):
    """Timeout, broken connection or 5xx: the request may have been carried out. Back off and repeat it unchanged."""

    code = "line.unavailable"
    retryable = True


class LineNotReached(LineUnavailable):
    """No connection was made, so nothing was carried out."""

    code = "line.not_reached"


class LineThrottled(LineError):
    """429, too fast: nothing was carried out; repeat after a pause."""

    code = "line.throttled"
    retryable = True


class LineQuotaExceeded(LineError):
    """429, the month's messages are used up: pushes wait, replies are still free."""

    code = "line.quota_exceeded"
    retryable = True


class LineUnauthorised(LineError):
    """401 or 403: the channel's token or plan does not allow it; whatever is sent next fails too."""

    code = "line.unauthorised"
    retryable = True


class LineRejected(LineError):
    """Any other 4xx: final for this request."""

    code = "line.rejected"


class LineRefusedMessages(LineRejected):
    """400 that names properties of the messages: repeating them, or sending them another way, fails too."""

    code = "line.refused_messages"


class ContentNotReady(LineError):
    """202: LINE is still preparing a long video or voice message; ask again soon."""

    code = "line.content_not_ready"
    retryable = True


class ContentGone(LineError):
    """404 or 410: LINE no longer has it, or it was unsent."""

    code = "line.content_gone"


class ContentTooLarge(LineError):
    """Larger than the limit for stored files."""

    code = "line.content_too_large"


class RenderError(ServiceError):
    """Messages, or a part of them, that cannot be rendered within LINE's limits."""

    code = "line.render"
