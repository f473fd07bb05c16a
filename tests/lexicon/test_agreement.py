"""The same words in twelve writings are judged the same by all who hear them: the rules, the alarm head, the entities."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.triage.danger.danger_screen import load_danger_screen
from core.ja import ReadText
from tests.conftest import DATA
from tests.nlu.conftest import PYTHON, ROOT

TELLS = (
    *("kanji", "kana", "katakana", "half_width", "dialect", "contraction", "drawn_out", "typo", "homophone"),
    "polite",
)
TELLS_NOT = ("past", "denied")
ROWS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("agreement.yml").read_text(encoding="utf-8")
)
SENTENCES = [row[writing] for row in ROWS for writing in (*TELLS, *TELLS_NOT)]
LEXICON = load_danger_screen(DATA).lexicon
# Rasa's environment: what the alarm head is told of the lexicon, and what the patterns of sounds find.
SCRIPT = """
import json, sys
from pathlib import Path
import yaml
from core import ja
from nlu.components.lexicon_files import project_lexicon
from nlu.components.spoken_extractor import SAID, SaidPatterns

listed = [
    (block["regex"][len(SAID):], line.strip()[2:])
    for path in sorted(Path("data/nlu").glob("said_*.yml"))
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    if block.get("regex", "").startswith(SAID)
    for line in block["examples"].splitlines() if line.strip()
]
patterns, lexicon = SaidPatterns(listed), project_lexicon()
for text in json.load(sys.stdin):
    hearing = lexicon.hear(text)
    entities, _ = patterns.find(ja.ReadText(text))
    print(json.dumps({
        "heard": sorted({one.concept for one in hearing.heard if not one.said}),
        "symptoms": [one["value"] for one in entities if one["entity"] == "symptom"],
    }))
"""


@pytest.fixture(scope="module")
def elsewhere() -> Mapping[str, Mapping[str, list[str]]]:
    """Return what is heard in Rasa's environment."""
    done = subprocess.run(
        [str(PYTHON), "-c", SCRIPT],
        cwd=ROOT,
        input=json.dumps(SENTENCES),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(SENTENCES, answers, strict=True))


def heard(text: str) -> set[str]:
    return {one.concept for one in LEXICON.hear(ReadText(text)).heard if not one.said}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["concept"][0]))
def test_the_rules_hear_every_writing(row: Mapping[str, Any]) -> None:
    assert [row[name] for name in TELLS if heard(row[name]).isdisjoint(row["concept"])] == []
    assert [row[name] for name in TELLS_NOT if not heard(row[name]).isdisjoint(row["concept"])] == []


def test_there_are_some_twenty_five_concepts_in_twelve_writings() -> None:
    assert len(ROWS) >= 25
    assert len(set(SENTENCES)) == 12 * len(ROWS)


@pytest.mark.rasa
@pytest.mark.timeout(300)
def test_the_alarm_head_is_told_what_the_rules_hear(elsewhere: Mapping[str, Mapping[str, list[str]]]) -> None:
    assert {text: found["heard"] for text, found in elsewhere.items()} == {
        text: sorted(heard(text)) for text in SENTENCES
    }


@pytest.mark.rasa
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "row", [row for row in ROWS if "symptom" in row], ids=lambda row: str(row["concept"][0])
)
def test_the_symptom_is_found_where_it_is_heard(
    row: Mapping[str, Any], elsewhere: Mapping[str, Mapping[str, list[str]]]
) -> None:
    def lacks(name: str) -> bool:
        return row["symptom"] not in elsewhere[row[name]]["symptoms"]

    assert [row[name] for name in TELLS if lacks(name)] == []
    assert [row[name] for name in TELLS_NOT if not lacks(name)] == []
