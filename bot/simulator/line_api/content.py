"""Answer calls for the content of residents' messages (LINE's data host)."""

from bot.simulator.line_api.call import ApiAnswer, ApiCall, Endpoint
from bot.simulator.media import ChatFile
from bot.simulator.platform import Platform
from bot.simulator.refusal import Refusal, not_found


def content(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the bytes as they were sent."""
    media = _media(platform, call)
    return ApiAnswer(content=media.content, content_type=media.content_type)


def preview(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the picture itself: the simulator does not shrink it. Videos and sounds have no preview here."""
    media = _media(platform, call)
    if media.kind != "image":
        raise not_found()
    return ApiAnswer(content=media.content, content_type=media.content_type)


def transcoding(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return that a video or sound is ready; a fault with status 202 on `content` plays one that is not."""
    media = _media(platform, call)
    if media.kind not in {"video", "audio"}:
        raise Refusal(400, "The message is neither video nor audio")
    return ApiAnswer({"status": "succeeded"})


def _media(platform: Platform, call: ApiCall) -> ChatFile:
    message_id = call.path["messageId"]
    if platform.media.is_unsent(message_id):
        raise Refusal(410, "The message was unsent")
    media = platform.media.get(message_id)
    owner = platform.residents.get(media.owner) if media else None
    if media is None or owner is None or owner.channel is not call.channel:
        raise not_found()
    return media


_PATH = "/v2/bot/message/{messageId}/content"
ENDPOINTS = (
    Endpoint("GET", _PATH, "content", content, takes_json=False),
    Endpoint("GET", f"{_PATH}/preview", "content_preview", preview, takes_json=False),
    Endpoint("GET", f"{_PATH}/transcoding", "content_transcoding", transcoding, takes_json=False),
)
