"""Words on a sticker are heard and shown like words; a plain sticker gets a friendly word, or the question again."""

import pytest
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.tables import Conversation, Thread
from core.talk import lock_talk
from handoff.service_resident import read_summary
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import PICTURE

HEADACHE = "35歳です。頭が痛いです"
PERSON = "看護師さんと話したい"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(HEADACHE, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    return await town.resident()


async def test_words_on_a_sticker_are_understood(resident: ScriptedResident) -> None:
    heard = await resident.sends(type="sticker", text=HEADACHE)
    assert "頭" in heard
    assert "どれもない" in resident.labels


async def test_a_cry_on_a_sticker_gets_119(resident: ScriptedResident) -> None:
    heard = await resident.sends(type="sticker", text="父が倒れて息をしていません")
    assert "いますぐ119番" in heard


@pytest.mark.parametrize("words", ["どれもない", "×", "ないです"])
async def test_words_on_a_sticker_answer_the_open_question(resident: ScriptedResident, words: str) -> None:
    before = await resident.says(HEADACHE)
    heard = await resident.sends(type="sticker", text=words)
    assert "読み取れません" not in heard
    assert heard != before


async def test_a_foreign_word_on_a_sticker_is_no_courtesy(resident: ScriptedResident) -> None:
    assert "Interpreters are available" in await resident.sends(type="sticker", text="Thank you!")


async def test_a_plain_sticker_gets_a_neutral_word(resident: ScriptedResident) -> None:
    heard = await resident.sends(type="sticker", keywords=["ありがとう", "OK"])
    assert "絵だけでは" in heard
    assert "体の具合を相談する" in resident.labels
    assert "どういたしまして" not in heard


async def test_a_plain_sticker_in_mid_question_brings_the_question_again(resident: ScriptedResident) -> None:
    await resident.says(HEADACHE)
    await resident.sends(type="sticker")
    assert "どれもない" in resident.labels


async def test_a_plain_sticker_after_a_picture_is_not_told_of_pictures_and_voices(
    resident: ScriptedResident,
) -> None:
    first = await resident.sends(type="image", data=PICTURE)
    assert "写真や音声の中身は" in first
    again = await resident.sends(type="sticker")
    assert "写真や音声の中身は" not in again
    assert "次のどれかにあてはまりますか" in again
    assert "どれもない" in resident.labels


async def test_words_on_a_sticker_are_passed_on_to_the_person(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(PERSON)
    heard = await resident.sends(type="sticker", text="息が苦しい")
    assert "119番" in heard
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        summary = read_summary(talk, (await session.scalars(select(Thread))).one())
    assert [words.text for words in summary.said] == ["息が苦しい"]


async def test_a_sticker_that_is_taken_back_leaves_nothing(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    done = await resident.does(type="sticker", text="ないしょの頭が痛い")
    await town.settle()
    await resident.sends(type="unsend", message_id=done["message_id"])
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        assert "ないしょ" not in str(talk.state)
