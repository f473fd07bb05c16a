"""What a consultation found out is not asked again, and what it found urgent is not sold to."""

from dataclasses import replace

import pytest

from bot.dialogue.memory import consulted
from bot.dialogue.turn import Context, State
from bot.dialogue.user_input import Said
from bot.flows.otc.flow import Shop
from bot.triage.protocols.loader import load_protocols
from core.clock import Clock
from core.db.tables import Urgency
from core.messages import plain_text
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from shop.catalogue import load_catalogue

COLD = "風邪薬を買いたい"


@pytest.fixture
def context(clock: Clock, texts: Texts, cities: dict[str, Municipality], settings: Settings) -> Context:
    return Context(
        now=clock(),
        texts=texts,
        city=cities["iwaki"],
        protocols=load_protocols(settings.data_dir),
        instance="i1",
        products=load_catalogue(settings.data_dir),
    )


def begun(context: Context, words: str, urgency: Urgency, who: str) -> str:
    """Return what is said when somebody wants to buy after a consultation about `who`."""
    memory = consulted("きのうから熱がある", urgency, context.now, who=who, protocols=("fever",))
    turn = Shop().start(State(memory=memory), Said(kind="text", text=words), context)
    assert not turn.actions
    return "\n".join(plain_text(message) for message in turn.replies)


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
    turn = Shop().start(State(), Said(kind="text", text=COLD), context)
    assert Shop().ask_again(turn.state, context)
    worse = consulted("胸が痛い", Urgency.ORANGE, context.now)
    later = replace(turn.state, memory={**turn.state.memory, **worse})
    assert Shop().ask_again(later, context) == ()
    assert Shop().resume(later, Said(kind="text", text="35歳"), context) is None
