"""Summaries survive storage; every page's words exist in both languages."""

import json

import pytest

from core.console.rendering import HERE
from core.console.wording import load_wordings
from core.db.tables import OutboxStatus, Profession, ThreadOutcome, Urgency
from core.texts import Texts
from core.urgency import more_urgent
from handoff import pages
from handoff.model import Basis, Summary

FOLDERS = [HERE, pages.feature().folder]


def test_a_summary_survives_json() -> None:
    summary = Summary(
        complaint="熱",
        said=("熱がある",),
        findings=(("熱", "38℃"),),
        urgency=Urgency.YELLOW,
        advised=("休む",),
    )
    assert Summary.from_json(json.loads(json.dumps(summary.to_json()))) == summary


def test_a_later_answer_replaces_an_earlier_one() -> None:
    old = Summary(findings=(("熱", "37℃"), ("咳", "なし")), urgency=Urgency.ORANGE)
    grown = old.extended(Summary(findings=(("熱", "39℃"),), urgency=Urgency.GREEN))
    assert grown.findings == (("熱", "39℃"), ("咳", "なし"))
    assert grown.urgency is Urgency.ORANGE


def test_red_is_most_urgent() -> None:
    assert more_urgent(Urgency.WHITE, Urgency.RED) is Urgency.RED
    assert more_urgent(Urgency.ORANGE, Urgency.YELLOW) is Urgency.ORANGE


def test_both_languages_say_the_same_things() -> None:
    wordings = load_wordings(FOLDERS)
    assert wordings["ja"].keys() == wordings["en"].keys()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_value_that_pages_show_has_words(language: str) -> None:
    keys = load_wordings(FOLDERS)[language].keys()
    wanted = {f"profession.{p.value}" for p in Profession}
    wanted |= {f"urgency.{u.value}" for u in Urgency} | {f"urgency_short.{u.value}" for u in Urgency}
    wanted |= {f"outcome.{o.value}" for o in ThreadOutcome}
    wanted |= {f"delivery.{s.value}" for s in OutboxStatus} | {"delivery.sent_reply", "delivery.sent_push"}
    assert wanted <= keys


def test_residents_read_every_profession(texts: Texts) -> None:
    assert {f"handoff.profession.{p.value}" for p in Profession} <= texts.keys()


def test_an_older_summary_is_still_read() -> None:
    stored = {"complaint": "熱", "said": [], "findings": [], "urgency": "green", "advised": []}
    assert Summary.from_json(stored).is_unassessed
    assert Summary.from_json(stored | {"findings": [["熱", "38℃"]]}).basis is Basis.PROTOCOL


def test_the_row_shows_the_telling_part() -> None:
    assert (
        Summary(complaint="こんにちは、すみません。昨日から熱が下がりません").headline
        == "昨日から熱が下がりません"
    )
    assert Summary(complaint="あの\n膝が痛くて歩けない").headline == "膝が痛くて歩けない"
    assert Summary(complaint="発熱").headline == "発熱"
    assert Summary(who="子ども（3歳）", complaint="吐いています").headline == "子ども（3歳）：吐いています"
    assert Summary(said=("死にたいです",)).headline == "死にたいです"
    assert Summary(who="夫").headline == ""


def test_answers_that_say_no_are_told_in_one_line() -> None:
    known = Summary(
        findings=(
            ("胸の痛み", "どれもない"),
            ("息苦しさ", "わからない"),
            ("熱", "38度以上"),
            ("咳", "いいえ"),
        )
    )
    assert known.told == (("息苦しさ", "わからない"), ("熱", "38度以上"))
    assert known.denied == ("胸の痛み", "咳")


def test_a_sign_outweighs_how_the_urgency_was_found_before() -> None:
    assert Summary(basis=Basis.PROTOCOL).extended(Summary(basis=Basis.SIGN)).basis is Basis.SIGN
    assert Summary(basis=Basis.FEEDBACK).extended(Summary()).basis is Basis.UNASSESSED
