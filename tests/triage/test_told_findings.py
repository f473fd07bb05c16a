"""Test what a consultation leaves for a clinician: findings with level, time and words, risks, facts."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.commands.triage_session import open_content
from bot.dialogue.flow import Context
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.triage.tables.patient import read_patient
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer, FindingKind, findings_json, latest, worst_first
from core.messages import Answer, Tap, actions_of
from core.words import without_words
from tests.conftest import DATA
from tests.harness.turns import said

CONTENT = open_content(DATA, "iwaki")
NONE, SOME, UNSURE = "どれもない", "ひとつでもある", "わからない"


class Talk:
    """A talk in memory, whose clock moves a minute with each turn."""

    def __init__(self) -> None:
        self.state, self.turns = State(), 0
        self.last: Turn = Turn(self.state)
        self.effects: list[object] = []

    @property
    def now(self) -> datetime:
        return CONTENT.now + timedelta(minutes=self.turns)

    def context(self) -> Context:
        self.turns += 1
        return replace(CONTENT.context(self.turns), now=self.now)

    def says(self, text: str, intent: str = "consult_symptom") -> None:
        self._took(take_turn(self.state, said(text, intent), self.context()))

    def taps(self, *labels: str) -> None:
        for label in labels:
            shown = [*self.last.urgent, *self.last.replies]
            (tap,) = [a for m in shown for a in actions_of(m) if isinstance(a, Tap) and a.label == label]
            answer = Answer.parse(tap.data)
            self._took(take_turn(self.state, UserInput(kind="postback", answer=answer), self.context()))

    def _took(self, turn: Turn) -> None:
        self.last = turn
        self.effects += turn.effects
        while turn.then:
            turn = turn.then
            self.effects += turn.effects
        self.state = turn.state

    @property
    def found(self) -> PastConsultation:
        last = self.state.memory.last_consultation(self.now)
        assert last
        return last

    def finding(self, question: str) -> Finding:
        (one,) = [f for f in self.found.findings if question in f.question and not f.is_denied]
        return one


def ended(talk: Talk) -> Talk:
    """Answer no until the consultation ends."""
    for _ in range(10):
        if not talk.state.flow:
            return talk
        shown = [a.label for m in talk.last.replies for a in actions_of(m) if isinstance(a, Tap)]
        talk.taps(next((label for label in (NONE, "全部あてはまる", UNSURE) if label in shown), shown[0]))
    raise AssertionError("does not end")


def test_what_was_told_has_its_level_its_moment_and_its_words() -> None:
    talk = Talk()
    talk.says("35歳の女性です。頭が痛いです")
    talk.says("今までで一番痛い頭痛です")
    red = talk.found
    sign = next(f for f in red.findings if f.mark.urgency is Urgency.RED)
    assert sign.answer is FindingAnswer.TOLD
    assert sign.mark.at == CONTENT.now + timedelta(minutes=2)
    assert [str(line) for line in sign.mark.words] == ["今までで一番痛い頭痛です"]
    assert talk.finding("性別").label == "女性"
    assert [str(line) for line in talk.finding("性別").mark.words] == ["35歳の女性です。頭が痛いです"]


def test_answers_have_the_moment_at_which_they_were_given() -> None:
    talk = Talk()
    talk.says("40歳の男性です。熱が38.4度あります")
    talk.taps(NONE)
    answered = talk.now
    ended(talk)
    denied = [f for f in talk.found.findings if f.is_denied]
    assert denied
    assert all(f.mark.at and f.mark.at >= answered for f in denied)
    assert talk.finding("体温").label == "38.4度"
    assert talk.finding("体温").mark.at == CONTENT.now + timedelta(minutes=1)
    assert talk.finding("体温").mark.kind is FindingKind.FACT


def test_going_back_takes_the_moment_of_the_answer_along() -> None:
    talk = Talk()
    talk.says("40歳の男性です。熱が38.4度あります")
    talk.taps(NONE)
    talk.taps("前の質問にもどる", NONE)
    ended(talk)
    assert all(
        f.mark.at and f.mark.at >= CONTENT.now + timedelta(minutes=4)
        for f in talk.found.findings
        if f.is_denied
    )


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        ("38歳 男です", "m"),
        ("35歳の女性です", "f"),
        ("６５歳女性、めまい", "f"),
        ("40代の男性に殴られました", ""),
        ("80歳の女性の介護をしています", ""),
        ("3歳の娘です", "f"),
    ],
)
def test_sex_is_read_where_it_is_told_with_an_age(words: str, sex: str) -> None:
    assert read_patient(words).sex == sex


def test_what_was_not_asked_is_named_where_it_may_matter() -> None:
    talk = Talk()
    talk.says("30歳です。おなかが痛いです")
    ended(talk)
    assert (talk.finding("妊娠").label, talk.finding("妊娠").answer) == (
        "聞いていない",
        FindingAnswer.UNKNOWN,
    )
    man = Talk()
    man.says("70歳の男性です。おなかが痛いです")
    ended(man)
    assert not [f for f in man.found.findings if f.question == "妊娠"]
    child = Talk()
    child.says("3歳の娘が熱を出しました")
    ended(child)
    assert not [f for f in child.found.findings if f.question == "妊娠"]


def test_weeks_of_pregnancy_are_a_fact() -> None:
    talk = Talk()
    talk.says("妊娠20週です。頭が痛いです")
    ended(talk)
    assert talk.finding("妊娠").label == "20週"


def test_what_raises_the_level_is_a_risk_also_where_it_raised_nothing() -> None:
    talk = Talk()
    talk.says("80歳の母です。血をさらさらにする薬を飲んでいます。頭が痛いそうです")
    talk.taps(SOME)
    assert talk.found.urgency is Urgency.RED
    risks = [f.question for f in talk.found.findings if f.mark.kind is FindingKind.RISK]
    assert any("さらさら" in risk for risk in risks)


def test_told_findings_are_gone_with_the_words_they_were_told_in() -> None:
    talk = Talk()
    talk.says("35歳の女性です。頭が痛いです")
    talk.says("今までで一番痛い頭痛です")
    before = talk.found
    after = without_words(before, frozenset({"今までで一番痛い頭痛です"}))
    assert [f.question for f in before.findings if f.mark.urgency is Urgency.RED]
    assert not [f for f in after.findings if f.mark.urgency is Urgency.RED]
    assert "性別" in [f.question for f in after.findings]
    assert "一番" not in json.dumps(findings_json(after.findings), ensure_ascii=False)


def test_answers_by_button_outlive_the_words() -> None:
    talk = Talk()
    talk.says("40歳の男性です。熱が38.4度あります")
    ended(talk)
    after = without_words(talk.found, frozenset(map(str, talk.found.complaint.lines)))
    assert [f for f in after.findings if f.is_denied]
    assert not [f for f in after.findings if f.question == "体温"]


def test_findings_survive_storage() -> None:
    talk = Talk()
    talk.says("35歳の女性です。頭が痛いです")
    talk.says("今までで一番痛い頭痛です")
    stored = json.loads(json.dumps(talk.found.to_json()))
    assert PastConsultation.from_json(stored) == talk.found


def test_a_person_gets_the_findings_of_all_consultations_worst_first_and_of_whom() -> None:
    talk = Talk()
    talk.says("3歳の娘が熱を出しました")
    ended(talk)
    talk.says("35歳の夫が、今までで一番痛い頭痛だと言っています")
    assert talk.found.urgency is Urgency.RED
    talk.says("看護師さんと話したい", "talk_to_human")
    (action,) = [e for e in talk.effects if isinstance(e, OpenThread)]
    assert action.findings[0].mark.urgency is Urgency.RED
    assert "夫" in action.findings[0].mark.of
    assert any("娘" in f.mark.of for f in action.findings)
    assert action.departments


@pytest.mark.parametrize("level", [Urgency.ORANGE, None])
def test_a_newer_worse_finding_goes_to_the_top(level: Urgency | None) -> None:
    mark = Finding("", FindingAnswer.YES, "").mark
    old = Finding("せき", FindingAnswer.YES, "あり", replace(mark, urgency=level, at=CONTENT.now))
    new = Finding("息が苦しい", FindingAnswer.YES, "あり", replace(mark, urgency=Urgency.RED, at=CONTENT.now))
    newest = replace(new, question="胸が痛い", mark=replace(new.mark, at=CONTENT.now + timedelta(minutes=3)))
    assert worst_first((old, new, newest)) == (newest, new, old)


def test_of_several_answers_to_a_question_the_last_counts() -> None:
    no, yes = (Finding("熱", answer, answer.value) for answer in (FindingAnswer.NO, FindingAnswer.YES))
    assert latest((no, yes)) == (yes,)
    other = replace(no, mark=replace(no.mark, of="娘"))
    assert latest((no, other, yes)) == (yes, other)
