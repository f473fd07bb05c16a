"""Find which of the concepts that are named in a text are denied (the grammar stands in `core.ja.negation`)."""

from collections.abc import Mapping

from core.ja.negation import are_joined, denial, is_near, may_deny
from core.ja.spoken import Spoken
from core.lexicon.matcher import Naming
from core.lexicon.places import Places, holds

# Kana between two of one list that is denied as a whole.
_LIST = 30
# No denial is near enough.
_FAR_OFF = -1
_PARTICLES = frozenset("はかもおのに")
_DOES = ("してい", "してな", "してね", "しと", "しな", "しね", "しま", "しておら", "されて")
_SAYS_NO = ("ては", "じや", "とか", "わけ", "こと", "まて")

# What a concept denies by itself: 合わ of 目が合わない.
Bases = Mapping[str, tuple[str, ...]]


def denied(named: Places[Naming], said: Spoken, bases: Bases) -> set[Naming]:
    """Return those of what is named that are denied."""
    text = said.text
    within = may_deny(text)
    if not within:
        return set()
    found: dict[Naming, int] = {}
    ends: dict[int, int | None] = {}
    # Those denied so far, the last one first: they begin after what is looked at.
    after: list[Naming] = []
    for one in reversed(named.all):
        end = one.end
        if end not in ends:
            ends[end] = denial(said, end) if is_near(within, end) else _FAR_OFF
        no = ends[end]
        if no == _FAR_OFF:
            continue
        # A short verb is found with な of ない or with ず: 吐かな, 吐かず.
        if no is None and _ends_in_no(one, said):
            no = denial(said, end - 1)
        if no is None or any(_owns(n, one, no, text) for n in named.starting(end, no)):
            no = _denied_with(one, after, found, text)
        if no is None or _denies_itself(one, text, bases):
            continue
        found[one] = no
        after.append(one)
    # 胸, 痛 and 胸の痛 of 胸の痛みはない; but not 目 of 目が合わない, where only 目が合わ is denied.
    whole = [
        d
        for d in found
        if not any(
            n.concept == d.concept and holds(n, d) and n not in found for n in named.around(d.start, d.end)
        )
    ]
    return {*found, *(n for d in whole for n in named.starting(d.start, d.end) if holds(d, n))}


def _denied_with(one: Naming, after: list[Naming], found: Mapping[Naming, int], text: str) -> int | None:
    """Return the denial of the list that one stands in: 熱も痛みもない."""
    for other in reversed(after):
        if other.start > one.end + _LIST:
            return None
        if other.start >= one.end and are_joined(text, one.end, other.start, found[other]):
            return found[other]
    return None


def _denies_itself(one: Naming, text: str, bases: Bases) -> bool:
    """Tell whether ない that follows is a part of the concept: 目が合わ, which it has as 目+合わない."""
    known = bases.get(one.concept)
    if not known:
        return False
    if text.startswith(("な", "ず"), one.end - 1):
        return text.endswith(known, one.start, one.end - 1)
    return text.endswith(tuple(base for base in known if len(base) > 1), one.start, one.end)


def _ends_in_no(one: Naming, said: Spoken) -> bool:
    """Tell whether a verb was found with the beginning of its denial: 吐かな, 吐かず; not 水."""
    return said.text.startswith(("な", "ず"), one.end - 1) and one.end - 1 in said.begins


def _owns(one: Naming, other: Naming, no: int, text: str) -> bool:
    """Tell whether the denial at `no` is a part of `one`, not said of `other`: in 言葉が出ない, ない belongs to 出ない."""
    if one.end - 1 <= no or any(word in text[other.end : no] for word in _SAYS_NO):
        return False
    # していない alone is nobody's own.
    if text.startswith(_DOES, one.start):
        return False
    # After a noun or its particle; 出ない is also the end of 打ってない.
    return text[one.start - 1] in _PARTICLES or (
        one.start == other.end and not text.startswith("て", one.start)
    )
