"""Count how labelled messages are heard: by author, split, voice and kind. No message is ever shown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.commands.hearing import HeardLine

GROUPS = ("split", "author", "voice", "kind")
# What a label means: a sure sign wants the card, a worrying one the question, everything else nothing.
_NONE, _EVERYDAY = "none", "everyday"
_ALL = "all"
_COLUMNS = ("card", "rules", "head", "both")


def report(heard: Sequence[HeardLine]) -> Iterator[str]:
    """Yield a table: for all lines, then for each value of each group, how red, ask, near misses and everyday are heard.

    `card`: the rules bring it; `rules`, `head`: a card or question by this one alone; `both`: by one or the other.
    """
    yield f"{'':20} {'of':15} {'n':>5}  " + " ".join(f"{name:>6}" for name in _COLUMNS)
    yield from _rows(_ALL, heard)
    for group in GROUPS:
        for value in sorted({one.line.labels.get(group, "") for one in heard} - {""}):
            yield from _rows(
                f"{group} {value}", [one for one in heard if one.line.labels.get(group) == value]
            )


def _rows(name: str, heard: Iterable[HeardLine]) -> Iterator[str]:
    counts: dict[str, Counter[str]] = {}
    for one in heard:
        count = counts.setdefault(_wanted(one), Counter())
        count["n"] += 1
        count["card"] += one.heard.card is not None
        count["rules"] += one.by == "screen"
        count["head"] += one.is_alarmed
        count["both"] += one.danger is not None
    for wanted, count in sorted(counts.items()):
        shares = " ".join(f"{count[column] / count['n']:>6.1%}" for column in _COLUMNS)
        yield f"{name:20} {wanted:15} {count['n']:>5}  {shares}"


def _wanted(one: HeardLine) -> str:
    label = one.line.labels.get("label", "")
    if label != _NONE:
        return label or "no label"
    return "everyday" if one.line.labels.get("kind", _EVERYDAY) == _EVERYDAY else "near miss"
