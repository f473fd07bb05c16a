"""The catalogue: kinds of products with their legal classes, and registered shops. Content, never brands or prices."""

from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, model_validator

from core.content import Content, read_content
from core.ja import fold

# A registration nobody has looked at for a year is not shown (domain rule: hide when older than 12 months).
VALID_FOR = timedelta(days=365)

OtcClass = Literal[
    "要指導医薬品",
    "第1類医薬品",
    "指定第2類医薬品",
    "第2類医薬品",
    "第3類医薬品",
    "医薬品以外・医薬部外品",
]


class ProductKind(Content):
    """A kind of product; `words` are what residents call it.

    `designated_abuse_prevention`: the kind contains 指定濫用防止医薬品 (医薬品医療機器等法 36条の11): nothing about
    amounts is ever said, and people under 18 are sent to a specialist.
    """

    id: str = Field(pattern=r"^[a-z0-9_]{2,30}$")
    name: str
    words: tuple[str, ...] = Field(min_length=1)
    classes: tuple[OtcClass, ...] = Field(min_length=1)
    designated_abuse_prevention: bool = False
    about: str


class Shop(Content):
    """A registered seller with what the law makes it show on its own page."""

    id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    name: str
    kana: str
    municipalities: tuple[str, ...] = Field(min_length=1)
    licence: Literal["薬局", "店舗販売業"]
    licence_number: str
    authority: str
    notified_remote_sale: Literal[True]
    classes: tuple[OtcClass, ...] = Field(min_length=1)
    url: HttpUrl
    contact: str
    checked_at: date


class Catalogue(Content):
    """Everything the shop knows."""

    version: str
    source: tuple[str, ...] = Field(min_length=1)
    reviewer: str | None
    status: Literal["draft", "reviewed"]
    ask_first: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[ProductKind, ...] = Field(min_length=1)
    shops: tuple[Shop, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for ids in ([kind.id for kind in self.kinds], [shop.id for shop in self.shops]):
            if len(set(ids)) != len(ids):
                raise ValueError("two entries have the same id")
        if self.status == "reviewed" and not self.reviewer:
            raise ValueError("status is 'reviewed' but no reviewer is named")
        return self

    def kind_named(self, words: str) -> ProductKind | None:
        """Return the kind that a resident names; the longest name counts."""
        said = fold(words)
        named = [(fold(word), kind) for kind in self.kinds for word in (kind.id, kind.name, *kind.words)]
        return next((k for w, k in sorted(named, key=lambda pair: -len(pair[0])) if w in said), None)

    def shop(self, shop_id: str, municipality_id: str, today: date) -> Shop | None:
        """Return a shop while its registration in this city is valid."""
        return next((s for s in self.shops_for(municipality_id, None, today) if s.id == shop_id), None)

    def shops_for(self, municipality_id: str, kind: ProductKind | None, today: date) -> tuple[Shop, ...]:
        """Return the city's shops that sell any class of `kind`, in the order of their names (never by fee)."""
        fitting = (
            shop
            for shop in self.shops
            if municipality_id in shop.municipalities
            and today - shop.checked_at <= VALID_FOR
            and (kind is None or set(kind.classes) & set(shop.classes))
        )
        return tuple(sorted(fitting, key=lambda shop: shop.kana))


def load_catalogue(data_dir: Path) -> Catalogue:
    """Read the catalogue.

    Raises:
        ContentError: it is missing or broken; says where and why.
    """
    return read_content(data_dir / "shop" / "catalogue.yml", Catalogue)
