"""Make webhooks as LINE sends them: captured shapes with invented people."""

import json
import uuid
from datetime import datetime
from typing import Any

from aiohttp.test_utils import TestClient

from bot.line.signature import HEADER, sign

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TAKEO = "U" + "a" * 32
HANA = "U" + "b" * 32


def text_event(user_id: str, text: str, at: datetime, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": "message",
        "mode": "active",
        "timestamp": int(at.timestamp() * 1000),
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": uuid.uuid4().hex,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": uuid.uuid4().hex,
        "message": {"type": "text", "id": "100001", "quoteToken": "q", "text": text},
    }
    return {key: value for key, value in {**event, **changes}.items() if value is not ...}


def body_of(*events: Any, destination: str = "U" + "0" * 32) -> bytes:
    return json.dumps({"destination": destination, "events": list(events)}).encode()


async def post(
    client: TestClient[Any, Any], body: bytes, *, path: str = "/line/iwaki/webhook", secret: str = SECRET
) -> int:
    async with client.post(path, data=body, headers={HEADER: sign(secret, body).decode()}) as response:
        return response.status
