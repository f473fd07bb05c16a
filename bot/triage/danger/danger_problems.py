"""Say what is wrong with the dangers: their files, and pairs that their rules do not tell apart."""

from collections.abc import Iterator
from pathlib import Path

from bot.triage.danger.danger_rules import DANGERS, DangerContent, DangerRuleContent, read_dangers
from bot.triage.danger.danger_screen import DangerScreen, load_danger_screen
from bot.triage.danger.safety import SAFETY, read_safety
from core.errors import ContentError


def danger_problems(data_dir: Path, only: str = "") -> list[str]:
    """Return what is wrong with all dangers, or with the pairs of only one: a line `file: place: reason` for each."""
    try:
        dangers, safety = read_dangers(data_dir), read_safety(data_dir)
        screen = load_danger_screen(data_dir)
    except ContentError as error:
        return str(error).splitlines()
    known = {danger.id for danger in dangers}
    lacking = [
        *(
            f"{data_dir / SAFETY}: {name}.yml is missing: it has rules"
            for name in sorted(known - safety.keys())
        ),
        *(
            f"{data_dir / DANGERS}: {name}.yml is missing: it has a question"
            for name in sorted(safety.keys() - known)
        ),
    ]
    checked = [danger for danger in dangers if only in {"", danger.id}]
    return [*lacking, *(problem for danger in checked for problem in _problems(data_dir, danger, screen))]


def _problems(data_dir: Path, danger: DangerContent, screen: DangerScreen) -> Iterator[str]:
    path = data_dir / DANGERS / f"{danger.id}.yml"
    for level, ids in (
        ("red", [rule.id for rule in danger.red]),
        ("ask", [rule.id for rule in danger.ask]),
        ("unless", [one.id for one in danger.unless]),
        ("settled_by", [one.id for one in danger.settled_by]),
    ):
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            yield f"{path}: {level}: two have the id '{twice}'"
    for rule in (*danger.red, *danger.ask):
        yield from (f"{path}: {rule.id}: {problem}" for problem in _pair_problems(danger.id, rule, screen))


def _pair_problems(category: str, rule: DangerRuleContent, screen: DangerScreen) -> Iterator[str]:
    if not rule.pairs:
        yield "has no pair of sentences that it must tell apart"
    for pair in rule.pairs:
        if not _hears(pair.fires, category, rule, screen):
            yield f"does not hear '{pair.fires}'"
        if _hears(pair.silent, category, rule, screen):
            yield f"hears '{pair.silent}', which it must not"


def _hears(text: str, category: str, rule: DangerRuleContent, screen: DangerScreen) -> bool:
    return any((one.category, one.rule_id) == (category, rule.id) for one in screen.all(text))
