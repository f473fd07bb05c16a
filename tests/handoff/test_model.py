"""Test that summaries survive storage, and that every page's wording exists in both languages."""

import json

import pytest

from bot.triage.tables.case import open_case
from bot.triage.tables.engine import Question, next_step
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import load_tables
from core.console.rendering import HERE
from core.console.wording import load_wordings
from core.db.tables import OutboxStatus, Profession, ThreadOutcome, Urgency
from core.findings import Finding, FindingAnswer
from core.texts import Texts
from core.urgency import more_urgent
from core.words import Words
from handoff import pages
from handoff.model import Basis, Summary
from tests.conftest import DATA

FOLDERS = [HERE, pages.feature().folder]


def test_a_summary_survives_json() -> None:
    summary = Summary(
        complaint=Words.of("熱"),
        said=(Words.of("熱がある"),),
        findings=(Finding("熱", FindingAnswer.YES, "38℃"), Finding("咳", FindingAnswer.NO, "当てはまらない")),
        urgency=Urgency.YELLOW,
        advised=("休む",),
    )
    assert Summary.from_json(json.loads(json.dumps(summary.to_json()))) == summary


def test_a_later_answer_replaces_an_earlier_one() -> None:
    cough = Finding("咳", FindingAnswer.NO, "なし")
    old = Summary(findings=(Finding("熱", FindingAnswer.NO, "ない"), cough), urgency=Urgency.ORANGE)
    fever = Finding("熱", FindingAnswer.YES, "39℃")
    grown = old.extended(Summary(findings=(fever,), urgency=Urgency.GREEN))
    assert grown.findings == (fever, cough)
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
        Summary(complaint=Words.of("こんにちは、すみません。昨日から熱が下がりません")).headline
        == "昨日から熱が下がりません"
    )
    assert Summary(complaint=Words.of("あの\n膝が痛くて歩けない")).headline == "膝が痛くて歩けない"
    assert Summary(complaint=Words.of("発熱")).headline == "発熱"
    assert (
        Summary(who="子ども（3歳）", complaint=Words.of("吐いています")).headline
        == "子ども（3歳）：吐いています"
    )
    assert Summary(said=(Words.of("死にたいです"),)).headline == "死にたいです"
    assert Summary(who="夫").headline == ""


def test_answers_that_say_no_are_told_in_one_line() -> None:
    known = Summary(
        findings=(
            Finding("胸の痛み", FindingAnswer.NO, "どれもない"),
            Finding("息苦しさ", FindingAnswer.UNKNOWN, "わからない"),
            Finding("熱", FindingAnswer.TOLD, "38度以上"),
            Finding("咳", FindingAnswer.NO, "いいえ"),
        )
    )
    assert [finding.question for finding in known.told] == ["息苦しさ", "熱"]
    assert known.denied == ("胸の痛み", "咳")


@pytest.mark.parametrize(
    ("label", "answer", "is_denied"),
    [
        ("当てはまらない", FindingAnswer.NO, True),
        ("該当するものはない", FindingAnswer.NO, True),
        ("None of these", FindingAnswer.NO, True),
        ("ないことはない", FindingAnswer.YES, False),
        ("なしを食べてから", FindingAnswer.TOLD, False),
    ],
)
def test_whether_a_sign_was_denied_is_no_matter_of_the_buttons_words(
    label: str, answer: FindingAnswer, *, is_denied: bool
) -> None:
    stored = json.loads(json.dumps(Summary(findings=(Finding("けいれん", answer, label),)).to_json()))
    known = Summary.from_json(stored)
    assert (known.denied == ("けいれん",)) is is_denied
    assert bool(known.told) is not is_denied


def test_pairs_of_an_older_summary_are_read_by_their_labels() -> None:
    stored = Summary().to_json() | {"findings": [["けいれん", "どれもない"], ["水分", "ひとつでもある"]]}
    known = Summary.from_json(stored)
    assert known.denied == ("けいれん",)
    assert [(finding.question, finding.label) for finding in known.told] == [("水分", "ひとつでもある")]


def test_of_a_consultation_the_denied_signs_stay_denied_and_what_is_not_well_is_seen() -> None:
    case = open_case("頭が痛い", Facts(audience="adult"), load_tables(DATA))
    answers: dict[str, str] = {}
    asked: list[str] = []
    while isinstance(step := next_step(case, answers), Question):
        answers[step.key.stored] = "no"
        asked += [one.item.text for one in step.items]
    known = Summary.from_json(json.loads(json.dumps(Summary(findings=step.findings).to_json())))
    (denied,) = known.denied
    assert set(asked) == set(denied.split("／"))
    assert [(finding.question, finding.label) for finding in known.told] == [
        ("ふだんどおりにできるか", "できないことがある")
    ]


def test_a_sign_outweighs_how_the_urgency_was_found_before() -> None:
    assert Summary(basis=Basis.PROTOCOL).extended(Summary(basis=Basis.SIGN)).basis is Basis.SIGN
    assert Summary(basis=Basis.FEEDBACK).extended(Summary()).basis is Basis.UNASSESSED
