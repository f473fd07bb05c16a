"""Test the webhooks against LINE's own OpenAPI description, if there is a copy of it beside the project."""

import base64
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.simulator.stand import Simulator
from tests.simulator.test_webhooks import settle

DESCRIPTION = Path(__file__).parents[3] / "shared" / "line" / "openapi" / "webhook.yml"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()


def validator() -> Draft202012Validator:
    """Resolve discriminators: a mapped schema applies exactly when the property names it."""
    document: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    chosen = copy.deepcopy(schemas)
    for name, schema in schemas.items():
        discriminator = schema.get("discriminator")
        if not discriminator:
            continue
        key, mapping = discriminator["propertyName"], discriminator["mapping"]
        base = {k: v for k, v in schema.items() if k != "discriminator"}
        chosen[f"{name}Base"] = base
        rules = [
            {"if": {"properties": {key: {"const": value}}}, "then": {"$ref": target}}
            for value, target in mapping.items()
        ]
        known = {"properties": {key: {"enum": list(mapping)}}}
        chosen[name] = {"allOf": [{"$ref": f"#/components/schemas/{name}Base"}, known, *rules]}
    for name, schema in chosen.items():
        for part in (
            schema.get("allOf", ()) if name in schemas and not schemas[name].get("discriminator") else ()
        ):
            parent = part.get("$ref", "").rpartition("/")[2]
            if schemas.get(parent, {}).get("discriminator"):
                part["$ref"] = f"#/components/schemas/{parent}Base"
    return Draft202012Validator(
        {"$ref": "#/components/schemas/CallbackRequest", "components": {"schemas": chosen}}
    )


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="LINE's OpenAPI description is not beside the project")
async def test_every_webhook_is_as_line_describes_it(sim: Simulator) -> None:
    resident = await sim.resident()
    sent = await sim.say(resident, "熱があります")
    for body in (
        {"type": "location", "latitude": 37.05, "longitude": 140.88},
        {"type": "sticker", "text": "ありがとう", "stickerResourceType": "MESSAGE"},
        {"type": "image", "images": [PNG, PNG]},
        {"type": "video", "data": PNG},
        {"type": "audio", "data": PNG},
        {"type": "file", "data": PNG, "fileName": "a.pdf"},
        {"type": "postback", "data": "v=1", "params": {"date": "2026-05-01"}},
        {"type": "unsend", "message_id": sent["message"]["id"]},
        {"type": "unfollow"},
        {"type": "follow"},
    ):
        await sim.act(resident, body)
    await settle(sim)
    check = validator()
    assert len(sim.bot.events) == 13
    for body in sim.bot.bodies:
        assert [error.message for error in check.iter_errors(body)] == []


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="LINE's OpenAPI description is not beside the project")
async def test_the_check_itself_notices_a_missing_text(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.say(resident, "a")
    body = copy.deepcopy(sim.bot.bodies[-1])
    del body["events"][0]["message"]["text"]
    assert [error.message for error in validator().iter_errors(body)] == ["'text' is a required property"]
