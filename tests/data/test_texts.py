"""Texts are checked for their form when they are read; that calls fill them is a law (tests/architecture)."""

from pathlib import Path

import pytest

from core.errors import ContentError
from core.texts import load_texts


def read(folder: Path, source: str) -> object:
    (folder / "messages").mkdir()
    (folder / "messages" / "ja.yml").write_text(source)
    return load_texts(folder)


@pytest.mark.parametrize("text", ["{0}です", "{a.b}です", "{}です", "{a"])
def test_a_placeholder_that_is_no_plain_name_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"'talk\.welcome'"):
        read(tmp_path, f"talk:\n  welcome: '{text}'\n")
