"""Test several intents in one message."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.app import all_flows, load_content
from bot.dialogue.flow import Context
from bot.dialogue.interpretation import intents_of
from bot.dialogue.pending_intents import keep_pending, pending_intents, take_pending
from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from bot.language.segmentation import Clause
from core.ja import ReadText
from core.understanding import Entity, Understanding
from tests.conftest import DATA

CONTENT = load_content(DATA)
FLOWS = all_flows(CONTENT)
CTX = Context(
    datetime(2026, 11, 16, 1, 0, tzinfo=UTC),
    CONTENT.texts,
    CONTENT.cities["iwaki"],
    FLOWS,
    CONTENT.tables,
    "1a",
)
MEDICINE_SHOP = Entity("department", "内科", "内科")


def said(whole: str, *parts: tuple[str, str]) -> UserInput:
    return UserInput(
        kind="text",
        text=ReadText("".join(text for text, _ in parts)),
        meaning=Understanding(whole, 0.9),
        clauses=tuple(
            Clause(ReadText(text), Understanding(intent, 0.9) if intent else None) for text, intent in parts
        ),
    )


def intents(message: UserInput) -> list[tuple[str, str]]:
    return [(wish.intent, wish.text) for wish in intents_of(message, FLOWS)]


def test_the_most_urgent_comes_first_whatever_the_order() -> None:
    message = said(
        "find_facility",
        ("料金は？", "ask_how_to_use"),
        ("看護師さんと話したい。", "talk_to_human"),
        ("近くの内科は？", "find_facility"),
        ("熱もあります。", "consult_symptom"),
    )
    assert [intent for intent, _ in intents(message)] == [
        "consult_symptom",
        "find_facility",
        "talk_to_human",
        "ask_how_to_use",
    ]


def test_a_greeting_is_no_wish() -> None:
    message = said("greet", ("こんにちは", "greet"), ("熱があります", "consult_symptom"))
    assert intents(message) == [("consult_symptom", message.text)]


def test_a_symptom_taken_for_a_no_is_kept() -> None:
    message = said(
        "consult_symptom",
        ("朝から熱があります。", "consult_symptom"),
        ("水も飲めません。", "deny"),
        ("近くの内科は？", "find_facility"),
    )
    assert intents(message) == [
        ("consult_symptom", "朝から熱があります。\n水も飲めません。"),
        ("find_facility", "近くの内科は？"),
    ]


@pytest.mark.parametrize(
    "courtesy", ["ありがとうございます。", "はい。", "どれもないです。", "よろしくお願いします"]
)
def test_a_short_courtesy_goes_to_no_wish(courtesy: str) -> None:
    message = said(
        "", ("熱があります。", "consult_symptom"), (courtesy, "thanks"), ("近くの内科は？", "find_facility")
    )
    assert [text for _, text in intents(message)] == ["熱があります。", "近くの内科は？"]


def test_words_that_say_nothing_by_themselves_stay_with_their_neighbours() -> None:
    message = said(
        "consult_symptom",
        ("息子のことです。", ""),
        ("熱があります。", "consult_symptom"),
        ("3歳です。", ""),
        ("近くの小児科は？", "find_facility"),
    )
    assert intents(message) == [
        ("consult_symptom", "息子のことです。\n熱があります。\n3歳です。"),
        ("find_facility", "近くの小児科は？"),
    ]


def test_a_temperature_belongs_to_the_symptom() -> None:
    message = said("consult_symptom", ("頭が痛い。", "consult_symptom"), ("38度です。", "report_condition"))
    assert intents(message) == [("consult_symptom", message.text)]


def test_what_only_the_whole_message_says_is_a_wish_too() -> None:
    message = said("consult_symptom", ("なんだかふらつくんだけど", ""), ("近くの内科は？", "find_facility"))
    assert [intent for intent, _ in intents(message)] == ["consult_symptom", "find_facility"]


def test_a_plain_message_is_one_wish() -> None:
    message = UserInput(
        kind="text", text=ReadText("熱があります"), meaning=Understanding("consult_symptom", 0.9)
    )
    assert intents_of(message, FLOWS) == (message,)


def test_remembered_intents_come_back_in_order_with_what_was_named() -> None:
    place = UserInput(
        kind="text",
        text=ReadText("近くの内科"),
        meaning=Understanding("find_facility", 0.9, (MEDICINE_SHOP,)),
    )
    human = UserInput(kind="text", text=ReadText("看護師さん"), meaning=Understanding("talk_to_human", 0.9))
    state = keep_pending(State(), [human, place], CTX)
    stored = State.from_json(state.to_json(), FLOWS.data_types)
    first, state = take_pending(stored, FLOWS, CTX.now)
    second, state = take_pending(state, FLOWS, CTX.now)
    assert first is not None
    assert second is not None
    assert (first.text, first.entity("department")) == ("近くの内科", "内科")
    assert second.intent == "talk_to_human"
    assert take_pending(state, FLOWS, CTX.now)[0] is None


def test_intents_are_few_and_forgotten_after_a_day() -> None:
    names = ("find_facility", "buy_medicine", "talk_to_human", "ask_how_to_use", "feedback")
    many = [UserInput(kind="text", text=ReadText(name), meaning=Understanding(name, 0.9)) for name in names]
    state = keep_pending(State(), many, CTX)
    assert len(pending_intents(state, FLOWS, CTX.now)) == 3
    assert pending_intents(state, FLOWS, CTX.now + timedelta(hours=25)) == ()


@pytest.mark.parametrize(
    "question",
    [
        "どうしたらいいですか。",
        "どうしたらいいでしょうか",
        "どうすればいいの？",
        "それで、どうしたらよいでしょう。",
        "こういうときはどう対処したらいいですか",
        "なじょすっぺ",
        "なじょしたらいいべ",
        "どうしたらいいか教えてください",
    ],
)
def test_asking_what_to_do_is_no_wish_beside_another(question: str) -> None:
    message = said(
        "consult_symptom", ("朝から熱があります。", "consult_symptom"), (question, "ask_how_to_use")
    )
    assert [intent for intent, _ in intents(message)] == ["consult_symptom"]


@pytest.mark.parametrize(
    "question", ["登録はどうしたらいいですか", "写真はどうすれば送れますか", "使い方がわかりません"]
)
def test_asking_how_to_do_something_stays_a_wish(question: str) -> None:
    message = said(
        "consult_symptom", ("朝から熱があります。", "consult_symptom"), (question, "ask_how_to_use")
    )
    assert "ask_how_to_use" in [intent for intent, _ in intents(message)]
