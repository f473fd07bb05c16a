"""Test the facility search: what is asked, what is shown, and how it goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import all_flows, load_content
from bot.dialogue.flow import Context
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.facility_search.effects import ShowFacilities
from bot.flows.facility_search.flow import FacilitySearchFlow, SearchData
from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import Conversation, Urgency
from core.ja import ReadText
from core.messages import Answer, Call, Choices, Say, SendLocation, Tap, actions_of
from core.municipalities import Municipality
from core.talk import lock_talk
from core.texts import Texts
from core.words import Words
from facilities.importer import import_files
from facilities.model import Wanted
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import AT_TAIRA, TAIRA
from tests.harness.turns import said, words_of

FLOW = FacilitySearchFlow()


@pytest.fixture
def ctx(clock: Clock, texts: Texts, cities: dict[str, Municipality]) -> Context:
    content = load_content(DATA)
    return Context(clock(), texts, cities["iwaki"], all_flows(content), content.tables, "1a")


def place(latitude: float = TAIRA[0], longitude: float = TAIRA[1]) -> UserInput:
    return UserInput(kind="location", latitude=latitude, longitude=longitude)


def tapped(question: str, value: str, instance: str = "1a") -> UserInput:
    return UserInput(kind="postback", answer=Answer("facility", instance, question, value))


def shown(turn: Turn | None) -> Wanted:
    assert turn
    (action,) = turn.effects
    assert isinstance(action, ShowFacilities)
    return action.wanted


def started(ctx: Context, words: UserInput) -> Turn:
    return FLOW.start(State(), words, ctx)


def resumed(state: State, user_input: UserInput, ctx: Context) -> Turn | None:
    """Return what the open search makes of an input; None when it is not for it."""
    reading = FLOW.read(state, user_input, ctx)
    return None if reading is None else FLOW.resume(state, reading, ctx)


def request_in(turn: Turn) -> dict[str, Any]:
    assert isinstance(turn.state.data, SearchData)
    return turn.state.data.wanted.to_json()


def test_only_the_place_is_asked_for(ctx: Context) -> None:
    asked = started(ctx, said("近くの耳鼻科", "find_facility", department="耳鼻咽喉科"))
    assert "耳鼻咽喉科をおさがしですね。どのあたり" in words_of(asked)
    ways = actions_of(asked.replies[-1])
    assert [type(way) for way in ways] == [SendLocation, Tap, Tap, Say]
    found = shown(resumed(asked.state, place(), ctx))
    assert (found.department, found.place) == ("耳鼻咽喉科", TAIRA)


def test_what_was_said_at_once_is_not_asked_again(ctx: Context) -> None:
    found = shown(started(ctx, said("小名浜で日曜日やってる小児科", "find_facility")))
    assert (found.district, found.department, found.when) == ("小名浜", "小児科", "2026-11-22")


def test_a_station_is_searched_around_itself_and_not_around_its_district(ctx: Context) -> None:
    found = shown(started(ctx, said("泉駅の近くの眼科", "find_facility")))
    assert (found.landmark, found.district, found.department) == ("泉駅", "", "眼科")
    assert found.place == (36.95558, 140.85405)


def test_a_district_named_after_a_station_replaces_it(ctx: Context) -> None:
    first = started(ctx, said("湯本駅の歯医者", "find_facility"))
    found = shown(FLOW.start(first.state, said("勿来は？", "find_facility"), ctx))
    assert (found.landmark, found.district) == ("", "勿来")


HEARD = [
    ("近くで今やってる内科", {"department": "内科", "when": "now"}),
    ("病院を探しています", {"department": "内科"}),
    ("子どもを診てくれる病院", {"department": "小児科"}),
    ("3歳の子の病院を探してます", {"department": "小児科"}),
    ("30歳の娘の病院を探してます", {"department": "内科"}),
    ("3か月前から腰が痛いので近くの病院", {"department": "内科"}),
    ("子どもを連れていける耳鼻科", {"department": "耳鼻咽喉科"}),
    ("今やってる薬局はありますか", {"kind": "pharmacy", "when": "now"}),
    ("歯医者を探しています", {"department": "歯科"}),
    ("総合病院はどこ", {"kind": "hospital"}),
    ("助産院をさがしています", {"kind": "maternity_home"}),
    ("クリニックはどこ", {"department": "内科"}),
    ("夜間の救急はどこですか", {"department": "救急科", "when": "2026-11-16T20:00"}),
    ("明日の午後3時にやってる内科", {"department": "内科", "when": "2026-11-17T15:00"}),
]


@pytest.mark.parametrize(("text", "wanted"), HEARD)
def test_plain_words_are_enough(ctx: Context, text: str, wanted: dict[str, str]) -> None:
    asked = FLOW.start(State(), UserInput(kind="text", text=ReadText(text), nlu_unavailable=True), ctx)
    assert request_in(asked) == wanted


def test_entities_count_where_words_say_nothing(ctx: Context) -> None:
    found = shown(
        started(ctx, said("そこのあれ", "find_facility", department="眼科", area="四倉", when="tomorrow"))
    )
    assert (found.department, found.district, found.when) == ("眼科", "四倉", "2026-11-17")


def remembered(ctx: Context, urgency: Urgency, **more: Any) -> Memory:
    fever = PastConsultation(complaint=Words.of("熱がある"), urgency=urgency, at=ctx.now, **more)
    return Memory(consultations=(fever,))


def test_a_place_without_a_word_after_a_consultation_looks_for_what_it_recommended(ctx: Context) -> None:
    memory = remembered(ctx, Urgency.GREEN, departments=("脳神経外科", "内科"))
    found = shown(FLOW.start(State(memory=memory), place(), ctx))
    assert (found.department, found.when) == ("脳神経外科", "")


def test_what_cannot_wait_is_looked_for_now(ctx: Context) -> None:
    memory = remembered(ctx, Urgency.YELLOW, departments=("内科",))
    assert shown(FLOW.start(State(memory=memory), place(), ctx)).when == "now"
    later = shown(FLOW.start(State(memory=memory), said("平で明日やってる内科", "find_facility"), ctx))
    assert later.when == "2026-11-17"


def test_a_childs_consultation_leads_to_paediatrics(ctx: Context) -> None:
    memory = remembered(ctx, Urgency.GREEN, who="子ども（3歳）")
    assert shown(FLOW.start(State(memory=memory), place(), ctx)).department == "小児科"


def test_after_an_emergency_119_comes_before_any_clinic(ctx: Context) -> None:
    turn = FLOW.start(State(memory=remembered(ctx, Urgency.RED)), place(), ctx)
    assert "119番に電話してください" in words_of(turn)
    (action,) = turn.effects
    assert isinstance(action, ShowFacilities)
    assert isinstance(action.onward[0], Call)


def test_an_unknown_place_gets_the_districts_and_then_buttons_and_a_person(ctx: Context) -> None:
    asked = started(ctx, said("近くの内科", "find_facility"))
    once = resumed(asked.state, said("水戸", "out_of_scope"), ctx)
    assert once
    assert "「水戸」がどのあたりか" in words_of(once)
    assert "久之浜・大久" in words_of(once)
    twice = resumed(once.state, said("水戸です", "out_of_scope"), ctx)
    assert twice
    (choices,) = twice.replies
    assert isinstance(choices, Choices)
    assert [option.label for option in choices.options] == [d.name for d in ctx.city.districts]
    assert any("menu" in way.data for way in choices.quick if isinstance(way, Tap))
    assert any(isinstance(way, Say) for way in choices.quick)
    found = shown(resumed(twice.state, tapped("district", "四倉"), ctx))
    assert (found.district, found.department) == ("四倉", "内科")


@pytest.mark.parametrize(
    ("text", "place"),
    [("東京の内科", "東京"), ("水戸で今やってる歯医者", "水戸"), ("富岡の病院ある？", "富岡")],
)
def test_a_place_elsewhere_is_not_taken_for_the_last_one(ctx: Context, text: str, place: str) -> None:
    before = started(ctx, said("平の皮膚科", "find_facility"))
    assert f"「{place}」がどのあたりか" in words_of(
        FLOW.start(before.state, said(text, "find_facility"), ctx)
    )


@pytest.mark.parametrize("text", ["近所の内科", "今日の内科", "土曜日の歯医者", "女医の病院", "子供の耳鼻科"])
def test_what_is_no_place_is_not_taken_for_one(ctx: Context, text: str) -> None:
    before = started(ctx, said("平の皮膚科", "find_facility"))
    assert shown(FLOW.start(before.state, said(text, "find_facility"), ctx)).district == "平"


def test_more_about_the_wish_at_the_open_question_is_no_miss(ctx: Context) -> None:
    asked = started(ctx, said("近くの内科", "find_facility"))
    changed = resumed(asked.state, said("やっぱり小児科", "out_of_scope"), ctx)
    assert "小児科をおさがしですね" in words_of(changed)
    again = resumed(asked.state, said("内科", "out_of_scope"), ctx)
    assert "内科をおさがしですね" in words_of(again)


def test_another_wish_is_left_to_its_flow(ctx: Context) -> None:
    asked = started(ctx, said("近くの内科", "find_facility"))
    assert resumed(asked.state, said("熱が下がりません", "consult_symptom"), ctx) is None
    long = said("昨日からずっと背中のあたりがおかしくて眠れないのです", "out_of_scope")
    assert resumed(asked.state, long, ctx) is None


def test_the_next_three_and_no_stale_ones(ctx: Context) -> None:
    first = started(ctx, said("平の内科", "find_facility"))
    (action,) = first.effects
    assert isinstance(action, ShowFacilities)
    assert Answer.parse(action.more.data) == Answer("facility", "1a", "more", "3")
    more = tapped("more", "3")
    assert more.answer
    assert FLOW.outlives(first.state, more.answer, ctx)
    second = resumed(first.state, more, ctx)
    assert second
    (action,) = second.effects
    assert isinstance(action, ShowFacilities)
    assert (action.offset, action.wanted.district) == (3, "平")
    # The same button again, and one of another search:
    assert resumed(second.state, more, ctx) is None
    foreign = Answer("facility", "9z", "more", "3")
    assert not FLOW.outlives(second.state, foreign, ctx)


def test_the_last_search_is_taken_up_where_words_are_short(ctx: Context, clock: Any) -> None:
    first = started(ctx, said("小名浜の皮膚科", "find_facility"))
    on_sunday = shown(FLOW.start(first.state, said("日曜は？", "find_facility"), ctx))
    assert (on_sunday.department, on_sunday.district, on_sunday.when) == ("皮膚科", "小名浜", "2026-11-22")
    sunday = FLOW.start(first.state, said("日曜は？", "find_facility"), ctx)
    assert shown(FLOW.start(sunday.state, said("薬局は？", "find_facility"), ctx)).when == "2026-11-22"
    pharmacy = shown(FLOW.start(first.state, said("薬局は？", "find_facility"), ctx))
    assert (pharmacy.kind, pharmacy.department, pharmacy.district) == ("pharmacy", "", "小名浜")
    moved = shown(FLOW.start(first.state, place(), ctx))
    assert (moved.department, moved.place) == ("皮膚科", TAIRA)
    clock.advance(hours=4)
    late = replace(ctx, now=clock(), instance="2b")
    assert "どのあたり" in words_of(FLOW.start(first.state, said("薬局は？", "find_facility"), late))


NAMES = [
    ("共立病院の場所", "共立病院"),
    ("いわき市医療センターの電話番号は", "いわき市医療センター"),
    ("松村総合病院はどこですか", "松村総合病院"),
    ("山田歯科の診療時間", "山田歯科"),
    ("近くの病院", ""),
    ("夜間救急病院", ""),
    ("小名浜病院", ""),
    ("平の総合病院", ""),
    ("整形外科クリニック", ""),
    ("こどもの病院", ""),
    ("土曜日やってる病院", ""),
    ("小児歯科", ""),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_certain_facility_is_told_from_a_sort_of_facility(ctx: Context, text: str, name: str) -> None:
    turn = started(ctx, said(text, "find_facility"))
    found = shown(turn).name if turn.effects else request_in(turn).get("name", "")
    assert found == name


def test_aed_desks_and_the_unknown_department_are_answered_without_a_search(ctx: Context) -> None:
    aed = started(ctx, said("AEDはどこ", "find_facility", facility_type="AED"))
    assert "119番" in words_of(aed)
    assert "一覧は、HELPOにはまだありません" in words_of(aed)
    duty = words_of(started(ctx, said("今日の当番医を教えてください", "find_facility")))
    assert "消防テレホンガイド" in duty
    assert "いわき市休日夜間急病診療所" in duty
    which = started(ctx, said("何科に行けばいいですか", "find_facility"))
    assert "体の具合を相談する" in words_of(which)
    assert which.state.flow == ""
    memory = remembered(ctx, Urgency.GREEN, departments=("耳鼻咽喉科",))
    known = FLOW.start(State(memory=memory), said("何科に行けばいいですか", "find_facility"), ctx)
    assert "耳鼻咽喉科をおさがしですね" in words_of(known)


@pytest.fixture
async def resident(town: Town, cities: dict[str, Municipality], clock: Clock) -> ScriptedResident:
    await import_files(town.sessions, [Path(DATA, "facilities/sample")], cities["iwaki"], clock)
    for words in ("近くで今やってる内科", "近くの小児科", "共立病院はどこ", "日曜は？", "平の内科"):
        town.meanings.teach(words, "find_facility")
    return await town.resident()


async def test_three_clinics_near_a_sent_place_and_the_next_three(resident: ScriptedResident) -> None:
    assert "どのあたり" in await resident.says("近くで今やってる内科")
    found = await resident.sends(**AT_TAIRA)
    assert "いま時間内と届け出のある内科を、送っていただいた場所から近い順に3件" in found
    assert found.count("ここからの距離") == 3
    more = await resident.taps("もっと見る")
    assert more.count("ここからの距離") == 3
    assert not set(found.splitlines()) & {line for line in more.splitlines() if line.startswith("デモ")}


async def test_a_button_of_results_grows_old_when_something_else_is_asked(resident: ScriptedResident) -> None:
    await resident.says("平の内科")
    assert "もっと見る" in resident.labels
    await resident.says("近くの小児科")
    assert "どの地区でさがしますか" in await resident.taps("地区から選ぶ")
    assert "四倉地区から" in await resident.taps("四倉")


async def test_an_unknown_hospital_is_said_and_the_search_goes_on(resident: ScriptedResident) -> None:
    assert "「共立病院」は見つかりませんでした" in await resident.says("共立病院はどこ")
    found = await resident.sends(**AT_TAIRA)
    assert "内科を、送っていただいた場所から" in found


async def test_a_place_in_another_prefecture_gets_the_national_search(resident: ScriptedResident) -> None:
    await resident.says("近くの小児科")
    away = await resident.sends(**{**AT_TAIRA, "latitude": 35.68, "longitude": 139.76})
    assert "いわき市の外のようです" in away
    assert "ここからの距離" not in away


async def test_plain_words_find_a_clinic_without_understanding(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.is_down = True
    assert "どのあたり" in await resident.says("近くの皮膚科をさがしています")
    assert "皮膚科を、小名浜地区から近い順に" in await resident.says("小名浜")


async def test_at_night_the_citys_own_desk_is_named_first(resident: ScriptedResident, clock: Any) -> None:
    clock.advance(hours=11)  # nine in the evening
    await resident.says("近くの小児科")
    await resident.says("今やってるところ")
    told = await resident.sends(**AT_TAIRA)
    assert "いわき市休日夜間急病診療所" in told
    assert "次に開くとき" in told


async def test_a_place_that_is_taken_back_is_forgotten(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("近くで今やってる内科")
    sent = await resident.does(**AT_TAIRA)
    await town.settle()
    assert str(TAIRA[0]) in str(await kept(town, ring))
    await resident.sends(type="unsend", message_id=sent["message_id"])
    assert str(TAIRA[0]) not in str(await kept(town, ring))


async def kept(town: Town, ring: KeyRing) -> dict[str, Any]:
    async with town.sessions.begin() as session:
        (conversation_id,) = await session.scalars(select(Conversation.id))
        return dict((await lock_talk(session, ring, conversation_id)).state)
