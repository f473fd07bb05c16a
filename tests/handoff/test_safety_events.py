"""Test dangers without a thread: listed until a person has answered or says how they ended."""

import asyncio
import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.triage.danger.former_categories import FORMER_CATEGORIES
from bot.triage.danger.safety import load_safety
from core.console.rendering import HERE
from core.console.wording import load_wordings
from core.db.tables import (
    AuditEntry,
    Conversation,
    Outbox,
    Profession,
    Resident,
    SafetyEvent,
    Thread,
    ToldSince,
    Urgency,
)
from core.messages import Text, load
from core.residents.keys import open_json
from core.talk import lock_talk
from core.texts import Texts
from handoff import pages, safety_events, service_resident
from handoff.model import Summary
from tests.conftest import DATA, FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.people import make_talk
from tests.harness.threads import changes, rings, says, waiting

INBOX = "/console/inbox"


async def endangered(
    staff_web: StaffWeb, number: int = 1, category: str = "chest_back", urgency: Urgency = Urgency.RED
) -> uuid.UUID:
    """A resident whose words were answered with the card of a red flag, and who has asked for nobody."""
    talk_id = await make_talk(staff_web.sessions, staff_web.ring, staff_web.deps.clock, "iwaki", number)
    await sign(staff_web, talk_id, category, urgency)
    return talk_id


async def sign(
    staff_web: StaffWeb, talk_id: uuid.UUID, category: str, urgency: Urgency = Urgency.RED
) -> None:
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await safety_events.note_red(talk, urgency, category, staff_web.deps.clock())


async def block(staff_web: StaffWeb, talk_id: uuid.UUID) -> None:
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        talk.resident.is_following = False
        talk.touch()


async def events(staff_web: StaffWeb) -> list[SafetyEvent]:
    async with staff_web.sessions() as session:
        return list(await session.scalars(select(SafetyEvent).order_by(SafetyEvent.id)))


def listed(page: str) -> list[str]:
    """The list's rows as text."""
    section = re.search(r'<section id="dangers".*?</section>', page, re.DOTALL)
    rows = re.findall(r'<a class="row.*?</a>', section[0], re.DOTALL) if section else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def address(page: str) -> str:
    found = re.search(r'href="(/console/inbox/dangers/\d+)"', page)
    assert found
    return found[1]


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen_at|version)" value="([^"]*)"', page))


async def test_a_red_that_asked_for_nobody_stands_in_the_inbox(staff_web: StaffWeb, clock: FakeClock) -> None:
    talk_id = await endangered(staff_web)
    nurse = await staff_web.at_work("nurse")
    (row,) = listed((await nurse.get(INBOX))[1])
    assert "胸や背中の強い痛み" in row
    assert "その後の言葉：なし" in row
    clock.advance(minutes=3)
    await says(staff_web, talk_id, "まだ痛いです")
    clock.advance(minutes=2)
    (row,) = listed((await nurse.get(INBOX))[1])
    assert f"その後の言葉：あり（{clock() - timedelta(minutes=2) + timedelta(hours=9):%H:%M}）" in row
    assert "まだ痛いです" not in row


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (ToldSince.CALLED, "119番に電話できたとの返事（10:03）"),
        (ToldSince.NOT_YET, "まだ119番に電話していないとの返事（10:03）"),
        (ToldSince.CANNOT_CALL, "119番に電話できないとの返事（10:03）"),
        (ToldSince.FINE, "「もう大丈夫」との返事（10:03）"),
    ],
)
async def test_what_was_told_since_stands_in_the_list_and_on_the_page_until_a_person_settles_it(
    staff_web: StaffWeb, clock: FakeClock, told: ToldSince, words: str
) -> None:
    talk_id = await endangered(staff_web)
    clock.advance(minutes=3)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await safety_events.note_told(talk, told, clock())
    await sign(staff_web, talk_id, safety_events.NOT_CALLED)
    nurse = await staff_web.at_work("nurse")
    page = (await nurse.get(INBOX))[1]
    (row,) = listed(page)
    assert words in row
    assert "119番に電話できたか、確かめられていない" in row
    assert words in (await nurse.get(address(page)))[1]


@pytest.mark.parametrize(("urgency", "is_listed"), [(Urgency.RED, True), (Urgency.YELLOW, False)])
async def test_a_red_that_gives_up_waiting_is_listed(
    staff_web: StaffWeb, clock: FakeClock, urgency: Urgency, *, is_listed: bool
) -> None:
    talk_id, _ = await waiting(staff_web, urgency=urgency)
    nurse = await staff_web.at_work("nurse")
    assert listed((await nurse.get(INBOX))[1]) == []  # who waits stands in the queue
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        await service_resident.withdraw(talk, thread, clock())
    rows = listed((await nurse.get(INBOX))[1])
    assert len(rows) == int(is_listed)
    assert not is_listed or "待つのをやめた" in rows[0]


async def test_a_claimed_talk_is_accompanied_and_an_answer_ends_the_danger(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    await sign(staff_web, talk_id, "head")
    assert listed((await nurse.get(INBOX))[1]) == []
    await nurse.post(f"/console/threads/{thread_id}/reply", text="119番へ", submission="one")
    await nurse.post(f"/console/threads/{thread_id}/close", outcome="emergency")
    assert listed((await nurse.get(INBOX))[1]) == []
    assert [(e.outcome, e.closed_by is not None) for e in await events(staff_web)] == [("answered", True)]


@pytest.mark.parametrize(
    ("outcome", "left", "settled"),
    [("settled", 1, None), ("by_phone", 0, "by_phone"), ("called_119", 0, "called_119")],
)
async def test_a_thread_that_ends_without_an_answer_leaves_the_danger_open_unless_its_end_settles_it(
    staff_web: StaffWeb, outcome: str, left: int, settled: str | None
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    await sign(staff_web, talk_id, "head")
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.post(f"{at}/claim")
    version = fields((await nurse.get(at))[1])["version"]
    assert (await nurse.post(f"{at}/close", outcome=outcome, version=version))[0] == 204
    assert len(listed((await nurse.get(INBOX))[1])) == left
    assert [e.outcome for e in await events(staff_web)] == [settled]


async def test_who_blocked_the_account_has_not_been_answered_by_words_that_cannot_arrive(
    staff_web: StaffWeb,
) -> None:
    talk_id = await endangered(staff_web)
    await block(staff_web, talk_id)
    nurse = await staff_web.at_work("nurse")
    page = (await nurse.get(INBOX))[1]
    assert "ブロック中：届きません" in listed(page)[0]
    await nurse.get(address(page))
    await nurse.post(f"{address(page)}/take", htmx=False)
    async with staff_web.sessions() as session:
        thread_id = (await session.scalars(select(Thread.id))).one()
    at = f"/console/threads/{thread_id}"
    await nurse.post(f"{at}/reply", text="だいじょうぶですか", submission="one")
    assert (await nurse.post(f"{at}/close", outcome="unreachable"))[0] == 204
    assert len(listed((await nurse.get(INBOX))[1])) == 1


async def test_a_clinician_turns_to_the_resident_from_the_list(staff_web: StaffWeb, clock: FakeClock) -> None:
    talk_id = await endangered(staff_web)
    await says(staff_web, talk_id, "胸が痛くて苦しい")
    nurse = await staff_web.at_work("nurse")
    at = address((await nurse.get(INBOX))[1])
    _, page = await nurse.get(at)
    assert "胸が痛くて苦しい" in page
    assert (await nurse.post(f"{at}/take", htmx=False))[0] == 303
    async with staff_web.sessions.begin() as session:
        thread = (await session.scalars(select(Thread))).one()
        assert (thread.status, thread.urgency) == ("claimed", "red")
        assert thread.assignee_id is not None
        talk = await lock_talk(session, staff_web.ring, talk_id)
        assert service_resident.read_summary(talk, thread).complaint.text == "胸が痛くて苦しい"
        body = (await session.scalars(select(Outbox.body).order_by(Outbox.position))).all()
        told = load(open_json(talk.key, body[-1], "outbox"))[0]
        entries = (await session.scalars(select(AuditEntry.action))).all()
    assert isinstance(told, Text)
    assert "看護師がお話をうかがいます" in told.text
    assert "119番" in told.text
    assert {"inbox:danger:viewed", "inbox:thread:claimed"} <= set(entries)
    assert listed((await nurse.get(INBOX))[1]) == []
    assert "緊急のサインを見て連絡" in (await nurse.get(f"/console/threads/{thread.id}"))[1]


async def test_a_withdrawn_red_thread_is_taken_up_again_with_what_was_known(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, _ = await waiting(staff_web, urgency=Urgency.RED, complaint="父が倒れた")
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        await service_resident.withdraw(talk, thread, clock())
    clock.advance(minutes=5)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"{address((await nurse.get(INBOX))[1])}/take", htmx=False)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        again = await service_resident.open_thread_of(session, talk_id)
        assert again is not None
        assert service_resident.read_summary(talk, again).complaint.text == "父が倒れた"


async def test_of_two_who_take_a_danger_at_once_one_gets_the_talk(staff_web: StaffWeb) -> None:
    await endangered(staff_web)
    first, second = await staff_web.at_work("first"), await staff_web.at_work("second")
    at = address((await first.get(INBOX))[1])
    answers = await asyncio.gather(first.post(f"{at}/take"), second.post(f"{at}/take"))
    assert sorted(status for status, _ in answers) == [303, 409]


async def test_saying_how_it_ended_is_kept_with_who_and_when(staff_web: StaffWeb, clock: FakeClock) -> None:
    await endangered(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = address((await nurse.get(INBOX))[1])
    page = (await nurse.get(at))[1]
    for wrong in ("answered", "whatever"):
        assert (await nurse.post(f"{at}/settle", outcome=wrong, **fields(page)))[0] == 404
    assert (await nurse.post(f"{at}/settle", outcome="called_119", **fields(page), htmx=False))[0] == 303
    (event,) = await events(staff_web)
    assert (event.outcome, event.closed_at, event.closed_by is not None) == ("called_119", clock(), True)
    assert listed((await nurse.get(INBOX))[1]) == []
    async with staff_web.sessions() as session:
        assert "inbox:danger:settled" in set(await session.scalars(select(AuditEntry.action)))
    status, words = await nurse.post(f"{at}/settle", outcome="no_contact", **fields(page))
    assert status == 409
    assert "すでに確認されています" in words


@pytest.mark.parametrize("news", ["words", "sign", "another sign"])
async def test_what_came_since_the_page_was_opened_is_shown_before_it_can_be_confirmed(
    staff_web: StaffWeb, clock: FakeClock, news: str
) -> None:
    talk_id = await endangered(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = address((await nurse.get(INBOX))[1])
    page = (await nurse.get(at))[1]
    clock.advance(seconds=20)
    if news == "words":
        await says(staff_web, talk_id, "意識がうすれてきました")
    else:
        await sign(staff_web, talk_id, "chest_back" if news == "sign" else "consciousness")
    assert (await nurse.post(f"{at}/settle", outcome="false_alarm", **fields(page)))[0] == 303
    assert [e.closed_at for e in await events(staff_web) if e.closed_at] == []
    again = (await nurse.get(f"{at}?more=1"))[1]
    assert "新しい言葉か緊急のサイン" in again
    assert news != "words" or "意識がうすれてきました" in again
    assert (await nurse.post(f"{at}/settle", outcome="false_alarm", **fields(again)))[0] == 303
    assert all(e.closed_at for e in await events(staff_web))


async def test_a_talk_is_listed_once_whatever_was_seen_in_it(staff_web: StaffWeb, clock: FakeClock) -> None:
    talk_id = await endangered(staff_web, category="suicidal", urgency=Urgency.ORANGE)
    for category in ("belly", "head", "belly"):
        clock.advance(seconds=30)
        await sign(staff_web, talk_id, category)
    nurse = await staff_web.at_work("nurse")
    (row,) = listed((await nurse.get(INBOX))[1])
    assert row.index("激しい腹痛") < row.index("急な強い頭痛") < row.index("死にたい気持ち")
    assert "119" in row


async def test_the_list_is_the_citys_own_and_of_one_day(staff_web: StaffWeb, clock: FakeClock) -> None:
    await endangered(staff_web)
    nurse = await staff_web.at_work("nurse")
    stranger = await staff_web.at_work("stranger", cities=("demo-kitahama",))
    at = address((await nurse.get(INBOX))[1])
    assert listed((await stranger.get(INBOX))[1]) == []
    assert (await stranger.get(at))[0] == 404
    for verb in ("take", "settle"):
        moment = clock().isoformat()
        answer = await stranger.post(f"{at}/{verb}", outcome="no_contact", seen_at=moment, version="9")
        assert answer[0] == 404
    async with staff_web.sessions.begin() as session:
        await session.execute(update(SafetyEvent).values(at=SafetyEvent.at - timedelta(hours=25)))
    await asyncio.sleep(1.1)  # a queue may be a second old
    assert listed((await nurse.get(INBOX))[1]) == []


async def test_an_open_inbox_learns_of_it_and_rings(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse", professions=(Profession.PHARMACIST,))
    async with changes(nurse, f"{INBOX}/events") as following:
        await following()
        assert await rings(nurse) == []
        await endangered(staff_web)
        board = await following()
    assert [why for why, _ in await rings(nurse)] == ["danger"]
    assert len(listed(board["html"])) == 1


async def test_the_page_of_a_danger_leads_to_the_thread_once_there_is_one(staff_web: StaffWeb) -> None:
    talk_id = await endangered(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = address((await nurse.get(INBOX))[1])
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.GREEN,
            summary=Summary(),
            now=staff_web.deps.clock(),
        )
        thread_id = thread.id
    async with nurse.http.get(nurse.base + at, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/console/threads/{thread_id}")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_staff_read_every_category_and_outcome(language: str) -> None:
    keys = load_wordings([HERE, pages.feature().folder])[language].keys()
    flags = set(load_safety(DATA)) | set(FORMER_CATEGORIES)
    assert safety_events.DESPAIR in flags
    found = {safety_events.INTERVIEW, safety_events.CHECK, safety_events.WITHDRAWN, "other"}
    assert {f"danger.seen.{category}" for category in flags | found} <= keys
    assert {f"danger.outcome.{outcome.value}" for outcome in safety_events.SafetyOutcome} <= keys


def test_who_is_turned_to_reads_119(texts: Texts) -> None:
    assert "119番" in texts("handoff.reaching_out", profession="看護師")


async def test_a_destroyed_key_does_not_hide_the_danger(staff_web: StaffWeb) -> None:
    talk_id = await endangered(staff_web)
    await staff_web.destroy_key(talk_id)
    nurse = await staff_web.at_work("nurse")
    page = (await nurse.get(INBOX))[1]
    assert len(listed(page)) == 1
    assert (await nurse.get(address(page)))[0] == 200
    async with staff_web.sessions() as session:
        assert (await session.scalars(select(Conversation.id).join(Resident))).one() == talk_id
