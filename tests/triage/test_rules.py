"""Rules over the concepts of the lexicon: what counts as told, and what as denied."""

import pytest

from bot.triage.tables.rules import is_told, places_of, read_rule
from core.errors import ContentError
from tests.triage.cases import TABLES

LEXICON = TABLES.lexicon


def told(rule: str, text: str) -> bool:
    hearing = LEXICON.hear(text)
    return is_told([read_rule(rule, LEXICON.concepts, "test")], places_of(hearing), hearing.text.text)


def denied(rule: str, text: str) -> bool:
    return read_rule(rule, LEXICON.concepts, "test").is_denied(places_of(LEXICON.hear(text)))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("said_fever", "熱がある", True),
        ("said_fever", "熱はない", False),
        ("said_fever", "熱がなかなか下がらない", True),
        ("said_fever", "熱がないか心配", True),
        ("said_fever", "熱や咳はありません", False),
        ("said_headache", "頭は痛くない", False),
        ("said_headache", "頭が痛くなってきた", True),
        ("said_headache", "昨日は頭痛はなかったが、今日は頭痛がする", True),
        ("said_vomit", "吐いていません", False),
        ("said_vomit", "吐いています", True),
        ("said_convulsion", "けいれんはしていない", False),
        ("said_breathless", "息苦しくはないです", False),
        ("said_headache & said_vomit", "頭痛がして、吐いた", True),
        ("said_headache & said_vomit", "頭痛がするが、吐き気はない", False),
        ("said_headache | said_vomit", "吐いた", True),
        ("said_headache & said_fever|said_vomit", "頭が痛くて、吐いた", True),
        ("said_headache & said_fever|said_vomit", "頭が痛い", False),
    ],
)
def test_what_is_denied_is_not_said(rule: str, text: str, *, expected: bool) -> None:
    assert told(rule, text) is expected


def test_concepts_of_one_rule_stand_in_one_sentence_and_near_each_other() -> None:
    rule = "said_headache & said_vomit"
    assert told(rule, "頭が痛くて、さっき吐いた")
    assert told(rule, "吐いたあと、頭が痛い")
    assert not told(rule, "頭が痛い。妻は吐いた")
    far = "、朝から庭の草むしりをして、昼には近所の人と長い話をして、夕方に買い物に行って"
    assert not told(rule, f"頭が痛くて{far}吐いた")


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("said_fever", "熱はありません", True),
        ("said_fever", "熱があります", False),
        ("said_fever", "頭が痛い", False),
        ("said_fever", "朝は熱はなかったが、今は熱がある", False),
        # That one of two is denied says nothing of the other.
        ("said_headache & said_fever", "熱はありません", False),
    ],
)
def test_only_a_rule_of_one_concept_can_be_denied(rule: str, text: str, *, expected: bool) -> None:
    assert denied(rule, text) is expected


@pytest.mark.parametrize("rule", ["no_such_word", "said_fever & no_such_word", "said_fever |", "", "&"])
def test_a_rule_that_names_no_concept_is_refused(rule: str) -> None:
    with pytest.raises(ContentError, match=r"common\.yml:3: fever: no concept of this name in data/lexicon"):
        read_rule(rule, LEXICON.concepts, "common.yml:3: fever")
