"""Return the next question or the result for a case and its answers. Pure; levels are content.

Structure of the 救急受診ガイド (first check, red, yellow, modifiers; the highest level counts), with HELPO's
five levels: the guide's 黄 (two hours) is `orange` until a reviewer signs it down. No claim of conformity. Of
several tables the first check is asked once, then red of all, orange of all, yellow of all, modifiers once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.triage.protocols.case import Ask, Case
from bot.triage.protocols.model import Item, Protocol, Stage
from bot.triage.protocols.result import RedSigns, Result
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer
from core.messages import Option
from core.urgency import exceeds, less_urgent, more_urgent, one_up

YES, NO, UNKNOWN = "yes", "no", "unknown"
UNKNOWN_LABEL = "わからない"
SHARED: tuple[Stage, ...] = ("first_check", "modifiers")

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """The next screen: `number` counts from 1, `text` holds the items line by line.

    `topic` names the complaint it belongs to, where several are asked about.
    """

    id: str
    stage: Stage
    number: int
    text: str
    topic: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class _Reached:
    """What the answers amount to: the level of the lists alone, and whether modifiers raise it."""

    answered: Urgency
    is_raised: bool
    modifiers_open: bool


def next_question(case: Case, answers: Answers, floor: Urgency = Urgency.WHITE) -> Question | Result:
    """Return what to ask next, or the result.

    Red ends the questions, and so does a doubt that a nurse has to clear. A list that cannot raise the level
    any more is not asked. `floor` is the level this consultation had reached before (for example before the
    resident went back to an earlier question): it never falls.
    """
    level = more_urgent(floor, least_end(case, answers))
    needs_nurse = _needs_nurse(case, answers)
    if level is not Urgency.RED and not needs_nurse:
        asked = 0
        reached = _reached(case, answers)
        for ask in asks(case, answers):
            if answer_to(case, ask, answers) is not None:
                asked += ask.id in answers
            elif _can_raise(case, ask, reached, level):
                return _question(case, ask, asked + 1)
    return _result(case, answers, level, needs_nurse=needs_nurse)


def level_of(case: Case, answers: Answers) -> Urgency:
    """Return the level of the answers given so far; more answers never lower it."""
    reached = _reached(case, answers)
    return _raised(case, reached.answered) if reached.is_raised else reached.answered


def least_end(case: Case, answers: Answers) -> Urgency:
    """Return the mildest level that this case can still end with."""
    least = (case.least, *(table.all_negative for table in case.tables))
    return more_urgent(level_of(case, answers), *least)


def remaining(case: Case, answers: Answers, floor: Urgency = Urgency.WHITE) -> int:
    """Return how many questions are left if no further item is found; shown as progress."""
    given = dict(answers)
    while isinstance(step := next_question(case, given, floor), Question):
        given[step.id] = NO
    return len(given) - len(answers)


def asks(case: Case, answers: Answers) -> Iterator[Ask]:
    """Yield the lists to ask, in order, without items that were denied before."""
    denied: set[str] = set()
    for ask in case.asks:
        if ask.stage == "red_seen" and not _is_red_unknown(case, ask, answers):
            continue
        items = tuple(item for item in ask.items if item.id not in denied)
        if not items:
            continue
        shown = replace(ask, items=items)
        if answer_to(case, shown, answers) == NO:
            denied |= {item.id for item in items}
        yield shown


def answer_to(case: Case, ask: Ask, answers: Answers) -> str | None:
    """Return the answer to a list: `yes` if the words name an item, whatever was tapped; None while open."""
    return YES if told_items(case, ask) else answers.get(ask.id)


def mentions_item(case: Case, answers: Answers, question: str, words: str) -> bool:
    """Whether folded words name an item of this question without denying it."""
    items = (item for ask in asks(case, answers) if ask.id == question for item in ask.items)
    return any(item.words and item.is_told(words, case.facts) for item in items)


def told_items(case: Case, ask: Ask) -> tuple[Item, ...]:
    """Return the items of a list that the resident's words already answer."""
    return tuple(item for item in ask.items if item.id in case.told)


def _is_red_unknown(case: Case, seen: Ask, answers: Answers) -> bool:
    assert seen.table is not None
    red = replace(seen, stage="red", items=seen.table.red)
    return not told_items(case, red) and answers.get(f"{seen.table.id}.red") == UNKNOWN


def _reached(case: Case, answers: Answers) -> _Reached:
    answered = Urgency.WHITE
    is_raised = modifiers_open = False
    for ask in asks(case, answers):
        value = answer_to(case, ask, answers)
        if ask.stage == "modifiers":
            is_raised, modifiers_open = value in {YES, UNKNOWN}, value is None
        meant = {YES: ask.wording.if_yes, UNKNOWN: ask.wording.if_unknown}.get(value or "")
        answered = more_urgent(answered, meant or Urgency.WHITE)
    return _Reached(answered, is_raised, modifiers_open)


def _raised(case: Case, answered: Urgency) -> Urgency:
    """Return the level with modifiers: one up from the answers, as 黄 becomes 赤 and no 黄 becomes 黄 in the guide.

    A table's own `all_negative` is not raised: it is already the careful end when nothing was found.
    """
    base = less_urgent(Urgency.GREEN, more_urgent(*(table.all_negative for table in case.tables)))
    return one_up(more_urgent(answered, base))


def _can_raise(case: Case, ask: Ask, reached: _Reached, level: Urgency) -> bool:
    """Whether any answer to this list, now or together with modifiers, leads above `level`."""
    with_modifiers = more_urgent(level, _raised(case, reached.answered))
    if ask.stage == "modifiers":
        return exceeds(with_modifiers, level)
    top = more_urgent(ask.wording.if_yes or Urgency.WHITE, ask.wording.if_unknown or Urgency.WHITE)
    if exceeds(top, level):
        return True
    may_rise = reached.is_raised or reached.modifiers_open
    return may_rise and exceeds(_raised(case, more_urgent(top, reached.answered)), with_modifiers)


def _needs_nurse(case: Case, answers: Answers) -> bool:
    return any(
        ask.wording.unknown_needs_nurse and answer_to(case, ask, answers) == UNKNOWN
        for ask in asks(case, answers)
    )


def _question(case: Case, ask: Ask, number: int) -> Question:
    lines = "\n".join(f"・{item.text}" for item in ask.items)
    options = (
        Option(YES, ask.wording.yes_label),
        Option(NO, ask.wording.no_label, is_none=True),
        Option(UNKNOWN, UNKNOWN_LABEL),
    )
    topic = _topic(case, ask.table) if ask.table and len(case.tables) > 1 else ""
    return Question(ask.id, ask.stage, number, f"{ask.wording.text}\n\n{lines}", topic, options)


def _topic(case: Case, table: Protocol) -> str:
    return next((c.short for c in case.complaints if c.id == table.complaint), "")


def _result(case: Case, answers: Answers, level: Urgency, *, needs_nurse: bool) -> Result:
    found = tuple(_findings(case, answers))
    findings = tuple(finding for finding, _ in found)
    reasons: Sequence[str] = [reason for _, reason in found if reason]
    if exceeds(level, least_end(case, answers)):
        reasons = [case.common.because_before, *reasons]
    if not exceeds(level, least_end(case, {})):
        # No finding raised the level: give the reason of the complaint itself.
        by_itself = [t.because_all_negative for t in case.tables if t.all_negative == level]
        by_itself += [c.because for c in case.unassessed if c.unassessed == level]
        reasons = [*reasons, *filter(None, by_itself)]
    return Result(
        case,
        level,
        tuple(dict.fromkeys(reasons)),
        findings,
        needs_nurse,
        signs=_red_signs(case, answers),
        possible=frozenset(_possible(case, answers)),
    )


def _possible(case: Case, answers: Answers) -> Iterator[str]:
    """Yield the items that were told, and those of lists that were answered and not denied."""
    for ask in asks(case, answers):
        told = told_items(case, ask)
        if told or answers.get(ask.id) in {YES, UNKNOWN}:
            yield from (item.id for item in told or ask.items)


def _red_signs(case: Case, answers: Answers) -> RedSigns:
    """Return the items and lists that mean red by themselves."""
    told: list[Item] = []
    one_of: list[Item] = []
    is_doubt = False
    for ask in asks(case, answers):
        if named := told_items(case, ask):
            told += named if ask.wording.if_yes is Urgency.RED else ()
            continue
        match answers.get(ask.id):
            case "yes" if ask.wording.if_yes is Urgency.RED:
                one_of += ask.items
            case "unknown" if ask.wording.if_unknown is Urgency.RED:
                is_doubt = True
    told = list({item.id: item for item in told}.values())
    return RedSigns(tuple(told), tuple(one_of), is_doubt and not told and not one_of)


def _findings(case: Case, answers: Answers) -> Iterator[tuple[Finding, str]]:
    """Yield each answered list and what its answer means, in a resident's words; nothing for no."""
    for ask in asks(case, answers):
        value = answer_to(case, ask, answers)
        if value is None:
            continue
        question = "／".join(item.text for item in ask.items)
        labels = {YES: ask.wording.yes_label, NO: ask.wording.no_label, UNKNOWN: UNKNOWN_LABEL}
        why = {YES: ask.wording.because, UNKNOWN: ask.wording.because_unknown}
        if items := told_items(case, ask):
            names = "、".join(f"「{item.text}」" for item in items)
            reason = ask.wording.because if ask.stage == "modifiers" else f"{names}にあたるお話がある"
            yield Finding(question, FindingAnswer.TOLD, f"お話から：{names}"), reason
        else:
            yield Finding(question, FindingAnswer(value), labels[value]), why.get(value, "")
