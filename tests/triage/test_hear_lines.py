"""`helpo triage screen` and `helpo triage hear`: what is heard in a file of messages."""

import json
from pathlib import Path

import pytest

from bot.commands.hearing import (
    Line,
    NoAlarms,
    as_json,
    ask_alarms,
    hear_lines,
    no_alarms,
    read_lines,
    screen_lines,
)
from bot.commands.hearing_report import report
from core.errors import ContentError
from core.understanding import Alarm

DATA = Path(__file__).parents[2] / "data"
SURE = "父が息をしていません"
EVERYDAY = "近くの内科を教えてください"


def lines_of(*texts: str) -> list[Line]:
    return [Line(text, {}) for text in texts]


def test_the_rules_say_which_messages_raise_a_red_flag() -> None:
    assert list(screen_lines(lines_of(SURE, EVERYDAY), DATA)) == [
        {"text": SURE, "red_flag": True, "category": "cardiac_arrest"},
        {"text": EVERYDAY, "red_flag": False, "category": None},
    ]


def test_rules_and_alarm_are_heard_together() -> None:
    alarms = [Alarm("burn", 1.0), Alarm("stroke", 0.001), Alarm("stroke", 1.0), None]
    heard = list(hear_lines(lines_of(SURE, EVERYDAY, EVERYDAY, EVERYDAY), alarms, DATA))
    assert [as_json(one) for one in heard] == [
        {"text": SURE, "card": True, "question": False, "category": "cardiac_arrest", "by": "screen"},
        {"text": EVERYDAY, "card": False, "question": False, "category": None, "by": None},
        {"text": EVERYDAY, "card": False, "question": True, "category": "stroke", "by": "alarm"},
        {"text": EVERYDAY, "card": False, "question": False, "category": None, "by": None},
    ]


def test_lines_are_read_with_their_labels_and_blank_ones_are_skipped(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "痛い\u2028です", "label": "ask", "n": 3}\n\n{"text": ""}', encoding="utf-8")
    assert read_lines(file) == [Line("痛い\u2028です", {"label": "ask"}), Line("", {})]


def test_only_lines_of_one_split_are_read(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "a", "split": "dev"}\n{"text": "b", "split": "train"}\n{"text": "c"}\n')
    assert read_lines(file, "dev") == [Line("a", {"split": "dev"})]


@pytest.mark.parametrize("line", ["父が", "[]", '{"words": "父が"}', '{"text": 3}'])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"text": "こんにちは"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"lines\.jsonl:2:"):
        read_lines(file)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b'{"text": "\xff"}')
    with pytest.raises(ContentError, match="not UTF-8"):
        read_lines(file)


def test_the_report_counts_and_shows_no_message() -> None:
    lines = [
        Line(SURE, {"label": "red", "author": "X", "voice": "a", "split": "dev"}),
        Line(EVERYDAY, {"label": "ask", "author": "X", "voice": "b", "split": "dev"}),
        Line(EVERYDAY, {"label": "none", "kind": "past", "author": "Y", "voice": "a", "split": "dev"}),
        Line(EVERYDAY, {"label": "none", "kind": "everyday", "author": "Y", "voice": "a", "split": "dev"}),
    ]
    alarms = [Alarm("burn", 1.0), Alarm("stroke", 1.0), Alarm("stroke", 1.0), None]
    table = list(report(list(hear_lines(lines, alarms, DATA))))
    assert table[0].split() == ["of", "n", "card", "rules", "head", "both"]
    rows = [line.split() for line in table[1:]]
    assert ["all", "red", "1", "100.0%", "100.0%", "100.0%", "100.0%"] in rows
    assert ["all", "ask", "1", "0.0%", "0.0%", "100.0%", "100.0%"] in rows
    assert ["author", "Y", "near", "miss", "1", "0.0%", "0.0%", "100.0%", "100.0%"] in rows
    assert ["author", "Y", "everyday", "1", "0.0%", "0.0%", "0.0%", "0.0%"] in rows
    assert ["kind", "past", "near", "miss", "1", "0.0%", "0.0%", "100.0%", "100.0%"] in rows
    assert not any(SURE in line or EVERYDAY in line for line in table)


def rasa_that_answers(tmp_path: Path, script: str) -> Path:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return python


def test_alarms_are_asked_in_the_other_environment(tmp_path: Path) -> None:
    alarm = json.dumps({"category": "stroke", "confidence": 0.5})
    python = rasa_that_answers(tmp_path, f"""[ "$5" = --strangers ] && echo '{alarm}'; echo '{{}}'""")
    assert ask_alarms(python, lines_of(SURE)) == [None]
    assert ask_alarms(python, lines_of(SURE, SURE), are_strangers=True) == [Alarm("stroke", 0.5), None]


def test_each_line_is_asked_once_with_its_author_and_nothing_else_of_its_labels(tmp_path: Path) -> None:
    python = rasa_that_answers(tmp_path, f"""cp "$4" {tmp_path}/asked; echo '{{}}'""")
    ask_alarms(python, [Line(SURE, {"author": "X", "label": "red"})])
    assert json.loads((tmp_path / "asked").read_text()) == {"text": SURE, "author": "X"}


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'no model; train it' >&2; exit 1", "no model; train it"),
        ("exit 3", "ended with 3"),
        ("", "0 of 2"),
    ],
)
def test_why_there_are_no_alarms_is_said(tmp_path: Path, script: str, says: str) -> None:
    with pytest.raises(NoAlarms, match=says):
        ask_alarms(rasa_that_answers(tmp_path, script), lines_of(SURE, SURE))
    with pytest.raises(NoAlarms, match="make setup"):
        ask_alarms(tmp_path / "nowhere", lines_of(SURE))
    assert no_alarms(2) == [None, None]
