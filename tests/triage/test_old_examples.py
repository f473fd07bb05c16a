"""Every pair that the patterns were written with, heard by the rules over the lexicon: no emergency is lost, none is invented."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.triage.danger.danger_screen import load_danger_screen
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
FIXTURES = Path(__file__).parents[1] / "fixtures"


def content_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


PAIRS = {path.stem: content_of(path)["pairs"] for path in sorted((FIXTURES / "former_pairs").glob("*.yml"))}
FIRES = [(category, pair["fires"]) for category, pairs in PAIRS.items() for pair in pairs]
SILENT = [pair["silent"] for pairs in PAIRS.values() for pair in pairs]
# Written after those patterns, and by somebody who had not seen them; nobody who writes rules reads the unseen ones.
MORE, UNSEEN = content_of(FIXTURES / "former_sentences.yml"), content_of(FIXTURES / "unseen_sentences.yml")
# Where the old card was too much: one question decides (clinical.md, its part in brackets).
ASKED: Mapping[str, str] = {
    "accident": "a crash or a fall is red by what the body shows (1.3 V10, part 4 trauma)",
    "allergy": "skin or lips alone are asked about (part 4 anaphylaxis, allergic_airway)",
    "bad_colour": "pale alone is asked about; blue, grey, or pale with cold sweat is red (2.2)",
    "belly": "how much blood, and faintness, decide (1.3 V5, part 4 gi_bleeding)",
    "bleeding_burn": "pressing for ten minutes, and how wide the burn is, decide (part 4 bleeding, burn)",
    "cannot_speak": "a voice lost by a cold is no stroke (1.1 F1, 1.3 V5, part 5 16)",
    "chest_back": "bare pain or a fast pulse is asked about (part 4 chest_pain)",
    "child_belly": "limp without another sign is asked about (part 4 child_lethargy)",
    "child_breathing": "a cough with a pale face, breath held in crying: is the chest drawn in? (part 4 child_breathing)",
    "cold_body": "does the person shiver and talk (part 4 hypothermia)",
    "consciousness": "a number alone, a faint that is over (part 4 unconscious, hypoglycemia, sepsis_shock)",
    "drowning": "out of the water and awake, or not yet looked for (part 4 drowning)",
    "face": "said without 'suddenly', or only named (part 4 stroke)",
    "head": "sudden high fever alone (1.3 V4), pain without its beginning (part 4 thunderclap_headache)",
    "help": "who, what: asked at once with 119 in sight (part 4 cry_for_help)",
    "limbs": "said without 'suddenly' (part 4 stroke)",
    "nausea_sweat": "sweat without nausea's word (part 4 sepsis_shock)",
    "no_breathing": "not sure whether there is breath (part 4 cardiac_arrest)",
    "no_response": "fell, and nothing is said of now (part 4 unconscious)",
    "self_harm": "a cut that may have stopped, a means without a plan (part 4 suicide_act, suicide_plan)",
    "suicidal": "a wish without plan or means goes to a person, not to 119 (part 4 suicide_plan)",
    "swallowed": "what and how much (part 4 swallowed, overdose, poisoning)",
    "unusual": "an adult's or a child's 'odd' without another sign (part 5 16)",
    "young_baby": "38 °C alone is orange (2.2)",
}
# Near misses of before that keep a card, with the reason.
CARDED: Mapping[str, str] = {
    "息子は朝起こしても起きません": "who cannot be woken is red, whatever the hour (part 4 unconscious, child_lethargy)",
    "頭をぶつけて、今は元気でおやつを食べて、夜はうとうとしました": "well, then drowsy: so a bleed begins (part 4 head_injury)",
}
# Cards in all: what is asked about may not grow.
FEWEST_CARDS = 760


def levels(text: str) -> set[str]:
    return {one.level for one in EAR.all(text)}


@pytest.mark.parametrize(("category", "text"), FIRES, ids=lambda value: str(value)[:40])
def test_an_emergency_of_the_old_pairs_is_heard(category: str, text: str) -> None:
    found = levels(text)
    assert found, text
    assert "red" in found or category in ASKED, text


def test_every_category_that_may_ask_does_and_most_are_cards() -> None:
    asked = {category for category, text in FIRES if "red" not in levels(text)}
    assert asked == ASKED.keys()
    assert sum("red" in levels(text) for _, text in FIRES) >= FEWEST_CARDS


@pytest.mark.parametrize("text", SILENT, ids=lambda text: text[:40])
def test_a_near_miss_of_the_old_pairs_gets_no_card(text: str) -> None:
    assert "red" not in levels(text), [one for one in EAR.all(text) if one.level == "red"]


def test_further_sentences_of_before_are_judged_no_worse() -> None:
    """The patterns of before missed one emergency of 60 unseen ones and gave a card to 5 of 60 near misses."""
    unheard = [case["text"] for case in UNSEEN["fires"] if not levels(case["text"])]
    carded = [text for text in UNSEEN["silent"] if "red" in levels(text)]
    assert (len(unheard) <= 1, len(carded) <= 5) == (True, True), (len(unheard), len(carded))
    assert [text for text in MORE["fires"] if not levels(text)] == []
    assert {text for text in MORE["silent"] if "red" in levels(text)} == CARDED.keys()
