"""A message taken back leaves nothing behind: not in the talk's state, no summary, no page; what else was said stays.

LINE asks that an unsent message is deleted from storage and screens.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.console import ConsoleDeps
from core.crypto import KeyRing
from core.db.tables import Conversation, LineEvent, Outbox, Profession, Speaker, Thread, Utterance
from core.live import Signals, make_redis
from core.municipalities import Municipality
from core.residents.keys import open_json
from core.settings import Settings
from core.talk import lock_talk
from core.texts import Texts
from tests.harness.console_client import Browser, StaffWeb, open_staff_web
from tests.harness.in_process import ScriptedResident, Town

# Stands so often in every long text that no piece of it worth a secret lacks it.
MARK = "ないしょ"
PERSON = "看護師さんと話したい"
HEADACHE = "35歳です。頭が痛いです"
PLACE = {"address": "いわき市平", "latitude": 37.05, "longitude": 140.88}
LEFT_OUT = "\n（中略）\n"


def one_line(length: int, what: str = "頭が痛い") -> str:
    """Return one line of so many characters, as a frightened person types."""
    return "".join(f"{what}のは{MARK}の{n}、" for n in range(length) if n != 119)[:length]


def many_lines(length: int, what: str = "頭が痛い") -> str:
    return "".join(f"{what}のは{MARK}の{n}\n" for n in range(length) if n != 119)[:length].rsplit("\n", 1)[0]


@pytest.fixture
async def house(
    town: Town,
    redis_url: str,
    ring: KeyRing,
    settings: Settings,
    texts: Texts,
    cities: dict[str, Municipality],
) -> AsyncIterator[StaffWeb]:
    client = make_redis(redis_url)
    deps = ConsoleDeps(
        sessions=town.sessions,
        ring=ring,
        settings=settings,
        clock=town.clock,
        signals=Signals(client),
        texts=texts,
        cities=cities,
    )
    async with open_staff_web(deps) as house:
        yield house
    await client.aclose()


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(HEADACHE, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    town.meanings.teach("近くの内科", "find_facility", department="内科")
    town.meanings.teach("市販薬を買いたい", "buy_medicine")
    return await town.resident()


async def sent(resident: ScriptedResident, text: str, intent: str = "consult_symptom") -> str:
    """Write a text that is understood so; returns its message's id."""
    resident.town.meanings.teach(text, intent)
    done = await resident.does(type="text", text=text)
    await resident.town.settle()
    await resident.hears()
    return str(done["message_id"])


async def kept(town: Town, ring: KeyRing) -> str:
    """Return all that is kept of the town's one talk, in the clear."""
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        threads = await session.scalars(select(Thread))
        said = await session.scalars(select(Utterance).where(Utterance.speaker == Speaker.RESIDENT.value))
        rows = (await session.scalars(select(Outbox))).all()
        found = [
            talk.state,
            [open_json(talk.key, thread.summary, "summary") for thread in threads],
            [talk.words(utterance) for utterance in said],
            [open_json(talk.key, row.body, "outbox") for row in rows],
            [talk.key.open(row.rendered, "rendered").decode() for row in rows if row.rendered],
        ]
    return json.dumps(found, ensure_ascii=False)


async def page(town: Town, staff: Browser) -> str:
    """Return what a clinician sees of the town's one thread."""
    async with town.sessions() as session:
        thread = (await session.scalars(select(Thread.id))).one()
    status, shown = await staff.get(f"/console/threads/{thread}")
    assert status == 200
    _, changes = await staff.get(f"/console/threads/{thread}/changes?after=0", Accept="application/json")
    return shown + json.dumps(json.loads(changes), ensure_ascii=False)


# Each says something long, and returns the message's id.
Story = Callable[[ScriptedResident], Awaitable[str]]


async def opening(resident: ScriptedResident) -> str:
    return await sent(resident, one_line(2163))


async def opening_of_lines(resident: ScriptedResident) -> str:
    return await sent(resident, many_lines(4900))


async def in_mid_interview(resident: ScriptedResident) -> str:
    await resident.says(HEADACHE)
    return await sent(resident, one_line(5000))


async def lines_in_mid_interview(resident: ScriptedResident) -> str:
    await resident.says(HEADACHE)
    return await sent(resident, many_lines(3000))


async def a_wish_that_waits(resident: ScriptedResident) -> str:
    wish = one_line(2400, "薬局に行く") + "薬局を教えて"
    resident.town.meanings.teach(wish, "find_facility")
    resident.town.meanings.teach(f"{HEADACHE}。", "consult_symptom")
    return await sent(resident, f"{HEADACHE}。あと{wish}")


async def a_remark(resident: ScriptedResident) -> str:
    return await sent(resident, one_line(3000, "なんとなく"), "out_of_scope")


async def a_question_left_for_another(resident: ScriptedResident) -> str:
    message = await sent(resident, f"35歳です。{one_line(2500)}")
    await resident.says("近くの内科")
    return message


async def a_wish_to_buy(resident: ScriptedResident) -> str:
    return await sent(resident, one_line(2600, "かぜ薬を買う"), "buy_medicine")


async def more_about_a_wish_to_buy(resident: ScriptedResident) -> str:
    await resident.says("市販薬を買いたい")
    return await sent(resident, one_line(2600, "かぜ薬を買う"), "buy_medicine")


async def lines_of_every_sort(resident: ScriptedResident) -> str:
    """Clauses are cut at some ends of lines, what is kept at all."""
    text = f"すみません、頭が痛い{MARK}一\u2028頭が重い{MARK}二。あと頭がふらつく{MARK}三\u0085少し{MARK}四"
    return await sent(resident, text)


async def a_named_hospital(resident: ScriptedResident) -> str:
    return await sent(resident, f"{MARK}共立病院はどこですか".replace(MARK, "内緒"), "find_facility")


STORIES = [
    opening,
    opening_of_lines,
    in_mid_interview,
    lines_in_mid_interview,
    a_wish_that_waits,
    a_remark,
    a_question_left_for_another,
    a_wish_to_buy,
    more_about_a_wish_to_buy,
    lines_of_every_sort,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_nothing_of_a_message_taken_back_stays_in_the_talk_which_goes_on(
    town: Town, resident: ScriptedResident, ring: KeyRing, story: Story
) -> None:
    message = await story(resident)
    labels = list(resident.labels)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        assert MARK in json.dumps(talk.state, ensure_ascii=False)
    await resident.sends(type="unsend", message_id=message)
    assert MARK not in await kept(town, ring)
    for label in labels[:2]:
        await resident.taps(label)
    async with town.sessions() as session:
        events = await session.scalars(select(LineEvent))
        assert {(event.outcome, event.attempts) for event in events} == {("served", 1), ("recorded", 1)}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_nothing_of_it_stays_with_the_person_who_has_the_talk(
    town: Town, house: StaffWeb, resident: ScriptedResident, ring: KeyRing, story: Story
) -> None:
    staff = await house.at_work("everybody", professions=tuple(Profession))
    message = await story(resident)
    await resident.says(PERSON)
    assert MARK in await page(town, staff)
    await resident.sends(type="unsend", message_id=message)
    assert MARK not in await kept(town, ring)
    shown = await page(town, staff)
    assert MARK not in shown
    assert PERSON in shown


@pytest.mark.parametrize("story", [in_mid_interview, lines_in_mid_interview])
async def test_what_was_said_before_stays(
    town: Town, resident: ScriptedResident, ring: KeyRing, story: Story
) -> None:
    message = await story(resident)
    await resident.sends(type="unsend", message_id=message)
    assert "頭が痛いです" in json.dumps((await state(town, ring))["data"], ensure_ascii=False)


async def test_of_two_long_messages_the_other_one_stays(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    other = one_line(2400, "喉も痛い").replace(MARK, "あかし")
    message = await sent(resident, f"35歳です。{one_line(2400)}")
    await sent(resident, other)
    await resident.sends(type="unsend", message_id=message)
    left = await state(town, ring)
    assert MARK not in json.dumps(left, ensure_ascii=False)
    assert other[:1000] in left["data"]["complaint"] or other[-1000:] in left["data"]["complaint"]


async def test_a_short_message_takes_no_piece_out_of_another(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    message = await sent(resident, "腰が痛い")
    await sent(resident, "腰が痛いし、少しだるいです")
    await resident.sends(type="unsend", message_id=message)
    assert (await state(town, ring))["data"]["complaint"] == "腰が痛いし、少しだるいです"


@pytest.mark.parametrize("where", ["data", "consultation", "left"])
@pytest.mark.parametrize("text", [one_line(2500), many_lines(2600), many_lines(4700)])
async def test_halves_that_the_first_release_kept_go_as_well(
    town: Town, resident: ScriptedResident, ring: KeyRing, where: str, text: str
) -> None:
    message = await sent(resident, text)
    old = f"{text[:1000]}{LEFT_OUT}{text[-1000:]}"
    asking: dict[str, Any] = {"flow": "consultation", "instance": "7", "step": "asking"}
    data = {"data": {"complaint": old, "answers": {}, "floor": "white"}}
    at = {"at": town.clock().isoformat()}
    found = {"complaint": old, "urgency": "yellow", "findings": [], "advised": [], "who": "", "protocols": []}
    before = {
        "data": {**asking, **data},
        "consultation": {"memory": {"consultation": {**found, "departments": [], **at}}},
        "left": {"memory": {"left": {**asking, **data, **at}}},
    }
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        talk.state = before[where]
    await resident.sends(type="unsend", message_id=message)
    left = json.dumps(await state(town, ring), ensure_ascii=False)
    assert "のは" not in left
    assert "中略" not in left
    assert MARK[:2] not in left


async def test_halves_of_what_is_not_taken_back_stay(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    text = one_line(2500)
    message = await sent(resident, "今日は天気がよいですね", "out_of_scope")
    old = f"{text[:1000]}{LEFT_OUT}{text[-1000:]}"
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        data = {"complaint": old, "answers": {}, "floor": "white"}
        talk.state = {"flow": "consultation", "instance": "7", "step": "asking", "data": data}
    await resident.sends(type="unsend", message_id=message)
    assert (await state(town, ring))["data"]["complaint"] == old


async def test_the_name_of_a_place_that_was_looked_for_goes_with_the_words(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    message = await a_named_hospital(resident)
    assert "内緒" in json.dumps(await state(town, ring), ensure_ascii=False)
    await resident.sends(type="unsend", message_id=message)
    assert "内緒" not in await kept(town, ring)


async def test_a_place_that_our_answer_repeats_goes_with_the_words(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await sent(resident, "内科に行きたい", "find_facility")
    message = await sent(resident, "内緒二丁目の近く", "find_facility")
    assert "内緒" in await kept(town, ring)
    await resident.sends(type="unsend", message_id=message)
    assert "内緒" not in await kept(town, ring)


async def test_a_cry_in_the_name_of_a_place_goes_with_the_place(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    cry = "父が倒れて息をしていません"
    done = await resident.does(type="location", title=cry, **PLACE)
    await town.settle()
    assert cry in json.dumps(await state(town, ring), ensure_ascii=False)
    await resident.sends(type="unsend", message_id=done["message_id"])
    assert cry not in await kept(town, ring)


async def state(town: Town, ring: KeyRing) -> dict[str, Any]:
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        return dict(talk.state)
