"""Turn what the lexicon hears in a message into numbers: concepts with what is said of them, and the words around them."""

import re
from typing import Any, Dict, List, Sequence

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from core.lexicon.lexicon import Hearing
from nlu.components.lexicon_files import project_lexicon
from nlu.components.message_terms import MAX_CHARACTERS
from nlu.components.terms import Part, TermWeights

# Beginnings and ends of sentences show wishes, cases and denials, also where the lexicon hears nothing.
ENDS = "ends"
HEARD = ("concepts", "said", "around")
# How much each kind weighs beside the others.
_SCALE = {ENDS: 1.0, "concepts": 2.0, "said": 1.0, "around": 1.0}
_STOPS = re.compile("[。?]")
_LONGEST_END, _LONGEST_BEGINNING = 8, 5
# Kana behind a concept tell more than those before it: ないです, たらどうすれば.
_BEHIND, _BEFORE = 8, 4


class HeardTerms:
    """The known terms of each kind, and their weights."""

    def __init__(self, terms: Dict[str, TermWeights]) -> None:
        self._terms = terms

    @classmethod
    def fit(cls, messages: Sequence[Message], at_least: int) -> "HeardTerms":
        """Learn the terms that `at_least` messages or more contain."""
        heard = [_terms(message) for message in messages]
        return cls({kind: TermWeights.fit([one[kind] for one in heard], at_least) for kind in _SCALE})

    @classmethod
    def load(cls, stored: Dict[str, Any]) -> "HeardTerms":
        """Read what `stored` returned."""
        return cls({kind: TermWeights.load(stored[kind]) for kind in _SCALE})

    def stored(self) -> Dict[str, Any]:
        """Return the values as JSON."""
        return {kind: self._terms[kind].stored() for kind in _SCALE}

    def size(self) -> int:
        """Return how many positions the kinds have that the lexicon alone gives."""
        return sum(len(self._terms[kind]) for kind in HEARD)

    def parts(self, message: Message) -> List[Part]:
        """Return the terms of a message, kind by kind; those that the lexicon alone gives are last."""
        found = _terms(message)
        parts = []
        for kind, scale in _SCALE.items():
            positions, weights = self._terms[kind].weigh(found[kind])
            parts.append(((positions, weights * scale), len(self._terms[kind])))
        return parts


def _terms(message: Message) -> Dict[str, List[str]]:
    hearing = project_lexicon().hear(message.get(TEXT)[:MAX_CHARACTERS])
    said = ["+".join(sorted(one.said)) or "present" for one in hearing.heard]
    return {
        ENDS: _ends(hearing.text.text),
        "concepts": [f"{one.concept} {how}" for one, how in zip(hearing.heard, said, strict=True)],
        "said": said,
        "around": _around(hearing),
    }


def _ends(text: str) -> List[str]:
    """Return the last and the first kana of each sentence."""
    found = []
    for sentence in filter(None, _STOPS.split(text)):
        found += [f"{sentence[-size:]}$" for size in range(2, min(_LONGEST_END, len(sentence)) + 1)]
        found += [f"^{sentence[:size]}" for size in range(2, min(_LONGEST_BEGINNING, len(sentence)) + 1)]
    return found


def _around(hearing: Hearing) -> List[str]:
    """Return the kana right behind and right before what was heard, whatever it was."""
    text, found = hearing.text.text, set()
    for one in hearing.heard:
        found |= {f">{text[one.end : one.end + size]}" for size in range(1, _BEHIND + 1)}
        found |= {f"<{text[max(0, one.start - size) : one.start]}" for size in range(1, _BEFORE + 1)}
    return sorted(found)
