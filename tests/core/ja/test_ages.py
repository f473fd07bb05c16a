from datetime import date

import pytest

from core.ja import Age, ReadText, different, find_ages, find_durations, months_alone, read_age

TODAY = date(2026, 11, 26)


def ages(text: str) -> list[Age]:
    return [found.value for found in find_ages(ReadText(text, TODAY))]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("3歳", 36),
        ("三才です", 36),
        ("３歳児", 36),
        ("さんさいです", 36),
        ("むすこごさい", 60),
        ("1歳半", 18),
        ("二歳半のむすめ", 30),
        ("1歳2か月", 14),
        ("生後2か月", 2),
        ("生後６ヶ月です", 6),
        ("生後2カ月半", 2),
        ("生後10日", 0),
        ("生後45日", 1),
        ("生後3週", 0),
        ("新生児です", 0),
        ("6か月の赤ちゃん", 6),
        ("七カ月の子なんですが", 7),
        ("八十五歳の母", 1020),
        ("ななじゅうはちさい", 936),
        ("満70", 840),
        ("満六十五歳", 780),
        ("はたち", 240),
        ("七十八", 936),
        ("72です", 864),
        ("8ヶ月です", 8),
    ],
)
def test_an_age_is_read_in_every_writing(text: str, months: int) -> None:
    assert read_age(text) == Age(months)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "赤ちゃん",
            "小学生",
            "妊娠7か月です",
            "産後3か月",
            "65歳以上",
            "200歳",
            "うるさい",
            "くさい",
            "ごめんなさい",
        ),
        *("37度代", "3か月の咳", "95%", "なかなか治らない", ""),
    ],
)
def test_what_tells_no_age_is_none(text: str) -> None:
    assert read_age(text) is None


def test_of_two_different_ages_neither_is_chosen() -> None:
    assert read_age("3歳と5歳の子") is None
    assert [found.value.years for found in find_ages("3歳と5歳の子")] == [3, 5]


def test_completed_years_are_counted() -> None:
    assert Age(18).years == 1
    assert Age(11).years == 0


def test_a_bare_number_in_running_text_is_no_age() -> None:
    assert find_ages("72") == ()


def test_an_age_is_found_where_it_stands_in_the_text_as_sent() -> None:
    sent = "うちの　生後８か月の　むすめ"
    (found,) = find_ages(sent)
    assert sent[found.start : found.end] == "生後８か月"


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2か月と10日の息子が38.0度", 2),
        ("1か月20日の赤ちゃん", 1),
        ("生後71日です", 2),
        ("生後29日", 0),
        ("生まれて二十日の子", 0),
        ("生まれで五十日だげんと", 1),
        ("うまれて2しゅうかん", 0),
        ("日齢25の女児", 0),
        ("月齢2", 2),
        ("2ヶ月半の赤ちゃん", 2),
        ("生後ひと月", 1),
        ("ふた月の孫", 2),
        ("生後半年", 6),
        ("生後1年", 12),
        ("1才6か月", 18),
        ("0歳8か月", 8),
        ("もうすぐ3か月になる子", 2),
        ("もうすぐ1歳の娘", 11),
        ("子ども2か月 37.4度", 2),
        ("あかんぼう はちかげつ", 8),
        ("4かげつ たいおん 38.1", 4),
        ("赤ちゃんがまだ六か月で", 6),
        ("妹の子です。まだ9か月です。", 9),
        ("まご ごさい さんじゅうはちど", 60),
    ],
)
def test_an_age_is_years_months_and_days(text: str, months: int) -> None:
    assert ages(text) == [Age(months)]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("82の母が熱", 82),
        ("八十二の祖母", 82),
        ("じいちゃん85", 85),
        ("じっち八十八なんだげんちょ", 88),
        ("父78。", 78),
        ("息子(5)が熱", 5),
        ("妻（七十八）が", 78),
        ("利用者様(84)", 84),
        ("私、七十五になりますが", 75),
        ("わたし はちじゅうしち こしが いたくて", 87),
        ("とし 91", 91),
        ("年齢は七十五", 75),
        ("今年で82になります", 82),
        ("ばあちゃんめまいするって言ってる、78", 78),
        ("俺、71。右手しびれ、8時間。", 71),
        ("母は要介護3、85です", 85),
        ("孫三つ、腹いでえ", 3),
        ("孫の8つになんの、昨日から", 8),
        ("三つになる孫っこが", 3),
        ("みっつのまごが", 3),
        ("八十前後の男性", 80),
        ("My father is 80, his oxygen is 89", 80),
    ],
)
def test_a_number_beside_a_person_is_an_age(text: str, years: int) -> None:
    assert ages(text) == [Age(years * 12)]


@pytest.mark.parametrize(
    ("text", "youngest", "oldest"),
    [
        ("80代", 80, 89),
        ("90代の母", 90, 99),
        ("80過ぎの母", 80, 84),
        ("小2の息子", 7, 8),
        ("小2男子", 7, 8),
        ("弟（小6）", 11, 12),
        ("小学一年の孫", 6, 7),
        ("あの孫が小学4年生で", 9, 10),
        ("5年生の娘", 10, 11),
        ("うちの妹中1、鼻水", 12, 13),
        ("中3の生徒", 14, 15),
        ("高1の娘", 15, 16),
        ("年長さん", 5, 6),
        ("年少さんの息子", 3, 4),
        ("還暦の父", 60, 60),
        ("古希を迎えました", 70, 70),
        ("喜寿", 77, 77),
        ("米寿の祖父", 88, 88),
        ("数え80", 78, 79),
        ("数えで八十です", 78, 79),
        ("昭和23年生まれの父", 77, 78),
    ],
)
def test_what_leaves_the_age_open_is_a_span(text: str, youngest: int, oldest: int) -> None:
    (age,) = ages(text)
    assert (age.years, age.oldest // 12) == (youngest, oldest)


@pytest.mark.parametrize(
    "text",
    [
        "首がすわってない子が熱",
        "首のすわらない赤ちゃん",
        "まだ首もすわんねえ孫",
        "首すわりまだです",
        "首が座っていません",
    ],
)
def test_a_head_that_is_not_held_up_is_under_four_months(text: str) -> None:
    assert ages(text) == [Age(0, 3)]


@pytest.mark.parametrize("text", ["首がすわりました", "首が座らない子みたいにぐらぐら", "首を回せない"])
def test_another_word_of_the_neck_tells_no_age(text: str) -> None:
    assert ages(text) == []


@pytest.mark.parametrize(
    ("text", "months", "spread"),
    [
        ("10月5日に生まれた子が38.6度", 1, 0),
        ("9/1に生まれた娘", 2, 0),
        ("2024/5/3生", 30, 0),
        ("R6.5.3生", 30, 0),
        ("20240503生まれ", 30, 0),
        ("令和6年5月生まれ", 29, 1),
        ("令和六年五月三日に生まれました", 30, 0),
        ("生年月日は平成30年4月1日です", 103, 0),
        ("S15.3.4生", 1040, 0),
        ("去年の12月生まれの息子", 10, 1),
        ("今年8月に産まれました", 2, 1),
        ("先月生まれた子", 0, 1),
        ("先週産まれたばかり", 0, 0),
        ("40日前に生まれた子", 1, 0),
        ("2か月前に生まれた孫", 2, 0),
    ],
)
def test_a_birth_is_an_age_on_the_day_of_the_words(text: str, months: int, spread: int) -> None:
    assert ages(text) == [Age(months, spread)]


def test_a_date_of_birth_is_no_age_while_nobody_says_what_day_it_is() -> None:
    assert find_ages("10月5日に生まれた子") == ()
    assert [found.value for found in find_ages("3日前に生まれた子")] == [Age(0)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10月5日に生まれる予定",
            "予定日は10月5日",
            "5月生まれの母",
            "いわき生まれです",
            "生まれつき心臓が悪い",
        ),
        *("2月30日に生まれた子", "2030年5月3日生まれ"),
        *(
            "娘が2か月咳をしています",
            "息子が2か月熱が続く",
            "腰が痛くて2か月です",
            "産後まだ3か月です",
            "産後ひと月の娘",
        ),
        *(
            "母の血圧が188の110",
            "父の酸素が88です",
            "酸素が母は92です",
            "母38.5です",
            "父が38度",
            "妻が39あります",
        ),
        *(
            "孫が40度",
            "子ども2人",
            "娘が3回吐いた",
            "息子が飴を2つ飲みこんだ",
            "孫が薬を三つ飲んだ",
            "三つ子",
        ),
        *(
            "主人の電話は090-1234-5678",
            "私は平字三倉68-1に",
            "体重は母45キロ",
            "父は3日前から",
            "父80万円",
            "夫 5/3から",
        ),
        *(
            "夫が120の80",
            "妻39週です",
            "妊娠中2回出血した",
            "嫁は腹の子が五ヶ月だ",
            "背中2か所",
            "夜中2時に",
            "小1時間ほど前",
        ),
        *(
            "中1日おいて",
            "年中無休ですか",
            "年長者",
            "65歳以上",
            "5歳用のシロップ",
            "父 119呼んだ",
            "赤ちゃん1か月健診",
        ),
    ],
)
def test_other_numbers_and_words_are_no_age(text: str) -> None:
    assert ages(text) == []


def test_a_closer_age_is_the_same_as_a_rough_one() -> None:
    assert different([Age(84, 23), Age(96)]) == {Age(96)}
    assert different([Age(84, 23), Age(36)]) == {Age(84, 23), Age(36)}
    assert read_age("小2の8歳の子") == Age(96)


@pytest.mark.parametrize("answer", ["8ヶ月", "八か月です", "8かげつになります", "まだ8カ月です"])
def test_months_alone_may_answer_how_old(answer: str) -> None:
    assert months_alone(answer) == Age(8)


@pytest.mark.parametrize("answer", ["8ヶ月前から", "咳が8か月", "8日", "8"])
def test_other_answers_are_not_months_alone(answer: str) -> None:
    assert months_alone(answer) is None


@pytest.mark.parametrize(
    "text",
    ["子ども2か月 37.4度", "2か月と10日の息子", "生まれて3週間", "まだ9か月です", "40日前に生まれた子"],
)
def test_an_age_is_no_duration(text: str) -> None:
    assert find_durations(text) == ()
