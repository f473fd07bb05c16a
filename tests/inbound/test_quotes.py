"""What a resident quotes is found: by staff, and by the talk, where it is a question of ours; and nothing is copied."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, update

from core.clock import Clock
from core.console import ConsoleDeps
from core.crypto import KeyRing
from core.db.tables import Outbox, Profession, Thread, Utterance
from core.live import Signals, make_redis
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from tests.harness.console_client import Browser, StaffWeb, open_staff_web
from tests.harness.in_process import ScriptedResident, Town

HEADACHE = "35歳です。頭が痛いです"
PERSON = "看護師さんと話したい"
DIZZY = "ないしょでめまいがします"


@pytest.fixture
async def house(
    town: Town,
    redis_url: str,
    ring: KeyRing,
    settings: Settings,
    texts: Texts,
    cities: dict[str, Municipality],
) -> AsyncIterator[StaffWeb]:
    client = make_redis(redis_url)
    deps = ConsoleDeps(
        sessions=town.sessions,
        ring=ring,
        settings=settings,
        clock=town.clock,
        signals=Signals(client),
        texts=texts,
        cities=cities,
    )
    async with open_staff_web(deps) as house:
        yield house
    await client.aclose()


@pytest.fixture
async def nurse(house: StaffWeb) -> Browser:
    return await house.at_work("everybody", professions=tuple(Profession))


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(HEADACHE, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    return await town.resident()


async def newest_id(resident: ScriptedResident) -> str:
    """Return LINE's id of the newest message in the talk."""
    url = f"{resident.town.simulator_url}/api/residents/{resident.user_id}/messages"
    async with resident.town.http.get(url) as answer:
        found: list[dict[str, Any]] = await answer.json()
    return str(found[-1]["message_id"])


async def page(town: Town, staff: Browser) -> str:
    async with town.sessions() as session:
        thread = (await session.scalars(select(Thread.id))).one()
    status, shown = await staff.get(f"/console/threads/{thread}")
    assert status == 200
    return shown.replace("<bdi>", "").replace("</bdi>", "")


async def test_ids_are_kept_of_what_line_took(town: Town, resident: ScriptedResident) -> None:
    await resident.says(HEADACHE)
    async with town.sessions() as session:
        rows = (await session.scalars(select(Outbox))).all()
    assert all(row.line_message_ids for row in rows)
    assert await newest_id(resident) in [id_ for row in rows for id_ in row.line_message_ids or ()]


async def test_ids_are_kept_where_the_answer_leaves_with_its_turn_and_where_it_is_pushed(
    town: Town, resident: ScriptedResident, clock: Clock
) -> None:
    await resident.does(type="text", text=HEADACHE)
    await town.webhooks_delivered()
    await town.serve()
    clock.advance(minutes=5)  # type: ignore[attr-defined]
    await town.settle()
    async with town.sessions() as session:
        row = (await session.scalars(select(Outbox).order_by(Outbox.position.desc()).limit(1))).one()
    assert row.via == "push"
    assert row.line_message_ids


@pytest.mark.parametrize("words", ["これ", "これです", "はい", "〇"])
async def test_a_bare_word_that_quotes_the_open_question_answers_it(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    await resident.says(HEADACHE)
    assert "いますぐ119番" in await resident.sends(
        type="text", text=words, quotedMessageId=await newest_id(resident)
    )


@pytest.mark.parametrize("words", ["これ", "はい", "なし", "×", "うん"])
async def test_a_bare_word_that_quotes_an_earlier_question_answers_no_other(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    await resident.says(HEADACHE)
    earlier = await newest_id(resident)
    await resident.taps("どれもない")
    open_now = list(resident.labels)
    heard = await resident.sends(type="text", text=words, quotedMessageId=earlier)
    assert "引用された質問は、もう終わっています" in heard
    assert resident.labels == open_now


async def test_who_quotes_a_question_that_is_over_is_told_so(town: Town, resident: ScriptedResident) -> None:
    await resident.says(HEADACHE)
    earlier = await newest_id(resident)
    await resident.says("やめる")
    heard = await resident.sends(type="text", text="はい", quotedMessageId=earlier)
    assert "引用された質問は、もう終わっています" in heard
    assert "119番" in heard


async def test_further_words_are_understood_whatever_they_quote(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(HEADACHE)
    earlier = await newest_id(resident)
    await resident.says("やめる")
    heard = await resident.sends(type="text", text=HEADACHE, quotedMessageId=earlier)
    assert "頭" in heard


async def test_staff_see_which_message_is_quoted(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    done = await resident.does(type="text", text=DIZZY)
    await town.settle()
    await resident.says(PERSON)
    await resident.sends(type="text", text="これのことです", quotedMessageId=done["message_id"])
    shown = await page(town, nurse)
    assert f"相談者：<q>{DIZZY}</q>" in shown


async def test_staff_see_which_of_our_messages_is_quoted(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    await resident.says(PERSON)
    await resident.sends(type="text", text="これは何ですか", quotedMessageId=await newest_id(resident))
    assert "引用　自動応答：<q>看護師に伝えました" in await page(town, nurse)


async def test_an_unknown_quote_is_said_to_be_one(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    await resident.says(PERSON)
    await resident.sends(type="text", text="これです", quotedMessageId="987654321")
    assert "元のメッセージが見つかりません" in await page(town, nurse)


async def test_quoted_words_that_are_taken_back_stand_nowhere(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    done = await resident.does(type="text", text=DIZZY)
    await town.settle()
    await resident.says(PERSON)
    await resident.sends(type="text", text="これのことです", quotedMessageId=done["message_id"])
    async with town.sessions() as session:
        quoting = (await session.scalars(select(Utterance).where(Utterance.quoted_id.is_not(None)))).one()
        thread = (await session.scalars(select(Thread.id))).one()
    await resident.sends(type="unsend", message_id=done["message_id"])
    shown = await page(town, nurse)
    assert DIZZY not in shown
    assert "引用　相談者：送信取消" in shown
    _, changes = await nurse.get(
        f"/console/threads/{thread}/changes?after={quoting.version}", Accept="application/json"
    )
    assert f'"id": {quoting.id}' in changes
    assert DIZZY not in changes


async def test_a_quote_of_a_message_that_was_unsent_before_it_came_shows_nothing_of_it(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    await resident.says(PERSON)
    await resident.sends(type="text", text="これのことです", quotedMessageId=await newest_id(resident))
    async with town.sessions.begin() as session:
        await session.execute(update(Outbox).values(line_message_ids=None))
    assert "自動応答：<q>" in await page(town, nurse)


async def test_words_on_a_sticker_are_shown_as_such(
    town: Town, resident: ScriptedResident, nurse: Browser
) -> None:
    await resident.says(PERSON)
    done = await resident.does(type="sticker", text="ありがとうね", keywords=["謝謝"])
    await town.settle()
    assert "（スタンプの文字）ありがとうね" in await page(town, nurse)
    await resident.sends(type="text", text="これ", quotedMessageId=done["message_id"])
    assert "相談者：<q>ありがとうね</q>" in await page(town, nurse)
