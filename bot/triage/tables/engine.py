"""Return the next question or the result for a case and its answers. Pure; levels are content.

Structure of the 救急受診ガイド: the first signs and red signs, then what the person can do (the well question), then one
list of what is orange, yellow and green; the highest level counts. No claim of conformity. What was told is not asked, what
cannot be is not shown, a list that cannot raise the level any more is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from bot.triage.tables.answers import NO, UNKNOWN, YES, Answers, GivenAnswers, Key, Kind, named, read_answers
from bot.triage.tables.case import Asked, Case
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import item_name
from bot.triage.tables.model import MAX_ITEMS, End, Item, Level, Need, Table
from bot.triage.tables.needs import with_needs
from bot.triage.tables.result import RedSigns, Result
from core.db.tables import Urgency
from core.urgency import LEVELS, exceeds, more_urgent, one_up

MAX_RED_SCREENS, MAX_MORE_SCREENS = 3, 2
BELOW_RED: tuple[Level, ...] = ("orange", "yellow", "green")
# Modifiers that an item with numbers of its own has counted already.
COUNTED_IN_ITEMS = frozenset({"age65", "age75", "under1", "pregnant"})


@dataclass(frozen=True, slots=True)
class Question:
    """The next screen: `number` counts from 1.

    `items` are what is listed (for `which` and `also`: to choose from), `lines` what must all be true (the well
    question), `need` the fact that is asked.
    """

    key: Key
    number: int
    items: tuple[Asked, ...] = ()
    lines: tuple[str, ...] = ()
    need: Need | None = None
    for_child: bool = False

    @property
    def kind(self) -> Kind:
        """What kind of question it is."""
        return self.key.kind

    @property
    def id(self) -> str:
        """The name that its buttons carry."""
        return self.key.id


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is known after the answers; `facts` with the numbers that were answered."""

    case: Case
    facts: Facts
    answered: GivenAnswers
    found: tuple[tuple[Asked, Urgency], ...]
    raising: tuple[Asked, ...]

    @property
    def level(self) -> Urgency:
        """The level of what was found by itself."""
        return more_urgent(Urgency.WHITE, *(level for _, level in self.found))

    @property
    def is_red_unsure(self) -> bool:
        return any(key.kind == "red" for key in self.answered.unsure)

    @property
    def needs_nurse(self) -> bool:
        return any(key.kind == "seen" for key in self.answered.unsure)

    @property
    def is_first_check_unsure(self) -> bool:
        """Whether one of the seven first signs is in doubt, which counts as yes."""
        first = {item_name("", item.id) for item in self.case.common.first_check}
        return any(key.kind == "red" and first.issuperset(key.names) for key in self.answered.unsure)


def next_step(case: Case, answers: Answers, floor: Urgency = Urgency.WHITE) -> Question | Result:
    """Return what to ask next, or the result.

    Red ends the questions, and so does a doubt that a nurse has to clear. `floor` is the level this consultation had
    reached before (for example before the resident went back to an earlier question): it never falls.
    """
    now = _standing(case, answers)
    question = None
    if not (_is_red(now, floor) or now.needs_nurse):
        question = _next_question(now, floor)
    if question is None:
        return _result(now, floor)
    return replace(question, number=len([key for key in answers if ":" in key]) + 1)


def level_of(case: Case, answers: Answers) -> Urgency:
    """Return the level of the answers given so far; more answers never lower it."""
    now = _standing(case, answers)
    return Urgency.RED if _is_red(now, Urgency.WHITE) else _raised(now, now.level)


def remaining(case: Case, answers: Answers, floor: Urgency = Urgency.WHITE) -> int:
    """Return how many questions are left if no further item is found; shown as progress."""
    given = dict(answers)
    while isinstance(step := next_step(case, given, floor), Question):
        given[step.key.stored] = NO if step.kind in {"red", "seen", "more", "also"} else _usual(step)
    return len(given) - len(answers)


def _usual(question: Question) -> str:
    if question.kind == "which":
        return question.items[-1].name
    return YES if question.kind == "well" else UNKNOWN


def open_item(question: Question, names: Iterable[str]) -> Asked | None:
    """Return the first item of a question that is among `names`: words told one that is on the open list."""
    wanted = frozenset(names)
    return next((one for one in question.items if one.name in wanted), None)


# What there is to ask


def _next_question(now: _Standing, floor: Urgency) -> Question | None:
    # A child's age, and the week of a pregnancy, decide what is asked; an adult's only what it means.
    first: tuple[Need, ...] = ("age", "weeks") if now.facts.audience == "child" else ("weeks",)
    return (
        _pick(now)
        or _need(now, first)
        or _red_screen(now)
        or _seen_screen(now)
        or (None if _is_high(now, floor) else _need(now, ("age", "celsius", "since")))
        or _well_question(now, floor)
        or _more_screen(now, floor)
    )


def _is_high(now: _Standing, floor: Urgency) -> bool:
    """Whether nothing but red could raise the level any more."""
    return not exceeds(Urgency.ORANGE, more_urgent(floor, now.level))


def _pick(now: _Standing) -> Question | None:
    """Return which item of a list that was answered yes; then whether a more serious one of it applies too."""
    by_name = {one.name: one for one in _all_items(now.case)}
    for key in now.answered.one_of:
        items = [by_name[name] for name in key.names if name in by_name]
        if key.kind == "more" and items:
            return Question(named("which", key.names), 0, tuple(items))
    return None


def also_key(case: Case, which: Key, picked: str) -> Question | None:
    """Return the question whether a more serious item of the list applies as well; None when there is none."""
    by_name = {one.name: one for one in _all_items(case)}
    if picked not in by_name:
        return None
    rank = _rank(by_name[picked])
    above = tuple(
        by_name[name]
        for name in which.names
        if name != picked and name in by_name and (_rank(by_name[name]) < rank or _is_modifier(by_name[name]))
    )
    return Question(named("also", [one.name for one in above]), 0, above) if above else None


def _rank(one: Asked) -> int:
    level = level_in(one)
    return len(LEVELS) if level is None else LEVELS.index(level)


def _is_modifier(one: Asked) -> bool:
    return level_in(one) is None


def level_in(one: Asked) -> Urgency | None:
    """Return the level of an item; None for what only raises."""
    if one.table is None:
        return None if one.item.danger == "" else Urgency.RED
    levels: tuple[Level, ...] = ("red", *BELOW_RED)
    return next(Urgency(level) for level in levels if one.item in one.table.items(level))


def _need(now: _Standing, wanted: Sequence[Need]) -> Question | None:
    needs = {need for table in now.case.tables for need in table.needs}
    for need in wanted:
        if need in needs and need not in now.answered.needs and not _knows(now.facts, need):
            return Question(named("need", [need]), 0, need=need, for_child=now.facts.audience == "child")
    return None


def _knows(facts: Facts, need: Need) -> bool:
    known = {"age": facts.months, "celsius": facts.celsius, "since": facts.hours, "weeks": facts.weeks}
    return known[need] is not None


def _red_screen(now: _Standing) -> Question | None:
    checks, own = _red_items(now)
    asked = now.answered.asked
    screens = [checks] if len(checks) > 1 and now.facts.audience != "child" else []
    rest = own if screens else [*checks, *own]
    screens += _split(rest, MAX_RED_SCREENS - len(screens))
    for screen in screens:
        left = tuple(one for one in screen if one.name not in asked)
        if left:
            return Question(named("red", [one.name for one in left]), 0, left)
    return None


def _seen_screen(now: _Standing) -> Question | None:
    if not now.is_red_unsure:
        return None
    common = now.case.common
    seen = common.seen_child if now.facts.audience == "child" else common.seen
    items = _open(now, "", seen)
    if any(one.name in now.answered.asked for one in items):
        return None
    return Question(named("seen", [one.name for one in items]), 0, tuple(items)) if items else None


def _well_question(now: _Standing, floor: Urgency) -> Question | None:
    if not _may_be_white(now, floor):
        return None
    # A complaint that was told after the well question brings lines of its own.
    lines = _unasked_well_lines(now)
    wanted = [table.id for table in now.case.tables if table.id not in now.answered.well_of]
    return Question(named("well", wanted), 0, lines=lines) if lines else None


def _more_screen(now: _Standing, floor: Urgency) -> Question | None:
    level = more_urgent(floor, now.level)
    if (
        now.answered.well == YES
        and level is Urgency.WHITE
        and all(table.is_small for table in now.case.tables)
    ):
        # Of what is plainly small the well question has said all.
        return None
    items = [one for one in _more_items(now) if _can_raise(now, one, level)]
    asked = now.answered.asked
    open_items = [one for one in items if one.name not in asked]
    left = MAX_MORE_SCREENS - len(now.answered.more)
    if left <= 0:
        # A complaint that was told late is not left out: one list of what is serious in its table.
        open_items, left = _told_late(now, open_items), 1
    if not open_items:
        return None
    screen = _split(open_items[: left * MAX_ITEMS], left)[0]
    return Question(named("more", [one.name for one in screen]), 0, tuple(screen))


def _told_late(now: _Standing, items: Sequence[Asked]) -> list[Asked]:
    """Return the orange and yellow items of tables that no list below red had an item of."""
    listed = {name for names in now.answered.more for name in names}
    late = {
        table.id
        for table in now.case.tables
        if not any(item_name(table.id, item.id) in listed for item in table.own_items)
    }
    serious = {Urgency.ORANGE, Urgency.YELLOW}
    return [one for one in items if one.table and one.table.id in late and level_in(one) in serious]


def _can_raise(now: _Standing, one: Asked, level: Urgency) -> bool:
    own = level_in(one)
    if own is None:
        return exceeds(Urgency.ORANGE, level) and not now.raising
    if own is Urgency.GREEN:
        # What keeps from white is asked only where it would be white, what settles only where it would end above.
        is_open = one.item.settles and exceeds(_end(now, one.table).level, Urgency.GREEN)
        return exceeds(Urgency.GREEN, level) and (is_open or _is_white_so_far(now))
    return exceeds(own, level)


# The items of a case


def _red_items(now: _Standing) -> tuple[list[Asked], list[Asked]]:
    """Return the first signs to ask about, and the red signs of the tables, each once."""
    case = now.case
    kinds = {table.first_check for table in case.tables}
    common = case.common
    if "full" in kinds:
        check = common.child_check if now.facts.audience == "child" else common.first_check
    elif "child" in kinds:
        check = common.child_check
    else:
        check = (common.short_check,) if "short" in kinds else ()
    checks = _open(now, "", check)
    own: list[Asked] = []
    for table in case.tables:
        # The same sign of another list is asked once; a table may have several items of one sign.
        before = {said for one in (*checks, *own) for said in (one.item.sign, one.item.text) if said}
        items = _open(now, table.id, table.red, table)
        own += [one for one in items if not before.intersection((one.item.sign, one.item.text))]
    return checks, own


def _more_items(now: _Standing) -> list[Asked]:
    """Return what may be asked below red, the most serious first; what raises the level comes last."""
    found: list[Asked] = []
    texts: set[str] = set()
    for level in BELOW_RED:
        for table in now.case.tables:
            for one in _open(now, table.id, table.items(level), table):
                is_well = now.answered.well == YES and table.id in now.answered.well_of
                if one.item.text not in texts and not (one.item.unless_well and is_well):
                    found.append(one)
                    texts.add(one.item.text)
    wanted = {name for table in now.case.tables for name in table.raised_by}
    modifiers = [item for item in now.case.common.modifiers if item.id in wanted]
    return [*found, *_open(now, "", modifiers)]


def _open(now: _Standing, table_id: str, items: Iterable[Item], table: Table | None = None) -> list[Asked]:
    """Return the items that may apply and have not been told or denied in words."""
    named_items = [Asked(item_name(table_id, item.id), item, table) for item in items]
    return [
        one
        for one in named_items
        if not one.item.is_told_only
        and not one.item.is_ruled_out(now.facts)
        and one.name not in now.case.denied
        and one.name not in now.case.off_topic
        and not now.case.is_told(one, now.facts)
    ]


def _all_items(case: Case) -> Iterator[Asked]:
    common = case.common
    checks = (*common.first_check, *common.child_check, common.short_check, *common.seen, *common.seen_child)
    for item in (*checks, *common.measured, *common.modifiers):
        yield Asked(item_name("", item.id), item, None)
    for table in case.tables:
        for item in table.own_items:
            yield Asked(item_name(table.id, item.id), item, table)


def _split(items: Sequence[Asked], most: int) -> list[list[Asked]]:
    """Return items on as few screens as hold them, about equally long; at most `most` screens."""
    count = max(1, min(most, ceil(len(items) / MAX_ITEMS)))
    size = ceil(len(items) / count) if items else 1
    return [list(items[start : start + size]) for start in range(0, len(items), size)] or [[]]


# Levels


def _standing(case: Case, answers: Answers) -> _Standing:
    answered = read_answers(answers)
    facts = with_needs(case.facts, answered.needs)
    wanted = {name for table in case.tables for name in table.raised_by}
    found: list[tuple[Asked, Urgency]] = []
    raising: list[Asked] = []
    picked = set(answered.picked)
    for one in _all_items(case):
        if one.name not in picked and not case.is_told(one, facts):
            continue
        level = level_in(one)
        if level is not None:
            # The first signs and what can be seen are asked, never told: the danger screen hears them in words.
            found.append((one, level))
        elif one.item.id in wanted:
            raising.append(one)
    by_name = {one.name: one for one in _all_items(case)}
    for key in answered.one_of:
        # Which of a list applies is not known yet: the least of them does; what only raises is less than any level.
        levels = [level_in(by_name[name]) for name in key.names if name in by_name]
        known = [level for level in levels if level is not None]
        if key.kind == "more" and known and len(known) == len(levels):
            found.append((by_name[key.names[-1]], max(known, key=LEVELS.index)))
    return _Standing(case, facts, answered, tuple(found), tuple(raising))


def _is_red(now: _Standing, floor: Urgency) -> bool:
    is_yes = any(key.kind in {"red", "seen"} for key in now.answered.one_of)
    return Urgency.RED in {floor, now.level} or is_yes or now.is_first_check_unsure


def _raised(now: _Standing, level: Urgency) -> Urgency:
    """Return a level with what raises it: one up, at most to orange; what an item has counted counts once."""
    if not exceeds(Urgency.ORANGE, level):
        return level
    deciding = [one for one, own in now.found if own == level]
    counted = bool(deciding) and all(one.item.names_person for one in deciding)
    raising = [one for one in now.raising if not (counted and one.item.id in COUNTED_IN_ITEMS)]
    return one_up(level) if raising else level


def _may_be_white(now: _Standing, floor: Urgency) -> bool:
    """Whether the case can still end white."""
    tables = now.case.tables
    return (
        floor is Urgency.WHITE
        and now.level is Urgency.WHITE
        and not now.answered.unsure
        and now.answered.well in {"", YES}
        and all(table.mild and table.mild.given.state(now.facts) is not False for table in tables)
    )


def _is_white_so_far(now: _Standing) -> bool:
    return not _unasked_well_lines(now) and _may_be_white(now, Urgency.WHITE)


def _unasked_well_lines(now: _Standing) -> tuple[str, ...]:
    """Return the lines of the well question that have not been asked yet."""
    asked = tuple(table for table in now.case.tables if table.id in now.answered.well_of)
    before = _well_lines(replace(now.case, tables=asked))
    return tuple(line for line in _well_lines(now.case) if line not in before)


def _well_lines(case: Case) -> tuple[str, ...]:
    well = case.common.well
    common = {"adult": well.adult, "child": well.child, "infant": well.infant, "none": ()}
    milds = [table.mild for table in case.tables if table.mild]
    lines = [line for mild in milds for line in common[mild.well]]
    return tuple(dict.fromkeys([*lines, *case.lines("mild")]))


def _end(now: _Standing, table: Table | None) -> End:
    """Return how a table ends when nothing above green was found: the first end that may hold, unless an item settles."""
    assert table
    settled = [one for one, _ in now.found if one.table is table and one.item.settles]
    if settled and now.level is Urgency.GREEN:
        return End(level=Urgency.GREEN)
    return next(end for end in table.ends if end.given.state(now.facts) is not False)


def _result(now: _Standing, floor: Urgency) -> Result:
    is_red = _is_red(now, floor)
    ends = [] if is_red else [_end(now, table) for table in now.case.tables]
    is_white = _is_white_so_far(now) and not now.needs_nurse
    end_level = Urgency.WHITE if is_white else more_urgent(Urgency.WHITE, *(end.level for end in ends))
    by_itself = Urgency.RED if is_red else more_urgent(now.level, end_level)
    level = more_urgent(by_itself, Urgency.ORANGE if now.needs_nurse else Urgency.WHITE)
    is_raised = _raised(now, level) is not level
    level = more_urgent(_raised(now, level), floor)
    ended_by = [end.because for end in ends if end.because and end.level == by_itself and not is_white]
    found = sorted(now.found, key=lambda pair: LEVELS.index(pair[1]))
    return Result(
        case=now.case,
        facts=now.facts,
        urgency=level,
        found=tuple(pair for pair in found if pair[0].name not in _unpicked(now)),
        raising=now.raising if is_raised else (),
        ended_by=tuple(dict.fromkeys(ended_by)) if not exceeds(now.level, end_level) else (),
        answered=now.answered,
        needs_nurse=now.needs_nurse,
        was_higher=exceeds(floor, more_urgent(_raised(now, by_itself))),
        signs=_red_signs(now),
        names={one.name: one for one in _all_items(now.case)},
        risks=now.raising,
    )


def _unpicked(now: _Standing) -> frozenset[str]:
    """Return the names that stand in for a list of which nothing was picked."""
    known = {*now.answered.picked}
    return frozenset(
        key.names[-1] for key in now.answered.one_of if key.kind == "more" and key.names[-1] not in known
    )


def _red_signs(now: _Standing) -> RedSigns:
    """Return the items and lists that mean red by themselves."""
    told = tuple(one.item for one, level in now.found if level is Urgency.RED)
    by_name = {one.name: one for one in _all_items(now.case)}
    one_of = tuple(
        by_name[name].item
        for key in now.answered.one_of
        if key.kind in {"red", "seen"}
        for name in key.names
        if name in by_name
    )
    return RedSigns(told, one_of, is_doubt=now.is_first_check_unsure and not told and not one_of)
