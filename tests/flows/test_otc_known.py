"""Test that a consultation's answers are not asked again, and its urgent complaints are offered nothing."""

import pytest

from bot.app import all_flows, load_content
from bot.dialogue.flow import Context
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.state import State
from bot.flows.otc.flow import OtcFlow
from core.clock import Clock
from core.db.tables import Urgency
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from core.words import Words
from tests.harness.turns import said, words_of

COLD = "風邪薬を買いたい"


@pytest.fixture
def context(clock: Clock, texts: Texts, cities: dict[str, Municipality], settings: Settings) -> Context:
    content = load_content(settings.data_dir)
    return Context(
        now=clock(),
        texts=texts,
        city=cities["iwaki"],
        flows=all_flows(content),
        tables=content.tables,
        instance="i1",
    )


def otc(context: Context) -> OtcFlow:
    flow = context.flows["shop"]
    assert isinstance(flow, OtcFlow)
    return flow


def begun(context: Context, words: str, urgency: Urgency, who: str) -> str:
    """Return what is said when somebody wants to buy after a consultation about `who`."""
    fever = PastConsultation(
        complaint=Words.of("きのうから熱がある"),
        urgency=urgency,
        at=context.now,
        who=who,
        protocols=("fever",),
    )
    turn = otc(context).start(State(memory=Memory(consultations=(fever,))), said(words), context)
    assert not turn.effects
    return words_of(turn)


def test_the_age_told_in_the_consultation_is_not_asked_again(context: Context) -> None:
    asked = begun(context, COLD, Urgency.GREEN, "本人（45歳）")
    assert "何歳" not in asked
    assert "先ほどのご相談の方（本人（45歳））" in asked


@pytest.mark.parametrize(
    ("words", "who"),
    [(COLD, "子ども（3歳）"), ("娘の風邪薬を買いたい", "本人（45歳）"), (COLD, "夫"), (COLD, "")],
)
def test_whose_age_is_open_is_asked(context: Context, words: str, who: str) -> None:
    assert "何歳" in begun(context, words, Urgency.WHITE, who)


@pytest.mark.parametrize("urgency", [Urgency.RED, Urgency.ORANGE, Urgency.YELLOW])
def test_nothing_is_sold_where_a_doctor_should_look_first(context: Context, urgency: Urgency) -> None:
    assert "市販の薬よりも先に" in begun(context, "マスクを買いたい", urgency, "")


def test_a_question_taken_up_again_is_not_asked_once_a_doctor_should_look(context: Context) -> None:
    turn = otc(context).start(State(), said(COLD), context)
    assert otc(context).question(turn.state, context)
    worse = turn.state.memory.with_sign(Words.of("胸が痛い"), Urgency.ORANGE, context.now)
    later = turn.state.remembering(worse)
    assert otc(context).question(later, context) == ()
    assert otc(context).read(later, said("35歳"), context) is None
