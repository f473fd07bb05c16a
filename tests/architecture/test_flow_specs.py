"""Every flow is complete: its intents are trained, its buttons and titles have texts, its stored name never changes."""

import re
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from bot.app import all_flows
from bot.dialogue.flow import Flows, FlowSpec, Intent
from bot.triage.danger.safety import load_safety
from core.texts import Texts
from shop.catalogue import load_catalogue
from tests.architecture.sources import ROOT

# Understood, and answered by what runs: an answer to its question, or words for nobody in particular.
ANSWERS_NOTHING = frozenset(["cancel", "out_of_scope"])
# Stored in states and in buttons on residents' phones. Flows of release 0.1, then those that came later.
WIRE_NAMES = frozenset(
    ["consultation", "facility", "shop", "person", "emergency", "advice", "safety", "welcome", "fallback"]
)
LATER_NAMES = frozenset(["aftercare", "in_pieces", "measurements", "safety_question", "which_wish"])


def trained_intents() -> set[str]:
    """Return every intent that there are examples of."""
    found = set()
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found |= {block["intent"] for block in content.get("nlu", ()) if "intent" in block}
    return found


def incomplete(
    specs: Mapping[str, FlowSpec], trained: Collection[str], text_keys: Collection[str]
) -> list[str]:
    """Return what the specifications, the training data and the texts lack of each other."""
    served = {intent.name: intent for spec in specs.values() for intent in spec.intents}
    found = [f"no flow serves '{name}'" for name in trained if name not in served | _nothing()]
    found += [
        f"'{name}' is served, but there are no examples of it" for name in served if name not in trained
    ]
    found += [
        f"'{name}' is to answer nothing, but a flow serves it" for name in ANSWERS_NOTHING & served.keys()
    ]
    needed = [f"talk.wish.{name}" for name, intent in served.items() if intent.priority is not None]
    for spec in specs.values():
        found += [
            f"'{spec.name}' accepts '{name}', which nobody trains" for name in spec.accepts - {"", *trained}
        ]
        if spec.menu:
            needed += [f"talk.menu.{spec.menu}", f"talk.menu_words.{spec.menu}"]
    return sorted([*found, *(f"there is no text '{key}'" for key in needed if key not in text_keys)])


def _nothing() -> dict[str, Intent]:
    return {name: Intent(name) for name in ANSWERS_NOTHING}


@pytest.fixture(scope="module")
def flows() -> Flows:
    content: Any = SimpleNamespace(
        catalogue=load_catalogue(ROOT / "data"), dangers=load_safety(ROOT / "data")
    )
    return all_flows(content)


def test_every_flow_is_complete(flows: Flows, texts: Texts) -> None:
    specs = {name: flow.spec for name, flow in flows.items()}
    assert len(trained_intents()) > 20
    assert incomplete(specs, trained_intents(), texts.keys()) == []


def test_stored_names_of_flows_are_those_of_the_first_release_and_new_ones(flows: Flows) -> None:
    assert set(flows) == WIRE_NAMES | LATER_NAMES
    assert all(re.fullmatch("[a-z_]+", name) for name in flows)


def test_every_menu_value_of_the_texts_belongs_to_a_flow(flows: Flows, texts: Texts) -> None:
    known = texts.keys()
    named = {key.removeprefix("talk.menu_words.") for key in known if key.startswith("talk.menu_words.")}
    assert named == set(flows.by_menu)


TOY = FlowSpec(name="toy", intents=(Intent("play", priority=1),), accepts=frozenset([""]), menu="play")
TOY_TEXTS = ("talk.wish.play", "talk.menu.play", "talk.menu_words.play")


def test_a_complete_flow_is_left_alone() -> None:
    assert incomplete({"toy": TOY}, {"play", *ANSWERS_NOTHING}, TOY_TEXTS) == []


@pytest.mark.parametrize(
    ("spec", "trained", "text_keys", "complaint"),
    [
        (TOY, {"play", "sing"}, TOY_TEXTS, "no flow serves 'sing'"),
        (TOY, set(), TOY_TEXTS, "'play' is served, but there are no examples of it"),
        (TOY, {"play"}, TOY_TEXTS[1:], "there is no text 'talk.wish.play'"),
        (TOY, {"play"}, TOY_TEXTS[:1], "there is no text 'talk.menu_words.play'"),
        (
            FlowSpec(name="toy", intents=(Intent("cancel"),)),
            {"cancel"},
            (),
            "'cancel' is to answer nothing, but a flow serves it",
        ),
        (
            FlowSpec(name="toy", accepts=frozenset(["sing"])),
            set(),
            (),
            "'toy' accepts 'sing', which nobody trains",
        ),
    ],
)
def test_what_a_flow_lacks_is_named(
    spec: FlowSpec, trained: set[str], text_keys: tuple[str, ...], complaint: str
) -> None:
    assert complaint in incomplete({"toy": spec}, trained, text_keys)
