"""Classify a message's intent: a linear classifier over words, sounds, topics and the sentence vector."""

import json
from typing import Any, Dict, List, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.svm import LinearSVC

from nlu.components.in_kana import featurised, in_kana
from nlu.components.message_terms import MAX_CHARACTERS, MessageTerms, matrix, sentence_vector
from nlu.components.terms import Weighted
from nlu.components.topics import Topics


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, GraphComponent):
    """One linear support vector machine an intent; the sharpened margins become the confidences."""

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained classifier; `train` or `load` fill it."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._terms = MessageTerms({})
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
            "topic_scale": 0.25,
            "kana_weight": 0.5,  # of an example's copy in hiragana
            # Leave-one-author-out, the confidences are then right on average within 0.01: a message of 0.7 is right in 70 %.
            "sharpness": 5.0,
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
        written = [message for message in training_data.intent_examples if message.get(TEXT)]
        if not written:
            return self._resource
        self._topics = Topics.of(training_data.regex_features)
        self._terms = MessageTerms.fit(written, self._config["min_messages"])
        kana, kana_intents = _kana_copies(written)
        rows = matrix([self._features(message) for message in [*written, *kana]])
        machine = LinearSVC(C=self._config["C"], random_state=0)
        machine.fit(
            rows,
            [message.get(INTENT) for message in written] + kana_intents,
            sample_weight=[1.0] * len(written) + [self._config["kana_weight"]] * len(kana),
        )
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
        classifier._terms = MessageTerms.load(known["terms"])
        return classifier

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Accept any settings: a wrong type fails at the first training."""

    def _persist(self) -> None:
        known = {
            "intents": self._intents,
            "topics": self._topics.stored(),
            "terms": self._terms.stored(),
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "known.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
            np.save(folder / "weights.npy", self._weights, allow_pickle=False)

    def _features(self, message: Message) -> Weighted:
        """Put all parts side by side: terms of each kind, topics, the sentence vector."""
        topics = self._topics.weigh(message.get(TEXT)[:MAX_CHARACTERS]) * self._config["topic_scale"]
        return self._terms.weigh(message, topics, sentence_vector(message) * self._config["sentence_scale"])


def _kana_copies(written: List[Message]) -> Tuple[List[Message], List[str]]:
    """Return each example that is not in hiragana anyway as one that is, and their intents."""
    copies = [(in_kana(message.get(TEXT)), message) for message in written]
    changed = [(kana, message) for kana, message in copies if kana != message.get(TEXT)]
    return featurised([kana for kana, _ in changed]), [str(message.get(INTENT)) for _, message in changed]
