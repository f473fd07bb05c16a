"""Test the buttons under the 119 card of a list: the first aid of the item that applies, at any time."""

from bot.dialogue.moves import Begin, perform
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION
from bot.flows.consultation.questions import AID
from core.messages import Answer, Card, Tap, actions_of, plain_text
from tests.flows.test_consultation import CTX, tapped
from tests.harness.turns import said


def red() -> tuple[Turn, Card]:
    """Return the turn that answers yes to a red list, and its card."""
    begun = perform(Begin(CONSULTATION, said("頭が痛いです", "consult_symptom")), State(), CTX)
    turn = tapped(begun, "ひとつでもある")
    (card,) = turn.urgent
    assert isinstance(card, Card)
    return turn, card


def press(state: State, button: Tap) -> Turn:
    return take_turn(state, UserInput(kind="postback", answer=Answer.parse(button.data)), CTX)


def test_each_item_of_the_list_leads_to_its_own_first_aid() -> None:
    turn, card = red()
    aids = [one for one in card.quick if isinstance(one, Tap)]
    told = {plain_text(press(turn.state, one).urgent[0]) for one in aids}
    assert len(aids) >= 5
    assert any("首" in one.label for one in aids)
    assert len(told) == len(aids)
    assert all("119" in one for one in told)


def test_the_first_aid_disturbs_no_other_question() -> None:
    turn, card = red()
    other = perform(Begin(CONSULTATION, said("足首をひねりました", "consult_symptom")), turn.state, CTX)
    button = next(one for one in card.quick if isinstance(one, Tap))
    aid = press(other.state, button)
    assert (aid.state.flow, aid.state.instance) == (other.state.flow, other.state.instance)
    assert aid.urgent


def test_an_item_that_is_no_more_in_the_content_is_answered_kindly() -> None:
    turn, _ = red()
    answer = Answer(CONSULTATION, "", AID, "headache_adult.no_such_item")
    stale = take_turn(turn.state, UserInput(kind="postback", answer=answer), CTX)
    assert stale.replies or stale.urgent


def test_a_sign_that_was_told_needs_no_such_buttons() -> None:
    turn = perform(
        Begin(CONSULTATION, said("突然、今までで一番ひどい頭痛がしました", "consult_symptom")), State(), CTX
    )
    assert turn.urgent
    assert not [one for one in actions_of(turn.urgent[0]) if isinstance(one, Tap) and AID in one.data]
