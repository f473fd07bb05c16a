"""Find what a message is about by hand-written patterns: knowledge that examples do not teach as well.

The patterns are the `regex: about_...` blocks of `data/nlu/topics.yml`, matched on the folded text (hiragana
for katakana, lower case, no spaces). A topic counts by how many of its patterns are found, up to three.
"""

import re
from typing import Dict, List, Sequence

import numpy as np

from core import ja

PREFIX = "about_"
_ENOUGH = 3


class Topics:
    """Counts topics in a message."""

    def __init__(self, patterns: Dict[str, List[str]]) -> None:
        self._patterns = {name: patterns[name] for name in sorted(patterns)}
        # Most patterns are plain words, which are found much faster than expressions.
        kinds = self._patterns.values()
        self._words = [[_word(one) for one in found if _is_plain(one)] for found in kinds]
        self._expressions = [[re.compile(one) for one in found if not _is_plain(one)] for found in kinds]

    @classmethod
    def of(cls, regex_features: Sequence[Dict[str, str]]) -> "Topics":
        """Take the topics out of Rasa's list of expressions."""
        patterns: Dict[str, List[str]] = {}
        for feature in regex_features:
            if feature["name"].startswith(PREFIX):
                patterns.setdefault(feature["name"], []).append(_folded(feature["pattern"]))
        return cls(patterns)

    def stored(self) -> Dict[str, List[str]]:
        """Return the patterns as JSON for the constructor."""
        return self._patterns

    def __len__(self) -> int:
        """Return how many topics there are."""
        return len(self._patterns)

    def weigh(self, text: str) -> np.ndarray:
        """Return a number a topic, from 0 (not about it) to √3."""
        folded = ja.fold(text)
        hits = [
            sum([word in folded for word in words]) + sum([bool(one.search(folded)) for one in expressions])
            for words, expressions in zip(self._words, self._expressions, strict=True)
        ]
        return np.sqrt(np.minimum(np.asarray(hits, dtype=np.float32), _ENOUGH))


def _is_plain(pattern: str) -> bool:
    """Whether a pattern is a plain word, its special characters escaped."""
    return re.search(r"[.^$*+?{}\[\]|()\\]", re.sub(r"\\[^\w]", "", pattern)) is None


def _word(pattern: str) -> str:
    return pattern.replace("\\", "")


def _folded(pattern: str) -> str:
    """Fold a pattern as the text is folded; normalising would change the expression's own characters."""
    return "".join(ja.fold(character) or character for character in pattern)
