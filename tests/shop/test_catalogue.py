from datetime import date, timedelta
from pathlib import Path

import pytest

from core.errors import ContentError
from core.messages import Open, plain_text
from core.settings import Settings
from core.texts import Texts
from shop.cards import ShopDesk
from shop.catalogue import VALID_FOR, load_catalogue
from shop.links import shop_card_maker

DATA = Path(__file__).parents[2] / "data"
CATALOGUE = load_catalogue(DATA)
TODAY = date(2026, 11, 16)
# Words that 薬機法 66 条 and the neutrality of a city forbid.
FORBIDDEN = (
    "効く",
    "効きます",
    "治る",
    "治り",
    "安全",
    "副作用なし",
    "医師推奨",
    "市が推薦",
    "おすすめです",
    "人気",
    "円",
)


@pytest.fixture
def desk(settings: Settings, texts: Texts) -> ShopDesk:
    return shop_card_maker(CATALOGUE, settings, texts)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("風邪薬を買いたい", "cold"),
        ("かぜぐすりください", "cold"),
        ("頭痛薬ありますか", "fever_pain"),
        ("咳止めがほしい", "cough"),
        ("ﾏｽｸを買える店", "hygiene"),
        ("薬を買いたい", None),
        ("", None),
    ],
)
def test_what_a_resident_names_is_found(words: str, kind: str | None) -> None:
    found = CATALOGUE.kind_named(words)
    assert (found.id if found else None) == kind


@pytest.mark.parametrize("words", ["", *(kind.name for kind in CATALOGUE.kinds)])
def test_every_card_is_neutral_shows_the_class_and_asks_first(desk: ShopDesk, words: str) -> None:
    card = desk(words)
    said = plain_text(card)
    assert "区分" in said
    assert "買う前に必ず、医師か薬剤師に相談してください" in said
    assert "薬剤師・登録販売者に相談" in said
    assert "未監修" in said
    assert not [word for word in FORBIDDEN if word in said]
    assert 1 <= len(card.actions) <= 4


def test_shops_stand_in_the_order_of_their_names_and_only_those_that_sell_the_class(desk: ShopDesk) -> None:
    assert [a.label for a in desk("風邪薬").actions] == [
        "デモいそべ薬局のページ",
        "デモくすのき薬店のページ",
        "デモやまもも薬局のページ",
    ]
    first_class_only = CATALOGUE.kinds[0].model_copy(update={"classes": ("第1類医薬品",)})
    shops = CATALOGUE.shops_for("iwaki", first_class_only, TODAY)
    assert [shop.id for shop in shops] == ["demo-yamamomo"]


def test_kinds_that_can_be_misused_send_the_young_to_a_specialist(desk: ShopDesk) -> None:
    assert "18歳未満" in plain_text(desk("風邪薬"))
    assert "18歳未満" not in plain_text(desk("目薬"))


def test_each_city_has_its_own_shops(desk: ShopDesk) -> None:
    assert [a.label for a in desk.for_city("demo-kitahama")("風邪薬").actions] == ["デモいそべ薬局のページ"]
    assert "ご案内できるお店がありません" in plain_text(desk.for_city("nowhere")(""))


def test_links_go_through_our_own_address(desk: ShopDesk, settings: Settings) -> None:
    for action in desk("風邪薬").actions:
        assert isinstance(action, Open)
        assert action.url.startswith(f"{settings.public_url}/s/")
        assert len(action.url) < 300
        assert "example.jp" not in action.url


def test_a_registration_nobody_checked_for_a_year_is_not_shown() -> None:
    checked = CATALOGUE.shops[0].checked_at
    assert CATALOGUE.shops_for("iwaki", None, checked + VALID_FOR)
    assert not CATALOGUE.shops_for("iwaki", None, checked + VALID_FOR + timedelta(days=1))


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("id: fever_pain", "id: cold", "same id"),
        (
            "classes: [第2類医薬品, 第3類医薬品]",
            "classes: [第4類医薬品]",
            r"catalogue\.yml:\d+: kinds\.\d\.classes\.0: ",
        ),
        ("notified_remote_sale: true", "notified_remote_sale: false", r"shops\.0\.notified_remote_sale"),
        ("https://example.jp/demo-isobe/", "javascript:alert(1)", r"shops\.1\.url"),
        ("status: draft", "status: reviewed", "no reviewer is named"),
    ],
)
def test_a_broken_catalogue_is_refused_with_file_line_and_reason(
    tmp_path: Path, wrong: str, right: str, says: str
) -> None:
    source = (DATA / "shop/catalogue.yml").read_text(encoding="utf-8")
    assert wrong in source
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/catalogue.yml").write_text(source.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=says):
        load_catalogue(tmp_path)
