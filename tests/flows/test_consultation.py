"""Test the consultation as a pure flow: its memory, its handover, and that its level never falls."""

import gc
import json
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.triage_session import TriageSession, open_content, patient
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.moves import Begin, perform
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION, ConsultationFlow
from bot.flows.consultation.interview import ConsultationData, Interview
from core.db.tables import Profession, Urgency
from core.messages import Answer, Tap, actions_of
from core.urgency import LEVELS
from tests.harness.turns import said, words_of
from tests.triage.cases import DATA

CONTENT = open_content(DATA, "iwaki")
CTX = CONTENT.context(1)
FLOW = ConsultationFlow(CONTENT.content.dangers)
NONE, SOME, UNSURE = "どれもない", "ひとつでもある", "わからない"
WELL, NOT_WELL = "全部あてはまる", "あてはまらないことがある"
# Answers that find nothing, whatever is asked: the first that is offered is taken.
NOTHING_FOUND = (NONE, NOT_WELL, "ほかにはない", "はかっていない", UNSURE)


def started(text: str, intent: str = "consult_symptom") -> Turn:
    return perform(Begin(CONSULTATION, said(text, intent)), State(), CTX)


def tapped(turn: Turn, label: str) -> Turn:
    taps = [a for m in turn.replies for a in actions_of(m) if isinstance(a, Tap) and a.label == label]
    answer = Answer.parse(taps[-1].data)
    return take_turn(turn.state, UserInput(kind="postback", answer=answer), CTX)


def walked(turn: Turn, *labels: str) -> Turn:
    for label in labels:
        turn = tapped(turn, label)
    return turn


def answered_to_the_end(turn: Turn) -> Turn:
    """Answer what is asked as somebody of whom nothing on the lists is true, but who is not well."""
    for _ in range(12):
        if not turn.state.flow:
            return turn
        labels = [button.label for message in turn.replies for button in actions_of(message)]
        turn = tapped(turn, plainly(labels))
    raise AssertionError("the questions do not end")


def plainly(labels: Sequence[str]) -> str:
    """Return the answer that finds nothing; what is asked in a list of its own is answered with its last."""
    found = next((label for label in NOTHING_FOUND if label in labels), "")
    ways_out = {"前の質問にもどる", "ほかの人のことです", "ちょっと聞きたい（人に）"}
    return found or [label for label in labels if label not in ways_out][-1]


def last_of(turn: Turn) -> PastConsultation:
    found = turn.state.memory.last_consultation(CTX.now)
    assert found
    return found


def left(turn: Turn) -> PastConsultation:
    """Return what a person learns when a consultation is left half-way."""
    return FLOW.leave(turn.state, CTX).consultations[0]


def resumed(turn: Turn, text: str, intent: str = "") -> Turn | None:
    """Return what the open consultation makes of words; None when they are not for it."""
    reading = FLOW.read(turn.state, said(text, intent), CTX)
    return None if reading is None else FLOW.resume(turn.state, reading, CTX)


def test_later_flows_learn_whom_what_and_where_to() -> None:
    turn = walked(started("3歳の娘が熱を出しました"), NONE, NONE, NOT_WELL, NONE, NONE)
    last = last_of(turn)
    assert last.who == "娘（3歳）"
    assert last.protocols == ("fever_child",)
    assert last.departments == ("小児科",)
    assert last.urgency is Urgency.GREEN
    assert turn.state.flow == ""


def test_a_nurse_who_is_called_learns_whom_it_is_about() -> None:
    turn = walked(started("夫がおなかを痛がっています"), UNSURE, UNSURE)
    (action,) = [a for a in turn.effects if isinstance(a, OpenThread)]
    assert (action.who, action.profession, action.urgency) == ("夫", Profession.NURSE, Urgency.ORANGE)
    assert action.protocols == ("おなかが痛い（大人）",)
    assert action.findings


def test_what_no_table_is_for_is_remembered_as_not_assessed_and_a_cry_about_it_is_urgent() -> None:
    last = last_of(answered_to_the_end(started("3歳の娘が頭を痛がっています")))
    assert (last.urgency, last.protocols) == (Urgency.GREEN, ())
    cry = last_of(answered_to_the_end(started("3歳の娘が頭を痛がっています", "emergency")))
    assert (cry.urgency, cry.protocols) == (Urgency.ORANGE, ())


def test_red_must_arrive_and_goes_before_all_else() -> None:
    turn = walked(started("熱があって頭が痛いです"), NONE, SOME)
    assert turn.urgent
    assert not turn.replies
    assert last_of(turn).urgency is Urgency.RED


def test_a_sign_told_with_the_complaint_is_red_without_a_question() -> None:
    turn = started("熱があって、首が前に曲がりません。40歳です")
    assert "119" in words_of(turn)
    assert turn.urgent


def test_who_leaves_half_way_is_yellow_at_least_for_a_person() -> None:
    assert left(started("相談したいです")).urgency is Urgency.YELLOW
    asked = walked(started("40歳の夫が頭を痛がっています"), NONE, NOT_WELL, SOME)
    assert left(asked).urgency is Urgency.ORANGE
    early = left(walked(started("頭が痛いです"), NONE))
    assert (early.urgency, early.protocols, early.who) == (Urgency.YELLOW, (), "本人")
    assert early.findings[0].label == NONE


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
    assert resumed(started(begun[step]), text, intent) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("頭が痛いです", "consult_symptom"),
        ("39度の熱があって、首が前に曲がらないので病院をさがして", "find_facility"),
        ("なんかこう、ふわふわして", ""),
        ("胸が苦しくて死にそう", "emergency"),
    ],
)
def test_how_somebody_is_counts_as_the_complaint(text: str, intent: str) -> None:
    assert resumed(started("具合が悪い"), text, intent) is not None


def test_a_sign_of_danger_is_heard_whatever_it_was_taken_for() -> None:
    asked = walked(started("熱があります。45歳です"), NONE)
    turn = resumed(asked, "首が前に曲がらないので病院を教えて", "find_facility")
    assert turn is not None
    assert turn.urgent


def test_a_button_of_an_earlier_question_is_no_answer_to_this_one() -> None:
    first = started("頭が痛いです")
    second = tapped(first, NONE)
    old = next(a for m in first.replies for a in actions_of(m) if isinstance(a, Tap) and a.label == SOME)
    tap = UserInput(kind="postback", answer=Answer.parse(old.data))
    assert FLOW.read(second.state, tap, CTX) is None


def test_the_state_survives_being_stored() -> None:
    turn = walked(started("3歳の娘が熱を出しました"), NONE)
    stored = State.from_json(json.loads(json.dumps(turn.state.to_json())), CTX.flows.data_types)
    assert FLOW.question(stored, CTX) == turn.replies


STEPS = (
    *(NONE, SOME, UNSURE, WELL, NOT_WELL, "前の質問にもどる", "ほかの人のことです", "自分", "ほかの大人"),
    *("子ども（15歳以下）", "75歳以上", "39度台", "4日以上前から", "ほかにはない"),
    *(
        "頭も痛いです",
        "はい、おなかも痛いです",
        "胸も痛くなってきました",
        "はい、息が苦しいです",
        "水が飲めません",
    ),
    *(
        "やっぱり痛くないです",
        "やっぱり39度でした",
        "やっぱり36.5度でした",
        "38.5度以上あって、歯がガチガチ鳴るほど震える",
    ),
    *(
        "3歳の娘です",
        "夫です",
        "母も熱があります",
        "吐いています",
        "熱は39度です",
        "ありがとう",
        "2",
        "特にないです",
    ),
    *("昨日からです", "生後2か月です", "80歳です", "間違えました"),
)
COMPLAINTS = (
    *("頭が痛いです", "熱があります", "膝が痛い", "娘がけいれんしました", "おなかが痛いです", "けがをした"),
    *("8か月の子が熱を出しました", "妊娠30週です。熱があります", "めまいがします"),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(COMPLAINTS), st.lists(st.sampled_from(STEPS), max_size=12))
def test_whatever_is_said_the_level_never_falls(complaint: str, steps: list[str]) -> None:
    talk = TriageSession(CONTENT)
    reached = [Urgency.WHITE]
    last = talk.hear(complaint)
    for step in steps:
        if talk.is_over:
            break
        reached.append(level_in(talk.state))
        last = talk.press(step) if step in last["actions"] else talk.hear(step)
    for _ in range(20):
        if talk.is_over:
            break
        reached.append(level_in(talk.state))
        last = talk.press(plainly(last["actions"]))
    assert talk.is_over, last
    assert LEVELS.index(Urgency(last["urgency"])) <= min(LEVELS.index(level) for level in reached)


def level_in(state: State) -> Urgency:
    """Return the level that answers and words have reached by now."""
    if state.step != "asking" or not isinstance(state.data, ConsultationData):
        return Urgency.WHITE
    return Interview(state.data, is_asking=True, tables=CTX.tables).level


def test_the_options_of_a_rehearsal_reach_the_flow() -> None:
    talk = TriageSession(CONTENT, State(memory=Memory(person=patient("8m").to_json())))
    assert "お子さん" in talk.hear("熱があります")["text"]


@pytest.mark.parametrize("number", ["1", "２", "3", "3です", "②", "三", "ひとつ", "みっつ"])
def test_a_bare_small_number_is_no_button_where_an_age_may_be_meant(number: str) -> None:
    asked = started("熱があります")
    again = resumed(asked, number)
    assert again is not None
    assert "どなたのことですか" in words_of(again)
    assert "3歳" in words_of(again)
    assert again.state.data == asked.state.data


@pytest.mark.parametrize("answer", ["8ヶ月", "八か月です", "8かげつになります"])
def test_months_in_answer_to_who_are_an_age_and_no_duration(answer: str) -> None:
    turn = resumed(started("熱があります"), answer)
    assert turn is not None
    facts = Interview(data_of(turn), is_asking=True, tables=CTX.tables).case.facts
    assert (facts.audience, facts.months, facts.hours) == ("child", 8, None)


def test_a_date_of_birth_is_an_age_in_every_turn() -> None:
    turn = started("10月5日に生まれた子が38.6度です")
    kept = left(turn)
    assert kept.urgency is Urgency.ORANGE
    assert kept.who == "子ども（1か月）"


def data_of(turn: Turn) -> ConsultationData:
    assert isinstance(turn.state.data, ConsultationData)
    return turn.state.data


@pytest.mark.parametrize(
    ("answer", "of"),
    [
        ("2番", "子ども"),
        ("3番目", "大人"),
        ("3歳", "子ども（3歳）"),
        ("7", "子ども（7歳）"),
        ("75", "大人（75歳）"),
    ],
)
def test_a_place_with_its_counter_and_an_age_are_answers(answer: str, of: str) -> None:
    turn = resumed(started("熱があります"), answer)
    assert turn is not None
    assert left(turn).who == of


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
    assert last_of(answered_to_the_end(turn)).protocols == (protocol,)


def test_an_age_that_was_typed_and_another_that_is_told_are_cleared_up() -> None:
    asked = started("熱があります")
    child = resumed(asked, "8")
    assert child is not None
    turn = take_turn(child.state, said("40歳の夫です", "consult_symptom"), CTX)
    assert "どなたのことですか" in words_of(turn)
    assert left(tapped(turn, "ほかの大人")).who == "夫（40歳）"


def test_words_against_the_tap_bring_the_question_once_more_and_only_once() -> None:
    chosen = tapped(started("熱があります"), "ほかの大人")
    turn = take_turn(chosen.state, said("娘です", "consult_symptom"), CTX)
    assert "どなたのことですか" in words_of(turn)
    again = tapped(turn, "ほかの大人")
    assert left(again).who == "大人"
    later = take_turn(again.state, said("娘は頭も痛がっています", "consult_symptom"), CTX)
    assert "どなたのことですか" not in words_of(later)


def test_an_age_of_the_past_is_no_answer_to_whom_it_is_about() -> None:
    asked = started("昨日から38度あります。父か私です")
    turn = resumed(asked, "3歳のときに心臓の手術をしました", "consult_symptom")
    assert turn is not None
    assert "お子さん" not in words_of(turn)


@pytest.mark.parametrize("told", ["酸素飽和度が89%です", "首が曲がらず、紫色の点が出ています"])
def test_what_is_red_at_any_age_does_not_wait_for_whom_it_is_about(told: str) -> None:
    asked = started("熱が出ています")
    assert "どなたのことですか" in words_of(asked)
    turn = resumed(asked, told, "consult_symptom")
    assert turn is not None
    assert turn.urgent
    assert last_of(turn).urgency is Urgency.RED


def test_a_complaint_told_late_is_asked_about_before_it_can_be_white() -> None:
    """Its red list, what is mild in its table, and one list of what is serious, though both lists were answered."""
    turn = walked(started("頭が痛いです"), NONE, WELL, NONE)
    turn = take_turn(turn.state, said("おなかも痛いです", "consult_symptom"), CTX)
    assert "おなかが板のように硬い" in words_of(turn)
    turn = tapped(turn, NONE)
    assert "痛みに波があって" in words_of(turn)
    assert "いつもの頭痛" not in words_of(turn)
    turn = tapped(turn, WELL)
    assert "歩くとひびく" in words_of(turn)
    assert last_of(tapped(turn, NONE)).urgency is Urgency.WHITE
    unwell = walked(turn, "前の質問にもどる", NOT_WELL)
    assert last_of(answered_to_the_end(unwell)).urgency is not Urgency.WHITE


@pytest.mark.parametrize("words", ["水が飲めません", "ひとりでは歩けないです", "はい、でも歩けません"])
def test_words_that_something_cannot_be_done_are_no_to_the_well_question(words: str) -> None:
    asked = walked(started("頭が痛いです"), NONE)
    turn = take_turn(asked.state, said(words), CTX)
    assert "全部あてはまりますか" not in words_of(turn)
    assert last_of(answered_to_the_end(turn)).urgency is Urgency.GREEN


@pytest.mark.parametrize("words", ["はい、飲めます", "だいたい大丈夫です", "元気です"])
def test_half_a_yes_to_the_well_question_is_asked_again(words: str) -> None:
    asked = walked(started("頭が痛いです"), NONE)
    assert "全部あてはまりますか" in words_of(take_turn(asked.state, said(words), CTX))


def test_a_line_of_a_list_that_is_typed_is_its_yes() -> None:
    turn = take_turn(started("頭が痛いです").state, said("火やガスを使い、同じ部屋の人も頭が痛い"), CTX)
    assert turn.urgent
    asked = walked(started("頭が痛いです"), NONE, WELL)
    turn = take_turn(asked.state, said("片方の目が痛くて赤い、かすむ"), CTX)
    assert "どれですか" in words_of(turn)


@pytest.mark.parametrize("question", ["age", "lists"])
def test_an_age_of_a_child_brings_the_childrens_table(question: str) -> None:
    asked = walked(started("熱があります"), "自分")
    if question == "age":
        asked = tapped(asked, NONE)
        assert "何歳ですか" in words_of(asked)
    turn = take_turn(asked.state, said("8歳です"), CTX)
    assert "呼んでも目を開けない" in words_of(turn)
    assert last_of(answered_to_the_end(turn)).protocols == ("fever_child",)


def test_a_bare_number_is_no_age_where_it_may_be_a_button() -> None:
    asked = walked(started("熱があります"), "自分", NONE)
    assert "数字だけでは" in words_of(take_turn(asked.state, said("3"), CTX))
    assert left(take_turn(asked.state, said("45"), CTX)).who == "本人"


def test_a_higher_temperature_told_later_counts_and_a_lower_one_takes_nothing_back() -> None:
    hot = walked(started("3歳の娘が37.8度です"), NONE, NONE)
    turn = take_turn(hot.state, said("やっぱり41.2度でした"), CTX)
    assert last_of(answered_to_the_end(turn)).urgency is Urgency.ORANGE
    less = walked(started("3歳の娘が41.2度です"), NONE, NONE)
    if less.state.flow:
        less = take_turn(less.state, said("やっぱり37.5度でした"), CTX)
    assert last_of(answered_to_the_end(less)).urgency is Urgency.ORANGE


def test_going_back_and_answering_no_leaves_the_level_that_was_reached() -> None:
    asked = walked(started("頭が痛いです"), NONE, NOT_WELL, SOME)
    turn = answered_to_the_end(walked(asked, "前の質問にもどる"))
    assert last_of(turn).urgency is Urgency.ORANGE


def test_another_person_named_in_mid_question_is_asked_about() -> None:
    asked = walked(started("3歳の娘が熱を出しました"), NONE)
    turn = take_turn(asked.state, said("夫も熱があります", "consult_symptom"), CTX)
    assert "どなたのことですか" in words_of(turn)


def test_low_oxygen_is_red_at_once() -> None:
    turn = started("酸素飽和度が89%です")
    assert turn.urgent
    assert last_of(turn).urgency is Urgency.RED


def test_what_was_told_is_kept_within_bounds_and_keeps_its_level_and_person() -> None:
    middle = "8歳の娘のことです。息が苦しそうです。"
    story = "熱があります。" + "なかなか眠れませんでした。" * 60 + middle + "朝になりました。" * 200
    turn = started("頭が痛いです")
    for part in range(4):
        again = resumed(turn, f"{part}日目です。{story}", "consult_symptom")
        assert again is not None
        turn = again
        if not turn.state.flow:
            break
        assert isinstance(turn.state.data, ConsultationData)
        assert turn.state.data.complaint
        # The first and the last message stay whole: a message that is taken back is found by its lines.
        assert len(turn.state.data.complaint.lines) <= 3
    assert turn.urgent or "お子さん" in words_of(turn)


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
        # As in a worker, whose collections of garbage pass over what it has loaded (`gc.freeze`).
        gc.disable()
        before = time.process_time()
        turn = started(story[:4900] + end)
        resumed(turn, story[:4900] + end + end, "consult_symptom")
        took.append(time.process_time() - before)
        gc.enable()
    # Two turns with the hearing of their words (which a worker does off its loop); 0.2 s in quiet, and a busy machine gets
    # some room.
    assert min(took) < 0.6


@pytest.mark.parametrize(("told", "whom"), [("8歳です", "お子さんの"), ("夫です", "その方の")])
def test_whom_it_is_about_may_be_told_in_words_when_it_is_asked(told: str, whom: str) -> None:
    asked = tapped(started("胸が痛いです"), "ほかの人のことです")
    answered = take_turn(asked.state, said(told), CTX)
    assert "どなた" not in words_of(answered)
    assert whom in words_of(answered)
