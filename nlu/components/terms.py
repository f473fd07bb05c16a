"""Turn the terms of a message into numbers: which known terms it contains, rare ones weighing more."""

import math
from collections import Counter
from itertools import pairwise
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

Weighted = Tuple[np.ndarray, np.ndarray]
# A weighted message, and how many positions its kind of term has.
Part = Tuple[Weighted, int]


class TermWeights:
    """Sublinear tf-idf of length 1 over one kind of term (words, characters ...)."""

    def __init__(self, terms: Sequence[str], rarity: Sequence[float]) -> None:
        self._terms = list(terms)
        self._rarity = np.asarray(rarity, dtype=np.float32)
        self._index = {term: index for index, term in enumerate(self._terms)}

    @classmethod
    def fit(cls, messages: Sequence[Sequence[str]], at_least: int) -> "TermWeights":
        """Learn the terms that `at_least` messages or more contain."""
        counts = Counter(term for message in messages for term in set(message))
        terms = sorted(term for term, count in counts.items() if count >= at_least)
        return cls(terms, [math.log((1 + len(messages)) / (1 + counts[term])) + 1 for term in terms])

    @classmethod
    def load(cls, stored: Dict[str, Any]) -> "TermWeights":
        """Read what `stored` returned."""
        return cls(stored["terms"], stored["rarity"])

    def stored(self) -> Dict[str, Any]:
        """Return the values as JSON."""
        return {"terms": self._terms, "rarity": [round(float(value), 5) for value in self._rarity]}

    def __len__(self) -> int:
        """Return how many terms are known."""
        return len(self._terms)

    def weigh(self, message: Sequence[str]) -> Weighted:
        """Return the positions of the known terms in a message and their weights."""
        counts = Counter(self._index[term] for term in message if term in self._index)
        positions = np.fromiter(counts, dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1 + np.log(often)) * self._rarity[positions] if len(counts) else often
        length = float(np.linalg.norm(weights))
        return positions, weights / length if length else weights


def dense(values: np.ndarray) -> Part:
    """Return numbers that are all there as a part."""
    return (np.arange(len(values)), values), len(values)


def side_by_side(parts: Sequence[Part]) -> Weighted:
    """Return parts as one: each with positions of its own."""
    starts = np.cumsum([0, *(size for _, size in parts[:-1])])
    positions = [start + found for start, ((found, _), _) in zip(starts, parts, strict=True)]
    weights = np.concatenate([weights for (_, weights), _ in parts])
    return np.concatenate(positions).astype(np.int64), weights.astype(np.float32)


def grams(text: str, longest: int) -> List[str]:
    """Return all substrings of 1 to `longest` characters."""
    return [
        text[start : start + size] for size in range(1, longest + 1) for start in range(len(text) - size + 1)
    ]


def pairs(words: Sequence[str]) -> List[str]:
    """Return the words, and each two that follow one another."""
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]
