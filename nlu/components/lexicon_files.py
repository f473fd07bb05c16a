"""Read the lexicon in Rasa's environment, whose pydantic is too old for `core.lexicon.concepts`.

The application checks the same files with that module; here they are only read. `tests/nlu/test_lexicon_files.py` holds
the fields and their defaults equal.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, Optional, Set, Tuple

import yaml

from core.lexicon.lexicon import Lexicon, make_lexicon

FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "lexicon"
CONTEXT = "context.yml"
# As in `core.lexicon.concepts`.
TABLE_FILES = ("complaints_", "said_")


@dataclass(frozen=True)
class Concept:
    """The fields of `core.lexicon.concepts.ConceptContent`."""

    label: str = ""
    forms: Tuple[str, ...] = ()
    written: Tuple[str, ...] = ()
    not_in: Tuple[str, ...] = ()
    gap: int = 9
    value: Optional[str] = None
    at_least: float = float("-inf")
    at_most: float = float("inf")


@dataclass(frozen=True)
class Cue:
    """The fields of `core.lexicon.concepts.CueContent`."""

    kind: str
    scope: str
    forms: Tuple[str, ...] = ()
    written: Tuple[str, ...] = ()
    patterns: Tuple[str, ...] = ()
    not_in: Tuple[str, ...] = ()
    until: Tuple[str, ...] = ()
    unless: Tuple[str, ...] = ()
    only_with: Tuple[str, ...] = ()
    within: int = 12
    across: bool = False
    if_past: bool = False
    if_untold: bool = False
    gap: int = 2


@dataclass(frozen=True)
class CueContext:
    """The fields of `core.lexicon.concepts.ContextContent`."""

    until: Tuple[str, ...]
    cues: Dict[str, Cue]
    lists: Dict[str, Tuple[str, ...]] = field(default_factory=dict)
    slips: Tuple[str, ...] = ()


@dataclass(frozen=True)
class LexiconFiles:
    """The fields of `core.lexicon.concepts.LexiconContent`."""

    concepts: Dict[str, Concept]
    context: CueContext
    of_tables: FrozenSet[str] = frozenset()


@lru_cache(maxsize=1)
def project_lexicon() -> Lexicon:
    """Return the lexicon of the project, ready to hear texts; made at the first call."""
    return make_lexicon(read_files(FOLDER))  # type: ignore[arg-type]


def read_files(folder: Path) -> LexiconFiles:
    """Read all files of a folder."""
    concepts: Dict[str, Concept] = {}
    of_tables: Set[str] = set()
    for path in sorted(folder.glob("*.yml")):
        if path.name != CONTEXT:
            for name, values in _read(path)["concepts"].items():
                concepts[name] = Concept(**_fixed(values))
                if path.name.startswith(TABLE_FILES):
                    of_tables.add(name)
    context = _read(folder / CONTEXT)
    cues = {name: Cue(**_fixed(values)) for name, values in context["cues"].items()}
    lists = _fixed(context.get("lists", {}))
    held = CueContext(**{**_fixed(context), "cues": cues, "lists": lists})
    return LexiconFiles(concepts, held, frozenset(of_tables))


def _read(path: Path) -> Any:  # noqa: ANN401  whatever stands there
    # libyaml's parser takes a tenth of the time; the wheels of PyYAML have it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  a safe one


def _fixed(values: Dict[str, Any]) -> Dict[str, Any]:
    """Return values with their lists as tuples of strings (YAML reads 119 as a number)."""
    return {
        name: tuple(str(one) for one in value) if isinstance(value, list) else value
        for name, value in values.items()
    }
