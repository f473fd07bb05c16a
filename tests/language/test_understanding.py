"""Test asking for a message's meaning and its clauses' meanings at the same time."""

import asyncio

import pytest

from bot.language.understanding import understand
from core.understanding import NluUnavailable, Understanding

WHOLE = "熱があります。近くの内科は？看護師さんと話したい"


class ScriptedNlu:
    """Answers when everybody has asked; what is in `deaf_to` it cannot say."""

    def __init__(self, *deaf_to: str, together: int = 1) -> None:
        self.deaf_to = deaf_to
        self.asked: list[str] = []
        self._together = asyncio.Barrier(together)

    async def understand(self, text: str) -> Understanding:
        self.asked.append(text)
        async with asyncio.timeout(5):
            await self._together.wait()
        if text in self.deaf_to:
            raise NluUnavailable("down")
        return Understanding(f"of {text}", 0.9)


async def test_all_are_asked_at_once_the_whole_first() -> None:
    nlu = ScriptedNlu(together=4)
    heard = await understand(nlu, WHOLE)
    assert nlu.asked[0] == WHOLE
    assert heard.meaning.intent == f"of {WHOLE}"
    assert [part.text for part in heard.clauses] == [
        "熱があります。",
        "近くの内科は？",
        "看護師さんと話したい",
    ]
    assert all(part.meaning for part in heard.clauses)


async def test_a_clause_that_nobody_understands_does_not_spoil_the_rest() -> None:
    heard = await understand(ScriptedNlu("近くの内科は？", together=4), WHOLE)
    assert [part.meaning is None for part in heard.clauses] == [False, True, False]


async def test_a_message_that_nobody_understands_is_said_to_be_so() -> None:
    with pytest.raises(NluUnavailable):
        await understand(ScriptedNlu(WHOLE, together=4), WHOLE)


async def test_a_plain_message_is_asked_for_once() -> None:
    nlu = ScriptedNlu()
    heard = await understand(nlu, "熱があります")
    assert nlu.asked == ["熱があります"]
    assert heard.clauses == ()


async def test_a_long_story_costs_three_more_questions_at_most() -> None:
    nlu = ScriptedNlu(together=4)
    heard = await understand(nlu, "".join(f"今日のできごとその{n}です。" for n in "一二三四五六七"))
    assert len(nlu.asked) == 4
    assert len(heard.clauses) == 6
