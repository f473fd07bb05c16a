"""Measure triage.turn: how long one turn of a consultation takes, without Rasa, database and network."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.bench.environment import BenchEnvironment
from bot.bench.result import Measurement
from bot.bench.statistics import quantile
from bot.commands.triage_session import TriageContent, TriageSession, open_content
from bot.triage.tables.golden import golden_cases
from core.ja import ReadText

DATA = Path("data")
CITY = "iwaki"
WARM_UP = 20
MOST_TURNS = 12
# What is tapped where it is offered: the longest way through a table is the one on which nothing is found.
TAPS = ("自分", "どれもない", "全部あてはまる", "はかっていない", "わからない")


async def triage_turn(_bench: BenchEnvironment) -> Measurement:
    """Lead the consultations of the golden cases to their ends; the baseline is hearing the dangers of the same words."""
    return await asyncio.to_thread(_measured)


def _measured() -> Measurement:
    content = open_content(DATA, CITY)
    openings = list(dict.fromkeys(case.says for _, case in golden_cases(DATA)))
    for text in openings[:WARM_UP]:
        _turns(content, text)
    turns = [took for text in openings for took in _turns(content, text)]
    heard = [_hearing(content, text) for text in openings]
    return Measurement(
        value=quantile(turns, 0.95),
        baseline=quantile(heard, 0.95),
        extra={
            "p50": quantile(turns, 0.5),
            "note": f"{len(turns)} turns of {len(openings)} consultations; baseline: the dangers heard in their words",
        },
    )


def _turns(content: TriageContent, text: str) -> list[float]:
    """Return what each turn of a consultation took, in ms."""
    session = TriageSession(content)
    took, answer = _timed(partial(session.hear, text))
    turns = [took]
    while not session.is_over and len(turns) < MOST_TURNS:
        label = next((tap for tap in TAPS if tap in answer["actions"]), answer["actions"][0])
        took, answer = _timed(partial(session.press, label))
        turns.append(took)
    return turns


def _timed(act: Callable[[], dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    """Return how long it took, in ms, and what came out."""
    began = time.perf_counter()
    found = act()
    return (time.perf_counter() - began) * 1000, found


def _hearing(content: TriageContent, text: str) -> float:
    return _timed(lambda: {"heard": content.ear(ReadText(text))})[0]
