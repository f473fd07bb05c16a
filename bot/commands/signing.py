"""Record and withdraw signatures of clinical content."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from bot.triage.commands import content_problems
from bot.triage.review.reviews import Category, Reviews, open_reviews
from core.content.signatures import (
    KINDS,
    SIGNATURES,
    Signature,
    withdraw_signature,
    write_signature,
)
from core.db.tables import Profession
from core.errors import ContentError
from core.outside_text import shows_nothing

# Who may sign: both kinds decide who is told to call 119.
DOCTORS = {"doctor": Profession.DOCTOR, "医師": Profession.DOCTOR}
# Before that there was nothing to sign.
EARLIEST = date(2026, 1, 1)
_FIELDS = {"name": "--name", "licence": "--licence", "remark": "--remark"}


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs what, as it was typed; `sheet` is the number on the sheet that was signed by hand."""

    name: str
    profession: str
    licence: str
    signed_on: str
    remark: str = ""
    sheet: str = ""


def sign(data_dir: Path, category: str, signing: Signing, today: date) -> Path:
    """Record a signature; return its file.

    Raises:
        ContentError: the content is not whole, the sheet was another, or something of the signature makes no sense;
            nothing is written.
    """
    reviews = open_reviews(data_dir)
    found = reviews.category(category)
    _refuse_unfinished(data_dir)
    number = reviews.review(found).number
    if signing.sheet and signing.sheet.strip().lower() != number:
        raise ContentError(
            f"--sheet: the content is now sheet {number}, not {signing.sheet}: it has changed since that was printed;"
            f" print and review it again: helpo triage review {found.kind}/{found.id}"
        )
    return write_signature(data_dir, _signature(reviews, found, signing, today))


def withdraw(data_dir: Path, category: str) -> str:
    """Take a signature away, whatever its state; return what it was for.

    Raises:
        ContentError: there is none, or more than one of this name.
    """
    signed = [
        (kind, path.stem) for kind in KINDS for path in sorted((data_dir / SIGNATURES / kind).glob("*.yml"))
    ]
    found = [one for one in signed if category in {one[1], f"{one[0]}/{one[1]}"}]
    if len(found) != 1:
        many = " or ".join(f"{kind}/{name}" for kind, name in found)
        why = (
            f"is more than one: write {many}"
            if found
            else f"is not signed ({data_dir / SIGNATURES} has no such file)"
        )
        raise ContentError(f"'{category}' {why}")
    withdraw_signature(data_dir, *found[0])
    return f"{found[0][0]}/{found[0][1]}"


def _refuse_unfinished(data_dir: Path) -> None:
    """Refuse while the content check fails: what a doctor saw would not be what runs."""
    if problems := content_problems(data_dir):
        raise ContentError("\n".join(["not signed: the content is not whole", *problems]))


def _signature(reviews: Reviews, category: Category, signing: Signing, today: date) -> Signature:
    given = {
        "--name": signing.name,
        "--profession": signing.profession,
        "--licence": signing.licence,
        "--date": signing.signed_on,
    }
    if missing := [option for option, value in given.items() if shows_nothing(value)]:
        raise ContentError(
            f"{', '.join(missing)}: missing; a signature says who, as what, with which licence, and when"
        )
    profession = DOCTORS.get(signing.profession.strip())
    if profession is None:
        raise ContentError(
            f"--profession: '{signing.profession}': a doctor signs this content (doctor, 医師)"
        )
    try:
        return Signature.make(
            category.kind,
            category.id,
            category.version,
            reviews.parts(category),
            reviewer=signing.name.strip(),
            profession=profession,
            # Typed by a Japanese keyboard: 第１２３号.
            licence=unicodedata.normalize("NFKC", signing.licence).strip(),
            signed_on=_day(signing.signed_on, today),
            remark=signing.remark.strip(),
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = _FIELDS.get(str(first["loc"][0]), str(first["loc"][0]))
        raise ContentError(f"{option}: '{first['input']}': {_reason(first['msg'])}") from error


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(unicodedata.normalize("NFKC", text).strip())
    except ValueError as error:
        raise ContentError(f"--date: '{text}' is no date; write it as {today.isoformat()}") from error
    if not EARLIEST <= day <= today:
        raise ContentError(f"--date: {day.isoformat()} cannot be: today is {today.isoformat()}")
    return day
