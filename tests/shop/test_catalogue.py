"""Test the catalogue: names of kinds, what residents are told, and errors of broken files."""

import json
from pathlib import Path

import pytest
import yaml

from core.errors import ContentError
from shop.catalogue import DESIGNATED_AGE, OTHER, YOUNGEST, ProductKind, load_catalogue

DATA = Path(__file__).parents[2] / "data"
CATALOGUE = load_catalogue(DATA)
# Words that 薬機法 66 条 and the neutrality of a city forbid.
FORBIDDEN = (
    "効く",
    "効き",
    "効果",
    "効能",
    "治る",
    "治り",
    "治し",
    "なおる",
    "なおり",
    "安全",
    "安心",
    "副作用なし",
    "副作用がない",
    "医師推奨",
    "市が推薦",
    "おすすめの商品",
    "おすすめです",
    "おすすめします",
    "人気",
    "最高",
    "一番",
    "円",
    "割引",
    "お得",
)
MEDICINES = [kind for kind in CATALOGUE.kinds if kind.type == "medicine" and not kind.counter_only]


def words_of(kind: ProductKind) -> str:
    days = kind.days.line if kind.days else ""
    return "\n".join([kind.name, kind.about, *kind.signs, *kind.body, days])


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("風邪薬を買いたい", ["cold"]),
        ("かぜぐすりください", ["cold"]),
        ("頭痛薬ありますか", ["fever_pain"]),
        ("いたみどめどれがいい", ["fever_pain"]),
        ("咳止めがほしい", ["cough"]),
        ("ﾏｽｸを買える店", ["hygiene"]),
        ("シップほしいんだけんちょ", ["patch"]),
        ("妊娠検査薬を買いたい", ["pregnancy_test"]),
        ("コロナの検査キットはどこで売ってますか", ["antigen_test"]),
        ("葛根湯はどこで買えますか", ["kampo"]),
        ("アフターピルがほしい", ["emergency_contraception"]),
        ("ドラッグストアで買える睡眠改善薬", ["sleep"]),
        ("マスクと風邪薬", ["cold", "hygiene"]),
        ("咳止めと湿布", ["cough", "patch"]),
        ("傷薬と絆創膏がほしい", ["skin", "hygiene"]),
        ("胃腸の調子を整える整腸剤", ["gut"]),
        ("薬を買いたい", []),
        ("", []),
    ],
)
def test_what_a_resident_names_is_found(words: str, kinds: list[str]) -> None:
    assert [kind.id for kind in CATALOGUE.kinds_named(words)] == kinds


@pytest.mark.parametrize(
    ("words", "is_brand"),
    [
        ("ロキソニンを買いたい", True),
        ("ろきそにんありますか", True),
        ("イブありますか", True),
        ("パブロンゴールドがほしい", True),
        ("だいぶ良くなったので湿布だけ", False),
        ("クリスマスイブに使う薬", False),
        ("風邪薬がほしい", False),
    ],
)
def test_brands_are_recognised(words: str, *, is_brand: bool) -> None:
    assert CATALOGUE.names_brand(words) is is_brand


@pytest.mark.parametrize("kind", CATALOGUE.kinds, ids=lambda kind: kind.id)
def test_no_kind_praises_promises_or_names_a_product(kind: ProductKind) -> None:
    said = words_of(kind)
    assert not [word for word in FORBIDDEN if word in said]
    assert not CATALOGUE.names_brand(said)


def test_no_text_of_the_shop_praises_promises_or_names_a_product() -> None:
    section = yaml.safe_load((DATA / "messages/ja.yml").read_text(encoding="utf-8"))["shop"]
    said = json.dumps(section, ensure_ascii=False)
    assert "おすすめの順ではありません" in said
    assert not [word for word in FORBIDDEN if word in said]
    assert not CATALOGUE.names_brand(said)


@pytest.mark.parametrize("kind", MEDICINES, ids=lambda kind: kind.id)
def test_every_medicine_has_its_stop_lines(kind: ProductKind) -> None:
    assert kind.min_age is not None
    assert kind.min_age >= (DESIGNATED_AGE if kind.designated_abuse_prevention else YOUNGEST)
    asked = "".join(kind.body)
    assert "アレルギー" in asked
    assert "治療中" in asked
    assert "ほかの薬" in asked or "ほかの漢方" in asked


def test_what_may_hold_the_eight_ingredients_is_marked() -> None:
    marked = {kind.id for kind in CATALOGUE.kinds if kind.designated_abuse_prevention}
    assert marked == {"cold", "fever_pain", "cough", "nose", "motion", "sleep", OTHER}


def test_nothing_is_reviewed_yet() -> None:
    assert (CATALOGUE.status, CATALOGUE.reviewer) == ("draft", None)


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("id: fever_pain\n", "id: cold\n", "same id"),
        ("classes: [第2類医薬品]", "classes: [第4類医薬品]", r"catalogue\.yml:\d+: kinds\.\d+\.classes\.0: "),
        ("min_age: 18", "min_age: 15", r"kinds\.0: .*min_age must be at least 18"),
        ("min_age: 2\n", "min_age: 0\n", "min_age must be at least 2"),
        ("type: goods", "type: medicine", "for what is no medicine"),
        ("offered: [cold,", "offered: [colt,", "there is no kind colt"),
        ("status: draft", "status: reviewed", "no reviewer is named"),
        ("drowsy: true", "drowsi: true", "drowsi"),
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
