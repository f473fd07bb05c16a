"""Make the messages of a consultation: the buttons, and the words around a question."""

from bot.dialogue.flow import Context
from bot.dialogue.menu import flow_button
from bot.flows.buttons import option_button, option_buttons
from bot.flows.consultation.interview import BACK, NOT_ME, WHO, InterviewReading, who_options
from bot.triage.card import desk_lines
from bot.triage.protocols.case import Case
from bot.triage.protocols.engine import Answers, Question, level_of, next_question, remaining
from bot.triage.protocols.model import Complaint
from bot.triage.protocols.result import Result
from core.db.tables import Urgency
from core.findings import Finding
from core.messages import Choices, Message, Option, Tap

FLOW = "consultation"


def question_message(instance: str, reading: InterviewReading, ctx: Context) -> Message:
    """Return the open question with its introduction, and the ways out of it."""
    question = reading.step
    if question is None:
        return Choices(
            text=ctx.texts("talk.consultation.who"),
            options=option_buttons(FLOW, instance, WHO, who_options(ctx)),
            quick=(flow_button("person", ctx.texts),),
        )
    assert isinstance(question, Question), "a question is open"
    before = _progress(question, reading, ctx) if reading.answers else _opening(reading.case, ctx)
    quick: tuple[Tap, ...] = (flow_button("person", ctx.texts),)
    if reading.answers:
        back = Option(BACK, ctx.texts("talk.consultation.back"))
        quick = (option_button(FLOW, instance, question.id, back), *quick)
    elif reading.case.facts.is_assumed:
        not_me = Option(NOT_ME, ctx.texts("talk.consultation.not_me"))
        quick = (option_button(FLOW, instance, question.id, not_me), *quick)
    options = option_buttons(FLOW, instance, question.id, question.options)
    return Choices(text=f"{before}\n{question.text}", options=options, quick=quick)


def findings_so_far(case: Case, answers: Answers) -> tuple[Finding, ...]:
    """Return the findings of the answers so far."""
    step = next_question(case, answers, Urgency.RED)  # red: asks nothing further
    return step.findings if isinstance(step, Result) else ()


def _opening(case: Case, ctx: Context) -> str:
    """Return what it is about and how long it takes; when enough was told, what is known already."""
    what = "と".join(dict.fromkeys(c.short for c in _spoken_of(case) if c.short))
    of, count = _of(case, ctx), remaining(case, {})
    if what:
        lead = ctx.texts("talk.consultation.lead", of=of, what=what, count=count)
    else:
        lead = ctx.texts("talk.consultation.lead_open", of=of, count=count)
    assumed = ctx.texts("talk.consultation.assumed") if case.facts.is_assumed else ""
    level = level_of(case, {})
    known = level in {Urgency.ORANGE, Urgency.YELLOW}
    already = ctx.texts(f"talk.consultation.already.{level.value}") if known else ""
    return "\n".join(filter(None, [*desk_lines(case, ctx.texts), lead + assumed, already]))


def _spoken_of(case: Case) -> tuple[Complaint, ...]:
    ids = {table.complaint for table in case.tables} | {c.id for c in case.unassessed}
    return tuple(c for c in case.complaints if c.id in ids)


def _of(case: Case, ctx: Context) -> str:
    facts = case.facts
    if facts.audience == "child":
        return ctx.texts("talk.consultation.of_child")
    return ctx.texts("talk.consultation.of_other") if facts.audience and facts.who != "本人" else ""


def _progress(question: Question, reading: InterviewReading, ctx: Context) -> str:
    """Return how many questions are left; a doubtful red answer may add one."""
    left = remaining(reading.case, reading.answers, reading.floor)
    is_last = left == 1 and question.stage != "red"
    progress = (
        ctx.texts("talk.consultation.last") if is_last else ctx.texts("talk.consultation.left", count=left)
    )
    topic = ctx.texts("talk.consultation.topic", what=question.topic) if question.topic else ""
    return progress + topic
