"""Extract entities by list and pattern: matched in the normal form, placed in the text as sent."""

import re
from operator import itemgetter
from typing import Any, Dict, List, Optional, Tuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.regex_entity_extractor import RegexEntityExtractor
from rasa.shared.nlu.constants import (
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core import ja
from nlu.components.spoken_extractor import SAID

Hit = Tuple[str, str, int, int]  # kind, value, start, end

_VALUED = "="


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LookupExtractor(RegexEntityExtractor):
    """Rasa's extractor for Japanese: no word boundaries, any width, the longest of overlapping hits."""

    _compiled: Optional[List[Tuple[str, "re.Pattern[str]"]]] = None

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings and their defaults."""
        return {**RegexEntityExtractor.get_default_config(), "use_word_boundaries": False}

    def train(self, training_data: TrainingData) -> Resource:
        """Take Rasa's patterns and those that name their value (`regex: body_part=頭`)."""
        super().train(training_data)
        self.patterns += [
            feature
            for feature in training_data.regex_features
            if _VALUED in feature["name"] and not feature["name"].startswith(SAID)
        ]
        self.persist()
        return self._resource

    def _expressions(self) -> List[Tuple[str, "re.Pattern[str]"]]:
        """Compile once: there are more patterns than `re` caches."""
        if self._compiled is None:
            self._compiled = [
                (pattern["name"], re.compile(pattern["pattern"], flags=re.IGNORECASE))
                for pattern in self.patterns
            ]
        return self._compiled

    def _extract_entities(self, message: Message) -> List[Dict[str, Any]]:
        source = ja.normalised(message.get(TEXT))
        hits = {
            (*_meaning(name, match.group()), match.start(), match.end())
            for name, pattern in self._expressions()
            for match in pattern.finditer(source.text)
            if match.end() > match.start()
        }
        found = [_entity(source, *hit) for hit in hits if not any(_inside(hit, other) for other in hits)]
        return sorted(found, key=itemgetter(ENTITY_ATTRIBUTE_START, ENTITY_ATTRIBUTE_TYPE))


def _meaning(name: str, found: str) -> "tuple[str, str]":
    """Return kind and value: the value that a pattern names, else the word, which a synonym may translate."""
    kind, _, value = name.partition(_VALUED)
    return kind, value or found


def _inside(hit: Hit, other: Hit) -> bool:
    """Whether `hit` is a proper part of `other` of the same kind (外科 of 整形外科)."""
    (kind, _, start, end), (other_kind, _, other_start, other_end) = hit, other
    is_smaller = end - start < other_end - other_start
    return kind == other_kind and is_smaller and other_start <= start and end <= other_end


def _entity(source: ja.Normalised, kind: str, value: str, start: int, end: int) -> Dict[str, Any]:
    sent_start, sent_end = source.span(start, end)
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_START: sent_start,
        ENTITY_ATTRIBUTE_END: sent_end,
        ENTITY_ATTRIBUTE_VALUE: value,
    }
