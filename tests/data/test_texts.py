"""Test that every text used in code exists, and that code fills exactly the placeholders of the texts."""

import re
from pathlib import Path

import pytest
import yaml

from core.errors import ContentError
from core.texts import PLACEHOLDERS, Texts, load_texts, placeholders_in

ROOT = Path(__file__).parent.parent.parent
ASKED = re.compile(r'texts\(\s*f?"([^"]+)"')


def asked_keys() -> set[str]:
    files = [
        p for package in ("bot", "handoff", "facilities", "shop") for p in (ROOT / package).rglob("*.py")
    ]
    return {key for path in files for key in ASKED.findall(path.read_text())}


def test_every_text_that_code_asks_for_exists(texts: Texts) -> None:
    asked = asked_keys()
    assert len(asked) > 40
    missing = []
    for key in asked:
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[a-z0-9_]+", key.replace(".", r"\.")) + "$")
        if not any(pattern.match(known) for known in texts.keys()):  # noqa: SIM118 - no mapping
            missing.append(key)
    assert sorted(missing) == []


def placeholders(node: object) -> set[str]:
    if isinstance(node, str):
        return placeholders_in(node)
    assert isinstance(node, dict)
    return set().union(*(placeholders(value) for value in node.values()))


def test_the_list_of_placeholders_holds_what_the_texts_use_and_no_more() -> None:
    shipped = yaml.safe_load((ROOT / "data" / "messages" / "ja.yml").read_text())
    assert placeholders(shipped) == PLACEHOLDERS


def test_a_placeholder_that_nothing_fills_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "ja.yml").write_text("talk:\n  welcome: '{acount}です'\n")
    with pytest.raises(ContentError, match=r"'talk.welcome': nothing fills the placeholder '\{acount\}'"):
        load_texts(tmp_path)
