import pytest

from core.ja import Age, find_ages, read_age


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
        ("80代", 960),
        ("90代の母", 1080),
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
