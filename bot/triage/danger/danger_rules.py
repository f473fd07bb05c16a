"""Read the dangers (`data/triage/dangers/*.yml`): a category with its rules."""

from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.content import ContentModel, ReviewedContent, read_content
from core.errors import ContentError
from core.lexicon.concepts import Kind

DANGERS = Path("triage", "dangers")
ORDER = Path("triage", "danger_order.yml")


class DangerPair(ContentModel):
    """Two sentences that differ by little: one the rule must hear, one it must not."""

    fires: str
    silent: str


class DangerRuleContent(ContentModel):
    """One rule: all of `all` (each one concept, or several as `a|b`), and one of `any` if there are any.

    They stand at most `within` kana apart, in one sentence unless `across`. `allows` are things said of them that
    do not matter (a fit that is over). `without`: concepts that, in reach, speak against it; `unless_told`: those that do
    so wherever the message tells them (今は落ち着いています).
    """

    id: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    says: str
    all: tuple[str, ...] = Field(min_length=1)
    any: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    unless_told: tuple[str, ...] = ()
    within: int = Field(default=40, gt=0, le=400)
    across: bool = False
    allows: tuple[Kind, ...] = ()
    pairs: tuple[DangerPair, ...] = ()


class ExceptionContent(ContentModel):
    """What cancels a finding of the category when it stands in the same sentence."""

    id: str
    kind: Literal["benign", "other", "past", "figurative", "denied", "hypothetical"]
    because: str
    any: tuple[str, ...] = Field(min_length=1)
    within: int = Field(default=30, ge=0, le=400)


class DangerContent(ReviewedContent):
    """One category: `red` rules bring the card at once, `ask` rules one safety question.

    `settled_by`: what a message tells that answers the question already; then the alarm head's guess is not followed.
    """

    id: str
    title: str
    version: str
    source: tuple[str, ...] = Field(min_length=1)
    red: tuple[DangerRuleContent, ...] = ()
    ask: tuple[DangerRuleContent, ...] = ()
    unless: tuple[ExceptionContent, ...] = ()
    settled_by: tuple[ExceptionContent, ...] = ()


class DangerOrder(ContentModel):
    """Which of several dangers in the same words counts first."""

    order: tuple[str, ...]


def read_dangers(data_dir: Path) -> tuple[DangerContent, ...]:
    """Read all categories, in their order.

    Raises:
        ContentError: a file is broken, its name is not its id, or the order does not name each once; says where and why.
    """
    order = read_content(data_dir / ORDER, DangerOrder).order
    found = []
    for path in sorted((data_dir / DANGERS).glob("*.yml")):
        content = read_content(path, DangerContent)
        if content.id != path.stem:
            raise ContentError(f"{path}:1: id: is '{content.id}' but the file is named '{path.name}'")
        found.append(content)
    if wrong := Counter(order) - Counter(one.id for one in found):
        raise ContentError(
            f"{data_dir / ORDER}:1: order: no danger of this name, or named twice: {', '.join(wrong)}"
        )
    if missing := {one.id for one in found}.difference(order):
        raise ContentError(f"{data_dir / ORDER}:1: order: missing: {', '.join(sorted(missing))}")
    return tuple(sorted(found, key=lambda content: order.index(content.id)))
