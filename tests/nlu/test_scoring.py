"""The figures of an evaluation, and which lines of a file count."""

import json
from pathlib import Path

import pytest

from nlu.alarms import read_texts
from nlu.examples import BadExamples, Example, read_examples
from nlu.scoring import Reading, report, summary


def test_figures_by_voice_are_there_when_the_messages_have_voices() -> None:
    readings = [
        Reading(Example("あたまが いたい", "consult_symptom", voice="a"), "consult_symptom", 0.9),
        Reading(Example("はらが いたい", "consult_symptom", {"body_part": ["腹"]}, voice="a"), "greet", 0.9),
        Reading(Example("頭痛。", "consult_symptom", voice="g"), "consult_symptom", 0.9),
    ]
    result = report(readings)
    assert result["per_voice"] == {
        "a": {"n": 2, "accuracy": 0.5, "entity_accuracy": 0.0},
        "g": {"n": 1, "accuracy": 1.0, "entity_accuracy": None},
    }
    assert "voice a: messages    2  accuracy 50.0%  entities 0.0%" in summary(result)


def test_messages_without_voices_have_no_figures_by_voice() -> None:
    assert "per_voice" not in report([Reading(Example("頭痛", "consult_symptom"), "greet", 0.5)])


def test_only_lines_of_the_split_are_read(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    lines = [
        {"text": "頭痛", "intent": "consult_symptom", "split": split, "voice": "g"}
        for split in ("dev", "test")
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    assert len(read_examples(file)) == 2
    assert read_examples(file, "dev") == [Example("頭痛", "consult_symptom", voice="g")]
    with pytest.raises(BadExamples, match="no examples of the split 'train'"):
        read_examples(file, "train")


def test_texts_to_ask_for_alarms_keep_their_order_and_authors(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "痛い\u2028です", "author": "X"}\n\n{"text": ""}\n', encoding="utf-8")
    assert read_texts(file) == [{"text": "痛い\u2028です", "author": "X"}, {"text": "", "author": ""}]


@pytest.mark.parametrize("line", ["{", "[]", '{"words": "痛い"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(f'{{"text": "痛い"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(BadExamples, match=r"texts\.jsonl:2: "):
        read_texts(file)
