"""The rules' findings and the alarm together: a card, a question, or nothing."""

import json
from pathlib import Path

import pytest

from bot.triage.danger.alarm_threshold import AlarmThreshold, load_alarm_threshold
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.ear import NOTHING_HEARD, HeardDangers, load_ear
from bot.triage.danger.hearing import hear, heard_by
from bot.triage.danger.safety import load_safety
from core.errors import ContentError
from core.understanding import Alarm

DATA = Path(__file__).parents[2] / "data"
THRESHOLD = AlarmThreshold(asks_from=0.6)
SURE = Danger("stroke", "red", "face-droops")
WORRYING = Danger("head_injury", "ask", "hit-head")


STROKE = HeardDangers(worry=Danger("stroke", "ask", "alarm"))


@pytest.mark.parametrize(
    ("alarm", "heard"),
    [
        (None, NOTHING_HEARD),
        (Alarm("stroke", 0.599), NOTHING_HEARD),
        (Alarm("stroke", 0.6), STROKE),
        # However sure, it never sends a card.
        (Alarm("stroke", 1.0), STROKE),
    ],
)
def test_where_the_rules_hear_nothing_the_alarm_asks_from_its_threshold_on(
    alarm: Alarm | None, heard: HeardDangers
) -> None:
    assert hear(NOTHING_HEARD, alarm, THRESHOLD) == heard


@pytest.mark.parametrize(
    "by_rules", [HeardDangers(SURE), HeardDangers(None, WORRYING), HeardDangers(SURE, WORRYING)]
)
@pytest.mark.parametrize("alarm", [None, Alarm("stroke", 0.0), Alarm("burn", 1.0)])
def test_the_alarm_changes_nothing_of_what_a_rule_heard(by_rules: HeardDangers, alarm: Alarm | None) -> None:
    assert hear(by_rules, alarm, THRESHOLD) == by_rules


EAR = load_ear(DATA)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("5か月の娘です。さっき測ったら38.3度ありました", "infant_under_3m"),
        ("手をつないでいて引っ張ったら、それから右腕を動かさないんです", "stroke"),
        ("飲みすぎた。頭が痛いし気持ち悪い", "heatstroke"),
        ("孫が歯が生えてきて、ぐずっています", "child_lethargy"),
    ],
)
def test_an_alarm_is_not_followed_whose_question_the_words_answer(words: str, category: str) -> None:
    heard = EAR(words)
    assert heard.worry is None
    assert hear(heard, Alarm(category, 1.0), THRESHOLD).worry is None
    assert hear(heard, Alarm("seizure", 1.0), THRESHOLD).worry is not None


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("2か月の娘です。なんだか変です", "infant_under_3m"),
        ("手をつないでいたら、右腕を動かさなくなったんです", "stroke"),
        ("炎天下で、頭が痛いし気持ち悪い", "heatstroke"),
        ("孫がなんだか変です", "child_lethargy"),
    ],
)
def test_nothing_else_settles_an_alarm(words: str, category: str) -> None:
    assert category not in EAR(words).settled


def test_it_is_known_who_heard_a_danger() -> None:
    asked = hear(NOTHING_HEARD, Alarm("stroke", 1.0), THRESHOLD).worry
    assert asked is not None
    assert heard_by(asked) == "alarm"
    assert heard_by(SURE) == "screen"


def test_every_danger_the_head_learns_has_a_question() -> None:
    lines = (DATA / "cases" / "danger.jsonl").read_text(encoding="utf-8").splitlines()
    learnt = {case["category"] for case in map(json.loads, lines) if case["label"] != "none"}
    assert learnt
    assert learnt <= set(load_safety(DATA))


def test_the_project_has_a_threshold() -> None:
    assert 0.3 <= load_alarm_threshold(DATA).asks_from <= 0.8


@pytest.mark.parametrize("text", ["", "asks_from: 0\n", "asks_from: 1.2\n", "asks_from: 0.5\nfrom: 1\n"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "triage").mkdir()
    (tmp_path / "triage" / "alarm.yml").write_text(text)
    with pytest.raises(ContentError, match=r"alarm\.yml"):
        load_alarm_threshold(tmp_path)
