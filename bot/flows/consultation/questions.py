"""Make the messages of a consultation: the buttons, and the words around a question."""

from dataclasses import replace

from bot.dialogue.flow import Context
from bot.dialogue.menu import flow_button
from bot.flows.buttons import option_button, option_buttons
from bot.flows.consultation.interview import BACK, NOT_ME, WHO, InterviewReading, who_options
from bot.triage.card import desk_lines
from bot.triage.tables.answers import Answers
from bot.triage.tables.case import Case
from bot.triage.tables.engine import Question, level_of, next_step, remaining
from bot.triage.tables.model import Complaint
from bot.triage.tables.options import options_of
from bot.triage.tables.result import Result, Telling
from core.db.tables import Urgency
from core.findings import Finding
from core.messages import Choices, Message, Option, Tap
from core.texts import Texts

FLOW = "consultation"
# The question of a button that asks for the first aid of one red item; it never expires.
AID = "aid"


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
    text = "\n".join(filter(None, [before, asked_text(question, ctx.texts)]))
    offered = options_of(question, ctx.texts)
    quick: tuple[Tap, ...] = (flow_button("person", ctx.texts),)
    if reading.answers:
        back = Option(BACK, ctx.texts("talk.consultation.back"))
        quick = (option_button(FLOW, instance, question.id, back), *quick)
    elif reading.case.facts.is_assumed:
        not_me = Option(NOT_ME, ctx.texts("talk.consultation.not_me"))
        quick = (option_button(FLOW, instance, question.id, not_me), *quick)
    return Choices(text=text, options=option_buttons(FLOW, instance, question.id, offered), quick=quick)


def asked_text(question: Question, texts: Texts) -> str:
    """Return a question with what it lists, a line each."""
    if question.need:
        return texts(f"talk.consultation.ask.{question.need}")
    is_first = question.number == 1
    key = "red_more" if question.kind == "red" and not is_first else question.kind
    asked = texts(f"talk.consultation.ask.{key}")
    if question.kind in {"which", "also"}:
        return asked
    listed = question.lines or tuple(one.item.text for one in question.items)
    return "\n".join([asked, "", *(f"・{line}" for line in listed)])


def aid_buttons(result: Result) -> tuple[Tap, ...]:
    """Return a button for each item of a red list of which nobody knows which applies."""
    if result.signs.told:
        return ()
    names = [name for key in result.answered.one_of if key.kind in {"red", "seen"} for name in key.names]
    items = [(name, result.names[name].item) for name in names if name in result.names]
    return tuple(option_button(FLOW, "", AID, Option(name, item.text)) for name, item in items)


def findings_so_far(case: Case, answers: Answers, telling: Telling) -> tuple[Finding, ...]:
    """Return the findings of the answers so far."""
    step = next_step(case, answers, Urgency.RED)  # red: asks nothing further
    return replace(step, telling=telling).findings if isinstance(step, Result) else ()


def _opening(case: Case, ctx: Context) -> str:
    """Return what it is about and how long it takes; when enough was told, what is known already."""
    what = "と".join(dict.fromkeys(c.short for c in _spoken_of(case) if c.short))
    of, count = _of(case, ctx), remaining(case, {})
    lead = (
        ctx.texts("talk.consultation.lead", of=of, what=what, count=count)
        if what
        else ctx.texts("talk.consultation.lead_open", of=of, count=count)
    )
    assumed = ctx.texts("talk.consultation.assumed") if case.facts.is_assumed else ""
    is_urgent = level_of(case, {}) in {Urgency.ORANGE, Urgency.YELLOW}
    already = ctx.texts("talk.consultation.already") if is_urgent else ""
    return "\n".join(filter(None, [*desk_lines(case, ctx.texts), lead + assumed, already]))


def _spoken_of(case: Case) -> tuple[Complaint, ...]:
    ids = {name for table in case.tables for name in (table.complaint, *table.also_for)}
    ids |= {c.id for c in case.left_out}
    return tuple(c for c in case.complaints if c.id in ids)


def _of(case: Case, ctx: Context) -> str:
    facts = case.facts
    if facts.audience == "child":
        return ctx.texts("talk.consultation.of_child")
    # An adult who is not named may be the writer herself.
    is_named = bool(facts.who) and not facts.who.startswith("大人")
    return ctx.texts("talk.consultation.of_other") if is_named and not facts.is_herself else ""


def _progress(question: Question, reading: InterviewReading, ctx: Context) -> str:
    """Return how many questions are left; naming one of a list is part of its question."""
    if question.kind in {"which", "also"}:
        return ""
    left = remaining(reading.case, reading.answers, reading.floor)
    is_last = left == 1 and question.kind != "red"
    return ctx.texts("talk.consultation.last") if is_last else ctx.texts("talk.consultation.left", count=left)
