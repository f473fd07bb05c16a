import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.ja import PlaceNames

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "nlu"
# Never looked at while writing examples; what was looked at moves to development.jsonl, and new ones are written.
HELD_OUT = Path(__file__).with_name("heldout.jsonl")
DEVELOPMENT = Path(__file__).with_name("development.jsonl")

INTENTS = {
    *("greet", "thanks", "affirm", "deny", "cancel", "ask_how_to_use", "consult_symptom", "emergency"),
    *(
        "consult_medicine",
        "consult_mental_health",
        "consult_pregnancy_childcare",
        "consult_womens_mens_health",
    ),
    *("consult_lifestyle", "infection_support", "report_condition", "find_facility", "buy_medicine"),
    *("talk_to_human", "ask_city_notice", "change_registration", "stop_notices", "feedback", "out_of_scope"),
}
KINDS = {
    "department",
    "facility_type",
    "area",
    "when",
    "person",
    "age",
    "temperature",
    "spo2",
    "duration",
    "body_part",
    "symptom",
}
FACILITY_TYPES = {"病院", "診療所", "歯科", "薬局", "AED"}
PERSONS = {"self", "child", "baby", "elderly", "pregnant"}
WHEN = {"now", "today", "tomorrow", "night", "saturday", "sunday", "holiday"}
MARKED = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")


def blocks() -> list[dict[str, Any]]:
    return [
        block
        for file in sorted(DATA.glob("*.yml"))
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    ]


def lines(block: dict[str, Any]) -> list[str]:
    written = block["examples"].splitlines()
    assert all(line.startswith("- ") for line in written), block
    return [line[2:] for line in written]


def spoken(line: str) -> str:
    return MARKED.sub(r"\1", line)


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for block in blocks():
        if "intent" in block:
            found.setdefault(block["intent"], []).extend(lines(block))
    return found


def listed(kind: str, name: str) -> list[str]:
    return [line for block in blocks() if block.get(kind) == name for line in lines(block)]


def meaning(value: str) -> str:
    """What a found word is normalised to."""
    for block in blocks():
        if "synonym" in block and value in lines(block):
            return str(block["synonym"])
    return value


def messages(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_exactly_the_intents_of_the_contract_are_trained() -> None:
    assert set(examples()) == INTENTS


@pytest.mark.parametrize("intent", sorted(INTENTS))
def test_each_intent_has_at_least_a_hundred_and_twenty_examples(intent: str) -> None:
    assert len(set(examples()[intent])) >= 120


def test_each_intent_has_its_own_file() -> None:
    for intent in INTENTS:
        written = yaml.safe_load((DATA / f"{intent}.yml").read_text(encoding="utf-8"))["nlu"]
        assert [block["intent"] for block in written] == [intent]


@pytest.mark.parametrize("intent", sorted(INTENTS))
def test_some_examples_are_written_without_any_kanji(intent: str) -> None:
    without = [line for line in examples()[intent] if not re.search("[一-龯]", line)]
    assert len(without) >= 5


def test_no_example_stands_twice_in_whatever_intent() -> None:
    everything = [
        (re.sub(r"[\s。、！!？?]", "", spoken(line)) or line, intent)
        for intent, found in examples().items()
        for line in found
    ]
    seen: dict[str, str] = {}
    twice = []
    for text, intent in everything:
        if text in seen:
            twice.append((text, seen[text], intent))
        seen[text] = intent
    assert twice == []


def test_no_held_out_message_was_trained_on() -> None:
    trained = {spoken(line) for line in itertools.chain.from_iterable(examples().values())}
    assert [
        message["text"]
        for message in messages(HELD_OUT) + messages(DEVELOPMENT)
        if message["text"] in trained
    ] == []


def test_each_intent_is_held_out_for_evaluation_at_least_eight_times() -> None:
    counts = {
        intent: sum(message["intent"] == intent for message in messages(HELD_OUT)) for intent in examples()
    }
    assert {intent: count for intent, count in counts.items() if count < 8} == {}


def test_entities_are_marked_completely_and_with_known_kinds() -> None:
    for line in itertools.chain.from_iterable(examples().values()):
        rest = MARKED.sub("", line)
        assert not re.search(r"[\[\]{}]", rest), line
        assert {kind for _, kind in MARKED.findall(line)} <= KINDS, line


@pytest.mark.parametrize("kind", ["department", "facility_type", "when"])
def test_a_marked_word_is_one_the_lookup_finds(kind: str) -> None:
    words = {
        word
        for found in examples().values()
        for line in found
        for word, marked in MARKED.findall(line)
        if marked == kind
    }
    assert words, "Rasa ignores lookups of kinds that no example marks"
    patterns = [re.escape(word) for word in listed("lookup", kind)] + [
        re.sub(r"\(\?[!=<].*", "", pattern) for pattern in listed("regex", kind)
    ]
    assert [
        word
        for word in words
        if word not in listed("lookup", kind) and not _in_patterns(word, patterns, kind)
    ] == []


def _in_patterns(word: str, patterns: list[str], kind: str) -> bool:
    return any(word in pattern for pattern in listed("regex", kind)) or any(
        re.fullmatch(pattern, word) for pattern in patterns if pattern
    )


@pytest.mark.parametrize(("kind", "values"), [("facility_type", FACILITY_TYPES), ("when", WHEN)])
def test_each_listed_word_means_one_of_the_agreed_values(kind: str, values: set[str]) -> None:
    assert {word: meaning(word) for word in listed("lookup", kind) if meaning(word) not in values} == {}


def test_a_marked_place_is_one_of_a_city() -> None:
    cities = [
        yaml.safe_load(file.read_text(encoding="utf-8"))
        for file in (ROOT / "data" / "municipalities").glob("*.yml")
    ]
    known = PlaceNames(
        {
            place["name"]: (*place["name"].split("・"), place["kana"], *place.get("aliases", ()))
            for city in cities
            for place in (*city.get("districts", ()), *city.get("places", ()))
        }
    )
    marked = {
        word
        for found in examples().values()
        for line in found
        for word, kind in MARKED.findall(line)
        if kind == "area"
    }
    assert marked
    assert [word for word in marked if not known.find(word)] == []


def test_longer_lookup_words_come_before_those_they_begin_with() -> None:
    for kind in ("department", "facility_type", "when"):
        words = listed("lookup", kind)
        for index, word in enumerate(words):
            hidden = [later for later in words[index + 1 :] if later.startswith(word) and later != word]
            assert hidden == [], f"{kind}: {word} hides {hidden}"


def test_each_pattern_is_a_valid_expression() -> None:
    for block in blocks():
        if "regex" in block:
            for pattern in lines(block):
                assert re.compile(pattern)


def test_a_topic_is_written_as_the_folded_text_is() -> None:
    for block in blocks():
        if block.get("regex", "").startswith("about_"):
            for pattern in lines(block):
                assert not re.search(r"\\[A-Z]", pattern), f"folding would break {pattern}"


def test_patterns_that_name_their_value_are_of_a_known_kind_and_stand_in_one_block_of_a_file() -> None:
    for file in sorted(DATA.glob("*.yml")):
        written = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        named = [block["regex"] for block in written if "=" in block.get("regex", "")]
        assert len(named) == len(set(named)), file.name
        for name in named:
            kind, _, value = name.removeprefix("said ").partition("=")
            assert kind in KINDS, name
            assert kind != "person" or value in PERSONS, name
            assert kind != "when" or value in WHEN, name
            assert kind != "facility_type" or value in FACILITY_TYPES, name


def test_no_labelled_case_is_trained_on_as_another_intent() -> None:
    trained = {spoken(line): intent for intent, found in examples().items() for line in found}
    cases = messages(ROOT / "data" / "cases" / "intents.jsonl")
    differing = [
        case["intent"]
        for case in cases
        if case["split"] != "test" and trained.get(case["text"], case["intent"]) != case["intent"]
    ]
    assert differing == []


def test_a_synonym_belongs_to_one_value_only() -> None:
    words = [(word, block["synonym"]) for block in blocks() if "synonym" in block for word in lines(block)]
    assert len(words) == len({word for word, _ in words})
