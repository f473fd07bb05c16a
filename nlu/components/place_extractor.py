"""Extract places: the districts, towns, stations and landmarks of the cities' files, in any writing (`core.ja.place_names`)."""

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import yaml
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
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.ja import NamedPlace, PlaceNames, head
from nlu.components.message_terms import MAX_CHARACTERS

CITIES = Path(__file__).resolve().parent.parent.parent / "data" / "municipalities"
_FILE = "places.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceExtractor(EntityExtractorMixin, GraphComponent):
    """Adds the places named in a message, each by its name in the city's file."""

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        """Make an extractor without places; `train` or `load` set them."""
        self._storage = storage
        self._resource = resource
        self._places = PlaceNames({})

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: ARG003  Rasa calls with all four
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> "PlaceExtractor":
        """Make an extractor for a training graph."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002  Rasa passes it by name
        """Take the places of all cities into the model."""
        spellings = place_spellings(CITIES)
        self._places = PlaceNames(spellings)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(spellings, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: ARG003
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,  # noqa: ANN401
    ) -> "PlaceExtractor":
        """Read the places of a trained model."""
        extractor = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            extractor._places = PlaceNames(json.loads((folder / _FILE).read_text(encoding="utf-8")))
        return extractor

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the places of each message; a district beside a place within its name says nothing more."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = _most_exact(text, self._places.find(head(text, MAX_CHARACTERS)))
                entities = self.add_extractor_name(
                    [_entity(place.name, place.start, place.end) for place in found]
                )
                message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages


def place_spellings(folder: Path) -> Dict[str, List[str]]:
    """Return the spellings of each place of all cities, by its name; of the same spelling the smaller place counts."""
    found: Dict[str, List[str]] = {}
    for file in sorted(folder.glob("*.yml")):
        city = yaml.safe_load(file.read_text(encoding="utf-8"))
        for district in city.get("districts", []):
            names = (
                district["name"],
                *district["name"].split("・"),
                district["kana"],
                *district.get("aliases", []),
            )
            found.setdefault(district["name"], []).extend(names)
        for place in city.get("places", []):
            found.setdefault(place["name"], []).extend(
                (place["name"], place["kana"], *place.get("aliases", []))
            )
    return found


def _most_exact(text: str, places: Sequence[NamedPlace]) -> List[NamedPlace]:
    """Leave out a place that only says where the next one is: 「常磐の湯本駅」."""
    following = [*places[1:], None] if places else []
    return [
        place
        for place, after in zip(places, following, strict=True)
        if after is None or text[place.end : after.start].strip() not in {"の", "市", "地区の", ""}
    ]


def _entity(name: str, start: int, end: int) -> Dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: "area",
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
        ENTITY_ATTRIBUTE_VALUE: name,
    }
