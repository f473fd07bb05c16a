"""Judge whether a message tells of a danger, and of which: two linear classifiers on the same numbers."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nlu.components.alarm_lessons import EMERGENCY, NO_DANGER, Lesson
from nlu.components.heard_terms import HeardTerms
from nlu.components.message_terms import MessageTerms, matrix, sentence_vector
from nlu.components.terms import Part, Weighted, dense, side_by_side

# Authors are dealt into so many groups; each is judged once by a classifier that has not learnt from it.
_GROUPS = 3


class AlarmFeatures:
    """What a message becomes: words, characters, sounds, its meaning, and what the lexicon hears in it."""

    def __init__(self, terms: MessageTerms, heard: HeardTerms) -> None:
        self._terms = terms
        self._heard = heard

    @classmethod
    def fit(cls, messages: Sequence[Message], at_least: int) -> "AlarmFeatures":
        """Learn the terms that `at_least` messages or more contain."""
        return cls(MessageTerms.fit(messages, at_least), HeardTerms.fit(messages, at_least))

    @classmethod
    def load(cls, stored: Dict[str, Any]) -> "AlarmFeatures":
        """Read what `stored` returned."""
        return cls(MessageTerms.load(stored["terms"]), HeardTerms.load(stored["heard"]))

    def stored(self) -> Dict[str, Any]:
        """Return the values as JSON."""
        return {"terms": self._terms.stored(), "heard": self._heard.stored()}

    def weigh(self, message: Message) -> Weighted:
        """Return a message as positions and weights."""
        return side_by_side(self._parts(message))

    def rows(self, messages: Sequence[Message]) -> csr_matrix:
        """Return messages as a matrix."""
        width = sum(size for _, size in self._parts(messages[0]))
        found = matrix([self.weigh(message) for message in messages])
        found.resize((len(messages), width))
        return found

    def without_lexicon(self, rows: csr_matrix) -> csr_matrix:
        """Return the rows as if the lexicon had heard nothing."""
        plain = rows.shape[1] - self._heard.size()
        return hstack([rows[:, :plain], csr_matrix((rows.shape[0], self._heard.size()))]).tocsr()

    def _parts(self, message: Message) -> List[Part]:
        return [*self._terms.parts(message), dense(sentence_vector(message)), *self._heard.parts(message)]


class AlarmJudge:
    """Weights of all features, last the bias: one column for danger or none, one for each category."""

    def __init__(
        self, weights: np.ndarray, categories: Sequence[str], slope: float = 1.0, offset: float = 0.0
    ) -> None:
        self.weights = weights
        self.categories = list(categories)
        # From margin to confidence.
        self.slope, self.offset = slope, offset

    @classmethod
    def fit(
        cls, features: AlarmFeatures, rows: csr_matrix, lessons: Sequence[Lesson], settings: Dict[str, Any]
    ) -> "AlarmJudge":
        """Learn from lessons, of which `rows` are the features."""
        danger, kinds = _danger(features, rows, lessons, settings), _kinds(rows, lessons, settings)
        coefficients = np.vstack([danger.coef_, kinds.coef_])
        bias = np.concatenate([danger.intercept_, kinds.intercept_]).reshape(1, -1)
        slope, offset = _scale(features, rows, lessons, settings)
        weights = np.vstack([coefficients.T, bias]).astype(np.float32)
        return cls(weights, [str(name) for name in kinds.classes_], slope, offset)

    def judge(self, weighted: Weighted) -> Tuple[str, float]:
        """Return the likeliest danger, and how likely it is that there is any."""
        positions, values = weighted
        margins = values @ self.weights[positions] + self.weights[-1]
        confidence = 1.0 / (1.0 + np.exp(-(self.slope * margins[0] + self.offset)))
        return self.categories[int(np.argmax(margins[1:]))], float(confidence)


def _danger(
    features: AlarmFeatures,
    rows: csr_matrix,
    lessons: Sequence[Lesson],
    settings: Dict[str, Any],
    only: Optional[np.ndarray] = None,
) -> LogisticRegression:
    """Learn danger or none.

    The lexicon was written from the same cases and hears nearly all of them, which it will not do with strangers: so
    each lesson is learnt a second time as if it had heard nothing.
    """
    learnt = np.arange(len(lessons)) if only is None else only
    is_danger = np.array([lessons[place].category != NO_DANGER for place in learnt])
    weights = np.array([lessons[place].weight for place in learnt])
    judge = LogisticRegression(
        C=settings["C"], class_weight="balanced", solver="liblinear", tol=1e-2, max_iter=300
    )
    twice = vstack([rows[learnt], features.without_lexicon(rows[learnt])]).tocsr()
    return judge.fit(twice, np.tile(is_danger, 2), sample_weight=np.tile(weights, 2))


def _kinds(rows: csr_matrix, lessons: Sequence[Lesson], settings: Dict[str, Any]) -> LinearSVC:
    """Learn which danger it is."""
    named = [place for place, one in enumerate(lessons) if one.category not in {NO_DANGER, EMERGENCY}]
    kinds = LinearSVC(C=settings["category_C"], random_state=0)
    return kinds.fit(rows[named], [lessons[place].category for place in named])


def _scale(
    features: AlarmFeatures, rows: csr_matrix, lessons: Sequence[Lesson], settings: Dict[str, Any]
) -> Tuple[float, float]:
    """Return slope and offset from margin to confidence, as for authors that nobody has learnt from."""
    authors: List[str] = sorted({one.author for one in lessons} - {""})
    group = {author: place % _GROUPS for place, author in enumerate(authors)}
    groups = np.array([group.get(one.author, place % _GROUPS) for place, one in enumerate(lessons)])
    margins = np.zeros(len(lessons))
    for left_out in range(_GROUPS):
        judge = _danger(features, rows, lessons, settings, np.flatnonzero(groups != left_out))
        unseen = np.flatnonzero(groups == left_out)
        margins[unseen] = judge.decision_function(rows[unseen])
    labelled = np.array([bool(one.author) for one in lessons])
    is_danger = np.array([one.category != NO_DANGER for one in lessons])
    scale = LogisticRegression(C=1e6).fit(margins[labelled].reshape(-1, 1), is_danger[labelled])
    return float(scale.coef_[0, 0]), float(scale.intercept_[0])
