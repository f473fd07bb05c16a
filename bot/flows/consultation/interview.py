"""A consultation as a value: what was told, about whom, which answers were given, and what is asked next.

Each input makes a new value. The case is a form of the words it is made of, so it is read once for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bot.dialogue.flow_data import FlowData
from bot.language.typed_replies import affirms
from bot.triage.protocols.case import Case, open_case, told_complaints
from bot.triage.protocols.engine import YES, Question, level_of, mentions_item, next_question
from bot.triage.protocols.facts import Facts, audience_of
from bot.triage.protocols.loader import Protocols
from bot.triage.protocols.patient import present_ages, read_patient, stated_age
from bot.triage.protocols.result import Result
from core.db.tables import Urgency
from core.ja import ReadText, folded_lines
from core.urgency import more_urgent
from core.words import Words


@dataclass(frozen=True)
class ConsultationData(FlowData):
    """The stored data of a consultation: `floor` is the level it had reached, which never falls.

    `asks_who`: whom it is about is asked (again), `is_sure`: that was answered after a contradiction.
    """

    person: Facts | None = None
    complaint: Words | None = None
    answers: Mapping[str, str] | None = None
    floor: Urgency | None = None
    asks_who: bool = False
    is_sure: bool = False


@dataclass(frozen=True)
class Interview:
    """The data with what follows from it; `is_asking`: the complaint is known, its questions are being asked."""

    data: ConsultationData
    is_asking: bool
    protocols: Protocols

    @property
    def known(self) -> Facts:
        """The facts of the person that were chosen or given."""
        return self.data.person or Facts()

    @property
    def complaint(self) -> Words:
        """What was told so far."""
        return self.data.complaint or Words()

    @property
    def answers(self) -> Mapping[str, str]:
        """The answers so far, in the order in which they were given."""
        return self.data.answers or {}

    @property
    def floor(self) -> Urgency:
        """The level that was reached before."""
        return self.data.floor or Urgency.WHITE

    @cached_property
    def case(self) -> Case:
        """What was told, about whom, and the tables to ask."""
        return self.complaint.text.form(open_case, self.known, self.protocols)

    @cached_property
    def step(self) -> Question | Result:
        """What is asked next, or the result."""
        return next_question(self.case, self.answers, self.floor)

    @cached_property
    def answered_level(self) -> Urgency:
        """The level of the answers; white while the person is not known."""
        return level_of(self.case, self.answers) if self.case.tables else Urgency.WHITE

    @property
    def level(self) -> Urgency:
        """The highest level so far."""
        return more_urgent(self.floor, self.answered_level)

    @property
    def needs_who(self) -> bool:
        """Whether to ask whom it is about."""
        return self.data.asks_who or self.case.needs_who

    def with_(self, **changes: object) -> "Interview":
        """Return the interview with other data, its questions being asked."""
        return replace(self, data=replace(self.data, **changes), is_asking=True)  # type: ignore[arg-type]

    # Words

    def told(self, text: ReadText, *, intent: str, hint: str) -> "Interview":
        """Return the interview with more words of the complaint; the level reached before stays.

        `hint` is the age group that Rasa finds for the person, for words that leave it open.
        """
        goes_on = self.is_asking and bool(self.complaint)
        floor = self._level_with_said(text) if goes_on else self.floor
        words = self.complaint.and_(text) if self.complaint else Words.of(text)
        told = self.with_(complaint=words, answers=self.answers, floor=floor, person=self._aged(text))
        told = told.shortened()
        if goes_on and told.contradicts(text):
            return told.with_(asks_who=True)
        if told.data.asks_who and not told.case.needs_who and told.case.facts != self.case.facts:
            # 「ほかの人のことです」, then 「8歳です」: that answers the question.
            told = told.with_(asks_who=False)
        if told.case.needs_who and hint and not told.known.audience:
            return told.with_(person=replace(told.known, audience=hint))
        if told.case.needs_who and hint:
            return told
        if told.case.is_unassessed and intent == "emergency":
            return told.with_(floor=more_urgent(told.floor, Urgency.ORANGE))
        return told

    def _level_with_said(self, text: ReadText) -> Urgency:
        """Return the level so far; a sign on the open list, or yes with a new symptom, counts as its yes."""
        if not self.case.tables:
            return self.floor
        answers, words = dict(self.answers), folded_lines(text)
        new = set(told_complaints(text, self.protocols)) - set(self.case.complaints)
        if isinstance(self.step, Question) and (
            (affirms(text) and new) or mentions_item(self.case, answers, self.step.id, words)
        ):
            answers[self.step.id] = YES
        return more_urgent(self.floor, level_of(self.case, answers))

    def _aged(self, text: ReadText) -> Facts:
        """Return the facts with an age: a bare number in answer to 「どなたのことですか」."""
        months = stated_age(text) if self.is_asking and self.needs_who else None
        return self.known if months is None else replace(self.known, months=months)

    def shortened(self) -> "Interview":
        """Return the interview with the kept part of a long story; the whole story's person and level stay."""
        words = self.complaint.shortened()
        if words == self.complaint:
            return self
        found = self.case.facts
        person = self.known if found.is_assumed else self.known.with_read(found)
        return self.with_(complaint=words, floor=self.level, person=person)

    def contradicts(self, text: ReadText) -> bool:
        """Whether new words are about another age group than the tapped one, and no age in them decides."""
        chosen = self.known.audience or audience_of(self.known.months)
        if not chosen or self.data.is_sure or self.level is Urgency.RED:
            return False
        person = read_patient(text)
        named = {audience_of(months) for months in present_ages(text)}
        if person.audience and not person.is_assumed:
            named.add(person.audience)
        return bool(named - {self.case.facts.audience})

    # Answers

    def answered(self, question: str, value: str) -> "Interview":
        """Return the interview with one more answer."""
        return self.with_(answers={**self.answers, question: value})

    def about(self, person: Facts) -> "Interview":
        """Return the interview with the chosen person (`audience`, perhaps `who`)."""
        known = self.known
        if audience_of(known.months) not in {"", person.audience}:
            known = replace(known, months=None)
        # Asked again: other people named in the words were only mentioned.
        known = replace(known, audience=person.audience, who=person.who or known.who)
        return self.with_(person=known, asks_who=False, is_sure=self.data.asks_who)

    def gone_back(self) -> "Interview | None":
        """Return the interview before its last answer, at the level reached; None before the first."""
        if not self.answers:
            return None
        answers = dict(self.answers)
        answers.popitem()  # the last one in the order in which they were given
        return self.with_(answers=answers, floor=self.level)
