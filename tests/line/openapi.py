"""Validate messages by LINE's own description (line-openapi, messaging-api.yml).

Its base schemas name their forms in a `discriminator`, which JSON Schema ignores, so that a text without text would
pass: here each form is asked for by its `type`, and a type without a form is refused.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

PATH = Path(__file__).parents[3] / "shared" / "line" / "openapi" / "messaging-api.yml"
SCHEMAS = "#/components/schemas/"


@cache
def validator() -> Draft7Validator:
    """Return a validator of one message object."""
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    schemas: dict[str, Any] = document["components"]["schemas"]
    bases = {name: schema["discriminator"] for name, schema in schemas.items() if "discriminator" in schema}
    for name, discriminator in bases.items():
        fields = {k: v for k, v in schemas[name].items() if k != "discriminator"}
        schemas[f"{name}Fields"] = fields
        for target in discriminator["mapping"].values():
            form = schemas[target.removeprefix(SCHEMAS)]
            form["allOf"] = [_fields(part, bases) for part in form.get("allOf", [])]
        schemas[name] = _chosen(discriminator)
    return Draft7Validator({"$ref": f"{SCHEMAS}Message", "components": {"schemas": schemas}})


def _fields(part: dict[str, Any], bases: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").removeprefix(SCHEMAS)
    return {"$ref": f"{SCHEMAS}{name}Fields"} if name in bases else part


def _chosen(discriminator: dict[str, Any]) -> dict[str, Any]:
    key, mapping = discriminator["propertyName"], discriminator["mapping"]
    forms = [
        {"if": {"properties": {key: {"const": value}}}, "then": {"$ref": target}}
        for value, target in mapping.items()
    ]
    return {"type": "object", "required": [key], "properties": {key: {"enum": list(mapping)}}, "allOf": forms}
