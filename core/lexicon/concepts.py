"""Read the lexicon (`data/lexicon/*.yml`) and the cues of context (`data/lexicon/context.yml`)."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from core.content import ContentModel, read_content
from core.errors import ContentError

LEXICON = Path("lexicon")
CONTEXT = "context.yml"
# Files whose concepts only tables and complaints name: what is denied of them denies nothing that a danger names.
TABLE_FILES = ("complaints_", "said_")

Value = Literal["spo2", "temperature", "age_months", "pressure", "pulse", "breaths", "sugar"]
Kind = Literal["denied", "past", "hypothetical", "figurative", "other"]
Scope = Literal["before", "after", "around", "message"]


class ConceptContent(ContentModel):
    """What residents call one thing.

    `forms` are words in their dictionary form, several of one form in this order: separated by a blank (at
    most `gap` kana apart) or joined by a + (at most a particle between them: 意識+ない). `written` are found as
    they are written (other languages, signs, pictures). `not_in` are longer words that hold a form and mean
    something else. `value`: a measurement `at_least`, `at_most` also is the concept.
    """

    label: str = ""
    forms: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    gap: int = Field(default=9, ge=0, le=40)
    value: Value | None = None
    at_least: float = float("-inf")
    at_most: float = float("inf")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not self.forms and not self.written and self.value is None:
            raise ValueError("has neither forms nor written nor value: nothing would ever be this concept")
        return self


class CueContent(ContentModel):
    """Words that say of a concept that it is denied, past, hypothetical, a figure of speech or another's.

    `scope`: which concepts it is about: those `before` it, `after` it, `around` it (both), or all of the `message`;
    a concept within its own words always. With `message`, `until` are words after which a sentence speaks of somebody else. `within` kana, never across one of the words `until`, nor across the end
    of a sentence unless `across`; with `if_past` not about a clause in the present tense (三年前に倒れて、今は胸が苦しい), with
    `if_untold` not about what is told as it is (講習で習いました。意識がありません。).
    It says nothing when the message has one of the words `unless`, or none of the
    words `only_with`. `not_in` and `written` as for concepts. (That something is denied is grammar: `core.ja.negation`.)
    """

    kind: Kind
    scope: Scope
    forms: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    within: int = Field(default=12, ge=0, le=400)
    across: bool = False
    if_past: bool = False
    if_untold: bool = False
    gap: int = Field(default=2, ge=0, le=40)

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if not self.forms and not self.written and not self.patterns:
            raise ValueError("has neither forms nor written nor patterns: nothing would ever be this cue")
        for pattern in self.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern}: no pattern: {error}") from error
        return self


class ContextContent(ContentModel):
    """All cues, by id; `until` ends the scope of each; `lists` are words that several `unless` or `only_with` name as `@name`."""

    until: tuple[str, ...]
    # Phrases that are heard with one slip of the thumb too, their words apart: 息 できない.
    slips: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    cues: dict[str, CueContent]


class ConceptsContent(ContentModel):
    """One file of the lexicon: concepts by id."""

    concepts: dict[str, ConceptContent]


class LexiconContent(ContentModel):
    """The whole lexicon; `of_tables` are the concepts that only tables and complaints name."""

    concepts: dict[str, ConceptContent]
    context: ContextContent
    of_tables: frozenset[str] = frozenset()


def read_lexicon(data_dir: Path) -> LexiconContent:
    """Read all files of the lexicon.

    Raises:
        ContentError: a file is missing or broken, or a concept stands in two files; says where and why.
    """
    concepts: dict[str, ConceptContent] = {}
    of_tables: set[str] = set()
    for path in sorted((data_dir / LEXICON).glob("*.yml")):
        if path.name == CONTEXT:
            continue
        for name, concept in read_content(path, ConceptsContent).concepts.items():
            if name in concepts:
                raise ContentError(f"{path}: concepts.{name}: stands in another file too")
            concepts[name] = concept
            if path.name.startswith(TABLE_FILES):
                of_tables.add(name)
    context = read_content(data_dir / LEXICON / CONTEXT, ContextContent)
    return LexiconContent(concepts=concepts, context=context, of_tables=frozenset(of_tables))
