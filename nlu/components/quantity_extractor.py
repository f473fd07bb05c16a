"""Extract quantities as entities: ages, temperatures, oxygen saturation, durations (see `core.ja`)."""

from datetime import datetime
from typing import Any, Dict, List
from zoneinfo import ZoneInfo

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
from nlu.components.quantities import quantities

# Dates of birth are ages on the day of the message.
_TOKYO = ZoneInfo("Asia/Tokyo")


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
                found = self.add_extractor_name(_entities(ja.ReadText(text, datetime.now(tz=_TOKYO).date())))
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _entities(text: ja.ReadText) -> List[Dict[str, Any]]:
    return [
        {
            ENTITY_ATTRIBUTE_TYPE: kind,
            ENTITY_ATTRIBUTE_START: start,
            ENTITY_ATTRIBUTE_END: end,
            ENTITY_ATTRIBUTE_VALUE: value,
        }
        for kind, start, end, value in quantities(text)
    ]
