"""How a consultation asks: the buttons, and the words around a question."""

import re
from typing import Any

from bot.conversation.flows.menu import wish
from bot.conversation.said import Said
from bot.conversation.turn import Context
from bot.triage.asking import Answers, Question, level_of, next_question, remaining
from bot.triage.choosing import Case
from bot.triage.result import Result
from core.db.tables import Urgency
from core.findings import Finding
from core.ja import fold
from core.messages import Answer, Choices, Message, Tap

FLOW = "consultation"
BACK = "back"
NOT_ME = "not_me"
WHO = "who"
# What each choice of 「どなたのことですか」 says of the one it is about (bot.triage.facts.Facts).
CHOSEN: dict[str, dict[str, str]] = {
    "self": {"audience": "adult", "who": "本人"},
    "child": {"audience": "child"},
    "adult": {"audience": "adult"},
}
# 「3」 is the third button, or three years old.
_NUMBER_ONLY = re.compile(r"(?:[1-3一二三]|ひとつ|ふたつ|みっつ|[1-3一二三]つ)(?:です|だ|で)?[。、.!]?")
LONGEST_TYPED = 60  # characters; nobody types a button as a story
# Entity values of `person` that tell the group of ages.
_GROUPS = {"child": "child", "baby": "child", "elderly": "adult"}


def hinted(said: Said) -> dict[str, Any]:
    """Return what the understanding makes of the person, for words that our own reading leaves open."""
    group = _GROUPS.get(said.entity("person"), "")
    return {"audience": group} if group else {}


def is_number_only(text: str) -> bool:
    """Whether an answer to 「どなたのことですか」 may be the place of a button as well as an age."""
    return len(text) <= LONGEST_TYPED and bool(_NUMBER_ONLY.fullmatch(fold(text)))


def who_question(instance: str, ctx: Context) -> Message:
    """Return 「どなたのことですか」."""
    return Choices(
        text=ctx.texts("talk.consultation.who"),
        options=who_options(instance, ctx),
        quick=(wish("person", ctx),),
    )


def who_options(instance: str, ctx: Context) -> tuple[Tap, ...]:
    """Return oneself, a child, another adult."""
    return tuple(_tap(instance, WHO, value, ctx.texts(f"talk.consultation.who_{value}")) for value in CHOSEN)


def options(instance: str, question: Question) -> tuple[Tap, ...]:
    """Return the answers to a question."""
    return tuple(_tap(instance, question.id, o.value, o.label) for o in question.options)


def question_message(
    instance: str, question: Question, case: Case, answers: Answers, floor: Urgency, ctx: Context
) -> Message:
    """Return a question with what goes before it, and the ways out of it."""
    before = _opening(case, ctx) if not answers else _progress(question, case, answers, floor, ctx)
    quick: tuple[Tap, ...] = (wish("person", ctx),)
    if answers:
        quick = (_tap(instance, question.id, BACK, ctx.texts("talk.consultation.back")), *quick)
    elif case.facts.is_assumed:
        quick = (_tap(instance, question.id, NOT_ME, ctx.texts("talk.consultation.not_me")), *quick)
    return Choices(text=f"{before}\n{question.text}", options=options(instance, question), quick=quick)


def findings_so_far(case: Case, answers: Answers) -> tuple[Finding, ...]:
    """Return what has been answered until now."""
    step = next_question(case, answers, Urgency.RED)  # red: asks nothing further
    return step.findings if isinstance(step, Result) else ()


def _opening(case: Case, ctx: Context) -> str:
    """Return what it is about and how long it takes; when enough was told, what is known by now."""
    what = "と".join(dict.fromkeys(c.short for c in _spoken_of(case) if c.short))
    key = "lead" if what else "lead_open"
    lead = ctx.texts(f"talk.consultation.{key}", of=_of(case, ctx), what=what, count=remaining(case, {}))
    assumed = ctx.texts("talk.consultation.assumed") if case.facts.is_assumed else ""
    level = level_of(case, {})
    known = level in {Urgency.ORANGE, Urgency.YELLOW}
    already = ctx.texts(f"talk.consultation.already.{level.value}") if known else ""
    return "\n".join(filter(None, [lead + assumed, already]))


def _spoken_of(case: Case) -> tuple[Any, ...]:
    ids = {table.complaint for table in case.tables} | {c.id for c in case.unassessed}
    return tuple(c for c in case.complaints if c.id in ids)


def _of(case: Case, ctx: Context) -> str:
    facts = case.facts
    if facts.audience == "child":
        return ctx.texts("talk.consultation.of_child")
    return ctx.texts("talk.consultation.of_other") if facts.audience and facts.who != "本人" else ""


def _progress(question: Question, case: Case, answers: Answers, floor: Urgency, ctx: Context) -> str:
    """Return how many questions are left, honestly: a doubtful red answer may bring one more."""
    left = remaining(case, answers, floor)
    is_last = left == 1 and question.stage != "red"
    key = "last" if is_last else "left"
    topic = ctx.texts("talk.consultation.topic", what=question.topic) if question.topic else ""
    return ctx.texts(f"talk.consultation.{key}", count=left) + topic


def _tap(instance: str, question: str, value: str, label: str) -> Tap:
    return Tap(label, Answer(FLOW, instance, question, value).data(), label)
