"""Test what LINE refuses: a bad part costs only itself, a refused row is said again in plain words."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.crypto import KeyRing
from core.db.tables import Conversation, Lane, Outbox, Owner, Speaker, Utterance
from core.db.tables.facility import Facility
from core.messages import Call, Card, Choices, Message, Open, Picture, Tap, Text
from core.municipalities import Municipality
from core.talk import Talk, lock_talk
from core.texts import Texts
from facilities.importer import import_files
from handoff.service_alerts import read_alerts
from handoff.transcript import read_line
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_staff
from tests.harness.samples import AT_TAIRA

# LINE names what it objects to, or does not.
NAMED = {"message": "?", "details": [{"message": "?", "property": "messages[0].contents"}]}
UNNAMED = {"message": "?"}
HONEST = "お返事をうまくお届けできませんでした"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("膝が痛いです", "consult_symptom")
    town.meanings.teach("平駅の近くの内科を教えて", "find_facility", department="内科", area="平")
    town.meanings.teach("近くの内科を教えて", "find_facility", department="内科")
    return await town.resident()


async def new_rows(town: Town, after: int = 1) -> list[Outbox]:
    """The rows said since the greeting."""
    async with town.sessions() as session:
        return list(await session.scalars(select(Outbox).order_by(Outbox.position)))[after:]


async def say(town: Town, ring: KeyRing, act: Callable[[Talk], Any]) -> None:
    async with town.sessions.begin() as session:
        talk_id = (await session.scalars(select(Conversation.id))).one()
        act(await lock_talk(session, ring, talk_id))


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("http://taira-naika.example.jp/", "http://taira-naika.example.jp/"),
        ("https://example.jp/" + "a" * 1000, ""),
        ("http://いわき内科.jp/案内", "http://xn--n8js1r436jzd5b.jp/%E6%A1%88%E5%86%85"),
        ("http://", ""),
        ("内科のホームページ", ""),
        ("javascript:alert(1)", ""),
        ("http://example.jp:port/", ""),
    ],
)
async def test_a_page_in_open_data_costs_at_most_its_button(
    town: Town,
    resident: ScriptedResident,
    clock: Any,
    cities: dict[str, Municipality],
    address: str,
    link: str,
) -> None:
    await import_files(town.sessions, [DATA / "facilities/sample"], cities["iwaki"], clock)
    async with town.sessions.begin() as session:
        await session.execute(update(Facility).values(url=address))
    await resident.says("近くの内科を教えて")
    assert "ここからの距離" in await resident.sends(**AT_TAIRA)
    assert {row.status for row in await new_rows(town)} == {"sent"}
    pages = [r for r in await town.requests("message/reply") if "ここからの距離" in str(r["body"])]
    assert (link in str(pages[-1]["body"])) if link else ("ホームページ" not in str(pages[-1]["body"]))
    assert (await town.counters())["violations"] == []


async def test_a_refused_answer_is_said_again_in_words_with_the_same_free_reply(
    town: Town, resident: ScriptedResident
) -> None:
    await town.fault(path="reply", status=400, body=NAMED, times=1)
    words = await resident.says("膝が痛いです")
    assert "（" in words
    assert "どれもない" in words
    refused, again = await new_rows(town)
    assert (refused.status, refused.error) == ("rejected", "line.refused_messages")
    assert (again.status, again.via, again.replaces_id) == ("sent", "reply", refused.id)
    assert await town.requests("message/push") == []
    # The answer can be typed, and the talk goes on.
    assert await resident.says("どれもない")


async def test_an_answer_refused_as_reply_and_as_push_is_pushed_in_words(
    town: Town, resident: ScriptedResident
) -> None:
    await town.fault(path="reply", status=400, body=UNNAMED, times=1)
    await town.fault(path="push", status=400, body=UNNAMED, times=1)
    assert "どれもない" in await resident.says("膝が痛いです")
    refused, again = await new_rows(town)
    assert (refused.status, again.status, again.via) == ("rejected", "sent", "push")


async def test_a_refusal_after_a_lost_answer_is_not_taken_for_arrival(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", status=500, times=1)
    await town.fault(path="reply", status=400, body=NAMED, times=1)
    await resident.does(type="text", text="膝が痛いです")
    await town.settle()
    clock.advance(seconds=5)
    await town.settle()
    assert "どれもない" in await resident.hears_words()
    assert [row.status for row in await new_rows(town)] == ["rejected", "sent"]


@pytest.mark.parametrize("body", [NAMED, UNNAMED])
async def test_when_the_words_are_refused_too_one_honest_sentence_is_said(
    town: Town, resident: ScriptedResident, body: dict[str, Any]
) -> None:
    for path, times in (("reply", 2), ("push", 2)):
        if body is NAMED and path == "push":
            break
        await town.fault(path=path, status=400, body=body, times=times if body is NAMED else 1)
    if body is UNNAMED:
        await town.fault(path="push", status=400, body=body, times=1)
    said = await resident.says("膝が痛いです")
    assert HONEST in said
    assert "119番に電話してください" in said
    assert resident.labels == ["ちょっと聞きたい（人に）", "119番に電話する"]
    full, plain, last = await new_rows(town)
    assert [full.status, plain.status, last.status] == ["rejected", "rejected", "sent"]
    assert (plain.replaces_id, last.replaces_id) == (full.id, plain.id)
    # The button leads to a person.
    assert await resident.taps("ちょっと聞きたい（人に）")


async def test_it_ends_when_line_refuses_everything_and_staff_see_each_step(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="message", status=400, body=UNNAMED)
    await resident.says("膝が痛いです")
    clock.advance(hours=1)
    await town.settle()
    assert [row.status for row in await new_rows(town)] == ["rejected"] * 3
    async with town.sessions() as session:
        health = await read_alerts(session, ["iwaki"], clock())
    assert [trouble.what for trouble in health.troubles] == ["send_rejected"] * 3
    async with town.http.delete(f"{town.simulator_url}/api/faults"):
        pass
    assert await resident.says("もしもし")


async def test_a_red_card_that_is_refused_keeps_its_lane_its_words_and_its_number(
    town: Town, resident: ScriptedResident
) -> None:
    await town.fault(path="reply", status=400, body=NAMED, times=1)
    said = await resident.says("父が急に倒れて返事をしません")
    refused, again, *_ = await new_rows(town)
    assert (refused.lane, again.lane, again.status, again.must_arrive) == ("safety", "safety", "sent", True)
    assert "119番" in said
    assert "119番に電話する 119" in said


BROKEN = Picture(media_id="no such id", alt="")
SIX = tuple(
    Card(title=f"{n}枚目", body=("くすり",), actions=(Call("電話", "0246-22-7448"),)) for n in range(6)
)


@pytest.mark.parametrize(
    ("messages", "expected", "statuses"),
    [
        ((BROKEN,), HONEST, ["rejected", "sent"]),
        (SIX, "6枚目"[1:], ["rejected", "sent"]),
        ((Text(text="見てください"), BROKEN), "見てください", ["sent"]),
        ((Text(text=""),), HONEST, ["rejected", "sent"]),
        ((Text(text="あ。" * 13_000),), HONEST, ["rejected", "sent"]),
        (
            (Choices(text="熱は？", options=(Tap("ある", "x" * 301), Tap("ない", ""))),),
            "熱は？",
            ["sent"],
        ),
    ],
)
async def test_what_cannot_be_rendered_never_ends_in_silence(
    town: Town,
    resident: ScriptedResident,
    ring: KeyRing,
    clock: Any,
    messages: tuple[Message, ...],
    expected: str,
    statuses: list[str],
) -> None:
    await say(town, ring, lambda talk: talk.say(messages, clock()))
    await town.settle()
    assert expected in await resident.hears_words()
    assert [row.status for row in await new_rows(town)] == statuses
    assert (await town.counters())["violations"] == []


async def test_what_is_left_out_is_logged_with_its_row_and_without_words(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    card = Card(title="秘密の医院", actions=(Open("ひみつの頁", "http://"), Call("電話", "0246-22-7448")))
    await say(town, ring, lambda talk: talk.say([card], clock()))
    await town.settle()
    (row,) = await new_rows(town)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "button_left_out" in line]
    assert str(row.id) in line
    assert "ひみつ" not in line
    assert "秘密の医院" in await resident.hears_words()


async def test_a_row_that_cannot_be_read_is_followed_by_the_honest_sentence_once(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await say(town, ring, lambda talk: talk.say([Text(text="ことば")], clock()))
    async with town.sessions.begin() as session:
        await session.execute(update(Outbox).where(Outbox.status == "queued").values(body=b"no such thing"))
    await town.settle()
    assert HONEST in await resident.hears_words()
    assert [row.status for row in await new_rows(town)] == ["rejected", "sent"]


async def test_a_clinicians_refused_picture_and_words_are_said_again_as_hers(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    staff = await make_staff(town.sessions, ring, clock)
    messages = [Text(text="この図を見てください"), Card(title="図", body=("足を高くして寝ている人",))]
    await say(
        town,
        ring,
        lambda talk: talk.say(messages, clock(), speaker=Speaker.STAFF, staff_id=staff.id),
    )
    await town.fault(path="message", status=400, body=NAMED, times=1)
    await town.settle()
    said = await resident.hears_words()
    assert "この図を見てください" in said
    assert "足を高くして寝ている人" in said
    refused, again = await new_rows(town)
    assert (again.speaker, again.status, again.replaces_id) == ("staff", "sent", refused.id)
    async with town.sessions() as session:
        said_again = (await session.scalars(select(Utterance).where(Utterance.outbox_id == again.id))).one()
    assert said_again.staff_id == staff.id
    line = read_line(None, said_again, again, None, "看護師")
    assert (line.is_said_again, line.delivery) == (True, "sent_push")


async def test_a_bots_refused_words_are_not_said_again_beside_the_clinician_who_took_over(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await say(town, ring, lambda talk: talk.say([Card(title="どうしますか")], clock()))
    (claim,) = await town.sender.claim(8, True)
    letter = await town.sender._step(claim, None, None)
    assert letter
    await say(town, ring, lambda talk: talk.give_to(Owner.CLINICIAN))
    await town.fault(path="message", status=400, body=NAMED, times=1)
    failure = await town.sender._deliver(letter)
    assert await town.sender._step(claim, letter, failure) is None
    assert [row.status for row in await new_rows(town)] == ["rejected"]


async def test_a_refused_notice_is_not_said_again(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, texts: Texts
) -> None:
    await say(town, ring, lambda talk: talk.say([Card(title="健診")], clock(), lane=Lane.BULK))
    await town.fault(path="message", status=400, body=NAMED)
    bulk = type(town.sender)(town.sessions, ring, town.clock, town.channels, (Lane.BULK,), texts)
    for claim in await bulk.claim(8, True):
        await bulk.send_all(claim)
    assert [row.status for row in await new_rows(town)] == ["rejected"]


async def test_repeated_requests_carry_the_bytes_of_the_first(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="message", status=500, times=5)
    await resident.says("膝が痛いです")
    for _ in range(9):
        clock.advance(seconds=10)
        await town.settle()
    bodies = {
        str(r["body"]["messages"]) for r in await town.requests("message/") if r["body"].get("messages")
    }
    assert len([b for b in bodies if "次の様子はありますか" in b]) == 1
