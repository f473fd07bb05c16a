"""Who asks for a person hears what fits the level: waiting for an answer never holds anybody back from going."""

import pytest

from bot.commands.triage_session import open_content
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.moves import Begin, perform
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from core.db.tables import Urgency
from core.messages import plain_text
from core.words import Words
from tests.harness.turns import said
from tests.triage.cases import DATA

CTX = open_content(DATA, "iwaki").context(1)


def asked_for_nurse(urgency: Urgency | None, *, protocols: tuple[str, ...] = ("fever_adult",)) -> str:
    """Return what is heard by who asks for a nurse after a consultation that ended so."""
    memory = Memory()
    if urgency:
        past = PastConsultation(
            complaint=Words.of("熱があります"), urgency=urgency, at=CTX.now, protocols=protocols
        )
        memory = memory.with_consultation(past)
    turn = perform(Begin("person", said("看護師さんと話したい", "talk_to_human")), State(memory=memory), CTX)
    return next(effect.text for effect in turn.effects if isinstance(effect, OpenThread))


@pytest.mark.parametrize("urgency", [None, Urgency.WHITE, Urgency.GREEN])
def test_without_hurry_the_screen_may_be_closed(urgency: Urgency | None) -> None:
    heard = asked_for_nurse(urgency)
    assert "画面は閉じてかまいません" in heard
    assert "したくを始めて" not in heard


@pytest.mark.parametrize("urgency", [Urgency.YELLOW, Urgency.ORANGE])
def test_from_yellow_on_she_is_told_to_get_ready_to_go(urgency: Urgency) -> None:
    heard = asked_for_nurse(urgency)
    assert "返事を待たずに、病院に電話して、行くしたくを始めてください" in heard
    assert "お待ちください" not in heard


def test_after_red_119_comes_first() -> None:
    heard = asked_for_nurse(Urgency.RED)
    assert heard.index("先に119番に電話してください") < heard.index("看護師にも伝えました")


def test_a_level_nobody_assessed_hurries_nobody_but_a_sign_of_danger_does() -> None:
    assert "画面は閉じて" in asked_for_nurse(Urgency.YELLOW, protocols=())
    assert "したくを始めて" in asked_for_nurse(Urgency.ORANGE, protocols=())


def advised(text: str, intent: str) -> str:
    turn: Turn = perform(Begin("advice", said(text, intent)), State(), CTX)
    return "\n".join(plain_text(message) for message in turn.replies)


@pytest.mark.parametrize(
    "text",
    [
        "子どもが薬をまちがって飲みました",
        "薬を多く飲んでしまった",
        "飲み合わせを知りたい",
    ],
)
def test_the_poison_line_has_a_number(text: str) -> None:
    heard = advised(text, "consult_medicine")
    assert "072-727-2499" in heard
    assert heard.index("119番") < heard.index("072-727-2499")


@pytest.mark.parametrize(
    ("text", "has_lines"),
    [
        ("夜眠れません", False),
        ("気分が落ち込みます", False),
        ("仕事がつらいです", False),
        ("食欲がなくて元気が出ない", False),
        ("人前で緊張します", False),
        ("消えてしまいたいです", True),
        ("死にたいと思うことがあります", True),
        ("いなくなりたい", True),
        ("生きている意味がわからない", True),
        ("もう限界です", True),
    ],
)
def test_crisis_lines_stand_only_where_words_speak_of_dying(text: str, *, has_lines: bool) -> None:
    assert ("0120-279-226" in advised(text, "consult_mental_health")) is has_lines


def test_bleeding_in_pregnancy_comes_before_anything_else() -> None:
    heard = advised("妊娠中のことで聞きたい", "consult_pregnancy_childcare")
    assert heard.index("出血") < heard.index("電話で言うこと") < heard.index("38度以上")
    assert heard.startswith("出血、水のようなもの")
