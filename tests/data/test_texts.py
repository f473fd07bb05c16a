"""Every text that code asks for exists."""

import re
from pathlib import Path

from core.texts import Texts

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
