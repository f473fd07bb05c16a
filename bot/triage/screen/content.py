"""Read the content of the red-flag screen: one file a category in `data/triage/red_flags`.

`_words.yml` there holds the words that patterns share and the exceptions that hold for every category.
"""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from core.content import ContentModel, read_content
from core.errors import ContentError

RED_FLAGS = Path("triage", "red_flags")
WORDS = "_words.yml"

# The order of urgency: the seven items of the first check, the leaflet's items, mental health.
Category = Literal[
    "no_breathing",
    "no_pulse",
    "drowning",
    "cold_body",
    "no_response",
    "cannot_speak",
    "bad_colour",
    "choking",
    "consciousness",
    "convulsion",
    "child_breathing",
    "allergy",
    "self_harm",
    "bleeding_burn",
    "accident",
    "swallowed",
    "young_baby",
    "chest_back",
    "face",
    "limbs",
    "head",
    "child_head",
    "child_belly",
    "belly",
    "nausea_sweat",
    "unusual",
    "help",
    "suicidal",
]
Level = Literal["red", "orange"]

# Blanks and line breaks in a pattern only make it readable; they are removed.
Pattern = Annotated[str, AfterValidator(lambda text: "".join(text.split()))]

CATEGORIES: tuple[Category, ...] = get_args(Category)


class RuleContent(ContentModel):
    """A pattern, and others that must stand `within` so many characters of it, before or after.

    Patterns are in ordinary spelling, kana as hiragana; `<word>` stands for an entry of the words file.
    """

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)+$")
    pattern: Pattern
    near: tuple[Pattern, ...] = ()
    within: int = Field(default=30, gt=0, le=100)


class CategoryContent(ContentModel):
    """One category: its rules, and the exceptions that cancel a finding where the two overlap."""

    id: Category
    item: str
    group: Literal["first_check", "adult", "child", "mind"]
    level: Level
    version: str
    source: tuple[str, ...] = Field(min_length=1)
    reviewer: str | None
    status: Literal["draft", "reviewed"]
    note: str = ""
    rules: tuple[RuleContent, ...] = Field(min_length=1)
    unless: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if self.status == "reviewed" and not self.reviewer:
            raise ValueError("status is 'reviewed' but no reviewer is named")
        return self


class WordsContent(ContentModel):
    """The words that categories share; a word may be made of others."""

    words: dict[str, Pattern]
    unless: tuple[Pattern, ...]


class RedFlagsContent(ContentModel):
    """The content of all categories, the most urgent first."""

    words: dict[str, str]
    unless: tuple[str, ...]
    categories: tuple[CategoryContent, ...]


def load_red_flags(data_dir: Path) -> RedFlagsContent:
    """Read the content of the screen.

    Raises:
        ContentError: a file is missing, broken or unknown; says where and why.
    """
    folder = data_dir / RED_FLAGS
    refuse_strangers(folder, {WORDS, *(f"{category}.yml" for category in CATEGORIES)})
    shared = read_content(folder / WORDS, WordsContent)
    categories = tuple(_category(folder / f"{category}.yml") for category in CATEGORIES)
    urgent_first = sorted(categories, key=lambda c: (c.level != "red", c.group != "first_check"))
    return RedFlagsContent(words=shared.words, unless=shared.unless, categories=tuple(urgent_first))


def _category(path: Path) -> CategoryContent:
    category = read_content(path, CategoryContent)
    if category.id != path.stem:
        raise ContentError(f"{path}:1: id: is '{category.id}' but the file is named '{path.name}'")
    return category


def refuse_strangers(folder: Path, known: set[str]) -> None:
    """Refuse unknown files: they would be ignored silently while their author believes they apply.

    Raises:
        ContentError: names the files of `folder` that are not among the `known`.
    """
    strangers = sorted(path.name for path in folder.glob("*.yml") if path.name not in known)
    if strangers:
        raise ContentError(f"{folder}: no category is named so: {', '.join(strangers)}")
