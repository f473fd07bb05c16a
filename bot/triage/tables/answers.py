"""The answers of an interview: what each question was about, and what it was answered.

Stored as a mapping in the order in which they were given: the key names the question and its items, so that an
answer is understood whatever is asked later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Literal

Answers = Mapping[str, str]

YES, NO, UNKNOWN = "yes", "no", "unknown"
# One is picked after 「ひとつでもある」; `ALSO` asks whether a more serious one of the same list applies too.
Kind = Literal["need", "red", "seen", "well", "more", "which", "also"]
_LISTS = "red", "seen", "more"


@dataclass(frozen=True, slots=True)
class Key:
    """The question of an answer: its kind, and the names of its items (or of the one fact that is needed)."""

    kind: Kind
    names: tuple[str, ...]

    @property
    def stored(self) -> str:
        """The key under which the answer is kept."""
        return f"{self.kind}:{','.join(self.names)}"

    @property
    def id(self) -> str:
        """A short name for buttons, the same for the same question."""
        return f"{self.kind}.{blake2s(self.stored.encode(), digest_size=4).hexdigest()}"


def read_key(stored: str) -> Key | None:
    """Read what `Key.stored` wrote; None for an answer of an earlier release, which is asked anew."""
    kind, colon, names = stored.partition(":")
    known: dict[str, Kind] = {
        "need": "need", "red": "red", "seen": "seen", "well": "well", "more": "more", "which": "which", "also": "also"
    }  # fmt: skip
    if not colon or kind not in known:
        return None
    return Key(known[kind], tuple(names.split(",")))


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """What the answers say of the items, by name.

    `denied`: on a list that was answered no, or not picked. `picked` were named, in order. `one_of`: lists that were
    answered yes where nothing was picked yet. `unsure`: lists that were answered 「わからない」.
    `well` is the answer to the well question, `well_of` the tables whose lines were in it. `more`: the lists
    below red that were answered; `keys`: all questions that were.
    """

    denied: frozenset[str]
    picked: tuple[str, ...]
    one_of: tuple[Key, ...]
    unsure: tuple[Key, ...]
    needs: Mapping[str, str]
    well: str
    more: tuple[tuple[str, ...], ...] = ()
    well_of: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()

    @property
    def asked(self) -> frozenset[str]:
        """All items that were on a list."""
        lists = (name for key in (*self.one_of, *self.unsure) for name in key.names)
        return frozenset((*self.denied, *self.picked, *lists))


def read_answers(answers: Answers) -> GivenAnswers:
    """Return what the answers say."""
    denied: set[str] = set()
    picked: list[str] = []
    one_of: dict[tuple[str, ...], Key] = {}
    unsure: list[Key] = []
    needs: dict[str, str] = {}
    well: dict[str, str] = {}
    for stored, value in answers.items():
        key = read_key(stored)
        if key is None:
            continue
        match key.kind, value:
            case "need", _:
                needs[key.names[0]] = value
            case "well", _:
                well.update(dict.fromkeys(key.names, value))
            case (("red" | "seen" | "more"), "no"):
                denied.update(key.names)
            case (("red" | "seen" | "more"), "unknown"):
                unsure.append(key)
            case (("red" | "seen" | "more"), "yes"):
                one_of[key.names] = key
            case "which", _:
                one_of.pop(key.names, None)
                _pick(key.names, value, picked, denied)
            case "also", "no":
                denied.update(key.names)
            case "also", _:
                denied.difference_update({value})
                _pick(key.names, value, picked, denied)
    denied.difference_update(picked)
    keys = tuple(key for stored in answers if (key := read_key(stored)))
    more = tuple(key.names for key in keys if key.kind == "more")
    return GivenAnswers(
        denied=frozenset(denied),
        picked=tuple(picked),
        one_of=tuple(one_of.values()),
        unsure=tuple(unsure),
        needs=needs,
        well=next((value for value in (NO, UNKNOWN, YES) if value in well.values()), ""),
        more=more,
        well_of=frozenset(well),
        keys=keys,
    )


def _pick(names: Sequence[str], value: str, picked: list[str], denied: set[str]) -> None:
    if value in names:
        picked.append(value)
    denied.update(name for name in names if name != value)


def named(kind: Kind, names: Iterable[str]) -> Key:
    """Return the key of a question about these items."""
    return Key(kind, tuple(names))
