"""Test that a talk does not end over unanswered words."""

import re
import uuid

import pytest
from sqlalchemy import select

from core.db.tables import Thread, Urgency
from core.talk import lock_talk
from handoff.safety_events import note_red
from tests.conftest import FakeClock
from tests.harness.console_client import Browser, StaffWeb
from tests.harness.threads import says, waiting


async def claimed(staff_web: StaffWeb, *, answered: bool = True) -> tuple[Browser, str, uuid.UUID]:
    talk_id, thread_id = await waiting(staff_web, complaint="のどが痛い")
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    if answered:
        await nurse.post(f"{at}/reply", text="お大事に", submission="one")
    return nurse, at, talk_id


async def status(staff_web: StaffWeb) -> tuple[str, str | None]:
    async with staff_web.sessions() as session:
        thread = (await session.scalars(select(Thread))).one()
        return thread.status, thread.outcome


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def choices(page: str) -> set[str]:
    return set(re.findall(r'name="outcome" value="(\w+)"', page))


@pytest.mark.parametrize("words", ["まだ痛いです", "息が苦しくなってきました", "？", "あの、もうひとつ"])
async def test_unanswered_words_stop_the_end_and_are_shown_with_the_choice(
    staff_web: StaffWeb, words: str
) -> None:
    nurse, at, talk_id = await claimed(staff_web)
    await says(staff_web, talk_id, words)
    seen = version((await nurse.get(at))[1])
    for outcome in ("advised", "referred", "emergency", "unreachable", "other"):
        code, said = await nurse.post(f"{at}/close", outcome=outcome, version=seen)
        assert code == 409
        assert "まだ返信していない言葉があります" in said
    assert await status(staff_web) == ("claimed", None)
    async with nurse.http.post(
        nurse.base + f"{at}/close", data={"csrf": nurse.csrf, "outcome": "advised"}, allow_redirects=False
    ) as answer:
        assert answer.status == 303
        location = answer.headers["Location"].partition("#")[0]
    _, page = await nurse.get(location)
    asked = page[page.index('id="end"') :]
    assert words in asked
    assert choices(page) == {"settled", "by_phone", "called_119"}
    assert (await nurse.post(f"{at}/close", outcome="by_phone", version=version(page)))[0] == 204
    assert await status(staff_web) == ("closed", "by_phone")


async def test_the_page_is_led_to_the_words(staff_web: StaffWeb) -> None:
    nurse, at, talk_id = await claimed(staff_web)
    await says(staff_web, talk_id, "もう一つだけ")
    headers = {"HX-Request": "true"}
    fields = {"csrf": nurse.csrf, "outcome": "advised", "version": "1"}
    async with nurse.http.post(nurse.base + f"{at}/close", data=fields, headers=headers) as answer:
        assert answer.status == 409
        assert answer.headers["HX-Redirect"].startswith(f"{at}?ending=")
        assert answer.headers["HX-Redirect"].endswith("#end")


async def test_words_that_come_between_the_page_and_the_click_stop_the_end(staff_web: StaffWeb) -> None:
    nurse, at, talk_id = await claimed(staff_web)
    await says(staff_web, talk_id, "ありがとうございました")
    _, page = await nurse.get(f"{at}?ending=1")
    await says(staff_web, talk_id, "でも胸が痛くなってきました")
    code, _ = await nurse.post(f"{at}/close", outcome="settled", version=version(page))
    assert code == 409
    assert await status(staff_web) == ("claimed", None)
    _, page = await nurse.get(f"{at}?ending=2")
    assert "でも胸が痛くなってきました" in page[page.index('id="end"') :]
    assert (await nurse.post(f"{at}/close", outcome="settled", version=version(page)))[0] == 204


async def test_an_answer_clears_the_way(staff_web: StaffWeb) -> None:
    nurse, at, talk_id = await claimed(staff_web)
    await says(staff_web, talk_id, "どこに行けばいいですか")
    assert (await nurse.post(f"{at}/close", outcome="referred"))[0] == 409
    await nurse.post(f"{at}/reply", text="内科にどうぞ", submission="two")
    assert (await nurse.post(f"{at}/close", outcome="referred"))[0] == 204


async def test_a_talk_that_was_only_claimed_has_not_been_answered(staff_web: StaffWeb) -> None:
    nurse, at, _ = await claimed(staff_web, answered=False)
    assert (await nurse.post(f"{at}/close", outcome="advised"))[0] == 409
    assert await status(staff_web) == ("claimed", None)


async def test_a_form_without_the_pages_version_ends_nothing(staff_web: StaffWeb) -> None:
    nurse, at, talk_id = await claimed(staff_web)
    await says(staff_web, talk_id, "はい")
    for odd in ({}, {"version": ""}, {"version": "x"}, {"version": "9" * 30}, {"version": "-1"}):
        assert (await nurse.post(f"{at}/close", outcome="settled", **odd))[0] == 409


async def test_nothing_to_answer_means_the_ordinary_outcomes(staff_web: StaffWeb) -> None:
    nurse, at, _ = await claimed(staff_web)
    _, page = await nurse.get(f"{at}?ending=1")
    assert 'class="unanswered"' not in page
    assert choices(page) >= {"advised", "referred", "emergency", "unreachable", "other"}
    assert "settled" not in choices(page)


async def test_who_was_turned_to_and_says_nothing_can_be_let_go_with_a_reason(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    """Nothing stands unanswered in the talk, but nobody has answered since the thread was opened either."""
    nurse, at, talk_id = await claimed(staff_web)
    await nurse.post(f"{at}/close", outcome="advised")
    clock.advance(minutes=1)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await note_red(talk, Urgency.RED, "head", clock())
    danger = re.search(r'href="(/console/inbox/dangers/\d+)"', (await nurse.get("/console/inbox"))[1])
    assert danger
    await nurse.post(f"{danger[1]}/take", htmx=False)
    async with staff_web.sessions() as session:
        newest = select(Thread.id).where(Thread.status == "claimed")
        at = f"/console/threads/{(await session.scalars(newest)).one()}"
    assert (await nurse.post(f"{at}/close", outcome="advised"))[0] == 409
    _, page = await nurse.get(f"{at}?ending=1")
    assert choices(page) == {"settled", "by_phone", "called_119"}
    assert (await nurse.post(f"{at}/close", outcome="called_119", version=version(page)))[0] == 204
