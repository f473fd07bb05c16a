"""What rules and alarm head hear together of the cases on which thresholds are chosen, with the model as it is served."""

import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from bot.commands.hearing import HeardLine, Line, hear_lines, read_lines
from core.understanding import Alarm, NluClient
from tests.nlu.conftest import ROOT, RasaServer

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(900)]

DATA = ROOT / "data"
CASES = DATA / "cases" / "danger.jsonl"
# Her sentences are only counted.
ONLY_COUNTED = "G"


def dev_lines() -> list[Line]:
    return [line for line in read_lines(CASES, "dev") if line.labels["author"] != ONLY_COUNTED]


@pytest.fixture(scope="module")
def heard(rasa: RasaServer, tmp_path_factory: pytest.TempPathFactory) -> list[HeardLine]:
    lines = dev_lines()
    alarms = _alarms(rasa, lines, tmp_path_factory.mktemp("alarm") / "dev.jsonl")
    return list(hear_lines(lines, alarms, DATA))


def _alarms(rasa: RasaServer, lines: list[Line], file: Path) -> list[Alarm | None]:
    file.write_text("".join(json.dumps({"text": line.text}) + "\n" for line in lines))
    done = rasa.command("alarm", str(file))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [Alarm(**answer) if answer else None for answer in answers]


def sort_of(line: Line) -> str:
    if line.labels["label"] != "none":
        return line.labels["label"]
    return "everyday" if line.labels["kind"] == "everyday" else "near miss"


def shares(heard: list[HeardLine], is_heard: Callable[[HeardLine], bool]) -> dict[str, float]:
    """Return the share that is heard of each sort; figures only, so that a failed test shows no sentences."""
    sorts: dict[str, list[bool]] = {}
    for one in heard:
        sorts.setdefault(sort_of(one.line), []).append(is_heard(one))
    return {sort: sum(found) / len(found) for sort, found in sorts.items()}


def test_nearly_every_danger_is_heard_and_few_other_messages_are_asked_about(heard: list[HeardLine]) -> None:
    both = shares(heard, lambda one: one.danger is not None)
    assert both["red"] >= 0.99
    assert both["ask"] >= 0.95
    assert both["everyday"] <= 0.14
    # The screen of the first release alone brings cards for a fifth of them.
    assert both["near miss"] <= 0.3


def test_the_head_alone_hears_most_dangers_and_little_else(heard: list[HeardLine]) -> None:
    """The rules must not hide that the head has gone deaf, or hears dangers everywhere."""
    head = shares(heard, lambda one: one.is_alarmed)
    assert head["red"] >= 0.95
    assert head["ask"] >= 0.8
    assert head["everyday"] <= 0.12
    assert head["near miss"] <= 0.1


def test_the_head_names_the_danger(rasa: RasaServer, tmp_path: Path) -> None:
    lines = [line for line in dev_lines() if line.labels["label"] != "none"]
    alarms = _alarms(rasa, lines, tmp_path / "dangers.jsonl")
    named = [
        alarm and alarm.category == line.labels["category"] for line, alarm in zip(lines, alarms, strict=True)
    ]
    assert sum(map(bool, named)) / len(named) >= 0.8


async def test_the_server_answers_with_an_alarm(rasa: RasaServer) -> None:
    async with aiohttp.ClientSession() as session:
        client = NluClient(session, rasa.url, rasa.token, timeout_s=5)
        stroke = (await client.understand("夫の口の右側が下がって、言葉が出てきません")).alarm
        plain = (await client.understand("インフルエンザの予防接種はいつからですか")).alarm
    assert stroke is not None
    assert stroke.category == "stroke"
    assert stroke.confidence > 0.8
    assert plain is not None
    assert plain.confidence < 0.3


def test_a_missing_model_is_one_clear_line(rasa: RasaServer, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"text": "痛い"}\n')
    elsewhere = RasaServer(rasa.url, rasa.token, rasa.log, tmp_path)
    done = elsewhere.command("alarm", str(file))
    assert done.returncode == 1
    assert done.stderr.strip() == "no model of the present data; run `helpo nlu train`"


@pytest.mark.slow
@pytest.mark.soak
def test_a_stranger_is_judged_by_a_head_that_has_not_learnt_from_her(
    rasa: RasaServer, tmp_path: Path
) -> None:
    """She is judged less surely than by the head that knows her sentences."""
    lines = [line for line in read_lines(CASES, "train") if line.labels["author"] == "C"][:60]
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps({"text": line.text, "author": "C"}) + "\n" for line in lines))
    confidences = []
    for option in ((), ("--strangers",)):
        done = rasa.command("alarm", str(file), *option, timeout_s=850)
        assert done.returncode == 0, done.stderr
        confidences.append([json.loads(answer)["confidence"] for answer in done.stdout.splitlines()])
    is_danger = [line.labels["label"] != "none" for line in lines]
    known, unknown = (
        sum(c if danger else 1 - c for c, danger in zip(found, is_danger, strict=True)) / len(lines)
        for found in confidences
    )
    assert 0.7 < unknown < known
