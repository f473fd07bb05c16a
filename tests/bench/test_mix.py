"""Test the residents' mix (shares, answers by tap and in words) and the reading of processor time."""

import asyncio
import os
import time

import pytest

from bot.bench import usage
from bot.bench.mix import ANSWER, GOODBYE, LETTER_LENGTHS, SHARES, BenchResident, Mix, letter

QUESTION = [
    {"label": "ひとつでもある"},
    {"label": "どれもない"},
    {"label": "わからない"},
    {"label": "人に相談"},
]
RESULT = [{"label": "病院・薬局をさがす"}, {"label": "ちょっと聞きたい（人に）"}]


def bubble(actions: list[dict[str, str]]) -> dict[str, object]:
    return {"text": "", "actions": [{"type": "postback", **action} for action in actions]}


def talked(messages: int) -> tuple[Mix, dict[str, list[str]]]:
    """Let residents write; each consultation asks three questions."""
    mix = Mix()
    bodies: dict[str, list[str]] = {kind: [] for kind in SHARES}
    residents = [BenchResident(str(number), number) for number in range(40)]
    asked = dict.fromkeys(range(40), 0)
    for number in range(messages):
        me = residents[number % 40]
        act = mix.next_act(me)
        bodies[act.kind].append(act.body["type"])
        asked[me.number] = asked[me.number] + 1 if act.kind == "consultation" else 0
        me.screen = [bubble(QUESTION if 0 < asked[me.number] % 5 < 4 else RESULT)]
    return mix, bodies


def test_the_shares_come_out_as_the_budget_names_them() -> None:
    mix, bodies = talked(2000)
    assert mix.shares() == pytest.approx(SHARES, abs=0.06)
    assert sum(mix.shares().values()) == pytest.approx(1)
    assert bodies["facility"].count("location") == pytest.approx(len(bodies["facility"]) / 2, abs=2)


def test_consultations_are_answered_by_tap_and_in_words() -> None:
    _, bodies = talked(2000)
    assert {"tap", "text"} == set(bodies["consultation"])
    assert 0.2 < bodies["consultation"].count("tap") / len(bodies["consultation"]) < 0.6


@pytest.mark.parametrize(
    ("labels", "choice"),
    [
        (QUESTION, "どれもない"),
        ([{"label": "はい"}, {"label": "いいえ"}], "いいえ"),
        ([{"label": "18歳未満"}, {"label": "18〜64歳"}], "18〜64歳"),
        ([{"label": "今日"}, {"label": "わからない"}], "今日"),
        (RESULT, ""),
    ],
)
def test_a_resident_presses_what_goes_on_ordinarily(labels: list[dict[str, str]], choice: str) -> None:
    assert BenchResident("u", 1, screen=[bubble(labels)]).choice() == choice


def test_who_waits_for_a_person_goes_on_when_she_has_answered_and_again_when_she_has_ended_it() -> None:
    mix, me = Mix(["handoff"]), BenchResident("u", 1)
    acts = []
    for _ in range(3):
        acts.append(mix.next_act(me))
        me.awaits = acts[-1].awaits
    assert me.is_waiting_for_words
    me.read += ANSWER
    assert not me.is_waiting_for_words
    me.awaits = mix.next_act(me).awaits
    assert me.awaits == GOODBYE
    assert me.is_waiting_for_words
    assert [act.is_answered for act in acts] == [True, False, False]


def test_long_messages_have_the_promised_lengths() -> None:
    assert [len(letter(length)) for length in LETTER_LENGTHS] == list(LETTER_LENGTHS)
    assert min(LETTER_LENGTHS) == 500
    assert max(LETTER_LENGTHS) <= 4900


def test_processor_time_counts_our_own_work_and_that_of_children_that_have_ended() -> None:
    before, began = usage.ticks_ms(os.getpid()), time.process_time()
    while time.process_time() - began < 0.15:
        pass
    own = usage.ticks_ms(os.getpid())
    assert 100 <= own - before <= 1000

    async def child() -> None:
        code = "import time\nwhile time.process_time() < 0.3: pass"
        process = await asyncio.create_subprocess_exec("python3", "-c", code)
        await process.wait()

    asyncio.run(child())
    assert usage.ticks_ms(os.getpid()) - own >= 250


def test_a_process_that_is_gone_has_used_nothing() -> None:
    assert usage.ticks_ms(2**22 + 1) == 0
