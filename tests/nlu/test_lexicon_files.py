"""Rasa's environment reads the lexicon by itself: it must read what the application reads."""

from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from core.lexicon.concepts import ConceptContent, ContextContent, CueContent, LexiconContent, read_lexicon
from nlu.components.lexicon_files import Concept, Cue, CueContext, LexiconFiles, read_files

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("plain", "checked"),
    [
        (Concept, ConceptContent),
        (Cue, CueContent),
        (CueContext, ContextContent),
        (LexiconFiles, LexiconContent),
    ],
)
def test_fields_and_defaults_are_those_of_the_checked_content(plain: type, checked: type[BaseModel]) -> None:
    assert is_dataclass(plain)
    known = {
        field.name: field.default_factory() if field.default_factory is not MISSING else field.default
        for field in fields(plain)
    }
    needed = {name: field for name, field in checked.model_fields.items() if field.is_required()}
    assert {name for name, default in known.items() if default is MISSING} == set(needed)
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in checked.model_fields.items()
        if name not in needed
    }
    assert {name: default for name, default in known.items() if default is not MISSING} == defaults


def test_the_lexicon_is_read_as_the_application_reads_it() -> None:
    plain, checked = read_files(DATA / "lexicon"), read_lexicon(DATA)
    assert list(plain.concepts) == list(checked.concepts)
    for name, concept in checked.concepts.items():
        assert vars(plain.concepts[name]) == concept.model_dump(), name
    assert list(plain.context.cues) == list(checked.context.cues)
    for name, cue in checked.context.cues.items():
        assert vars(plain.context.cues[name]) == cue.model_dump(), name
    assert plain.context.until == checked.context.until
    assert plain.context.lists == checked.context.lists
    assert plain.of_tables == checked.of_tables
