"""Make webhooks with one message, for what the simulator's phone cannot send."""

import json
from datetime import datetime
from typing import Any

from bot.line.signature import HEADER, sign
from core.municipalities import Municipality, channel_secrets
from core.settings import Settings
from tests.harness.in_process import Town


def secret_of(settings: Settings, cities: dict[str, Municipality]) -> str:
    return channel_secrets(settings, cities)["iwaki"].secret


async def bring(town: Town, user_id: str, secret: str, message: dict[str, Any], sent_at: datetime) -> None:
    """Post a message that its resident sent at `sent_at`, and let the town work."""
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(sent_at.timestamp() * 1000),
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": f"01{message['id']}",
        "deliveryContext": {"isRedelivery": False},
        "message": message,
    }
    body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}).encode()
    headers = {HEADER: sign(secret, body).decode()}
    async with town.http.post(f"{town.intake_url}/line/iwaki/webhook", data=body, headers=headers) as answer:
        assert answer.status == 200
    await town.settle()
