"""Test the cards: neutral, with classes and stop-lines, all shops alike, links that reveal nothing."""

import base64
import uuid
from pathlib import Path

import pytest

from core.clock import Clock
from core.db.engine import Sessions
from core.messages import Card, Carousel, Message, Open, actions_of, plain_text
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from shop.cards import ShopDesk
from shop.catalogue import ProductKind, load_catalogue
from shop.importer import import_shops
from shop.links import shop_desk
from tests.shop.test_catalogue import FORBIDDEN

DATA = Path(__file__).parents[2] / "data"
CATALOGUE = load_catalogue(DATA)
TALK = uuid.UUID(int=7)
SOLD = [kind for kind in CATALOGUE.kinds if not kind.counter_only]


def kind_of(kind_id: str) -> ProductKind:
    kind = CATALOGUE.kind(kind_id)
    assert kind
    return kind


@pytest.fixture
def desk(settings: Settings, texts: Texts) -> ShopDesk:
    return shop_desk(CATALOGUE, settings, texts)


@pytest.fixture
async def shops(sessions: Sessions, cities: dict[str, Municipality], clock: Clock) -> Sessions:
    for city in ("iwaki", "demo-kitahama"):
        await import_shops(sessions, DATA / "shop/sample" / f"{city}.csv", cities[city], clock)
    return sessions


async def shown(
    desk: ShopDesk, sessions: Sessions, clock: Clock, kind_id: str, city: str = "iwaki"
) -> tuple[Card, list[Card]]:
    """Return the card of the kind and the cards of the shops."""
    async with sessions() as session:
        first, *rest = await desk.messages(session, city, TALK, kind_of(kind_id), clock())
    assert isinstance(first, Card)
    cards = [card for message in rest if isinstance(message, Carousel) for card in message.cards]
    return first, cards


async def test_every_kind_is_neutral_and_shows_its_classes(
    desk: ShopDesk, shops: Sessions, clock: Clock
) -> None:
    for kind in SOLD:
        card, sellers = await shown(desk, shops, clock, kind.id)
        parts: list[Message] = [card, *sellers]
        said = "\n".join(plain_text(part) for part in parts)
        assert all(name in said for name in kind.classes)
        assert "未監修" in said
        assert "手数料は受け取っていません" in said
        assert not [word for word in FORBIDDEN if word in said]
        assert not CATALOGUE.names_brand(said)
        assert ("添付文書" in said) == (kind.type != "goods")
        assert ("運転" in said) == kind.drowsy
        assert sellers


async def test_shops_stand_side_by_side_in_the_order_of_their_names(
    desk: ShopDesk, shops: Sessions, clock: Clock
) -> None:
    _, sellers = await shown(desk, shops, clock, "cold")
    assert [card.title for card in sellers] == ["デモいそべ薬局", "デモくすのき薬店", "デモやまもも薬局"]
    assert len({tuple(row.label for row in card.rows) for card in sellers}) == 1
    assert [len(card.actions) for card in sellers] == [1, 1, 1]


async def test_a_seller_shows_the_classes_it_sells_of_this_kind(
    desk: ShopDesk, shops: Sessions, clock: Clock
) -> None:
    _, sellers = await shown(desk, shops, clock, "cold")
    assert sellers[1].rows[0].value == "第2類医薬品"
    assert sellers[2].rows[0].value == "指定第2類医薬品、第2類医薬品"


async def test_each_city_has_its_own_shops_and_says_so_when_it_has_none(
    desk: ShopDesk, shops: Sessions, clock: Clock
) -> None:
    _, sellers = await shown(desk, shops, clock, "cold", "demo-kitahama")
    assert [card.title for card in sellers] == ["デモいそべ薬局"]
    card, sellers = await shown(desk, shops, clock, "antigen_test", "demo-kitahama")
    assert sellers == []
    assert "ご案内できるお店がありません" in plain_text(card)


async def test_a_link_goes_through_our_own_address_and_tells_nothing(
    desk: ShopDesk, shops: Sessions, clock: Clock, settings: Settings
) -> None:
    _, sellers = await shown(desk, shops, clock, "smoking")
    for action in (action for card in sellers for action in actions_of(card)):
        assert isinstance(action, Open)
        assert action.url.startswith(f"{settings.public_url}/s/")
        assert len(action.url) < 300
        token = action.url.rpartition("/")[2]
        hidden = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) + token.encode()
        for tell in (b"smoking", b"demo-yamamomo", b"example.jp", TALK.bytes, TALK.hex.encode()):
            assert tell not in hidden
