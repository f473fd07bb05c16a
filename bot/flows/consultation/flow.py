"""Consult about a symptom: whom it is about, its protocols' questions one by one, then the urgency card."""

from dataclasses import dataclass

from bot.dialogue.flow import Context, FlowSpec, Intent
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation import questions
from bot.flows.consultation.interview import ConsultationData, Interview
from bot.flows.danger_check import DANGER_CHECK
from bot.language.typed_replies import asks_to_go_back, has_some, typed_choice
from bot.triage.card import Onward, urgency_card
from bot.triage.protocols.case import is_small_talk, is_vague, names_complaint
from bot.triage.protocols.engine import YES, Question, least_end, next_question
from bot.triage.protocols.facts import Facts
from bot.triage.protocols.result import Result
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Answer, Message, Text, plain_text
from core.urgency import exceeds, more_urgent
from core.words import Words

CONSULTATION = "consultation"
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
# Values of the entity `person` that tell the age group.
GROUPS = {"child": "child", "baby": "child", "elderly": "adult"}


@dataclass(frozen=True, slots=True)
class InterviewReading:
    """The interview after an input; `lead` is the key of a text before the next question.

    `is_begun`: the complaint has just been told.
    """

    interview: Interview
    lead: str = ""
    is_begun: bool = False


class ConsultationFlow:
    """Asks the questions of the protocols. A complaint without a table is never judged by another's."""

    spec = FlowSpec(
        name=CONSULTATION,
        data=ConsultationData,
        intents=(Intent("consult_symptom", 1, part_of=("emergency",)),),
        accepts=TELLING | UNSURE | MEANWHILE,
        keeps_question=True,
        tells_danger=True,
        hears_danger=True,
        starts_afresh=True,
        menu="consultation",
        named_by=lambda user_input, ctx: names_complaint(user_input.text, ctx.protocols),
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Begin with the complaint, or ask for it."""
        # The person may be known before (`helpo triage run --age`); else the words tell, or a question does.
        known = Facts.from_json(state.memory.person) if state.memory.person else None
        opened = State(self.spec.name, ctx.instance, "what", ConsultationData(person=known), state.memory)
        if not user_input.is_text:
            return Turn(opened, self.question(opened, ctx))
        if is_vague(user_input.text, ctx.protocols) and user_input.intent != "emergency":
            data = ConsultationData(person=known, complaint=Words.of(user_input.text))
            opened = opened.at("what", data)
            return Turn(opened, self.question(opened, ctx))
        told = _told(_interview(opened, ctx), user_input)
        return self.resume(opened, InterviewReading(told, is_begun=True), ctx)

    def read(self, state: State, user_input: UserInput, ctx: Context) -> InterviewReading | None:
        """Read an answer to the open question; further words about the symptom count as told."""
        interview = _interview(state, ctx)
        if user_input.answer:
            return self._answered(interview, user_input.answer) if interview.is_asking else None
        if not user_input.is_text:
            return None
        if not interview.is_asking:
            told = _told(interview, user_input)
            return (
                InterviewReading(told, is_begun=True) if self._is_complaint(told, user_input, ctx) else None
            )
        if interview.needs_who and questions.is_number_only(user_input.text):
            return InterviewReading(interview, "talk.consultation.which_number")
        answer = self._typed(interview, state.instance, user_input, ctx)
        if answer is not None:
            return self._answered(interview, answer)
        told = _told(interview, user_input)
        is_told = self._tells(interview, told, user_input, ctx)
        return InterviewReading(told, "talk.consultation.again") if is_told else None

    def resume(self, state: State, reading: InterviewReading, ctx: Context) -> Turn:
        """Ask the next question, or give the result."""
        interview = reading.interview
        state = state.at("asking", interview.data)
        if (
            reading.is_begun
            and not ctx.runs_drafts
            and any(t.status == "draft" for t in interview.case.tables)
        ):
            # Unsigned tables are not used: the first check and a person stand in for them.
            return Turn(state.ended(), goes_on_with=DANGER_CHECK)
        lead = (Text(text=ctx.texts(reading.lead)),) if reading.lead else ()
        if interview.needs_who:
            return Turn(state, (*lead, questions.who_question(state.instance, ctx)))
        if isinstance(interview.step, Question):
            return Turn(state, (*lead, questions.question_message(state.instance, interview, ctx)))
        return self._finish(state, interview.complaint, interview.step, ctx)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question."""
        interview = _interview(state, ctx)
        if not interview.is_asking:
            what = Text(text=ctx.texts("talk.consultation.what"), quick=(flow_button("person", ctx.texts),))
            return (what,)
        if interview.needs_who:
            return (questions.who_question(state.instance, ctx),)
        if isinstance(interview.step, Question):
            return (questions.question_message(state.instance, interview, ctx),)
        return ()

    def leave(self, state: State, ctx: Context) -> Memory:
        """Return the memory with an interrupted consultation: not assessed yet."""
        interview = _interview(state, ctx)
        if not interview.complaint:
            return state.memory
        level = Urgency.YELLOW
        findings: tuple[Finding, ...] = ()
        if interview.case.tables:
            level = more_urgent(level, interview.floor, least_end(interview.case, interview.answers))
            findings = questions.findings_so_far(interview.case, interview.answers)
        return state.memory.with_consultation(
            PastConsultation(
                complaint=interview.complaint,
                urgency=level,
                at=ctx.now,
                findings=findings,
                who=interview.case.facts.who,
            )
        )

    # Reading words

    def _is_complaint(self, told: Interview, user_input: UserInput, ctx: Context) -> bool:
        """Whether words tell how a person is; thanks, prices and places do not."""
        is_named = names_complaint(user_input.text, ctx.protocols)
        if user_input.intent not in self.spec.accepts:
            return is_named and _level_by_itself(told) in {Urgency.RED, Urgency.ORANGE}
        if user_input.intent in TELLING or is_named:
            return True
        return user_input.intent in UNSURE and not is_small_talk(user_input.text)

    def _tells(self, before: Interview, told: Interview, user_input: UserInput, ctx: Context) -> bool:
        """Whether words during the questions tell more of the complaint, or of the person."""
        is_telling = user_input.intent in TELLING
        if not before.case.tables:
            is_named = names_complaint(user_input.text, ctx.protocols)
            return bool(told.case.tables) or is_telling or is_named
        level = more_urgent(told.floor, told.case.least, told.answered_level)
        if exceeds(level, more_urgent(before.level, before.case.least)):
            return True
        if user_input.intent not in self.spec.accepts:
            return False
        is_more = names_complaint(user_input.text, ctx.protocols) or told.case.facts != before.case.facts
        return is_more or told.data.asks_who or is_telling

    # Reading answers

    def _typed(
        self, interview: Interview, instance: str, user_input: UserInput, ctx: Context
    ) -> Answer | None:
        """Read what was typed instead of tapped."""
        text = user_input.text
        if len(text) > questions.LONGEST_TYPED:
            return None
        if asks_to_go_back(text):
            return Answer(self.spec.name, instance, "", questions.BACK)
        if interview.needs_who:
            who = typed_choice(text, questions.who_options(ctx))
            return Answer(self.spec.name, instance, questions.WHO, who) if who else None
        if not isinstance(interview.step, Question):
            return None
        value = typed_choice(text, interview.step.options) or (YES if has_some(text) else "")
        return Answer(self.spec.name, instance, interview.step.id, value) if value else None

    def _answered(self, interview: Interview, answer: Answer) -> InterviewReading | None:
        if answer.value == questions.BACK:
            before = interview.gone_back()
            return InterviewReading(before) if before else None
        if interview.needs_who:
            person = questions.CHOSEN.get(answer.value) if answer.question == questions.WHO else None
            return InterviewReading(interview.about(person)) if person else None
        step = interview.step
        if not isinstance(step, Question) or answer.question != step.id:
            return None
        if answer.value == questions.NOT_ME:
            return InterviewReading(interview.with_(asks_who=True))
        is_offered = answer.value in {option.value for option in step.options}
        return InterviewReading(interview.answered(step.id, answer.value)) if is_offered else None

    def _finish(self, state: State, complaint: Words, result: Result, ctx: Context) -> Turn:
        onward = Onward(*(flow_button(value, ctx.texts) for value in ("facility", "person", "shop")))
        card = urgency_card(result, ctx.city, ctx.texts, ctx.now, onward)
        who = result.case.facts.who
        advised = (plain_text(card),)
        memory = state.memory.with_consultation(
            PastConsultation(
                complaint=complaint,
                urgency=result.urgency,
                at=ctx.now,
                findings=result.findings,
                advised=advised,
                who=who,
                protocols=result.protocols,
                departments=result.departments,
            )
        )
        ended = state.ended(memory)
        if result.urgency is Urgency.RED:
            return Turn(ended, urgent=(card,))
        if not result.needs_nurse:
            return Turn(ended, (card,))
        action = OpenThread(
            text=ctx.texts("talk.consultation.nurse"),
            profession=Profession.NURSE,
            urgency=result.urgency,
            complaint=complaint,
            findings=result.findings,
            advised=advised,
            who=who,
            protocols=result.protocols,
        )
        return Turn(ended, (card,), (action,))


def _interview(state: State, ctx: Context) -> Interview:
    assert isinstance(state.data, ConsultationData)
    return Interview(state.data, state.step == "asking", ctx.protocols)


def _told(interview: Interview, user_input: UserInput) -> Interview:
    hint = GROUPS.get(user_input.entity("person"), "")
    return interview.told(user_input.text, intent=user_input.intent, hint=hint)


def _level_by_itself(told: Interview) -> Urgency:
    """Return the level of the words told, without any answer."""
    case = told.case
    step = next_question(case, {}) if case.tables else None
    if isinstance(step, Result):
        return step.urgency
    return more_urgent(Urgency.WHITE, case.least, *(table.all_negative for table in case.tables))
