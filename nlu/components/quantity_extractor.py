"""Extract quantities as entities: ages, temperatures, oxygen saturation, durations (see `core.ja`)."""

from typing import Any, Callable, Dict, List, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from core import ja


def _age(age: ja.Age) -> str:
    """Return years, or months where the resident said so or the year is not full: `8m`, `18m`, `78`."""
    return f"{age.months}m" if age.months % 12 or not age.months else str(age.years)


_READERS: Tuple[Tuple[str, Callable[[str], Any], Callable[[Any], str]], ...] = (
    ("age", ja.find_ages, _age),
    ("temperature", ja.find_temperatures, lambda degrees: f"{degrees:.1f}"),
    ("spo2", ja.find_spo2, str),
    ("duration", ja.find_durations, lambda duration: duration.short),
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class QuantityExtractor(EntityExtractorMixin, GraphComponent):
    """Adds what the readers of `core.ja` find, with its place in the text as sent."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: ARG003  Rasa calls with all four
        model_storage: ModelStorage,  # noqa: ARG003
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> "QuantityExtractor":
        """Make an extractor; it has no settings and learns nothing."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the quantities of each message."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = self.add_extractor_name(_quantities(ja.ReadText(text)))
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _quantities(text: str) -> List[Dict[str, Any]]:
    return [
        {
            ENTITY_ATTRIBUTE_TYPE: kind,
            ENTITY_ATTRIBUTE_START: found.start,
            ENTITY_ATTRIBUTE_END: found.end,
            ENTITY_ATTRIBUTE_VALUE: written(found.value),
        }
        for kind, find, written in _READERS
        for found in find(text)
    ]
