"""Words of other languages never reach the understanding of Japanese: one card says so, with 119 and a person."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.triage.danger.danger_screen import load_danger_screen
from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import Conversation, Profession, Thread
from core.talk import lock_talk
from handoff.service_resident import open_thread_of, read_summary
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_staff

HEADACHE = "35歳です。頭が痛いです"
PERSON = "人と 話す Ask a person"
SAID = (
    "I have a mild cold and a runny nose",
    "thank you",
    "hello",
    "请问医院在哪里",
    "tôi bị sổ mũi nhẹ",
    "sipon lang po ako",
    "मलाई रुघा लागेको छ",
    "saya batuk sedikit",
    "estou com tosse leve",
    "tengo un poco de tos",
    "콧물이 나요",
    "kaze desu",
    "мне нужна аптека",
)
# Cries that the rules over the lexicon know as sure; the talk sends their card.
CRIES = (
    "Call an ambulance now!",
    "I can't breathe",
    "快叫救护车",
    "他没有呼吸了",
    "Cứu tôi với, không thở được",
    "tulong po, hindi humihinga ang tatay ko",
    "बचाउनुस, सास फेर्न सकिन",
    "tolong panggil ambulans",
    "socorro, não respira",
    "no puedo respirar",
    "살려주세요",
    "tasukete",
    "🆘",
)
WORRIES = (
    "I have chest pain",
    "我胸口痛",
    "khó thở quá, đau ngực",
    "masakit ang dibdib ko",
    "dada saya sakit",
    "dor no peito",
    "me duele el pecho",
    "가슴이 아파요",
    "mune ga itai",
    "🚑",
)


class Deaf:
    """A parser that must not be asked."""

    async def understand(self, text: str) -> None:
        raise AssertionError(f"the parser was asked about {text!r}")


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(HEADACHE, "consult_symptom")
    return await town.resident()


def deafen(town: Town) -> None:
    object.__setattr__(town.processor, "nlu", Deaf())


@pytest.mark.parametrize("words", SAID)
async def test_one_card_in_easy_japanese_and_english_and_the_parser_is_not_asked(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    deafen(town)
    heard = await resident.says(words)
    assert "Call 119" in heard or "call 119" in heard
    assert "通訳(つうやく)の 人(ひと)が います" in heard
    assert "Interpreters are available" in heard
    assert "#7119" in heard
    assert PERSON in resident.labels
    assert "どういたしまして" not in heard
    assert "こんにちは" not in heard


@pytest.mark.parametrize("words", ["English please", "Do you speak English?", "英語でお願いします"])
async def test_who_asks_for_english_reads_english_first(resident: ScriptedResident, words: str) -> None:
    heard = await resident.says(words)
    assert heard.index("Sorry, I did not understand") < heard.index("すみません。わかりませんでした")


async def test_at_night_the_line_for_children_stands_there_too(
    town: Town, resident: ScriptedResident, clock: Clock
) -> None:
    assert "#8000" not in await resident.says("tengo tos")
    clock.now = datetime(2026, 11, 17, 13, tzinfo=UTC)  # type: ignore[attr-defined]
    later = await town.resident()
    assert "#8000：こども。" in await later.says("tengo tos")


async def test_the_same_card_is_not_said_twice_in_a_row(resident: ScriptedResident) -> None:
    first, second = await resident.says("tengo tos"), await resident.says("tengo tos todavía")
    assert second not in first
    assert "119" in second
    assert PERSON in resident.labels


async def test_an_open_question_stays_open_and_answers_are_read(resident: ScriptedResident) -> None:
    await resident.says(HEADACHE)
    heard = await resident.says("what does it mean?")
    assert "Interpreters are available" in heard
    assert "どれもない" in resident.labels
    assert "あと" in await resident.says("no, none") or "最後" in await resident.hears_words()


@pytest.mark.parametrize("words", ["PCR", "12345", "SpO2 97", "https://example.jp/x", "EVE", "ok"])
async def test_names_and_numbers_are_understood_as_before(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    town.meanings.teach(words, "infection_support")
    assert "感染症のことですね" in await resident.says(words)


@pytest.mark.parametrize("words", ["😷", "🙏", "🐶🐶"])
async def test_pictures_in_place_of_words_are_no_greeting_and_no_thanks(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    deafen(town)
    heard = await resident.says(words)
    assert "絵だけでは" in heard
    assert "119" in heard


async def test_a_cry_in_signs_gets_119(town: Town, resident: ScriptedResident) -> None:
    deafen(town)
    assert "119" in await resident.says("🆘")


@pytest.mark.parametrize("words", CRIES)
def test_cries_are_heard_as_sure(words: str) -> None:
    found = load_danger_screen(DATA)(words)
    assert found is not None
    assert found.level == "red"


@pytest.mark.parametrize("words", WORRIES)
def test_worrying_words_are_heard(words: str) -> None:
    assert load_danger_screen(DATA)(words) is not None


async def test_the_nurse_reads_the_words_and_their_language(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("tôi bị sổ mũi nhẹ")
    heard = await resident.taps(PERSON)
    assert "The answer will come in this chat" in heard
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        thread = await open_thread_of(session, talk.conversation.id)
        assert thread is not None
        assert thread.profession == Profession.NURSE
        summary = read_summary(talk, thread)
    assert summary.language == "vi"
    assert summary.complaint.text == "tôi bị sổ mũi nhẹ"


async def test_a_language_that_shows_while_a_nurse_is_awaited_is_noted(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    await resident.says("看護師さんと話したい")
    heard = await resident.says("saya batuk sedikit")
    assert "We have received your message" in heard
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        assert read_summary(talk, (await session.scalars(select(Thread))).one()).language == "id"


async def test_the_nurse_reads_the_words_while_she_has_the_talk(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Clock
) -> None:
    await make_staff(town.sessions, ring, clock)
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    await resident.says("看護師さんと話したい")
    await resident.says("やめる")
    assert "Interpreters are available" in await resident.says("saya batuk sedikit")


@pytest.mark.parametrize("words", ["😭", "🙏🙏", "痛い\n😭", "😷\n😷", "👍"])
def test_lines_of_pictures_alone_are_heard_without_a_failure(words: str) -> None:
    assert load_danger_screen(DATA)(words) is None


async def test_pictures_to_somebody_who_waits_are_served(town: Town, resident: ScriptedResident) -> None:
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    await resident.says("看護師さんと話したい")
    assert "受け取りました" in await resident.says("😭")
    assert await town.pending_events() == 0


async def test_a_danger_in_another_language_is_asked_about_and_the_language_goes_along(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    deafen(town)
    await resident.says("me duele el pecho")
    assert "わからない" in resident.labels
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        assert talk.state["flow"] == "safety_question"
        assert talk.state["memory"]["language"]["code"] == "es"


@pytest.mark.parametrize(
    "words",
    [
        "chest pain and I can't breathe, help",
        "no puedo respirar",
        "khó thở quá, đau ngực",
        "我喘不过气来了救命",
    ],
)
async def test_an_emergency_in_another_language_is_answered_in_english_too(
    resident: ScriptedResident, words: str
) -> None:
    said = await resident.says(words)
    assert "Call 119" in said or "ambulance (119)" in said
