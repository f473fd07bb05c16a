"""The card that leads to registered shops: neutral, with classes and stop-lines, never a product or a price.

Whether it may be shown at all (nothing for red, orange, yellow) is the talk's decision.
"""

from dataclasses import dataclass, replace

from core.clock import TOKYO, Clock
from core.messages import Action, Card, Message, Open, Row
from core.texts import Texts
from shop.catalogue import Catalogue, ProductKind, Shop
from shop.tokens import LinkSigner, ShopLink

MAX_SHOPS = 4  # large choices an old reader still takes in


@dataclass(frozen=True, slots=True)
class ShopDesk:
    """Makes shop cards."""

    catalogue: Catalogue
    signer: LinkSigner
    texts: Texts
    clock: Clock
    municipality_id: str

    def __call__(self, words: str) -> Message:
        """Return the card for what a resident of the desk's city named; empty or unknown: the shops as such."""
        return self.shop_card(self.catalogue.kind_named(words))

    def for_city(self, municipality_id: str) -> "ShopDesk":
        """Return the desk of another city: its shops, its links."""
        return replace(self, municipality_id=municipality_id)

    def shop_card(self, kind: ProductKind | None) -> Card:
        """Return the card of a kind, or of the shops as such."""
        today = self.clock().astimezone(TOKYO).date()
        shops = self.catalogue.shops_for(self.municipality_id, kind, today)[:MAX_SHOPS]
        title = self.texts("shop.title_kind", kind=kind.name) if kind else self.texts("shop.title")
        return Card(
            title=title,
            body=self._body(kind, has_shops=bool(shops)),
            rows=self._rows(kind),
            actions=tuple(self._open(shop, kind) for shop in shops),
            note=self._note(),
        )

    def _body(self, kind: ProductKind | None, *, has_shops: bool) -> tuple[str, ...]:
        lines = "\n".join(f"・{line}" for line in self.catalogue.ask_first)
        body = [self.texts("shop.ask_first", lines=lines)]
        if kind and kind.designated_abuse_prevention:
            body.append(self.texts("shop.under_18"))
        body.append(self.texts("shop.consult"))
        body.append(self.texts("shop.lead" if has_shops else "shop.none"))
        return tuple(body)

    def _rows(self, kind: ProductKind | None) -> tuple[Row, ...]:
        label = self.texts("shop.class.label")
        if kind is None:
            return (Row(label, self.texts("shop.class.each")),)
        return (Row(self.texts("shop.about"), kind.about), Row(label, "、".join(kind.classes)))

    def _open(self, shop: Shop, kind: ProductKind | None) -> Action:
        link = ShopLink(self.municipality_id, shop.id, kind.id if kind else "")
        return Open(self.texts("shop.open", shop=shop.name), self.signer.url(link))

    def _note(self) -> str:
        note = self.texts("shop.note")
        return f"{self.texts('shop.draft')}\n{note}" if self.catalogue.status == "draft" else note
