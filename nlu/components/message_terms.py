"""Turn a message into numbers for a linear classifier: words, characters, sounds, and other parts side by side."""

from typing import Any, Dict, List, Sequence

import numpy as np
from rasa.shared.nlu.constants import TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix

from core import ja
from nlu.components.sudachi_tokenizer import READING
from nlu.components.terms import Part, TermWeights, Weighted, dense, grams, pairs, side_by_side

KINDS = ("words", "characters", "sounds")
_LONGEST = {"characters": 4, "sounds": 5}
_PICTURE_MARK = "\ufe0f"
# Characters: a long message names its matter at the beginning, and parsing time grows with length.
MAX_CHARACTERS = 1000


class MessageTerms:
    """The known terms of each kind, and their weights."""

    def __init__(self, terms: Dict[str, TermWeights]) -> None:
        self._terms = terms

    @classmethod
    def fit(cls, messages: Sequence[Message], at_least: int) -> "MessageTerms":
        """Learn the terms that `at_least` messages or more contain."""
        spoken = [_terms(message) for message in messages]
        return cls({kind: TermWeights.fit([one[kind] for one in spoken], at_least) for kind in KINDS})

    @classmethod
    def load(cls, stored: Dict[str, Any]) -> "MessageTerms":
        """Read what `stored` returned."""
        return cls({kind: TermWeights.load(stored[kind]) for kind in KINDS})

    def stored(self) -> Dict[str, Any]:
        """Return the values as JSON."""
        return {kind: self._terms[kind].stored() for kind in KINDS}

    def weigh(self, message: Message, *parts: np.ndarray) -> Weighted:
        """Return positions and weights of a message's terms, and of dense `parts` behind them."""
        return side_by_side([*self.parts(message), *(dense(part) for part in parts)])

    def parts(self, message: Message) -> List[Part]:
        """Return the terms of a message, kind by kind."""
        spoken = _terms(message)
        return [(self._terms[kind].weigh(spoken[kind]), len(self._terms[kind])) for kind in KINDS]


def matrix(rows: Sequence[Weighted]) -> csr_matrix:
    """Return weighted messages as one sparse matrix."""
    return csr_matrix(
        (
            np.concatenate([weights for _, weights in rows]),
            np.concatenate([positions for positions, _ in rows]),
            np.cumsum([0, *(len(positions) for positions, _ in rows)]),
        )
    )


def sentence_vector(message: Message) -> np.ndarray:
    """Return the vector of the whole message; empty when no encoder stands before."""
    _, features = message.get_dense_features(attribute=TEXT)
    return features.features[0] if features else np.zeros(0, dtype=np.float32)


def _terms(message: Message) -> Dict[str, List[str]]:
    tokens = message.get(TEXT_TOKENS)
    sent = message.get(TEXT)[:MAX_CHARACTERS]
    said = "".join(token.get(READING, token.text) for token in tokens)[:MAX_CHARACTERS]
    return {
        "words": pairs([token.lemma for token in tokens]),
        # The folded form drops pictures: of a message that is nothing else (「👎」) they are all there is.
        "characters": grams(ja.fold(sent) or sent.replace(_PICTURE_MARK, ""), _LONGEST["characters"]),
        "sounds": grams(f"^{said}$", _LONGEST["sounds"]),
    }
