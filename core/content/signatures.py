"""Signatures of reviewed content (`data/triage/signatures/`): by whom, when, and over what exactly.

What was reviewed is hashed part by part (a rule, a concept, an answer), so that a changed part can be named.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, ValidationInfo, field_validator

from core.content.reading import ContentModel, read_content
from core.db.tables import Profession
from core.errors import ContentError
from core.outside_text import cleaned, shows_nothing

SIGNATURES = Path("triage", "signatures")
_PART_DIGITS = 16
_HASH = r"^sha256:[0-9a-f]{64}$"
_LICENCE = re.compile(r"[\w\-]{1,30}")

Kind = Literal["danger", "table"]
KINDS: tuple[Kind, ...] = ("danger", "table")
# What was reviewed, by part: plain values as JSON knows them.
Parts = Mapping[str, object]


class Standing(StrEnum):
    """Whether content is signed; `stale`: it was, and has changed since."""

    UNSIGNED = "unsigned"
    SIGNED = "signed"
    STALE = "stale"


class Signature(ContentModel):
    """One signature. `checksum` is over all other fields: a file that somebody edited is no signature."""

    kind: Kind
    id: str
    version: str
    name: str = Field(min_length=1, max_length=60)
    profession: Profession
    licence: str
    signed_on: date
    remark: str = Field(default="", max_length=2000)
    content: str = Field(pattern=_HASH)
    parts: dict[str, str] = Field(min_length=1)
    checksum: str = Field(pattern=_HASH)

    @field_validator("name", "remark")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        if cleaned(text) != text or (text and shows_nothing(text)):
            raise ValueError("holds characters that cannot be seen")
        return text

    @field_validator("licence")
    @classmethod
    def _has_number(cls, licence: str) -> str:
        if not _LICENCE.fullmatch(licence) or not any(character.isdigit() for character in licence):
            raise ValueError("is no licence number")
        return licence

    @field_validator("checksum")
    @classmethod
    def _is_as_written(cls, checksum: str, info: ValidationInfo) -> str:
        # With a field missing or broken that error is the one to read.
        if len(info.data) == len(cls.model_fields) - 1 and checksum != fingerprint(_plain(info.data)):
            raise ValueError(
                "does not fit this file: it was changed by hand; withdraw it (`helpo triage sign ID --withdraw`) and sign again"
            )
        return checksum

    @classmethod
    def make(
        cls,
        kind: Kind,
        name: str,
        version: str,
        parts: Parts,
        *,
        reviewer: str,
        profession: Profession,
        licence: str,
        signed_on: date,
        remark: str = "",
    ) -> Self:
        """Sign content by its name."""
        values: dict[str, object] = {
            "kind": kind,
            "id": name,
            "version": version,
            "name": reviewer,
            "profession": profession,
            "licence": licence,
            "signed_on": signed_on,
            "remark": remark,
            "content": fingerprint(parts),
            "parts": _marks(parts),
        }
        return cls.model_validate({**values, "checksum": fingerprint(_plain(values))})


@dataclass(frozen=True, slots=True)
class SignatureState:
    """Whether content is signed, by which signature, and which parts have changed since."""

    signature: Signature | None = None
    standing: Standing = Standing.UNSIGNED
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, signature: Signature | None, parts: Parts) -> Self:
        """Compare a signature with what stands in the content now."""
        if signature is None:
            return cls()
        if signature.content == fingerprint(parts):
            return cls(signature, Standing.SIGNED)
        now = _marks(parts)
        names = sorted({*now, *signature.parts})
        changed = tuple(name for name in names if now.get(name) != signature.parts.get(name))
        return cls(signature, Standing.STALE, changed)


def fingerprint(value: object) -> str:
    """Return the hash of a plain value; empty fields count as if they were not there."""
    return f"sha256:{hashlib.sha256(_canonical(value).encode()).hexdigest()}"


def read_signatures(data_dir: Path, kind: Kind) -> dict[str, Signature]:
    """Read all signatures of a kind, by what they sign.

    Raises:
        ContentError: a file is broken, or was edited; one line `file:line: place: reason` for each thing.
    """
    found: dict[str, Signature] = {}
    for path in sorted((data_dir / SIGNATURES / kind).glob("*.yml")):
        signature = read_content(path, Signature)
        for field, value, meant in (("kind", signature.kind, kind), ("id", signature.id, path.stem)):
            if value != meant:
                raise ContentError(
                    f"{path}:1: {field}: is '{value}' but the file lies at '{kind}/{path.name}'"
                )
        found[signature.id] = signature
    return found


def write_signature(data_dir: Path, signature: Signature) -> Path:
    """Write a signature, in place of an earlier one; return its file.

    Raises:
        ContentError: the folder cannot be written to.
    """
    path = _path(data_dir, signature.kind, signature.id)
    text = yaml.safe_dump(signature.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=110)
    unfinished = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise ContentError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def withdraw_signature(data_dir: Path, kind: Kind, name: str) -> bool:
    """Take a signature away; return whether there was one. A broken file goes as well."""
    path = _path(data_dir, kind, name)
    is_there = path.exists()
    path.unlink(missing_ok=True)
    return is_there


def _path(data_dir: Path, kind: Kind, name: str) -> Path:
    return data_dir / SIGNATURES / kind / f"{name}.yml"


def _marks(parts: Parts) -> dict[str, str]:
    return {
        name: fingerprint(value).removeprefix("sha256:")[:_PART_DIGITS]
        for name, value in sorted(parts.items())
    }


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a signature as they stand in its file."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _canonical(value: object) -> str:
    return json.dumps(_filled(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _filled(value: object) -> object:
    """Return a value without empty fields: a field that is new and not used in a file changes no hash."""
    if isinstance(value, Mapping):
        return {str(name): _filled(one) for name, one in value.items() if not _is_empty(one)}
    if isinstance(value, list | tuple):
        return [_filled(one) for one in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str | list | tuple | Mapping) and not value)
