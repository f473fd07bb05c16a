"""What each input is taken for: every move, every way to it; and nothing a resident does makes it fail."""

import typing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import all_flows, load_content
from bot.dialogue import handover, interpretation, moves, policy
from bot.dialogue.flow import Context, Flow, Flows
from bot.dialogue.interpretation import interpret
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import Interrupted, LastSearch
from bot.dialogue.moves import (
    Aside,
    Begin,
    KeepFile,
    KeepLocation,
    Move,
    NotUnderstood,
    RepeatQuestion,
    Resume,
    StaleTap,
    StartOver,
    TakeUp,
)
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import Quoted, UserInput
from bot.flows.consultation.interview import ConsultationData
from bot.flows.danger_check import DangerCheckData
from bot.flows.facility_search.flow import SearchData
from bot.flows.human import HumanData
from bot.flows.otc.data import OtcData
from bot.flows.safety_question.data import SafetyQuestionData
from bot.language.segmentation import Clause
from bot.triage.danger.danger_screen import BareNo, Danger
from core.ja import ReadText
from core.messages import Answer, Tap, actions_of
from core.understanding import Entity, Understanding
from core.words import Words
from tests.conftest import DATA

CONTENT = load_content(DATA)
FLOWS = all_flows(CONTENT)
NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


def context(flows: Flows = FLOWS, now: datetime = NOW, instance: str = "b") -> Context:
    return Context(now, CONTENT.texts, CONTENT.cities["iwaki"], flows, CONTENT.tables, instance)


CTX = context()
UNCONSCIOUS = Danger("unconscious", "red", "no-answer")
IDLE = State()
ASKED = State("consultation", "a", "asking", ConsultationData(complaint=Words.of("35歳です。頭が痛いです")))
WHAT = State("consultation", "a", "what", ConsultationData())
SEARCHING = State("facility", "a", "where", SearchData())
BUYING = State("shop", "a", "which", OtcData(Words.of("薬を買いたい")))
CHOOSING = State("person", "a", "which", HumanData(Words.of("人に聞きたい")))
CHECKED = State("safety", "a", "check", DangerCheckData())
# Its protocol's questions are answered: nothing is open.
SPENT = State("facility", "a", "shown", SearchData())
LEFT = Interrupted(flow="shop", instance="z", step="which", data=OtcData(Words.of("薬")), at=NOW)
WITH_LEFT = State(memory=Memory(interrupted=LEFT))
LEFT_SPENT = State(memory=Memory(interrupted=replace(LEFT, flow="facility", step="shown", data=SearchData())))
SEARCHED = State(
    memory=Memory(search=LastSearch(wanted={"department": "内科"}, instance="s", shown=3, at=NOW))
)


def says(text: str, intent: str = "", confidence: float = 0.99, **more: Any) -> UserInput:
    meaning = Understanding(intent, confidence) if intent else None
    return UserInput(kind="text", text=ReadText(text), meaning=meaning, **more)


def clause(text: str, intent: str = "") -> Clause:
    return Clause(ReadText(text), Understanding(intent, 0.99) if intent else None)


def taps(flow: str, instance: str, question: str, value: str) -> UserInput:
    return UserInput(kind="postback", answer=Answer(flow, instance, question, value))


def other(kind: str) -> UserInput:
    return UserInput(kind=kind)


PLACE = UserInput(kind="location", latitude=37.05, longitude=140.88)
BOTH = says(
    "どれもないです。あと近くの内科を教えて",
    "find_facility",
    clauses=(clause("どれもないです。", "deny"), clause("近くの内科を教えて", "find_facility")),
)
CRY = says(
    "どれもないです。たすけて",
    "emergency",
    clauses=(clause("どれもないです。", "deny"), clause("たすけて", "emergency")),
)
CLAUSE_ONLY = says(
    "えーと、そうですね。どれもないです",
    "out_of_scope",
    clauses=(clause("えーと、そうですね。", "out_of_scope"), clause("どれもないです", "deny")),
)
THEIRS_WITH_SYMPTOM = says(
    "どれもないです。吐いたので病院を教えて",
    "find_facility",
    clauses=(clause("どれもないです。", "deny"), clause("吐いたので病院を教えて", "find_facility")),
)
LONG = says(
    "人に聞きたい。" * 200,
    "talk_to_human",
    clauses=tuple(clause("人に聞きたい。", "talk_to_human") for _ in range(6)),
)
STORY = "きのうは家族と出かけました。" * 100
# Few clauses, and the last one short; many clauses, the last of which holds the rest.
ANSWER_LAST, ANSWER_FIRST = (
    says("".join(texts), "out_of_scope", clauses=tuple(clause(text, "out_of_scope") for text in texts))
    for texts in ((STORY, "どれもないです"), ("どれもないです。", "それと、", STORY))
)
AWAY = says("近くの内科はどこですか", nlu_unavailable=True)
BACK = taps("menu", "z", "back", "shop")
OPEN_QUOTE = Quoted(tuple(Answer("safety", "a", "check", value) for value in ("yes", "no", "unknown")))
OLD_QUOTE = Quoted(tuple(Answer("safety", "0", "check", value) for value in ("yes", "no", "unknown")))

# What it is called, state, input, and the move: its class, and its flow where it has one.
TABLE: Mapping[str, tuple[State, UserInput, tuple[Any, ...]]] = {
    "a new friend": (IDLE, other("follow"), (Begin, "welcome")),
    "a friend again, in mid-question": (ASKED, other("follow"), (Begin, "welcome")),
    "the way back by tap": (WITH_LEFT, BACK, (TakeUp,)),
    "the way back in words": (WITH_LEFT, says("続きから"), (TakeUp,)),
    "the way back to another question": (WITH_LEFT, taps("menu", "y", "back", "shop"), (StaleTap,)),
    "the way back when nothing was left": (IDLE, BACK, (StaleTap,)),
    "the way back to what asks nothing any more": (LEFT_SPENT, BACK, (StaleTap,)),
    "a menu word": (IDLE, says("相談する"), (Begin, "consultation")),
    "a menu word in mid-question": (BUYING, says("相談する"), (Begin, "consultation")),
    "a menu tap": (IDLE, taps("menu", "", "choose", "shop"), (Begin, "shop")),
    "a menu tap in mid-question of the same": (
        ASKED,
        taps("menu", "", "choose", "consultation"),
        (Begin, "consultation"),
    ),
    "a menu tap that only tells, in mid-question": (
        ASKED,
        taps("menu", "", "choose", "how"),
        (Aside, "welcome"),
    ),
    "a menu tap of another release": (IDLE, taps("menu", "", "choose", "gone"), (StaleTap,)),
    "a tap on a profession": (IDLE, taps("menu", "", "person", "nurse"), (Begin, "person")),
    "a tap on a question": (CHECKED, taps("safety", "a", "check", "no"), (Resume, "safety")),
    "a tap on a question that was not offered": (CHECKED, taps("safety", "a", "check", "x"), (StaleTap,)),
    "a tap on another instance": (CHECKED, taps("safety", "0", "check", "no"), (StaleTap,)),
    "a tap on a flow nobody knows": (CHECKED, taps("gone", "a", "check", "no"), (StaleTap,)),
    "a tap that outlives its question": (SEARCHED, taps("facility", "s", "more", "3"), (Resume, "facility")),
    "a tap below older results": (SEARCHED, taps("facility", "r", "more", "3"), (StaleTap,)),
    "a tap below results, shown already": (SEARCHED, taps("facility", "s", "more", "6"), (StaleTap,)),
    "a picture": (IDLE, other("image"), (Begin, "safety")),
    "a picture in mid-question": (ASKED, other("image"), (KeepFile,)),
    "a voice after all questions": (SPENT, other("audio"), (Begin, "safety")),
    "giving up": (ASKED, says("もうけっこう", "cancel"), (StartOver,)),
    "giving up, hardly understood": (ASKED, says("もうけっこう", "cancel", 0.5), (NotUnderstood,)),
    "giving up for pain": (IDLE, says("やめたいほど頭が痛い", "cancel"), (Begin, "consultation")),
    "the word to start over": (IDLE, says("やめる"), (StartOver,)),
    "a worry taken for a wish for a person": (
        IDLE,
        says("悩みを聞いてください", "talk_to_human"),
        (Begin, "advice"),
    ),
    "a named person who shall listen": (
        IDLE,
        says("看護師さんに悩みを聞いてほしい", "talk_to_human"),
        (Begin, "person"),
    ),
    "a worry that is understood": (
        IDLE,
        says("悩みを聞いてください", "consult_lifestyle"),
        (Begin, "advice"),
    ),
    "an answer in words": (ASKED, says("どれもない", "deny"), (Resume, "consultation")),
    "an answer and another wish": (ASKED, BOTH, (Resume, "consultation")),
    "an answer after a long story": (ASKED, ANSWER_LAST, (Resume, "consultation")),
    "an answer before a long story": (ASKED, ANSWER_FIRST, (Resume, "consultation")),
    "a long story alone": (ASKED, says(STORY, "out_of_scope"), (NotUnderstood,)),
    "a long story that asks for a place": (SEARCHING, LONG, (Begin, "person")),
    "an answer and a cry for help": (ASKED, CRY, (Resume, "consultation")),
    "an answer in one clause": (ASKED, CLAUSE_ONLY, (Resume, "consultation")),
    "a symptom in another wish's clause": (ASKED, THEIRS_WITH_SYMPTOM, (Resume, "consultation")),
    "a complaint that was asked for": (
        WHAT,
        says("熱があります", "consult_symptom"),
        (Resume, "consultation"),
    ),
    "a place that was asked for": (SEARCHING, PLACE, (Resume, "facility")),
    "a place that was not": (ASKED, PLACE, (KeepLocation,)),
    "a place out of nothing": (IDLE, PLACE, (Begin, "facility")),
    "a sticker": (IDLE, other("sticker"), (Begin, "welcome")),
    "a sticker in mid-question": (ASKED, other("sticker"), (RepeatQuestion,)),
    "a picture in place of words": (IDLE, says("😭"), (Begin, "welcome")),
    "a picture in place of words, in mid-question": (ASKED, says("😭"), (RepeatQuestion,)),
    "a sign that answers": (ASKED, says("○"), (Resume, "consultation")),
    "a raised thumb to a list of signs": (ASKED, says("👍"), (NotUnderstood,)),
    "a raised thumb to nothing": (IDLE, says("👍"), (Begin, "welcome")),
    "all well, to a list of signs": (ASKED, says("大丈夫です", "thanks"), (NotUnderstood,)),
    "all well, to a check for danger": (CHECKED, says("平気です", "deny"), (NotUnderstood,)),
    "all well, out of nothing": (IDLE, says("大丈夫です", "deny"), (Begin, "advice")),
    "English": (IDLE, says("I feel sick"), (Begin, "fallback")),
    "English in mid-question": (ASKED, says("I feel sick"), (Aside, "fallback")),
    "English where a complaint was asked for": (WHAT, says("I feel sick"), (Aside, "fallback")),
    "Portuguese that answers": (ASKED, says("não"), (Resume, "consultation")),
    "a cry in signs": (CHECKED, says("🆘"), (Aside, "fallback")),
    "this, quoting the open question": (CHECKED, says("これです", quoted=OPEN_QUOTE), (Resume, "safety")),
    "yes, quoting the open question": (
        CHECKED,
        says("はい", "affirm", quoted=OPEN_QUOTE),
        (Resume, "safety"),
    ),
    "yes, quoting a question that is over": (CHECKED, says("はい", "affirm", quoted=OLD_QUOTE), (StaleTap,)),
    "yes, quoting a question when none is open": (IDLE, says("〇", quoted=OLD_QUOTE), (StaleTap,)),
    "more words than yes, quoting what is over": (
        IDLE,
        says("頭が痛い", "consult_symptom", quoted=OLD_QUOTE),
        (Begin, "consultation"),
    ),
    "yes, quoting what asks nothing": (CHECKED, says("はい", "affirm", quoted=Quoted()), (Resume, "safety")),
    "this, quoting a question without a yes": (
        CHOOSING,
        says("これ", quoted=Quoted((Answer("person", "a", "which", "nurse"),))),
        (NotUnderstood,),
    ),
    "words nobody understands": (IDLE, says("ふにゃ"), (Begin, "fallback")),
    "words nobody understands, in mid-question": (BUYING, says("ふにゃ", "greet", 0.2), (NotUnderstood,)),
    "the same wish again that is no answer": (
        CHOOSING,
        says("人に聞きたいです", "talk_to_human"),
        (NotUnderstood,),
    ),
    "a yes that fits nothing": (CHOOSING, says("はいはい", "affirm"), (NotUnderstood,)),
    "thanks in mid-question": (CHOOSING, says("ありがとう", "thanks"), (Aside, "welcome")),
    "another wish in mid-question": (CHOOSING, says("近くの内科", "find_facility"), (Begin, "facility")),
    "two wishes": (
        IDLE,
        replace(BOTH, clauses=(clause("熱がある", "consult_symptom"), BOTH.clauses[1])),
        (Begin, "consultation"),
    ),
    "a value that is dangerous": (
        IDLE,
        says("今日は38.5度です", "report_condition"),
        (Begin, "measurements"),
    ),
    "a fever that was taken for a worry": (
        IDLE,
        says("1歳半の子が40度5分です", "consult_pregnancy_childcare"),
        (Begin, "measurements"),
    ),
    "a fever that nobody understands": (IDLE, says("娘が三十九度二分です"), (Begin, "measurements")),
    "low oxygen that was taken for thanks": (IDLE, says("指の数字七十四", "thanks"), (Begin, "measurements")),
    "a fever with a wish": (IDLE, says("38.5度です、近くの小児科", "find_facility"), (Begin, "facility")),
    "a fever of an infection": (IDLE, says("コロナで39度です", "infection_support"), (Begin, "measurements")),
    "a fever of somebody who needs food": (
        IDLE,
        says("コロナで39度、食べ物を届けてほしい", "infection_support"),
        (Begin, "advice"),
    ),
    "a hot room": (IDLE, says("部屋が38度です", "out_of_scope"), (Begin, "fallback")),
    "a value that is not": (IDLE, says("今日は36.5度です", "report_condition"), (Begin, "advice")),
    "a search while nobody understands": (IDLE, AWAY, (Begin, "facility")),
    "nothing named while nobody understands": (
        IDLE,
        says("ふにゃ", nlu_unavailable=True),
        (Begin, "fallback"),
    ),
    "a person asked for by name": (
        IDLE,
        says("頭痛薬をいっしょに飲んでよいか薬剤師さんに聞きたいです", "consult_medicine"),
        (Begin, "person"),
    ),
    "a person who was only named": (
        IDLE,
        says("先生にもらった薬を飲み忘れました", "consult_medicine"),
        (Begin, "advice"),
    ),
    "two wishes that are close": (
        IDLE,
        UserInput(
            kind="text",
            text=ReadText("薬と健診のことで"),
            meaning=Understanding(
                "consult_medicine",
                0.45,
                ranking=(("consult_medicine", 0.45), ("consult_lifestyle", 0.4), ("greet", 0.01)),
            ),
        ),
        (Begin, "which_wish"),
    ),
    "a danger to ask about": (IDLE, says("息が苦しい", danger="breathing"), (Begin, "safety_question")),
    "a danger in mid-interview": (
        ASKED,
        says("息が苦しい", danger="breathing", nlu_unavailable=True),
        (Begin, "safety_question"),
    ),
    "a sign of the open list": (
        ASKED,
        says("はい、息が苦しいです", "consult_symptom", danger="breathing"),
        (Resume, "consultation"),
    ),
    "a danger that was asked about": (
        State(memory=Memory().with_asked("breathing", NOW)),
        says("息が苦しい", "consult_symptom", danger="breathing"),
        (Begin, "consultation"),
    ),
    "a danger and another wish": (
        IDLE,
        replace(BOTH, danger="breathing", clauses=(clause("息が苦しい", "consult_symptom"), BOTH.clauses[1])),
        (Begin, "safety_question"),
    ),
    "words to the question about a danger": (
        State("safety_question", "a", "ask", SafetyQuestionData("breathing", Words.of("息が苦しい"))),
        says("話せます", "out_of_scope", danger="breathing"),
        (Resume, "safety_question"),
    ),
    "a bare no after a piece of a danger": (
        ASKED,
        says("意識が\nいいえ", "deny", bare_no=BareNo(UNCONSCIOUS, "がない")),
        (Begin, "in_pieces"),
    ),
    "a bare no after another piece": (ASKED, says("熱は\nない", "deny", bare_no=BareNo()), (NotUnderstood,)),
    "a bare no after a piece, nothing asked": (
        IDLE,
        says("熱は\nない", "consult_symptom", bare_no=BareNo()),
        (Begin, "consultation"),
    ),
    "a thing of another sort": (IDLE, other("other"), (Begin, "fallback")),
    "a thing of another sort in mid-question": (ASKED, other("other"), (NotUnderstood,)),
}


@pytest.mark.parametrize("name", TABLE)
def test_an_input_is_taken_for_one_move(name: str) -> None:
    state, user_input, expected = TABLE[name]
    move = interpret(state, user_input, CTX)
    found = (type(move), *((move.flow,) if len(expected) > 1 else ()))  # type: ignore[union-attr]
    assert found == expected


def test_the_table_reaches_every_move() -> None:
    reached = {type(interpret(state, said, CTX)) for state, said, _ in TABLE.values()}
    assert reached == set(typing.get_args(Move))


def test_the_table_takes_every_way_through_the_decision() -> None:
    assert ways_taken(lambda: [interpret(state, said, CTX) for state, said, _ in TABLE.values()]) == set()


def ways_taken(run: Callable[[], Any]) -> set[int]:
    """Return the lines of the decision's functions that `run` does not reach."""
    import sys  # noqa: PLC0415

    codes = {
        function.__code__
        for function in vars(interpretation).values()
        if callable(function)
        and getattr(function, "__module__", "") == interpretation.__name__
        and hasattr(function, "__code__")
    }
    lines = {line for code in codes for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    seen: set[int] = set()

    def trace(frame: Any, event: str, _arg: Any) -> Any:
        if frame.f_code not in codes:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return {line for line in lines if line not in seen}


def test_what_else_was_asked_for_comes_along_with_the_answer() -> None:
    move = interpret(ASKED, BOTH, CTX)
    assert isinstance(move, Resume)
    assert [one.intent for one in move.later] == ["find_facility"]
    assert move.user_input.text == "どれもないです。"
    assert move.interjection is None


def test_a_cry_for_help_beside_an_answer_is_said_before_it() -> None:
    move = interpret(ASKED, CRY, CTX)
    assert isinstance(move, Resume)
    assert move.interjection
    assert move.interjection.flow == "emergency"


def test_of_two_wishes_the_other_comes_along() -> None:
    state, said, _ = TABLE["two wishes"]
    move = interpret(state, said, CTX)
    assert isinstance(move, Begin)
    assert [one.intent for one in move.later] == ["find_facility"]


# Nothing fails, and flows are called once.


class Counting:
    """A flow that counts how often it begins and goes on."""

    def __init__(self, flow: Flow, calls: Counter[str]) -> None:
        self.flow, self.calls = flow, calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self.flow, name)

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        assert self.calls["performed"], "a flow begins while nothing is performed"
        self.calls[f"start {self.flow.spec.name}"] += 1
        return self.flow.start(state, user_input, ctx)

    def resume(self, state: State, reading: Any, ctx: Context) -> Turn:
        assert self.calls["performed"], "a flow goes on while nothing is performed"
        self.calls[f"resume {self.flow.spec.name}"] += 1
        return self.flow.resume(state, reading, ctx)


class CountingLasting(Counting):
    def outlives(self, state: State, answer: Answer, ctx: Context) -> bool:
        return self.flow.outlives(state, answer, ctx)  # type: ignore[attr-defined,no-any-return]


class CountingLeavable(Counting):
    def leave(self, state: State, ctx: Context) -> Memory:
        return self.flow.leave(state, ctx)  # type: ignore[attr-defined,no-any-return]


class CountingInterjecting(Counting):
    def interject(self, turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
        return self.flow.interject(turn, user_input, ctx)  # type: ignore[attr-defined,no-any-return]


KINDS = {"outlives": CountingLasting, "leave": CountingLeavable, "interject": CountingInterjecting}


def counted(calls: Counter[str]) -> Flows:
    return Flows(
        [
            next((kind for name, kind in KINDS.items() if hasattr(flow, name)), Counting)(flow, calls)
            for flow in FLOWS.values()
        ]
    )


PIECES = [
    *(
        "頭が痛いです",
        "3歳の娘が熱です",
        "夫です",
        "どれもない",
        "ひとつでもある",
        "わからない",
        "はい",
        "いいえ",
        "1",
        "75",
    ),
    *(
        "近くの内科",
        "平",
        "小名浜の薬局",
        "かぜ薬を買いたい",
        "ロキソニンはありますか",
        "何錠飲めばいいですか",
        "看護師さんと話したい",
    ),
    *(
        "やめる",
        "もどる",
        "続きから",
        "メニュー",
        "相談する",
        "ありがとう",
        "たすけて",
        "酸素は92です",
        "悩みを聞いて",
        "誰でもいい",
    ),
    *(
        "",
        " ",
        "。",
        "😀",
        "あ" * 400,
        "３８．５度",
        "①",
        "\u2028",
        "ｶﾞ",
        "妊娠5か月です",
        "息が苦しい",
        "共立病院",
        "\n\n",
    ),
]
INTENTS = [*FLOWS.intents, "cancel", "out_of_scope", "nobody_knows", ""]
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("。".join) | st.text(max_size=30)
understandings = st.builds(
    Understanding,
    st.sampled_from(INTENTS),
    st.sampled_from([0.2, 0.5, 0.99]),
    st.lists(
        st.builds(
            Entity,
            st.sampled_from(["person", "facility_type", "department", "area", "when"]),
            st.sampled_from(["child", "elderly", "AED", "薬局", "歯科", "内科", "平", "now", "sunday", "x"]),
            st.just("x"),
        ),
        max_size=2,
    ).map(tuple),
)
written = st.builds(
    UserInput,
    kind=st.just("text"),
    text=texts.map(ReadText),
    meaning=st.none() | understandings,
    clauses=st.lists(
        st.builds(Clause, texts.filter(str.strip).map(ReadText), st.none() | understandings), max_size=3
    ).map(tuple),
    nlu_unavailable=st.booleans(),
)
odd_taps = st.builds(
    taps,
    st.sampled_from([*FLOWS, "menu", "gone", ""]),
    st.sampled_from(["0", "1", "2", ""]),
    st.sampled_from(
        ["choose", "person", "back", "check", "which", "more", "district", "who", "first_check", "age", ""]
    ),
    st.sampled_from(
        [*FLOWS.by_menu, "nurse", "staff", "yes", "no", "unknown", "back", "3", "平", "self", "not_me", ""]
    ),
)
sent = st.sampled_from(
    [PLACE, *map(other, ("image", "audio", "file", "sticker", "follow", "other", "unfollow"))]
)
# A number taps the so-many-th of the buttons that are shown; hours pass before each.
acts = st.tuples(written | odd_taps | sent | st.integers(0, 8), st.sampled_from([0, 0, 0, 2, 25]))


def shown_taps(turn: Turn | None) -> Iterator[str]:
    while turn:
        for message in (*turn.urgent, *turn.replies):
            yield from (action.data for action in actions_of(message) if isinstance(action, Tap))
        turn = turn.then


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(acts, max_size=6))
def test_nothing_a_resident_does_makes_it_fail_and_each_move_calls_a_flow_once(
    story: list[tuple[UserInput | int, int]],
) -> None:
    calls: Counter[str] = Counter()
    flows = counted(calls)
    state, now, turn = State(), NOW, None
    real = moves.perform

    def performing(move: Move, state: State, ctx: Context) -> Turn:
        outer, before = calls["performed"], Counter(calls)
        calls["performed"] = outer + 1
        calls["moves"] += 1
        found = real(move, state, ctx)
        own = calls - before
        for name, flow in flows.items():
            assert own[f"start {name}"] + own[f"resume {name}"] <= 1, (name, flow, move)
        calls["performed"] = outer
        return found

    policy.perform = handover.perform = performing
    try:
        for number, (act, hours) in enumerate(story):
            now += timedelta(hours=hours)
            if isinstance(act, int):
                offered = list(shown_taps(turn))
                answer = Answer.parse(offered[act % len(offered)]) if offered else None
                said = UserInput(kind="postback", answer=answer) if answer else other("sticker")
            else:
                said = act
            ctx = context(flows, now, str(number))
            turn = take_turn(state, said, ctx)
            last = turn
            while last.then:
                last = last.then
            state = State.from_json(last.state.to_json(), flows.data_types)
            assert state == State.from_json(state.to_json(), flows.data_types)
            assert calls["moves"] <= (number + 1) * (2 + 3)
    finally:
        policy.perform = handover.perform = real
