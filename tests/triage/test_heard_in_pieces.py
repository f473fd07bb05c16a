"""Test that a danger told in pieces is heard, and that harmless messages put together make none."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.triage.danger.danger_rules import read_dangers
from bot.triage.danger.ear import Ear, HeardDangers, load_ear
from core.ja.pieces import joined_pieces

DATA = Path("data")
PAIRS = 600


@pytest.fixture(scope="module")
def ear() -> Ear:
    return load_ear(DATA)


def split(sentence: str, rnd: random.Random, parts: int) -> tuple[str, ...]:
    """Return a sentence cut at random places; one with spaces between its words."""
    places = range(1, len(sentence))
    if sentence.isascii() or " " in sentence:
        places = [place for place in places if sentence[place] == " "]  # type: ignore[assignment]
    cuts = sorted(rnd.sample(places, min(parts - 1, len(places))))
    pieces = (
        sentence[start:end].strip() for start, end in zip([0, *cuts], [*cuts, len(sentence)], strict=True)
    )
    return tuple(piece for piece in pieces if piece)


def generated() -> Iterator[tuple[str, ...]]:
    """Yield the red pairs of all dangers, each in two and in three pieces."""
    rnd = random.Random(20261126)
    for danger in read_dangers(DATA):
        for fires in (pair.fires for rule in danger.red for pair in rule.pairs):
            for parts in (2, 3):
                yield split(fires, rnd, parts)


def heard_in_pieces(ear: Ear, pieces: tuple[str, ...]) -> list[HeardDangers]:
    """Return what is heard of each piece as it comes."""
    found: list[HeardDangers] = []
    for number, piece in enumerate(pieces):
        known = frozenset(one.worry.category for one in found if one.worry)
        found.append(ear.together(pieces[:number], piece, known))
    return found


def test_sure_dangers_in_pieces_are_carded_or_asked_about(ear: Ear) -> None:
    cases = list(generated())
    assert len(cases) > 700
    missed = [
        pieces for pieces in cases if not any(one.card or one.worry for one in heard_in_pieces(ear, pieces))
    ]
    assert len(missed) <= len(cases) * 0.01, missed


def test_a_bare_no_is_never_an_answer_where_it_ends_a_danger(ear: Ear) -> None:
    for piece in (
        "意識が",
        "意識",
        "息",
        "息が",
        "反応",
        "反応が",
        "脈が",
        "声が",
        "呼吸が",
        "返事が",
        "父の意識が",
    ):
        for no in ("ない", "なし", "ないです", "ありません", "いいえ"):
            heard = ear.together([piece], no)
            bare_no = ear.bare_no([piece])
            assert heard.card or heard.worry or (bare_no and bare_no.danger), (piece, no)


def test_a_noun_that_answers_is_no_piece_of_a_danger(ear: Ear) -> None:
    for answer in ("82歳", "母", "自分", "子ども", "頭痛", "めまい", "38度", "きのう"):
        assert ear.bare_no([answer]) is None, answer
    assert ear.bare_no(["熱があります"]) is None


def test_a_broken_off_sentence_without_a_danger_is_still_broken_off(ear: Ear) -> None:
    for piece in ("熱は", "食欲が", "お金が"):
        bare_no = ear.bare_no([piece])
        assert bare_no is not None
        assert bare_no.danger is None


def everyday(ear: Ear) -> list[str]:
    lines = (DATA / "cases" / "intents.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [case["text"] for case in map(json.loads, lines) if case["split"] == "train"]
    texts = random.Random(7).sample(texts, 400)
    return [text for text in texts if ear(text) == HeardDangers()]


def test_two_harmless_messages_make_no_danger_together(ear: Ear) -> None:
    calm, rnd = everyday(ear), random.Random(8)
    pairs = [(rnd.choice(calm), rnd.choice(calm)) for _ in range(PAIRS)]
    found = [(pair, ear.together(pair[:1], pair[1])) for pair in pairs]
    assert [pair for pair, heard in found if heard.card] == []
    assert sum(heard.worry is not None for _, heard in found) <= PAIRS * 0.01


@pytest.mark.parametrize(
    "pair",
    [
        ("熱はない", "咳がある"),
        ("おなかは痛くない", "薬がほしい"),
        ("血圧は", "130です"),
        ("意識は", "あります"),
    ],
)
def test_what_is_denied_or_harmless_in_pieces_stays_so(ear: Ear, pair: tuple[str, str]) -> None:
    assert ear.together(pair[:1], pair[1]) == HeardDangers()


def test_a_danger_of_two_whole_sentences_is_asked_about(ear: Ear) -> None:
    before, after = "おなかが痛くて触れません", "熱が39度でふるえます"
    sure = ear(joined_pieces([before, after])).card
    assert sure
    assert ear(before) == ear(after) == HeardDangers()
    assert ear.together([before], after).worry == replace(sure, level="ask")


def test_a_worry_that_becomes_sure_is_heard_once_more(ear: Ear) -> None:
    fell, vomits = "頭を打ちました", "何度も吐いています"
    worry = ear(fell).worry
    assert worry
    sure = ear.together([fell], vomits, {worry.category}).worry
    assert sure
    assert sure.category == worry.category
    assert ear.together([fell, vomits], "待っています", {worry.category}).worry is None


def test_a_worry_that_was_heard_is_no_new_one(ear: Ear) -> None:
    worry = ear("息が苦しいです").worry
    assert worry
    assert ear.together(["息が苦しいです"], "待っています", {worry.category}) == HeardDangers()
