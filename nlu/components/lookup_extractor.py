"""Entities by list and pattern, found in the normal form and reported where they stand in the text as sent."""

import re
from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.regex_entity_extractor import RegexEntityExtractor
from rasa.shared.nlu.constants import (
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from core import ja


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LookupExtractor(RegexEntityExtractor):
    """Rasa's extractor, made for Japanese: no word boundaries, any width, the longest of overlapping hits of a kind."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings and their defaults."""
        return {**RegexEntityExtractor.get_default_config(), "use_word_boundaries": False}

    def _extract_entities(self, message: Message) -> List[Dict[str, Any]]:
        source = ja.normalised(message.get(TEXT))
        hits = [
            (pattern["name"], match.start(), match.end())
            for pattern in self.patterns
            for match in re.finditer(pattern["pattern"], source.text, flags=re.IGNORECASE)
            if match.end() > match.start()
        ]
        return [_entity(source, *hit) for hit in hits if not any(_inside(hit, other) for other in hits)]


def _inside(hit: "tuple[str, int, int]", other: "tuple[str, int, int]") -> bool:
    """Say whether `hit` is a proper part of `other` of the same kind (外科 of 整形外科)."""
    same_kind = hit[0] == other[0]
    return same_kind and hit != other and other[1] <= hit[1] and hit[2] <= other[2]


def _entity(source: ja.Normalised, name: str, start: int, end: int) -> Dict[str, Any]:
    sent_start, sent_end = source.span(start, end)
    return {
        ENTITY_ATTRIBUTE_TYPE: name,
        ENTITY_ATTRIBUTE_START: sent_start,
        ENTITY_ATTRIBUTE_END: sent_end,
        ENTITY_ATTRIBUTE_VALUE: source.text[start:end],
    }
