"""Read the screen's examples, written before its rules: `data/triage/examples`, one file a category."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.triage.screen.content import CATEGORIES, Category, RedFlagsContent, refuse_strangers
from bot.triage.screen.screen import compile_screen
from core.content import ContentModel, read_content
from core.errors import ContentError

EXAMPLES = Path("triage", "examples")
FEWEST_PAIRS = 20


class Pair(ContentModel):
    """Two messages: one that must raise the category, and a near miss of the same words that must raise none."""

    fires: str = Field(min_length=1)
    silent: str = Field(min_length=1)


class ExamplesContent(ContentModel):
    """The examples of one category."""

    category: Category
    pairs: tuple[Pair, ...] = Field(min_length=FEWEST_PAIRS)


Examples = Mapping[Category, tuple[Pair, ...]]


def load_examples(data_dir: Path) -> dict[Category, tuple[Pair, ...]]:
    """Read the pairs of every category.

    Raises:
        ContentError: a file is missing, broken or belongs to no category; says where and why.
    """
    folder = data_dir / EXAMPLES
    refuse_strangers(folder, {f"{category}.yml" for category in CATEGORIES})
    return {category: _pairs(folder / f"{category}.yml") for category in CATEGORIES}


def _pairs(path: Path) -> tuple[Pair, ...]:
    content = read_content(path, ExamplesContent)
    if content.category != path.stem:
        raise ContentError(f"{path}:1: category: is '{content.category}' but the file is named '{path.name}'")
    return content.pairs


def example_problems(content: RedFlagsContent, examples: Examples) -> list[dict[str, Any]]:
    """Return the messages that the screen judges otherwise than the pairs say.

    Each as `{"text", "expected", "found"}`: a category, or None where nothing is expected or found.
    """
    judge = compile_screen(content)
    problems: list[dict[str, Any]] = []
    for category, pairs in examples.items():
        for pair in pairs:
            raised = [flag.category for flag in judge.all(pair.fires)]
            if category not in raised:
                problems.append({"text": pair.fires, "expected": category, "found": next(iter(raised), None)})
            if flag := judge(pair.silent):
                problems.append({"text": pair.silent, "expected": None, "found": flag.category})
    return problems
