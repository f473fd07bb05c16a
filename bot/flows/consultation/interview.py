"""A consultation as a value: what was told, about whom, which answers were given, and what is asked next.

Each input makes a new value. The case is a form of the words it is made of, so it is read once for each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from bot.dialogue.flow import Context
from bot.dialogue.flow_data import FlowData
from bot.dialogue.user_input import UserInput
from bot.language.typed_replies import affirms, asks_to_go_back, has_some, is_unable, plain, typed_choice
from bot.triage.tables.answers import NO, YES, named, read_key
from bot.triage.tables.case import Case, names_complaint, open_case, told_complaints
from bot.triage.tables.engine import Question, also_key, level_of, next_step
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import Tables, item_name
from bot.triage.tables.needs import answered_age, typed_value
from bot.triage.tables.options import options_of, values
from bot.triage.tables.patient import audience_of, present_ages, read_patient, stated_age
from bot.triage.tables.result import Result, Telling
from bot.triage.tables.telling import telling_of
from bot.triage.vague_words import is_small_talk
from core.db.tables import Urgency
from core.ja import Age, ReadText, fold
from core.messages import Option
from core.urgency import exceeds, more_urgent
from core.words import Words

# Intents that words in answer to 「どのような具合ですか」 may be taken for.
TELLING = frozenset({"consult_symptom", "emergency"})
UNSURE = frozenset({"", "out_of_scope"})
# Intents of words during the questions; others name symptoms in passing: 「頭痛に効く薬を買いたい」.
MEANWHILE = frozenset(
    {
        "greet",
        "thanks",
        "affirm",
        "deny",
        "report_condition",
        "consult_medicine",
        "consult_mental_health",
        "consult_pregnancy_childcare",
        "consult_womens_mens_health",
        "consult_lifestyle",
        "infection_support",
        "change_registration",
        "stop_notices",
    }
)
ACCEPTED = TELLING | UNSURE | MEANWHILE
# Values of the entity `person` that tell the age group.
GROUPS = {"child": "child", "baby": "child", "elderly": "adult"}
BACK = "back"
NOT_ME = "not_me"
WHO = "who"
# The facts that each choice of 「どなたのことですか」 stands for.
CHOSEN = {
    "self": Facts(audience="adult", who="本人"),
    "child": Facts(audience="child"),
    "adult": Facts(audience="adult"),
}
# Buttons of the first release, which may still be tapped: yes to a list that meant 119 means it still.
_FORMER_RED = re.compile(r"first_check|[a-z_]+\.red(?:_seen)?")
# 「3」 is the third button, or three years old.
_NUMBER_ONLY = re.compile(
    r"(?:[1-5一二三四五]|ひとつ|ふたつ|みっつ|よっつ|いつつ|[1-5一二三四五]つ)(?:です|だ|で)?[。、.!]?"
)
_FOUR_OR_FIVE = re.compile(r"[45四五]|よっつ|いつつ")
LISTS = frozenset({"red", "seen", "more"})
LONGEST_TYPED = 60  # characters; a longer text is a story, not a typed button


@dataclass(frozen=True)
class ConsultationData(FlowData):
    """The stored data of a consultation: `floor` is the level it had reached, which never falls.

    `asks_who`: whom it is about is asked (again), `is_sure`: that was answered after a contradiction. `times`: when
    what was told, and each answer, came. `is_counted`: it has been recorded as left.
    """

    person: Facts | None = None
    complaint: Words | None = None
    answers: Mapping[str, str] | None = None
    floor: Urgency | None = None
    asks_who: bool = False
    is_sure: bool = False
    times: Mapping[str, str] | None = None
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class InterviewReading:
    """The interview after an input, with all that is needed to go on.

    `step` is what is asked next, None whom it is about, or the result; `lead` is the key of a text before it.
    `is_begun`: the complaint has just been told.
    """

    data: ConsultationData
    case: Case
    complaint: Words
    answers: Mapping[str, str]
    floor: Urgency
    step: Question | Result | None
    lead: str = ""
    is_begun: bool = False


@dataclass(frozen=True)
class Interview:
    """The data with what follows from it; `is_asking`: the complaint is known, its questions are being asked.

    `day` is today: a date of birth in the complaint tells an age.
    """

    data: ConsultationData
    is_asking: bool
    tables: Tables
    day: date | None = None

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
        return self.complaint.text.written_on(self.day).form(open_case, self.known, self.tables)

    @cached_property
    def step(self) -> Question | Result:
        """What is asked next, or the result."""
        return self._also or next_step(self.case, self.answers, self.floor)

    @property
    def _also(self) -> Question | None:
        """The question that follows a pick: whether a more serious item of the same list applies too."""
        last = next(reversed(dict(self.answers)), "")
        key = read_key(last)
        if key is None or key.kind != "which" or self.level is Urgency.RED:
            return None
        also = also_key(self.case, key, self.answers[last])
        return replace(also, number=len(self.answers) + 1) if also else None

    @cached_property
    def answered_level(self) -> Urgency:
        """The level of the answers; white while the person is not known."""
        return level_of(self.case, self.answers) if self.case.tables or self.answers else Urgency.WHITE

    @property
    def level(self) -> Urgency:
        """The highest level so far."""
        return more_urgent(self.floor, self.answered_level)

    @property
    def needs_who(self) -> bool:
        """Whether to ask whom it is about; a sign that is red at any age does not wait for it."""
        return self.level is not Urgency.RED and (self.data.asks_who or self.case.needs_who)

    def with_(self, **changes: object) -> "Interview":
        """Return the interview with other data, its questions being asked."""
        return replace(self, data=replace(self.data, **changes), is_asking=True)  # type: ignore[arg-type]

    def reading(self, lead: str = "", *, is_begun: bool = False) -> InterviewReading:
        """Return the interview as a reading of what led to it."""
        step = None if self.needs_who else self.step
        return InterviewReading(
            self.data, self.case, self.complaint, self.answers, self.floor, step, lead, is_begun
        )

    @property
    def telling(self) -> Telling:
        """When and in which words it was told."""
        return telling_of(self.case, self.complaint, self.data.times or {}, self.answers, self.tables)

    # Reading

    def begun(self, user_input: UserInput) -> InterviewReading:
        """Return the reading of words that tell the complaint."""
        return self._with_told(user_input).reading(is_begun=True)

    def read(self, user_input: UserInput, ctx: Context) -> InterviewReading | None:
        """Read an answer to the open question, or words that tell more; None for anything else."""
        if answer := user_input.answer:
            return self._answered(answer.question, answer.value) if self.is_asking else None
        if not user_input.is_text:
            return None
        if not self.is_asking:
            told = self._with_told(user_input)
            return told.reading(is_begun=True) if told.is_of_complaint(user_input) else None
        if self._is_asking_age and _is_number_only(user_input.text, has_five=not self.needs_who):
            return self.reading("talk.consultation.which_number")
        typed = self._typed(user_input.text, ctx)
        if typed is not None:
            return self._answered(*typed)
        told = self._with_told(user_input)
        return told.reading("talk.consultation.again") if told.tells_more_than(self, user_input) else None

    def is_of_complaint(self, user_input: UserInput) -> bool:
        """Whether the words told say how a person is; thanks, prices and places do not."""
        is_named = names_complaint(user_input.text, self.tables)
        if user_input.intent not in ACCEPTED:
            return is_named and self._level_by_itself() in {Urgency.RED, Urgency.ORANGE}
        if user_input.intent in TELLING or is_named:
            return True
        return user_input.intent in UNSURE and not is_small_talk(user_input.text)

    def tells_more_than(self, before: "Interview", user_input: UserInput) -> bool:
        """Whether words during the questions told more of the complaint, or of the person."""
        is_telling = user_input.intent in TELLING
        if not before.case.tables:
            is_named = names_complaint(user_input.text, self.tables)
            return bool(self.case.tables) or is_telling or is_named
        if exceeds(self.level, before.level):
            return True
        if user_input.intent not in ACCEPTED:
            return False
        is_more = names_complaint(user_input.text, self.tables) or self.case.facts != before.case.facts
        return is_more or self.data.asks_who or is_telling or self.answers != before.answers

    def _level_by_itself(self) -> Urgency:
        """Return the level of the words told, without any answer."""
        return level_of(self.case, {}) if self.case.tables else Urgency.WHITE

    def _typed(self, text: ReadText, ctx: Context) -> tuple[str, str] | None:
        """Read what was typed instead of tapped: the question and the value."""
        if len(text) > LONGEST_TYPED:
            return None
        if asks_to_go_back(text):
            return "", BACK
        if self.needs_who:
            who = typed_choice(text, who_options(ctx))
            return (WHO, who) if who else None
        if not isinstance(self.step, Question):
            return None
        if self.step.need and (value := typed_value(self.step.need, text)):
            return self.step.id, value
        value = typed_choice(text, options_of(self.step, ctx.texts))
        if not value and self.step.kind in LISTS:
            # A line of the list, written as it stands there, or 「ひとつあります」.
            lines = {plain(one.item.text) for one in self.step.items}
            value = YES if plain(text) in lines or has_some(text) else ""
        return (self.step.id, value) if value else None

    def _answered(self, question: str, value: str) -> InterviewReading | None:
        if value == BACK:
            before = self.gone_back()
            return before.reading() if before else None
        if value == YES and _FORMER_RED.fullmatch(question):
            first = self.tables.common.first_check
            return self.answered(
                named("red", [item_name("", item.id) for item in first]).stored, YES
            ).reading()
        if self.needs_who:
            person = CHOSEN.get(value) if question == WHO else None
            return self.about(person).reading() if person else None
        step = self.step
        if not isinstance(step, Question) or question != step.id:
            return None
        if value == NOT_ME:
            return self.with_(asks_who=True).reading()
        if step.need == "age" and (age := self._of_other_group(value)):
            # 「8歳です」 of whom was taken for an adult: other tables are asked, and what was answered stays.
            other = self.with_(person=self.known.with_age(age), floor=self.level)
            return other.reading("talk.consultation.again")
        is_offered = bool(step.need) or value in values(step)
        return self.answered(step.key.stored, value).reading() if is_offered else None

    @property
    def _is_asking_age(self) -> bool:
        """Whether the answer to the open question may be an age, or the place of a button."""
        return self.needs_who or (isinstance(self.step, Question) and self.step.need == "age")

    def _of_other_group(self, value: str) -> Age | None:
        """Return an answered age of another age group than the one asked about."""
        age = answered_age(value)
        return age if audience_of(age) not in {"", self.case.facts.audience} else None

    # Words

    def _with_told(self, user_input: UserInput) -> "Interview":
        hint = GROUPS.get(user_input.entity("person"), "")
        return self.told(user_input.text, intent=user_input.intent, hint=hint)

    def told(self, text: ReadText, *, intent: str, hint: str) -> "Interview":
        """Return the interview with more words of the complaint; the level reached before stays.

        `hint` is the age group that Rasa finds for the person, for words that leave it open. A cry for help about
        what has no table of its own is urgent.
        """
        goes_on = self.is_asking and bool(self.complaint)
        words = self.complaint.and_(text) if self.complaint else Words.of(text)
        floor = self._level_with_said(text, words) if goes_on else self.floor
        answers = self._with_unable(text) if goes_on else self.answers
        told = self.with_(complaint=words, answers=answers, floor=floor, person=self._aged(text))
        told = told.shortened()
        if goes_on and told.contradicts(text):
            return told.with_(asks_who=True)
        if told.data.asks_who and not told.case.needs_who and told.case.facts != self.case.facts:
            # 「ほかの人のことです」, then 「8歳です」: that answers the question.
            told = told.with_(asks_who=False)
        if told.case.needs_who and hint and not told.known.audience:
            return told.with_(person=replace(told.known, audience=hint))
        if told.case.is_general and intent == "emergency":
            return told.with_(floor=more_urgent(told.floor, Urgency.ORANGE))
        return told

    def _with_unable(self, text: ReadText) -> Mapping[str, str]:
        """Return the answers; 「水が飲めません」 says to the well question that not all of it is so."""
        is_open = not self.needs_who and isinstance(self.step, Question) and self.step.kind == "well"
        if not is_open or len(text) > LONGEST_TYPED or not is_unable(text):
            return self.answers
        assert isinstance(self.step, Question)
        return {**self.answers, self.step.key.stored: NO}

    def _level_with_said(self, text: ReadText, words: Words) -> Urgency:
        """Return the level so far with new words (`words` are all of them); yes with a new symptom is the open list's yes."""
        if not self.case.tables:
            return self.floor
        answers = dict(self.answers)
        new = set(told_complaints(text, self.tables)) - set(self.case.complaints)
        is_list = isinstance(self.step, Question) and self.step.kind in LISTS
        if isinstance(self.step, Question) and is_list and (affirms(text) and new):
            answers[self.step.key.stored] = YES
        more = words.text.written_on(self.day).form(open_case, self.known, self.tables)
        return more_urgent(self.floor, level_of(self.case, answers), level_of(more, answers))

    def reaches_red(self, text: ReadText) -> bool:
        """Whether words name a sign of the open list that means 119."""
        return self.is_asking and self._level_with_said(text, self.complaint.and_(text)) is Urgency.RED

    def _aged(self, text: ReadText) -> Facts:
        """Return the facts with an age: a bare number in answer to 「どなたのことですか」."""
        age = stated_age(text) if self.is_asking and self.needs_who else None
        return self.known.with_age(age) if age else self.known

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
        chosen = self.known.audience or audience_of(self.known.age)
        if not chosen or self.data.is_sure or self.level is Urgency.RED:
            return False
        person = read_patient(text)
        named = {audience_of(age) for age in present_ages(text)} - {""}
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
        if audience_of(known.age) not in {"", person.audience}:
            known = known.with_age(None)
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


def _is_number_only(text: str, *, has_five: bool) -> bool:
    """Whether an answer about the person may be the place of a button as well as an age; of three buttons, or of five."""
    if len(text) > LONGEST_TYPED:
        return False
    said = fold(text)
    return bool(_NUMBER_ONLY.fullmatch(said)) and (has_five or not _FOUR_OR_FIVE.match(said))


def who_options(ctx: Context) -> tuple[Option, ...]:
    """Return the choices: oneself, a child, another adult."""
    return tuple(Option(value, ctx.texts(f"talk.consultation.who_{value}")) for value in CHOSEN)
