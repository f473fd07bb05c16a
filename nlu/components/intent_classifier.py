"""Classify a message's intent: a linear classifier over words, sounds, topics and the sentence vector."""

import json
from typing import Any, Dict, List, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import INTENT, TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from core import ja
from nlu.components.sudachi_tokenizer import READING
from nlu.components.terms import TermWeights, Weighted, grams, pairs
from nlu.components.topics import Topics

_KINDS = ("words", "characters", "sounds")
_LONGEST = {"characters": 4, "sounds": 5}
# Characters: a long message names its intents at the beginning, and parsing time grows with length.
_MAX_CHARACTERS = 1000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, GraphComponent):
    """One linear support vector machine an intent; the sharpened margins become the confidences."""

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained classifier; `train` or `load` fill it."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._terms: Dict[str, TermWeights] = {}
        self._topics = Topics({})
        self._intents: List[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float32)  # features x intents, last row the bias

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must come before in the pipeline."""
        return [DenseFeaturizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings and their defaults."""
        return {
            "C": 0.3,  # a smaller value makes simpler rules
            "min_messages": 2,  # a term counts when this many examples contain it
            "sentence_scale": 2.0,
            "topic_scale": 0.5,
            "sharpness": 4.0,  # chosen so that about 70 % of messages with confidence 0.7 are right
            "ranking_length": 5,
        }

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa calls with all four
    ) -> "IntentClassifier":
        """Make a classifier for a training graph."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn terms, topics and weights from the examples."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        if not examples:
            return self._resource
        self._topics = Topics.of(training_data.regex_features)
        spoken = [_terms(message) for message in examples]
        self._terms = {
            kind: TermWeights.fit([message[kind] for message in spoken], self._config["min_messages"])
            for kind in _KINDS
        }
        rows = [self._features(message) for message in examples]
        matrix = csr_matrix(
            (
                np.concatenate([weights for _, weights in rows]),
                np.concatenate([positions for positions, _ in rows]),
                np.cumsum([0, *(len(positions) for positions, _ in rows)]),
            )
        )
        machine = LinearSVC(C=self._config["C"], random_state=0)
        machine.fit(matrix, [message.get(INTENT) for message in examples])
        self._intents = [str(intent) for intent in machine.classes_]
        coefficients, bias = machine.coef_, machine.intercept_.reshape(1, -1)
        if len(self._intents) == 2:  # noqa: PLR2004  two intents have one boundary
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.hstack([-bias, bias])
        self._weights = np.vstack([coefficients.T, bias]).astype(np.float32)
        self._persist()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the most likely intent and the ranking of each message."""
        for message in messages:
            if not self._intents or not message.get(TEXT):
                continue
            positions, weights = self._features(message)
            margins = weights @ self._weights[positions] + self._weights[-1]
            likely = np.exp(self._config["sharpness"] * (margins - margins.max()))
            shares = likely / likely.sum()
            ranking = [
                {"name": self._intents[index], "confidence": float(shares[index])}
                for index in np.argsort(-shares, kind="stable")
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the examples unchanged."""
        return training_data

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,  # noqa: ANN401
    ) -> "IntentClassifier":
        """Read a trained classifier: plain JSON and numbers, no executable content."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
            classifier._weights = np.load(folder / "weights.npy", allow_pickle=False)
        classifier._intents = known["intents"]
        classifier._topics = Topics(known["topics"])
        classifier._terms = {kind: TermWeights.load(known["terms"][kind]) for kind in _KINDS}
        return classifier

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Accept any settings: a wrong type fails at the first training."""

    def _persist(self) -> None:
        known = {
            "intents": self._intents,
            "topics": self._topics.stored(),
            "terms": {kind: self._terms[kind].stored() for kind in _KINDS},
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "known.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
            np.save(folder / "weights.npy", self._weights, allow_pickle=False)

    def _features(self, message: Message) -> Weighted:
        """Put all parts side by side: terms of each kind, topics, the sentence vector."""
        spoken = _terms(message)
        vector = _sentence(message) * self._config["sentence_scale"]
        topics = self._topics.weigh(message.get(TEXT)[:_MAX_CHARACTERS]) * self._config["topic_scale"]
        parts = [self._terms[kind].weigh(spoken[kind]) for kind in _KINDS]
        parts += [(np.arange(len(part)), part) for part in (topics, vector)]
        sizes = [len(self._terms[kind]) for kind in _KINDS] + [len(topics), len(vector)]
        starts = np.cumsum([0, *sizes[:-1]])
        positions = np.concatenate([start + found for start, (found, _) in zip(starts, parts, strict=True)])
        return positions, np.concatenate([weights for _, weights in parts]).astype(np.float32)


def _terms(message: Message) -> Dict[str, List[str]]:
    tokens = message.get(TEXT_TOKENS)
    said = "".join(token.get(READING, token.text) for token in tokens)[:_MAX_CHARACTERS]
    return {
        "words": pairs([token.lemma for token in tokens]),
        "characters": grams(ja.fold(message.get(TEXT)[:_MAX_CHARACTERS]), _LONGEST["characters"]),
        "sounds": grams(f"^{said}$", _LONGEST["sounds"]),
    }


def _sentence(message: Message) -> np.ndarray:
    _, features = message.get_dense_features(attribute=TEXT)
    return features.features[0] if features else np.zeros(0, dtype=np.float32)
