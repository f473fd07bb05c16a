from collections.abc import Callable

import pytest

from core.ja import Mention
from core.ja.vital_signs import find_breaths, find_pressures, find_pulses, find_sugars

Find = Callable[[str], tuple[Mention[int], ...]]


def values(find: Find, text: str) -> list[int]:
    return [found.value for found in find(text)]


@pytest.mark.parametrize(
    ("text", "upper"),
    [
        ("血圧156/88、SpO2 97", 156),
        ("血圧が二百の百十", 200),
        ("けつあつ ひゃくはちじゅうの ひゃくじゅう", 180),
        ("ＢＰ １８０－１００", 180),
        ("188/110でした", 188),
        ("上が188", 188),
        ("上188下110", 188),
        ("上が二百十、下が百二十です", 210),
        ("上が百八十八で下が百二十でした", 188),
        ("最高血圧 198", 198),
        ("上の血圧が70しかない", 70),
        ("血圧七十", 70),
        ("ｹﾂｱﾂ 95", 95),
        ("今朝は188の120でした", 188),
        ("188 120", 188),
    ],
)
def test_an_upper_blood_pressure_is_found_in_every_writing(text: str, upper: int) -> None:
    assert values(find_pressures, text) == [upper]


@pytest.mark.parametrize(
    "text",
    [
        "部屋は188の120号室です",
        "問い合わせ番号は188-120-3です",
        *(
            "上が5歳下が3歳",
            "上が12で下が10です",
            "上の子が85センチ",
            "身長180の父",
            "12/25に行く",
            "1/2錠",
            "0246-120-80",
        ),
        *("血圧手帳 80歳", "血圧の薬を飲んで10年", "上着が188円", "120の80"),
    ],
)
def test_other_numbers_are_no_blood_pressure(text: str) -> None:
    assert values(find_pressures, text) == []


@pytest.mark.parametrize(
    ("text", "beats"),
    [
        ("HR 120", 120),
        ("脈拍百三十", 130),
        ("脈120", 120),
        ("脈は三十八", 38),
        ("ミャク 130", 130),
        ("みゃくが ひゃくさんじゅう", 130),
        ("心拍数も150です", 150),
        ("脈が1分間に140回", 140),
        ("脈が一分に30くらいしかなくて", 30),
        ("ﾊﾟﾙｽ 52", 52),
        ("pulse 48", 48),
    ],
)
def test_a_pulse_is_found_in_every_writing(text: str, beats: int) -> None:
    assert values(find_pulses, text) == [beats]


@pytest.mark.parametrize(
    ("text", "breaths"),
    [
        ("呼吸数32", 32),
        ("呼吸が1分に40回", 40),
        ("1分間に60回の呼吸", 60),
        ("息が1分に50回", 50),
        ("RR 30", 30),
        ("呼吸回数 二十八", 28),
        ("こきゅう 45", 45),
        ("呼吸は六十回", 60),
        ("いきが1分に40", 40),
        ("ＲＲ２８", 28),
    ],
)
def test_breaths_are_found_in_every_writing(text: str, breaths: int) -> None:
    assert values(find_breaths, text) == [breaths]


@pytest.mark.parametrize(
    ("text", "sugar"),
    [
        ("BS 38", 38),
        ("血糖四十五", 45),
        ("血糖五十八だ", 58),
        ("血糖値が512です", 512),
        ("血糖値六百二十", 620),
        ("けっとう 48", 48),
        ("けっとうち よんじゅうに", 42),
        ("血糖を測ったら45でした", 45),
        ("低血糖で38", 38),
        ("ＢＳ１２０", 120),
        ("デキスター 66", 66),
    ],
)
def test_a_blood_sugar_is_found_in_every_writing(text: str, sugar: int) -> None:
    assert values(find_sugars, text) == [sugar]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "脈が速い",
            "脈があるか10分みた",
            "パルスオキシメーター 91",
            "呼吸が30秒止まった",
            "呼吸器内科に10時",
        ),
        *("糖尿病歴30年", "血糖の薬を10錠", "血糖測定を4回", "BS放送", "130番の方", "thr 120"),
    ],
)
def test_other_numbers_are_no_pulse_breaths_or_sugar(text: str) -> None:
    assert [values(find, text) for find in (find_pulses, find_breaths, find_sugars)] == [[], [], []]


def test_both_ends_of_a_change_are_found() -> None:
    assert values(find_pulses, "脈が60から130になった") == [60, 130]
    assert values(find_sugars, "血糖が90から38に下がった") == [90, 38]
