"""No content or messages file says the same key twice: PyYAML alone would let the later one win without a word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.console.wording import load_wordings
from core.content import ContentModel, read_content
from core.content.yaml_source import load_yaml
from core.errors import ContentError
from core.municipalities import load_municipalities
from core.texts import load_texts
from tests.architecture.sources import ROOT


class Pair(ContentModel):
    """A small content file."""

    first: str
    second: str = ""


def write(path: Path, source: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


def read_pair(folder: Path, source: str) -> object:
    return read_content(write(folder / "pair.yml", source), Pair)


def read_texts(folder: Path, source: str) -> object:
    return load_texts(write(folder / "messages" / "ja.yml", source).parent.parent)


def read_wordings(folder: Path, source: str) -> object:
    write(folder / "messages" / "en.yml", "first: a\n")
    return load_wordings([write(folder / "messages" / "ja.yml", source).parent.parent])


def read_city(folder: Path, source: str) -> object:
    write(folder / "hotlines.yml", (ROOT / "data" / "hotlines.yml").read_text())
    return load_municipalities(write(folder / "municipalities" / "x.yml", source).parent.parent)


@pytest.mark.parametrize("read", [read_pair, read_texts, read_wordings, read_city])
def test_a_key_that_stands_twice_is_refused_with_file_and_line(
    tmp_path: Path, read: Callable[[Path, str], object]
) -> None:
    with pytest.raises(ContentError, match=r"\.yml:3: 'first' stands here twice, first in line 1"):
        read(tmp_path, "first: a\nsecond: b\nfirst: c\n")


@pytest.mark.parametrize(
    "source",
    ["a:\n  b: 1\n  b: 1\n", "a: {b: 1, b: 2}\n", "- a: 1\n  'a': 2\n", "a: 1\n? a\n: 2\n"],
    ids=["below", "in braces", "in quotes", "written out"],
)
def test_a_key_twice_is_seen_at_any_depth_and_in_any_spelling(source: str) -> None:
    with pytest.raises(ContentError, match="stands here twice"):
        load_yaml(source, Path("x.yml"))


def test_the_same_key_in_two_groups_is_two_keys() -> None:
    assert load_yaml("a: {x: 1}\nb: {x: 1}\n", Path("x.yml")) == {"a": {"x": 1}, "b": {"x": 1}}


def test_broken_yaml_names_file_and_line() -> None:
    with pytest.raises(ContentError, match=r"^x\.yml:2: "):
        load_yaml("a: 1\n b: [", Path("x.yml"))


def test_no_file_of_ours_says_a_key_twice() -> None:
    folders = ("data", "core/console/messages", "handoff/messages")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.yml")]
    assert len(files) > 40
    for path in files:
        load_yaml(path.read_text(encoding="utf-8"), path)
