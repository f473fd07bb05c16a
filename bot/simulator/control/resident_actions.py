"""Turn what a resident does in the chat into LINE's events."""

import base64
import binascii
import random
from collections.abc import Callable
from typing import Any

from bot.simulator.chat_tokens import Named
from bot.simulator.control.misuse import Misuse
from bot.simulator.media import ChatFile
from bot.simulator.platform import Platform
from bot.simulator.residents import SimulatedResident

Body = dict[str, Any]
Done = dict[str, Any]

_CONTENT_TYPES = {
    "image": "image/jpeg",
    "audio": "audio/mp4",
    "video": "video/mp4",
    "file": "application/octet-stream",
}
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_MOST_IMAGES = 20


def say(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    """Do what `body` says; returns `seq`, `message_id`, `webhook_event_id` as far as there are any.

    Raises:
        Misuse: 400 for an invalid body, 404 for an unknown message, 409 when the resident has blocked the
            account.
    """
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Misuse(400, f"unknown type; one of {', '.join([*_KINDS, 'tap'])}")
    if not resident.following and kind not in {"follow", "raw"}:
        raise Misuse(409, "the resident has blocked the account")
    return _KINDS[kind](platform, resident, body)


def send_event(platform: Platform, resident: SimulatedResident, kind: str, content: Body) -> str:
    """Send one event of a resident; returns its `webhookEventId`."""
    event = platform.events.make(resident, platform.now(), kind, content)
    platform.courier.submit(resident.channel, resident.user_id, event)
    return str(event["webhookEventId"])


def send_postback(platform: Platform, resident: SimulatedResident, postback: Body, shown: str = "") -> Done:
    """Send a postback; `shown` appears as the resident's own bubble without a message event."""
    done: Done = {}
    if shown:
        seen = platform.show_own(resident, platform.message_ids.new(), {"type": "text", "text": shown})
        done["seq"] = seen.seq
    return done | {"webhook_event_id": send_event(platform, resident, "postback", {"postback": postback})}


def send_text(platform: Platform, resident: SimulatedResident, text: str, more: Body | None = None) -> Done:
    """Send a text message."""
    return _message(platform, resident, {"type": "text", "text": text, **(more or {})}, quotable=True)


def _text(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    text = body.get("text")
    if not isinstance(text, str) or not text:
        raise Misuse(400, "text is missing")
    known = {"emojis": "emojis", "mention": "mention", "quotedMessageId": "quotedMessageId"}
    more = {key: body[key] for key in known if key in body}
    return send_text(platform, resident, text, more)


def _location(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    latitude, longitude = body.get("latitude"), body.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        raise Misuse(400, "latitude and longitude (degrees) are missing")
    content = {"type": "location", "latitude": latitude, "longitude": longitude}
    content |= {key: str(body[key]) for key in ("title", "address") if body.get(key)}
    return _message(platform, resident, content, quotable=False)


def _sticker(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    content = {
        "type": "sticker",
        "packageId": str(body.get("packageId", "446")),
        "stickerId": str(body.get("stickerId", "1988")),
        "stickerResourceType": str(body.get("stickerResourceType", "STATIC")),
        "keywords": list(body.get("keywords") or ["hello"]),
    }
    if body.get("text"):
        content["text"] = str(body["text"])
    if body.get("quotedMessageId"):
        content["quotedMessageId"] = str(body["quotedMessageId"])
    return _message(platform, resident, content, quotable=True)


def _image(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    images = body.get("images")
    if images is None:
        return _file(platform, resident, body)
    if not isinstance(images, list) or not 1 <= len(images) <= _MOST_IMAGES:
        raise Misuse(400, f"images must be a list of 1 to {_MOST_IMAGES} pictures in base64")
    decoded = [_decoded(picture) for picture in images]
    set_id = platform.message_ids.new()
    order = list(enumerate(decoded, start=1))
    # LINE sends the pictures of one set in no particular order.
    random.shuffle(order)
    sets = [{"id": set_id, "index": index, "total": len(decoded)} for index, _ in order]
    done = [
        _send_file(platform, resident, body, picture, {"imageSet": image_set})
        for image_set, (_, picture) in zip(sets, order, strict=True)
    ]
    return {**done[-1], "message_ids": [entry["message_id"] for entry in done], "image_set_id": set_id}


def _file(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    kind = str(body["type"])
    encoded = next((body[key] for key in ("data", "base64", "content") if key in body), None)
    content = _decoded(encoded)
    more: Body = {}
    if kind in {"video", "audio"}:
        more["duration"] = int(body.get("duration", 3_000))
    if kind == "file":
        more |= {"fileName": str(body.get("fileName", "file.bin")), "fileSize": len(content)}
    return _send_file(platform, resident, body, content, more)


def _send_file(
    platform: Platform, resident: SimulatedResident, body: Body, content: bytes, more: Body
) -> Done:
    kind, message_id = str(body["type"]), platform.message_ids.new()
    guessed = next(
        (name for magic, name in _MAGIC.items() if content.startswith(magic)), _CONTENT_TYPES[kind]
    )
    content_type = str(body.get("contentType") or (guessed if kind == "image" else _CONTENT_TYPES[kind]))
    name = str(body.get("fileName") or kind)
    platform.media.put(message_id, ChatFile(content, content_type, name, kind, resident.user_id))
    provider = {} if kind == "file" else {"contentProvider": {"type": "line"}}
    message = {"type": kind, **provider, **more}
    shown = {**message, "url": f"/api/media/{message_id}"}
    return _message(
        platform, resident, message, quotable=kind in {"image", "video"}, message_id=message_id, shown=shown
    )


def _decoded(encoded: object) -> bytes:
    if not isinstance(encoded, str) or not encoded:
        raise Misuse(400, "data (base64) is missing")
    bare = encoded.partition(",")[2] if encoded.startswith("data:") else encoded
    try:
        return base64.b64decode(bare, validate=True)
    except binascii.Error as error:
        raise Misuse(400, "data is not base64") from error


def _postback(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    if not isinstance(body.get("data"), str):
        raise Misuse(400, "data is missing")
    postback = {"data": body["data"]}
    if isinstance(body.get("params"), dict):
        postback["params"] = body["params"]
    return send_postback(platform, resident, postback, str(body.get("displayText") or ""))


def _follow(platform: Platform, resident: SimulatedResident, _body: Body) -> Done:
    returning = not resident.following
    resident.following = True
    platform.changed(resident)
    return {
        "webhook_event_id": send_event(platform, resident, "follow", {"follow": {"isUnblocked": returning}})
    }


def _unfollow(platform: Platform, resident: SimulatedResident, _body: Body) -> Done:
    resident.following = False
    platform.changed(resident)
    return {"webhook_event_id": send_event(platform, resident, "unfollow", {})}


def _unsend(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    message_id = body.get("message_id") or body.get("messageId")
    seen = resident.find(message_id=message_id) if isinstance(message_id, str) else None
    if seen is None or not seen.is_own or seen.unsent:
        raise Misuse(404, "no such message of this resident")
    seen.unsent, seen.message = True, {"type": "unsent"}
    platform.media.unsend(seen.message_id)
    platform.feed.add("unsent", resident.user_id, {"seq": seen.seq})
    event_id = send_event(platform, resident, "unsend", {"unsend": {"messageId": message_id}})
    return {"seq": seen.seq, "message_id": message_id, "webhook_event_id": event_id}


def _raw(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    """Send a hand-written event; missing fields are filled in, fields named in `without` are left out."""
    raw, without = body.get("event"), body.get("without") or []
    if not isinstance(raw, dict) or not isinstance(without, list):
        raise Misuse(400, "event is missing, or without is not a list")
    event = platform.events.complete(resident, platform.now(), raw, without)
    source = event.get("source")
    if isinstance(source, dict):
        for key in ("groupId", "roomId"):
            if isinstance(source.get(key), str):
                platform.groups[source[key]] = resident.channel.municipality
    platform.courier.submit(resident.channel, resident.user_id, event)
    return {"webhook_event_id": event.get("webhookEventId"), "event": event}


def _message(
    platform: Platform,
    resident: SimulatedResident,
    content: Body,
    *,
    quotable: bool,
    message_id: str = "",
    shown: Body | None = None,
) -> Done:
    message_id = message_id or platform.message_ids.new()
    seen = platform.show_own(resident, message_id, shown or content)
    named = Named(resident.channel.municipality, resident.user_id, seen.seq, message_id)
    message = {**content, "id": message_id, "markAsReadToken": platform.read_tokens.issue(named)}
    if quotable:
        message["quoteToken"] = platform.quote_tokens.issue(named)
    event_id = send_event(platform, resident, "message", {"message": message})
    return {"seq": seen.seq, "message_id": message_id, "webhook_event_id": event_id}


_KINDS: dict[str, Callable[[Platform, SimulatedResident, Body], Done]] = {
    "text": _text,
    "location": _location,
    "sticker": _sticker,
    "image": _image,
    "audio": _file,
    "video": _file,
    "file": _file,
    "postback": _postback,
    "follow": _follow,
    "unfollow": _unfollow,
    "unsend": _unsend,
    "raw": _raw,
}
