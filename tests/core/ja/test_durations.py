import pytest

from core.ja import Duration, find_durations, read_duration


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("昨日から", "1d"),
        ("きのうの３時から", "1d"),
        ("おとといの夜から", "2d"),
        ("3日前から", "3d"),
        ("みっかまえから", "3d"),
        ("十日前から", "10d"),
        ("三日続いてます", "3d"),
        ("3日目", "3d"),
        ("4日も出てない", "4d"),
        ("1日半", "1.5d"),
        ("一週間", "1w"),
        ("いっしゅうかん", "1w"),
        ("2週間も咳が", "2w"),
        ("先週から", "1w"),
        ("一ヶ月前から咳", "1m"),
        ("半年前から", "6m"),
        ("2年前から", "730d"),
        ("数日前から", "3d"),
        ("半日", "12h"),
        ("半日前がら", "12h"),
        ("ここ一か月", "1m"),
        ("ひとつきも まえから", "1m"),
        ("I had a fever since yesterday", "1d"),
        ("a cough for 3 days", "3d"),
        ("diarrhea for three days", "3d"),
        ("昨日がら", "1d"),
        ("きんなから", "1d"),
        ("おどどいがら", "2d"),
        ("先おとといから", "3d"),
        ("三日三晩", "3d"),
        ("みっかみばん吐いて", "3d"),
        ("今朝がたから", "12h"),
        ("けさがら", "12h"),
        ("ゆんべがら", "12h"),
        ("昨日の朝から", "1d"),
        ("一昨日の昼から", "2d"),
        ("先週の月曜から", "1w"),
        ("一昼夜", "24h"),
        ("三日も前がらだ", "3d"),
        ("ばあさんが げりして よっか", "4d"),
        ("てが しびれる みっか まえから", "3d"),
        ("あしが むくんで います にしゅうかんです", "2w"),
        ("肩の痛みを4日訴えています", "4d"),
        ("喉の痛みで、5日になります", "5d"),
        ("今朝から熱", "12h"),
        ("ゆうべから吐いてる", "12h"),
        ("１２時間", "12h"),
        ("じゅうにじかん", "12h"),
        ("2時間半", "2.5h"),
        ("30分くらい", "0.5h"),
    ],
)
def test_how_long_it_has_lasted_is_read(text: str, short: str) -> None:
    duration = read_duration(text)
    assert duration is not None
    assert duration.short == short


@pytest.mark.parametrize(
    ("text", "days"), [("二、三日", 3), ("二三日前から", 3), ("2.3日前", 3), ("3〜4日", 4)]
)
def test_of_a_range_the_larger_end_counts(text: str, days: int) -> None:
    assert read_duration(text) == Duration(days * 24)


@pytest.mark.parametrize(
    ("answer", "hours"),
    [("さっき", 1), ("昨日", 24), ("昨日の夜です", 24), ("おとといです", 48), ("けさ", 12)],
)
def test_a_word_alone_is_the_answer_to_since_when(answer: str, hours: float) -> None:
    assert read_duration(answer) == Duration(hours)
    assert find_durations(answer) == ()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "急に",
            "3日から",
            "5月3日",
            "1日3回飲む",
            "24時間やってますか",
            "3時から",
            "ふつかよい",
            "6時間おき",
            "3日分の薬",
        ),
        *(
            "妊娠7か月",
            "生後2か月",
            "2か月の娘が",
            "産後3週間",
            "百日咳",
            "38度5分",
            "毎朝から",
            "いつか",
            "そうなのか",
        ),
        *("脈が1分間に140回", "にんしん 6かげつ", "一日になんかい"),
    ],
)
def test_other_times_are_no_duration(text: str) -> None:
    assert read_duration(text) is None


def test_durations_are_found_where_they_stand_in_the_text_as_sent() -> None:
    sent = "１週間前から咳、昨日から熱"
    assert [sent[found.start : found.end] for found in find_durations(sent)] == ["１週間", "昨日から"]
