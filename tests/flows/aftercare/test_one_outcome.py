"""Test that every question after a card ends in exactly one outcome, whatever happens, and is asked at most once."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from core.db.tables import Aftercare, Conversation, Resident
from tests.conftest import FakeClock
from tests.harness.in_process import ScriptedResident, Town

SAYS = {
    "red": "父が急に倒れて返事をしません",
    "orange": "妊娠中です。少し出血してきました",
    "mild": "35歳です。熱があります",
    "nurse": "看護師さんと話したい",
    "stop": "待つのをやめる",
    "yet": "まだです",
    "called": "電話しました",
    "worse": "悪くなりました",
    "thanks": "ありがとうございます",
}
TAPS = (
    *("できた", "まだ", "もう大丈夫", "行けない・迷っている", "これから行く"),
    *("わからない", "どれもない", "あとで様子を聞いてもらう", "悪くなった", "よくなった", "病院に行った"),
)
WAITS = {"2m": 2, "3m": 3, "15m": 15, "4h": 240, "day": 1440}
DEEDS = st.sampled_from([*SAYS, *TAPS, *TAPS, *WAITS, "3m", "3m", "15m", "block", "follow"])
QUESTIONS = ("119番に電話できましたか", "行けそうですか", "その後の様子は", "そのあと、どうしましたか")
FORTNIGHT = 14


class Course:
    """One resident, and what became of each question so far."""

    def __init__(self, town: Town, clock: FakeClock, resident: ScriptedResident) -> None:
        self.town, self.clock, self.resident = town, clock, resident
        self.ended: dict[int, tuple[str, object]] = {}
        self.heard = ""
        self.is_blocked = False

    async def does(self, deed: str) -> None:
        if self.is_blocked and deed not in {"follow", *WAITS}:
            return
        if deed in SAYS:
            self.heard += await self.resident.says(SAYS[deed])
        elif deed in TAPS:
            if deed in self.resident.labels:
                self.heard += await self.resident.taps(deed)
        elif deed in WAITS:
            self.clock.advance(minutes=WAITS[deed])
        else:
            self.is_blocked = deed == "block"
            self.heard += await self.resident.sends(type="unfollow" if self.is_blocked else "follow")
        await self.serve()

    async def serve(self) -> None:
        # Two workers at once.
        await asyncio.gather(self.town.aftercare().serve(), self.town.aftercare().serve())
        await self.town.settle()
        self.heard += await self.resident.hears_words()
        for row in await self.rows():
            assert (row.outcome is None) == (row.finished_at is None)
            if row.id in self.ended:
                assert self.ended[row.id] == (row.outcome, row.finished_at)
            elif row.outcome:
                self.ended[row.id] = (row.outcome, row.finished_at)

    async def rows(self) -> list[Aftercare]:
        async with self.town.sessions() as session:
            found = await session.scalars(
                select(Aftercare)
                .join(Conversation, Conversation.id == Aftercare.conversation_id)
                .join(Resident, Resident.id == Conversation.resident_id)
                .where(Resident.line_user_id == self.resident.user_id)
                .order_by(Aftercare.id)
            )
            return list(found)


class Standing:
    """What a run stands on; no dataclass, for a failing example would show all of it."""

    def __init__(self, town: Town, clock: FakeClock) -> None:
        self.town, self.clock = town, clock


@pytest.fixture
def standing(town: Town, clock: FakeClock) -> Standing:
    for words, intent in (("mild", "consult_symptom"), ("nurse", "talk_to_human"), ("thanks", "thanks")):
        town.meanings.teach(SAYS[words], intent)
    return Standing(town, clock)


@pytest.mark.timeout(600)
@examples(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=14))
@example(deeds=["red", "3m", "まだ", "red", "3m", "nurse", "3m", "stop", "called", "day"])
@example(deeds=["orange", "わからない", "15m", "red", "3m", "15m", "day", "悪くなった"])
@example(deeds=["mild", "どれもない", "どれもない", "あとで様子を聞いてもらう", "4h", "悪くなった", "day"])
@example(deeds=["病院に行った", "15m", "2m", "day", "called", "red"])
@example(deeds=["red", "block", "3m", "follow", "red", "3m", "3m"])
async def test_every_question_ends_once(standing: Standing, deeds: list[str]) -> None:
    course = Course(standing.town, standing.clock, await standing.town.resident())
    for deed in deeds:
        await course.does(deed)
    for _ in range(FORTNIGHT):
        standing.clock.advance(days=1)
        await course.serve()
    rows = await course.rows()
    assert [row.kind for row in rows if row.outcome is None] == []
    assert all(row.outcome != "failed" for row in rows)
    asked = Counter(row.kind for row in rows if row.asked_at)
    said = Counter(
        {
            kind: course.heard.count(text)
            for kind, text in zip(("called", "going", "look_again", "next_day"), QUESTIONS, strict=True)
        }
    )
    for kind in ("look_again", "next_day"):
        assert said[kind] <= asked[kind] + course.heard.count("読み取れませんでした")
