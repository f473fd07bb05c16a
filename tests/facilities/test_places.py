import pytest

from core.ja.romaji import romaji
from core.municipalities import Municipality
from facilities.places import address_parts, covers, district_in, nearest_district, place_in

SAID = [
    ("平", "平"),
    ("たいら", "平"),
    ("タイラです", "平"),
    ("平の皮膚科を知りたい", "平"),
    ("いわき市平の内科", "平"),
    ("平 内科", "平"),
    ("平駅のそば", "平"),
    ("いわき駅のまわり", "平"),
    ("小名浜", "小名浜"),
    ("オナハマ", "小名浜"),
    ("泉駅のそばの眼科", "小名浜"),
    ("植田の耳鼻科", "勿来"),
    ("なこそのほうに歯医者ある？", "勿来"),
    ("湯本駅の近く", "常磐"),
    ("うちごう", "内郷"),
    ("久之浜", "久之浜・大久"),
    ("大久に病院ありますか", "久之浜・大久"),
    ("小川郷", "小川"),
    ("上遠野", "遠野"),
    # Words that only look like a district:
    ("いたいらしいです", None),
    ("平気です", None),
    ("平日の夜", None),
    ("水平器", None),
    ("平さんの病院", None),
    ("小川先生のところ", None),
    ("泉さん", None),
    ("常磐線で行けるところ", None),
    ("大久保病院", None),
    ("みわたすかぎり", None),
    ("水戸", None),
    ("", None),
]


@pytest.mark.parametrize(("words", "district"), SAID)
def test_a_district_is_found_in_words_where_a_place_is_meant(
    cities: dict[str, Municipality], words: str, district: str | None
) -> None:
    found = district_in(words, cities["iwaki"])
    assert (found.name if found else None) == district


def test_every_district_is_found_by_its_names(cities: dict[str, Municipality]) -> None:
    for city in cities.values():
        for district in city.districts:
            for name in (district.name, district.kana, *district.aliases):
                assert district_in(name, city) == district, name


def test_addresses_are_told_by_how_they_begin(cities: dict[str, Municipality]) -> None:
    iwaki = cities["iwaki"]
    onahama = next(d for d in iwaki.districts if d.name == "小名浜")
    parts = address_parts(onahama, iwaki)
    assert any(part in "福島県いわき市泉町本谷字作１番地" for part in parts)
    assert not any(part in "福島県いわき市平字梅本２１番地" for part in parts)


def test_what_lies_in_the_city(cities: dict[str, Municipality]) -> None:
    iwaki = cities["iwaki"]
    assert covers(iwaki, 37.05, 140.88)
    assert not covers(iwaki, 35.68, 139.76)
    assert covers(iwaki.model_copy(update={"districts": ()}), 35.68, 139.76)
    here = nearest_district(iwaki, 37.11, 140.99)
    assert here
    assert here.name == "四倉"


NEAR = [
    ("泉駅のそばの眼科", "泉駅"),
    ("いずみえきの ちかく", "泉駅"),
    ("ｲｽﾞﾐｴｷ ﾉ ｼﾞﾋﾞｶ", "泉駅"),
    ("Is there a dentist near Izumi Station?", "泉駅"),
    ("泉の薬局", "泉"),
    ("小名浜のイオンモールの近く", "イオンモールいわき小名浜"),
    ("ハワイアンズで転んだ", "スパリゾートハワイアンズ"),
    ("ららみゅうの近く", "いわき・ら・ら・ミュウ"),
    ("四倉駅から歩けるところ", "四ツ倉駅"),
    ("さとがおかの皮膚科", "郷ケ丘"),
    ("小名浜の内科", None),
    ("いいずみ", None),
    ("泉さんの紹介で", None),
    ("植田先生のところ", None),
    ("草野さんに聞いた", None),
]


@pytest.mark.parametrize(("words", "place"), NEAR)
def test_a_station_or_landmark_is_a_place_of_its_own(
    cities: dict[str, Municipality], words: str, place: str | None
) -> None:
    found = place_in(words, cities["iwaki"])
    assert (found.name if found else None) == place


def test_every_place_is_found_by_its_names_and_lies_in_the_city(cities: dict[str, Municipality]) -> None:
    for city in cities.values():
        for place in city.places:
            assert covers(city, place.latitude, place.longitude), place.name
            for name in (place.name, place.kana, *place.aliases):
                assert place_in(name, city) == place, name


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("おなはま", "onahama"),
        ("いずみえき", "izumi station"),
        ("じょうばん", "joban"),
        ("よつくら", "yotsukura"),
    ],
)
def test_readings_are_written_as_on_the_signs_of_stations(kana: str, latin: str) -> None:
    assert romaji(kana) == latin
