"""Hear dangers in words that no rule knows, on the features of the pipeline and on what the lexicon hears.

It only ever leads to a question (`alarm {category, confidence}` in the answer): it takes nothing back and sends no card.
"""

import json
from typing import Any, Dict, List, Optional, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.alarm_judge import AlarmFeatures, AlarmJudge
from nlu.components.alarm_lessons import lessons_of_cases, lessons_of_intents

ALARM = "alarm"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AlarmHead(RasaIntentClassifier, GraphComponent):
    """Sets `alarm` of each message: which danger it may tell of, and how likely it tells of any."""

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained head; `train` or `load` fill it."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features: Optional[AlarmFeatures] = None
        self._judge: Optional[AlarmJudge] = None

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must come before in the pipeline."""
        return [DenseFeaturizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings and their defaults."""
        # A term counts when `min_messages` have it; smaller C make simpler rules, of danger or none and of its kind.
        return {"C": 3.0, "category_C": 1.0, "min_messages": 3}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa calls with all four
    ) -> "AlarmHead":
        """Make a head for a training graph."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the labelled cases and the examples of the intents."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        lessons = [*lessons_of_cases(), *lessons_of_intents(examples)]
        messages = [lesson.message for lesson in lessons]
        self._features = AlarmFeatures.fit(messages, self._config["min_messages"])
        self._judge = AlarmJudge.fit(self._features, self._features.rows(messages), lessons, self._config)
        self._persist(self._features, self._judge)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `alarm` of each message."""
        for message in messages:
            if self._features is None or self._judge is None or not message.get(TEXT):
                continue
            category, confidence = self._judge.judge(self._features.weigh(message))
            message.set(ALARM, {"category": category, "confidence": confidence}, add_to_output=True)
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
    ) -> "AlarmHead":
        """Read a trained head: plain JSON and numbers, no executable content."""
        head = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
            weights = np.load(folder / "weights.npy", allow_pickle=False)
        head._features = AlarmFeatures.load(known["features"])
        head._judge = AlarmJudge(weights, known["categories"], known["slope"], known["offset"])
        return head

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Accept any settings: a wrong type fails at the first training."""

    def _persist(self, features: AlarmFeatures, judge: AlarmJudge) -> None:
        known = {
            "features": features.stored(),
            "categories": judge.categories,
            "slope": judge.slope,
            "offset": judge.offset,
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "known.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
            np.save(folder / "weights.npy", judge.weights, allow_pickle=False)
