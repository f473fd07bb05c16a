"""Make signed webhooks with one text each, as LINE posts them, as bytes for a socket."""

import itertools
import json
import secrets
import time
from hashlib import md5

from bot.bench.installation import CITY
from bot.line.signature import HEADER, sign

_numbers = itertools.count(1)


def line_users(count: int) -> list[str]:
    """Return invented LINE user ids."""
    return [f"U{secrets.token_hex(16)}" for _ in range(count)]


def webhook(port: int, secret: str, user_id: str, text: str = "こんにちは") -> bytes:
    """Return a webhook of one message of one resident."""
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": f"01BENCH{next(_numbers):019d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": secrets.token_hex(16),
        "message": {
            "type": "text",
            "id": f"{next(_numbers):018d}",
            "quoteToken": secrets.token_urlsafe(48),
            "text": text,
        },
    }
    destination = "U" + md5(CITY.encode(), usedforsecurity=False).hexdigest()
    content = {"destination": destination, "events": [event]}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return post(port, f"/line/{CITY}/webhook", body, f"{HEADER}: {sign(secret, body).decode()}\r\n")


def post(port: int, path: str, body: bytes, headers: str = "") -> bytes:
    """Return a whole POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: LineBotWebhook/2.0\r\n"
        f"Content-Type: application/json; charset=utf-8\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
