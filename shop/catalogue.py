"""Read the catalogue: product kinds, legal classes, the questions before a shop. No brands, no prices."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from core.content import ContentModel, read_content
from core.ja import fold, normalise

# 医薬品医療機器等法 4条5項, 36条の7, 同施行規則; the last two classes are no medicines.
OtcClass = Literal[
    "要指導医薬品",
    "第1類医薬品",
    "指定第2類医薬品",
    "第2類医薬品",
    "第3類医薬品",
    "医薬部外品",
    "医薬品以外",
]
NO_MEDICINE: frozenset[str] = frozenset({"医薬部外品", "医薬品以外"})
# No child under two is led to a shop (受診優先), nobody under 18 to designated medicines (法 36条の11).
YOUNGEST = 2
DESIGNATED_AGE = 18
# Shorter names occur inside other words: 「だいぶ」 is no 「イブ」.
LONG_NAME = 4
_KATAKANA_OR_LATIN = "ァ-ヶーA-Za-z"


class Days(ContentModel):
    """Days after which a doctor should be seen first; `line` is that sentence in a question."""

    limit: int = Field(ge=1, le=30)
    line: str


class ProductKind(ContentModel):
    """A kind of product; `words` are what residents call it, `min_age` is in years.

    `designated_abuse_prevention`: the kind contains 指定濫用防止医薬品 (医薬品医療機器等法 36条の11): nothing about
    amounts is ever said, and nobody under 18 or of unknown age gets a card.
    `counter_only`: sold face to face alone, so no shop link is ever shown.
    """

    id: str = Field(pattern=r"^[a-z0-9_]{2,30}$")
    name: str
    words: tuple[str, ...]
    type: Literal["medicine", "test", "goods"]
    classes: tuple[OtcClass, ...] = Field(min_length=1)
    designated_abuse_prevention: bool = False
    counter_only: bool = False
    about: str
    drowsy: bool = False
    min_age: int | None = Field(default=None, ge=0, le=20)
    days: Days | None = None
    signs: tuple[str, ...] = Field(default=(), max_length=6)
    body: tuple[str, ...] = Field(default=(), max_length=5)
    sources: tuple[str, ...] = Field(min_length=1)

    @property
    def has_symptom(self) -> bool:
        """Whether a symptom is the reason for buying it, so that a consultation may help."""
        return bool(self.days or self.signs)

    @model_validator(mode="after")
    def _asks_what_it_must(self) -> Self:
        if (self.type == "goods") != (set(self.classes) <= NO_MEDICINE):
            raise ValueError("type 'goods' is for what is no medicine, and only for that")
        if self.type != "medicine" and (self.min_age is not None or self.body or self.days):
            raise ValueError(f"a {self.type} asks neither for age and days nor for the body")
        if self.type == "goods" and self.signs:
            raise ValueError("nothing is asked for goods")
        if self.type == "medicine" and not self.counter_only:
            self._check_medicine()
        return self

    def _check_medicine(self) -> None:
        if not self.body:
            raise ValueError("a medicine must ask about allergies, illnesses and other medicines (body)")
        least = DESIGNATED_AGE if self.designated_abuse_prevention else YOUNGEST
        if (self.min_age or 0) < least:
            raise ValueError(f"min_age must be at least {least}")


class Catalogue(ContentModel):
    """All content of the shop. `brands` and `prescription` are only recognised, never shown."""

    version: str
    source: tuple[str, ...] = Field(min_length=1)
    reviewer: str | None
    status: Literal["draft", "reviewed"]
    offered: tuple[str, ...] = Field(min_length=2, max_length=4)
    kinds: tuple[ProductKind, ...] = Field(min_length=1)
    prescription: tuple[str, ...]
    brands: tuple[str, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [kind.id for kind in self.kinds]
        if len(set(ids)) != len(ids):
            raise ValueError("two kinds have the same id")
        if missing := {*self.offered, OTHER} - set(ids):
            raise ValueError(f"there is no kind {', '.join(sorted(missing))}")
        if self.status == "reviewed" and not self.reviewer:
            raise ValueError("status is 'reviewed' but no reviewer is named")
        return self

    def kind(self, kind_id: str) -> ProductKind | None:
        """Return a kind by its id."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def kinds_named(self, words: str) -> tuple[ProductKind, ...]:
        """Return the kinds named in words: medicines first, then in the order of naming."""
        said = fold(words)
        found: dict[str, tuple[bool, int, ProductKind]] = {}
        # The longest name counts; other names inside it do not.
        for word, kind in self._kinds_by_name:
            place = said.find(word)
            if place >= 0:
                said = said.replace(word, "\n" * len(word))
                found.setdefault(kind.id, (kind.type == "goods", place, kind))
        return tuple(kind for _, _, kind in sorted(found.values(), key=lambda entry: entry[:2]))

    def names_brand(self, words: str) -> bool:
        """Whether words name a brand."""
        return self._brand_names.occur_in(words)

    def names_prescription(self, words: str) -> bool:
        """Whether words name a medicine that only a doctor can prescribe."""
        return self._prescription_names.occur_in(words)

    def names_only_prescription(self, words: str) -> bool:
        """Whether words name a prescription medicine, and nothing that can be bought.

        「血圧の薬を飲んでいますが、かぜ薬」 asks for something that can.
        """
        return self.names_prescription(words) and not self.kinds_named(words)

    @cached_property
    def _kinds_by_name(self) -> tuple[tuple[str, ProductKind], ...]:
        """All names of kinds, folded, the longest first."""
        named = [(fold(word), kind) for kind in self.kinds for word in (kind.name, *kind.words)]
        return tuple(sorted(named, key=lambda pair: -len(pair[0])))

    @cached_property
    def _brand_names(self) -> "_Names":
        return _Names.of(self.brands)

    @cached_property
    def _prescription_names(self) -> "_Names":
        return _Names.of(self.prescription)


@dataclass(frozen=True, slots=True)
class _Names:
    """Names to search for: long ones anywhere, short ones only where they stand alone."""

    long: tuple[str, ...]
    short: re.Pattern[str] | None

    @classmethod
    def of(cls, names: Iterable[str]) -> "_Names":
        known = tuple(names)
        short = "|".join(re.escape(normalise(name)) for name in known if len(name) < LONG_NAME)
        alone = rf"(?<![{_KATAKANA_OR_LATIN}])(?:{short})(?![{_KATAKANA_OR_LATIN}])"
        compiled = re.compile(alone, re.IGNORECASE) if short else None
        return cls(tuple(fold(name) for name in known if len(name) >= LONG_NAME), compiled)

    def occur_in(self, words: str) -> bool:
        said = fold(words)
        if any(name in said for name in self.long):
            return True
        return bool(self.short and self.short.search(normalise(words)))


# The kind for products without a kind of their own; its conditions are the strictest.
OTHER = "other"


def load_catalogue(data_dir: Path) -> Catalogue:
    """Read the catalogue.

    Raises:
        ContentError: it is missing or broken; says where and why.
    """
    return read_content(data_dir / "shop" / "catalogue.yml", Catalogue)
