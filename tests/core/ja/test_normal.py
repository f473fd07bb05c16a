import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ja import fold, normalise, normalised

JAPANESE = st.text(
    st.sampled_from("あいうがぱっーゝゞアイカﾞｶﾊﾟ〜～―- 　\n!！?？。、123１２痛熱👍🏽‍️\u3099ﷺ㌔℃笑wｗ"),
    max_size=60,
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ﾑﾈｶﾞ　ｲﾀｲ", "ムネガ イタイ"),
        ("か\u3099んは\u309aい", "がんぱい"),
        ("３６．８℃", "36.8°C"),
        ("ＡＥＤ", "AED"),
        ("すみませ〜ん", "すみませーん"),
        ("コ―ヒ―", "コーヒー"),
        ("２０〜３０分", "20〜30分"),
        ("0246-27-1208", "0246-27-1208"),
        ("いたいいいい！！！！", "いたい!"),
        ("助けてえええ", "助けてえ"),
        ("いいえ", "いいえ"),
        ("2000年", "2000年"),
        ("こゝろ いすゞ", "こころ いすず"),
        ("頭が痛い😭😭 薬ください🙏", "頭が痛い 薬ください"),
        ("  頭が\n\n痛い\t", "頭が 痛い"),
        ("👨‍👩‍👧", ""),
        ("", ""),
    ],
)
def test_what_phones_write_in_many_ways_becomes_one(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [("ムネ", "むね"), ("ﾑﾈ", "むね"), ("AED", "ａｅｄ"), ("む ね", "むね"), ("コーヒー", "こーひー")],
)
def test_folded_words_match_whatever_script_they_were_typed_in(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_piece_of_the_normal_form_is_found_in_the_text_as_sent() -> None:
    sent = "😭😭 ﾊｶﾞ　いたいいいい！"
    source = normalised(sent)
    start = source.text.index("ハガ")
    assert sent[slice(*source.span(start, start + 2))] == "ﾊｶﾞ"
    start = source.text.index("いたい")
    assert sent[slice(*source.span(start, start + 3))] == "いたいいいい"


@given(JAPANESE)
def test_each_character_has_an_origin_and_origins_never_go_back(sent: str) -> None:
    source = normalised(sent)
    assert len(source.text) == len(source.origins)
    assert all(0 <= start < end <= len(sent) for start, end in source.origins)
    assert all(
        one[0] <= other[0] and one[1] <= other[1]
        for one, other in zip(source.origins, source.origins[1:], strict=False)
    )


@given(JAPANESE)
def test_the_normal_form_has_no_outer_or_double_spaces(sent: str) -> None:
    text = normalise(sent)
    assert text == " ".join(text.split())
