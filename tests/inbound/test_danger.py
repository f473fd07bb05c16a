"""Test that staff know every resident who reached red or despair, whatever the resident does next."""

import base64

import pytest
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.tables import SafetyEvent
from core.texts import Texts
from handoff import safety_store
from handoff.safety_events import CHECK, INTERVIEW, LISTED_FOR, Sign, by_talk
from tests.conftest import FakeClock
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.talk_threads import claimed, open_thread

PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0 a picture").decode()


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("熱があります", "consult_symptom")
    town.meanings.teach("頭が痛いです", "consult_symptom")
    town.meanings.teach("酸素が88です", "report_condition")
    return await town.resident()


async def unaccompanied(town: Town) -> list[Sign]:
    """The list as the inbox shows it."""
    async with town.sessions() as session:
        return list(by_talk(await safety_store.unaccompanied(session, "iwaki", town.clock() - LISTED_FOR)))


async def noted(town: Town) -> list[tuple[str, str]]:
    async with town.sessions() as session:
        found = await session.scalars(select(SafetyEvent).order_by(SafetyEvent.id))
        return [(event.category, event.urgency) for event in found]


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("父が急に倒れて返事をしません", "unconscious"),
        ("今までで一番ひどい頭痛です", "thunderclap_headache"),
        ("子どもがけいれんしています", "seizure"),
        ("首を吊ろうとしています", "suicide_act"),
    ],
)
async def test_a_red_that_asks_for_nobody_is_noted(
    town: Town, resident: ScriptedResident, words: str, category: str
) -> None:
    await resident.says(words)
    (sign,) = await unaccompanied(town)
    assert (sign.categories, sign.urgency, sign.wrote_at) == ((category,), "red", None)
    assert await open_thread(town) is None


async def test_who_wants_to_die_and_gives_up_waiting_is_noted(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says("死にたいです")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.is_despair
    assert await unaccompanied(town) == []
    clock.advance(minutes=1)
    await resident.taps("待つのをやめる")
    (sign,) = await unaccompanied(town)
    assert sign.is_despair
    assert sign.categories == ("withdrawn", "suicide_plan")


async def test_an_interview_that_ends_red_is_noted(town: Town, resident: ScriptedResident) -> None:
    await resident.says("熱があります")
    await resident.taps("自分")
    assert await noted(town) == []
    await resident.taps("ひとつでもある")
    assert await noted(town) == [(INTERVIEW, "red")]
    assert len(await unaccompanied(town)) == 1


@pytest.mark.parametrize("answer", ["あてはまる", "わからない"])
async def test_a_sign_of_danger_beside_a_picture_is_noted(
    town: Town, resident: ScriptedResident, answer: str
) -> None:
    await resident.sends(type="image", data=PICTURE)
    await resident.taps(answer)
    assert await noted(town) == [(CHECK, "red")]


async def test_a_low_oxygen_is_noted(town: Town, resident: ScriptedResident) -> None:
    await resident.says("酸素が85です")
    assert await noted(town) == [("breathing", "red")]


async def test_what_is_not_red_is_not_noted(town: Town, resident: ScriptedResident) -> None:
    for words in ("ありがとう", "頭が痛いです"):
        await resident.says(words)
    await resident.taps("どれもない")
    assert await noted(town) == []


async def test_the_same_sign_again_moves_the_event_and_makes_no_second(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says("今までで一番ひどい頭痛です")
    clock.advance(minutes=10)
    await resident.says("今までで一番ひどい頭痛です、まだ続いています")
    assert await noted(town) == [("thunderclap_headache", "red")]
    (sign,) = await unaccompanied(town)
    assert sign.at == clock()


async def test_words_after_the_card_are_told_of(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says("今までで一番ひどい頭痛です")
    clock.advance(minutes=2)
    await resident.says("電話できません")
    (sign,) = await unaccompanied(town)
    assert sign.wrote_at is not None
    assert sign.wrote_at > sign.at


async def test_a_claimed_talk_is_accompanied(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: FakeClock, texts: Texts
) -> None:
    await resident.says("死にたいです")
    await claimed(town, ring, clock, texts)
    await resident.says("今までで一番ひどい頭痛です")
    assert await unaccompanied(town) == []
    assert ("thunderclap_headache", "red") in await noted(town)


async def test_who_blocks_the_account_after_the_card_stays_in_the_list(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says("今までで一番ひどい頭痛です")
    await resident.sends(type="unfollow")
    (sign,) = await unaccompanied(town)
    assert not sign.is_following
    assert sign.wrote_at is None
