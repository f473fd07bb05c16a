"""Consult about a symptom: whom it is about, its tables' questions one by one, then the urgency card."""

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.flow import Context, FlowSpec, Intent
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation import questions
from bot.flows.consultation.figures import AwaitEnd, RecordConsultation, district_in, left_figure
from bot.flows.consultation.interview import ACCEPTED, ConsultationData, Interview, InterviewReading
from bot.flows.consultation.questions import AID
from bot.flows.danger_check import DANGER_CHECK
from bot.triage.card import Onward, urgency_card
from bot.triage.danger.safety import SafetyContent
from bot.triage.red_card import aid_card, red_card
from bot.triage.tables.case import names_complaint
from bot.triage.tables.engine import level_of
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import Tables, common_items
from bot.triage.tables.model import Item
from bot.triage.tables.result import Result
from bot.triage.tables.telling import noted_times
from bot.triage.vague_words import is_vague
from core.content import may_run
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Answer, Message, Text, plain_text
from core.urgency import more_urgent
from core.words import Words

CONSULTATION = "consultation"


class ConsultationFlow:
    """Asks the questions of the tables. A complaint without a table is never judged by another's."""

    spec = FlowSpec(
        name=CONSULTATION,
        data=ConsultationData,
        intents=(Intent("consult_symptom", 1, part_of=("emergency",)),),
        accepts=ACCEPTED,
        keeps_question=True,
        tells_danger=True,
        hears_danger=True,
        starts_afresh=True,
        menu="consultation",
        named_by=lambda user_input, ctx: names_complaint(user_input.text, ctx.tables),
    )

    def __init__(self, dangers: Mapping[str, SafetyContent]) -> None:
        self._dangers = dangers  # the first aid of the 119 card

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Begin with the complaint, or ask for it."""
        turn = self._begun(state, user_input, ctx)
        if turn.state.flow != self.spec.name:
            return turn
        return replace(turn, effects=(*turn.effects, AwaitEnd(turn.state.instance)))

    def _begun(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        # The person may be known before (`helpo triage run --age`); else the words tell, or a question does.
        known = Facts.from_json(state.memory.person) if state.memory.person else None
        blank = ConsultationData(person=known, floor=user_input.floor)
        opened = State(self.spec.name, ctx.instance, "what", blank, state.memory)
        if not user_input.is_text:
            return Turn(opened, self.question(opened, ctx))
        if is_vague(user_input.text, ctx.tables) and user_input.intent != "emergency":
            data = replace(blank, complaint=Words.of(user_input.text))
            opened = opened.at("what", data)
            return Turn(opened, self.question(opened, ctx))
        return self.resume(opened, _interview(opened, ctx).begun(user_input), ctx)

    def outlives(self, state: State, answer: Answer, ctx: Context) -> bool:  # noqa: ARG002 - as `Lasting` says
        """Whether a tap asks for the first aid of a red item, which it does at any time."""
        return answer.question == AID

    def read(self, state: State, user_input: UserInput, ctx: Context) -> InterviewReading | Item | None:
        """Read an answer to the open question; further words about the symptom count as told."""
        if user_input.answer and user_input.answer.question == AID:
            return _item(user_input.answer.value, ctx.tables)
        return _interview(state, ctx).read(user_input, ctx)

    def resume(self, state: State, reading: InterviewReading | Item, ctx: Context) -> Turn:
        """Ask the next question, or give the result; or the first aid of a red item, whatever else is open."""
        if isinstance(reading, Item):
            return Turn(state, urgent=(aid_card(reading, self._dangers, ctx.city, ctx.texts, _onward(ctx)),))
        case = reading.case
        times = noted_times(reading.data.times or {}, case, reading.answers, ctx.now)
        state = state.at("asking", replace(reading.data, times=times))
        if reading.is_begun and not may_run(case.common, *case.tables, runs_drafts=ctx.runs_drafts):
            # Unsigned tables are not used: the first check and a person stand in for them.
            return Turn(state.ended(), goes_on_with=DANGER_CHECK)
        if isinstance(reading.step, Result):
            result = replace(reading.step, telling=_interview(state, ctx).telling)
            return self._finish(state, reading.complaint, result, ctx)
        lead = (Text(text=ctx.texts(reading.lead)),) if reading.lead else ()
        return Turn(state, (*lead, questions.question_message(state.instance, reading, ctx)))

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question."""
        interview = _interview(state, ctx)
        if not interview.is_asking:
            what = Text(text=ctx.texts("talk.consultation.what"), quick=(flow_button("person", ctx.texts),))
            return (what,)
        reading = interview.reading()
        if isinstance(reading.step, Result):
            return ()
        return (questions.question_message(state.instance, reading, ctx),)

    def answers_danger(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether the words name a sign of the open list that means 119."""
        return _interview(state, ctx).reaches_red(user_input.text)

    def leave(self, state: State, ctx: Context) -> Memory:
        """Return the memory with an interrupted consultation: not assessed yet."""
        interview = _interview(state, ctx)
        if not interview.complaint:
            return state.memory
        level = Urgency.YELLOW
        findings: tuple[Finding, ...] = ()
        if interview.case.tables:
            level = more_urgent(level, interview.floor, level_of(interview.case, interview.answers))
            findings = questions.findings_so_far(interview.case, interview.answers, interview.telling)
        return state.memory.with_consultation(
            PastConsultation(
                complaint=interview.complaint,
                urgency=level,
                at=ctx.now,
                findings=findings,
                who=interview.case.facts.who,
            )
        )

    def count_left(
        self, state: State, ctx: Context, *, ended_by: Urgency | None
    ) -> RecordConsultation | None:
        """Return what is recorded of a consultation that is over without a result."""
        return left_figure(_interview(state, ctx), state.instance, district_in(ctx, state.memory), ended_by)

    def _finish(self, state: State, complaint: Words, result: Result, ctx: Context) -> Turn:
        onward = _onward(ctx)
        if result.urgency is Urgency.RED:
            aids = questions.aid_buttons(result)
            card = red_card(result, self._dangers, ctx.city, ctx.texts, onward, aids)
        else:
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
                danger=result.danger if result.urgency is Urgency.RED else "",
                look_again_h=result.look_again_hours,
            )
        )
        ended = state.ended(memory)
        figure = RecordConsultation(
            state.instance,
            tables=tuple(table.id for table in result.case.tables),
            level=result.urgency,
            district=district_in(ctx, state.memory),
            questions=len(result.answered.keys),
        )
        if result.urgency is Urgency.RED:
            return Turn(ended, urgent=(card,), effects=(figure,))
        if not result.needs_nurse:
            return Turn(ended, (card,), (figure,))
        action = OpenThread(
            text=ctx.texts("talk.consultation.nurse"),
            profession=Profession.NURSE,
            urgency=result.urgency,
            complaint=complaint,
            findings=result.findings,
            advised=advised,
            who=who,
            protocols=result.protocols,
            departments=result.departments,
        )
        return Turn(ended, (card,), (action, figure))


def _onward(ctx: Context) -> Onward:
    return Onward(*(flow_button(value, ctx.texts) for value in ("facility", "person", "shop")))


def _item(name: str, tables: Tables) -> Item | None:
    """Return the red item of a name (`table.item`); None when the content does not have it any more."""
    table, _, item = name.partition(".")
    items = tables[table].red if table in tables else common_items(tables.common)
    return next((one for one in items if one.id == item and one.danger), None)


def _interview(state: State, ctx: Context) -> Interview:
    assert isinstance(state.data, ConsultationData)
    return Interview(state.data, state.step == "asking", ctx.tables, ctx.day)
