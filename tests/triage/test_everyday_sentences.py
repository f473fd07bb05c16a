"""The sentences that train everyday intents: none of them is an emergency, so hardly any may sound like one."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.triage.danger.danger_screen import load_danger_screen
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
# Of the others some sentences are worrying by themselves.
EVERYDAY = [
    "affirm",
    "ask_city_notice",
    "ask_how_to_use",
    "buy_medicine",
    "cancel",
    "change_registration",
    "consult_lifestyle",
    "deny",
    "feedback",
    "find_facility",
    "greet",
    "infection_support",
    "out_of_scope",
    "stop_notices",
    "talk_to_human",
    "thanks",
]
MOST_ASKED = 0.02


def sentences(intent: str) -> Iterator[str]:
    def walked(node: object) -> Iterator[str]:
        if isinstance(node, str):
            yield from (line.strip(" -") for line in node.splitlines())
        elif isinstance(node, dict):
            for value in node.values():
                yield from walked(value)
        elif isinstance(node, list):
            for value in node:
                yield from walked(value)

    yield from (
        line for line in walked(yaml.safe_load(Path(DATA, "nlu", f"{intent}.yml").read_text())) if line
    )


def test_everyday_sentences_get_no_card_and_hardly_a_question() -> None:
    heard = {text: list(EAR.all(text)) for intent in EVERYDAY for text in sentences(intent)}
    assert len(heard) > 3000
    assert not [text for text, found in heard.items() if any(one.level == "red" for one in found)]
    assert sum(bool(found) for found in heard.values()) / len(heard) <= MOST_ASKED
