"""Build the cards of product kinds and registered shops: neutral, with classes and stop-lines, no product, no price.

The caller decides whether they may be shown at all (not for red, orange, yellow; stop-lines first).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import TOKYO
from core.db.tables.shop import RegisteredShop
from core.messages import Card, Carousel, Message, Open, Row
from core.texts import Texts
from shop import store
from shop.catalogue import Catalogue, ProductKind
from shop.tokens import LinkMaker

FIRST_CLASS = "第1類医薬品"


@dataclass(frozen=True, slots=True)
class ShopDesk:
    """Builds the answers to the intent of buying a product."""

    catalogue: Catalogue
    links: LinkMaker
    texts: Texts

    async def messages(
        self,
        session: AsyncSession,
        municipality_id: str,
        conversation_id: uuid.UUID,
        kind: ProductKind,
        now: datetime,
        notes: Sequence[str] = (),
    ) -> list[Message]:
        """Return the card of a kind and the city's shops that sell its classes, all alike, ordered by name.

        `notes` are added to the card: what follows from this resident's answers.
        """
        today = now.astimezone(TOKYO).date()
        shops = await store.shops_selling(session, municipality_id, kind.classes, today)
        found: list[Message] = [self._kind_card(kind, notes, has_shops=bool(shops))]
        if shops:
            cards = (self._shop_card(shop, kind, conversation_id, now) for shop in shops)
            found.append(Carousel(cards=tuple(cards)))
        return found

    def _kind_card(self, kind: ProductKind, notes: Sequence[str], *, has_shops: bool) -> Card:
        texts = self.texts
        is_goods = kind.type == "goods"
        body = [kind.about, *notes]
        if not is_goods:
            body.append(texts("shop.card.consult"))
        body.append(texts("shop.card.lead" if has_shops else "shop.card.none"))
        note = texts("shop.card.note")
        return Card(
            title=kind.name if is_goods else texts("shop.card.title", kind=kind.name),
            body=tuple(body),
            rows=self._rows(kind),
            note=f"{texts('shop.card.draft')}\n{note}" if self.catalogue.status == "draft" else note,
        )

    def _rows(self, kind: ProductKind) -> tuple[Row, ...]:
        texts = self.texts
        classes = "、".join(kind.classes)
        if FIRST_CLASS in kind.classes:
            classes = f"{classes}\n{texts('shop.card.first_class')}"
        label = texts("shop.card.class_of_goods" if kind.type == "goods" else "shop.card.class")
        rows = [Row(label, classes)]
        if kind.type == "medicine":
            rows.append(Row(texts("shop.card.stops.label"), "\n".join(f"・{s}" for s in self._stops(kind))))
        if kind.drowsy:
            rows.append(Row(texts("shop.card.driving.label"), texts("shop.card.driving.text")))
        if kind.designated_abuse_prevention:
            rows.append(Row(texts("shop.card.designated.label"), texts("shop.card.designated.text")))
        return tuple(rows)

    def _stops(self, kind: ProductKind) -> list[str]:
        """Return the stop-lines in short, because other people may use the product later."""
        stops = [self.texts("shop.card.stops.age", years=kind.min_age)]
        stops += [self.texts(f"shop.card.stops.{stop}") for stop in ("pregnancy", "body")]
        if kind.days:
            stops.append(self.texts("shop.card.stops.days", line=kind.days.line))
        return stops

    def _shop_card(
        self, shop: RegisteredShop, kind: ProductKind, conversation_id: uuid.UUID, now: datetime
    ) -> Card:
        texts = self.texts
        link = self.links.link(shop.municipality_id, shop.id, kind.id, conversation_id, now)
        return Card(
            title=shop.name,
            body=(shop.licence,),
            rows=(
                Row(texts("shop.seller.classes"), "、".join(c for c in shop.classes if c in kind.classes)),
                Row(texts("shop.seller.hours"), shop.hours),
                Row(texts("shop.seller.consultation_hours"), shop.consultation_hours),
                Row(texts("shop.seller.contact"), shop.contact),
            ),
            actions=(Open(texts("shop.seller.open"), self.links.url(link)),),
        )
