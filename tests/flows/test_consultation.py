"""The consultation as a pure flow: what it remembers, what it hands over, and that its level never falls."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.triage_session import TriageSession, open_content, patient
from bot.dialogue.memory import recent
from bot.dialogue.policy import take_turn
from bot.dialogue.turn import OpenThread, State, Turn
from bot.dialogue.user_input import Said
from bot.flows.consultation.flow import Consultation
from bot.triage.protocols.case import open_case
from bot.triage.protocols.engine import level_of
from bot.triage.protocols.facts import Facts
from core.db.tables import Profession, Urgency
from core.messages import Answer, Tap, actions_of, plain_text
from core.understanding import Understanding
from core.urgency import LEVELS, more_urgent
from tests.triage.cases import DATA

CONTENT = open_content(DATA, "iwaki")
CTX = CONTENT.context(1)
NONE = "どれもない"


def said(text: str, intent: str = "") -> Said:
    return Said(kind="text", text=text, meaning=Understanding(intent, 0.9) if intent else None)


def started(text: str, intent: str = "consult_symptom") -> Turn:
    return Consultation().start(State(), said(text, intent), CTX)


def tapped(turn: Turn, label: str) -> Turn:
    taps = [a for m in turn.replies for a in actions_of(m) if isinstance(a, Tap) and a.label == label]
    answer = Answer.parse(taps[-1].data)
    return take_turn(turn.state, Said(kind="postback", answer=answer), CTX)


def walked(turn: Turn, *labels: str) -> Turn:
    for label in labels:
        turn = tapped(turn, label)
    return turn


def words(turn: Turn) -> str:
    return "\n".join(plain_text(m) for m in (*turn.urgent, *turn.replies))


def test_later_flows_learn_whom_what_and_where_to() -> None:
    turn = walked(started("3歳の娘が熱を出しました"), *[NONE] * 4)
    last = recent(turn.state, CTX.now)
    assert last["who"] == "娘（3歳）"
    assert last["protocols"] == ["fever_child"]
    assert last["departments"] == ["小児科"]
    assert last["urgency"] == "green"
    assert turn.state.flow == ""


def test_a_nurse_who_is_called_learns_whom_it_is_about() -> None:
    turn = walked(started("夫がおなかを痛がっています"), NONE, "わからない", "わからない")
    (action,) = [a for a in turn.actions if isinstance(a, OpenThread)]
    assert (action.who, action.profession, action.urgency) == ("夫", Profession.NURSE, Urgency.ORANGE)
    assert action.protocols == ("おなかが痛い（大人）",)
    assert action.findings


def test_what_nobody_assessed_is_remembered_as_such_and_never_green() -> None:
    last = recent(walked(started("膝が痛いです"), NONE, NONE, NONE).state, CTX.now)
    assert (last["urgency"], last["protocols"]) == ("yellow", [])
    cry = recent(walked(started("膝が痛いです", "emergency"), NONE, NONE).state, CTX.now)
    assert cry["urgency"] == "orange"


def test_red_must_arrive_and_goes_before_all_else() -> None:
    turn = walked(started("熱があって頭が痛いです"), NONE, "ひとつでもある")
    assert turn.urgent
    assert not turn.replies
    assert recent(turn.state, CTX.now)["urgency"] == "red"


def test_a_sign_told_with_the_complaint_is_red_without_a_question() -> None:
    turn = started("胸が締めつけられるように痛いです")
    assert "119" in words(turn)
    assert turn.urgent


def test_who_leaves_half_way_is_yellow_at_least_for_a_person() -> None:
    flow = Consultation()
    assert flow.leaving(started("相談したいです").state, CTX)["consultation"]["urgency"] == "yellow"
    asked = walked(started("40歳の夫が熱を出しました"), NONE, NONE, "ひとつでもある")
    half = flow.leaving(asked.state, CTX)
    assert half["consultation"]["urgency"] == "orange"
    early = flow.leaving(walked(started("頭が痛いです"), NONE).state, CTX)["consultation"]
    assert (early["urgency"], early["protocols"], early["who"]) == ("orange", [], "本人")
    assert early["findings"][0][1] == NONE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ありがとうございます", "thanks"),
        ("いくらかかりますか", "ask_how_to_use"),
        ("近くの内科を教えて", "find_facility"),
        ("咳止めを買いたい", "buy_medicine"),
        ("看護師さんと話したい", "talk_to_human"),
        ("こんにちは", ""),
    ],
)
@pytest.mark.parametrize("step", ["what", "asking", "who"])
def test_other_wishes_are_not_swallowed(text: str, intent: str, step: str) -> None:
    begun = {"what": "具合が悪い", "asking": "頭が痛いです", "who": "熱があります"}
    state = started(begun[step]).state
    assert Consultation().resume(state, said(text, intent), CTX) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("頭が痛いです", "consult_symptom"),
        ("頭が痛いので病院をさがして", "find_facility"),
        ("なんかこう、ふわふわして", ""),
        ("胸が苦しくて死にそう", "emergency"),
    ],
)
def test_how_somebody_is_counts_as_the_complaint(text: str, intent: str) -> None:
    assert Consultation().resume(started("具合が悪い").state, said(text, intent), CTX) is not None


def test_a_sign_of_danger_is_heard_whatever_it_was_taken_for() -> None:
    state = walked(started("熱があります。45歳です"), NONE).state
    turn = Consultation().resume(state, said("息が苦しいので病院を教えて", "find_facility"), CTX)
    assert turn is not None
    assert turn.urgent


def test_a_button_of_an_earlier_question_is_no_answer_to_this_one() -> None:
    first = started("頭が痛いです")
    second = tapped(first, NONE)
    old = next(
        a for m in first.replies for a in actions_of(m) if isinstance(a, Tap) and a.label == "ひとつでもある"
    )
    assert (
        Consultation().resume(second.state, Said(kind="postback", answer=Answer.parse(old.data)), CTX) is None
    )


def test_the_state_survives_being_stored() -> None:
    turn = walked(started("3歳の娘が熱を出しました"), NONE)
    stored = State.from_json(json.loads(json.dumps(turn.state.to_json())))
    assert Consultation().ask_again(stored, CTX) == turn.replies


STEPS = (
    *(
        "どれもない",
        "ひとつでもある",
        "わからない",
        "前の質問にもどる",
        "ほかの人のことです",
        "自分",
        "ほかの大人",
    ),
    *(
        "子ども（15歳以下）",
        "頭も痛いです",
        "胸も痛くなってきました",
        "やっぱり痛くないです",
        "3歳の娘です",
        "夫です",
    ),
    *(
        "吐いています",
        "熱は39度です",
        "ありがとう",
        "2",
        "特にないです",
        "昨日からです",
        "生後2か月です",
        "80歳です",
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["頭が痛いです", "熱があります", "膝が痛い", "娘がけいれんしました", "おなかが痛いです", "けがをした"]
    ),
    st.lists(st.sampled_from(STEPS), max_size=12),
)
def test_whatever_is_said_the_level_never_falls(complaint: str, steps: list[str]) -> None:
    talk = TriageSession(CONTENT)
    reached = [Urgency.WHITE]
    last = talk.hear(complaint)
    for step in [*steps, *[NONE] * 12]:
        if talk.is_over:
            break
        reached.append(level_in(talk.state))
        last = talk.press(step) if step in last["actions"] else talk.hear(step)
        if "子ども（15歳以下）" in last["actions"]:
            last = talk.press("ほかの大人")
    assert talk.is_over, last
    assert LEVELS.index(Urgency(last["urgency"])) <= min(LEVELS.index(level) for level in reached)


def level_in(state: State) -> Urgency:
    """Return the level that answers and words have reached by now."""
    if state.step != "asking" or not state.data.get("complaint"):
        return Urgency.WHITE
    known = Facts.from_json(state.data["person"])
    case = open_case(state.data["complaint"], known, CONTENT.protocols)
    floor = Urgency(state.data["floor"])
    return more_urgent(floor, level_of(case, state.data["answers"])) if case.tables else floor


def test_the_options_of_a_rehearsal_reach_the_flow() -> None:
    talk = TriageSession(CONTENT, State(memory=Memory(person=patient("8m").to_json())))
    assert "お子さん" in talk.hear("熱があります")["text"]


@pytest.mark.parametrize("number", ["1", "２", "3", "3です", "②", "三", "ひとつ", "みっつ"])
def test_a_bare_small_number_is_no_button_where_an_age_may_be_meant(number: str) -> None:
    asked = started("熱があります")
    again = Consultation().resume(asked.state, said(number), CTX)
    assert again is not None
    assert "どなたのことですか" in words(again)
    assert "3歳" in words(again)
    assert again.state.data == asked.state.data


@pytest.mark.parametrize(
    ("answer", "of"),
    [("2番", "お子さん"), ("3番目", "その方の"), ("3歳", "お子さん"), ("7", "お子さん"), ("75", "その方の")],
)
def test_a_place_with_its_counter_and_an_age_are_answers(answer: str, of: str) -> None:
    turn = Consultation().resume(started("熱があります").state, said(answer), CTX)
    assert turn is not None
    assert of in words(turn)


@pytest.mark.parametrize(
    ("label", "text", "protocol"),
    [
        ("ほかの大人", "8歳の娘です", "fever_child"),
        ("自分", "13歳です", "fever_child"),
        ("子ども（15歳以下）", "40歳の夫です", "fever_adult"),
    ],
)
def test_an_age_told_later_decides_over_the_tap(label: str, text: str, protocol: str) -> None:
    turn = take_turn(tapped(started("熱があります"), label).state, said(text, "consult_symptom"), CTX)
    while turn.state.flow:
        turn = tapped(turn, NONE)
    assert recent(turn.state, CTX.now)["protocols"] == [protocol]


def test_an_age_that_was_typed_and_another_that_is_told_are_cleared_up() -> None:
    asked = started("熱があります")
    child = Consultation().resume(asked.state, said("8"), CTX)
    assert child is not None
    turn = take_turn(child.state, said("40歳の夫です", "consult_symptom"), CTX)
    assert "どなたのことですか" in words(turn)
    assert "その方の熱" in words(tapped(turn, "ほかの大人"))


def test_words_against_the_tap_bring_the_question_once_more_and_only_once() -> None:
    chosen = tapped(started("熱があります"), "ほかの大人")
    turn = take_turn(chosen.state, said("娘です", "consult_symptom"), CTX)
    assert "どなたのことですか" in words(turn)
    again = tapped(turn, "ほかの大人")
    assert "その方の熱" in words(again)
    later = take_turn(again.state, said("娘は頭も痛がっています", "consult_symptom"), CTX)
    assert "どなたのことですか" not in words(later)


def test_an_age_of_the_past_is_no_answer_to_whom_it_is_about() -> None:
    asked = started("昨日から38度あります。父か私です")
    turn = Consultation().resume(asked.state, said("3歳のときに心臓の手術をしました", "consult_symptom"), CTX)
    assert turn is not None
    assert "お子さん" not in words(turn)


def test_low_oxygen_is_red_at_once() -> None:
    turn = started("酸素飽和度が89%です")
    assert turn.urgent
    assert recent(turn.state, CTX.now)["urgency"] == "red"


def test_what_was_told_is_kept_within_bounds_and_keeps_its_level_and_person() -> None:
    middle = "8歳の娘のことです。息が苦しそうです。"
    story = "熱があります。" + "なかなか眠れませんでした。" * 60 + middle + "朝になりました。" * 200
    turn = started("頭が痛いです")
    for text in [story] * 4:
        again = Consultation().resume(turn.state, said(text, "consult_symptom"), CTX)
        assert again is not None
        turn = again
        if not turn.state.flow:
            break
        assert len(turn.state.data["complaint"]) <= 2100
    assert turn.urgent or "お子さん" in words(turn)


@pytest.mark.parametrize(
    "story",
    [
        "昨日から熱があって頭が痛いです。水は飲めています。夫は元気です。" * 150,
        "あ。" * 2400,
        "頭が痛い\n" * 1000,
    ],
)
def test_a_turn_with_the_longest_message_is_quick(story: str) -> None:
    started("頭が痛いです")
    took = []
    for end in "一二三":
        before = time.process_time()
        turn = started(story[:4900] + end)
        Consultation().resume(turn.state, said(story[:4900] + end + end, "consult_symptom"), CTX)
        took.append(time.process_time() - before)
    # Two turns; 0.1 s in quiet, and a busy machine gets some room.
    assert min(took) < 0.25


@pytest.mark.parametrize(("told", "whom"), [("8歳です", "お子さんの"), ("夫です", "その方の")])
def test_whom_it_is_about_may_be_told_in_words_when_it_is_asked(told: str, whom: str) -> None:
    asked = tapped(started("胸が痛いです"), "ほかの人のことです")
    answered = take_turn(asked.state, said(told), CTX)
    assert "どなた" not in words(answered)
    assert whom in words(answered)
