"""Test pages' own requests: reads of older words are audited, and a lost right takes effect at once."""

import json
import uuid

import pytest
from sqlalchemy import delete, select, update

from core.console.audit import AuditAction
from core.db.tables import AuditEntry, Staff, StaffMunicipality, Thread
from core.residents.keys import seal_json
from core.talk import lock_talk
from handoff import service_resident
from handoff.model import Summary
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.threads import changes, says, waiting


async def views(staff_web: StaffWeb) -> int:
    async with staff_web.sessions() as session:
        found = await session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.TALK_VIEWED))
        return len(found.all())


async def version(staff_web: StaffWeb, thread_id: uuid.UUID) -> int:
    async with staff_web.sessions() as session:
        return (await session.get_one(Thread, thread_id)).version


async def test_changes_fetched_without_a_page_are_a_view(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    await says(staff_web, talk_id, "ないしょの話")
    nurse = await staff_web.at_work("nurse")
    _, body = await nurse.get(f"/console/threads/{thread_id}/changes?after=0", Accept="application/json")
    assert any("ないしょの話" in line["html"] for line in json.loads(body)["lines"])
    assert await views(staff_web) == 1


async def test_an_open_line_without_a_page_is_a_view(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        await following()
        assert await views(staff_web) == 1


async def test_what_follows_a_page_belongs_to_its_view_and_what_goes_back_does_not(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    first = await says(staff_web, talk_id, "一つ目")
    nurse = await staff_web.at_work("nurse")
    path = f"/console/threads/{thread_id}"
    await nurse.get(path)
    shown = await version(staff_web, thread_id)
    await says(staff_web, talk_id, "二つ目")
    _, body = await nurse.get(f"{path}/changes?after={shown}&also={first}", Accept="application/json")
    assert len(json.loads(body)["lines"]) == 2
    async with changes(nurse, f"{path}/events?after={shown}") as following:
        await following()
    assert await views(staff_web) == 1
    await nurse.get(f"{path}/changes?after={shown - 1}")
    assert await views(staff_web) == 2
    async with changes(nurse, f"{path}/events?after=0") as following:
        await following()
    assert await views(staff_web) == 3
    newest = await version(staff_web, thread_id)
    await nurse.get(f"{path}/changes?after={newest}")
    assert await views(staff_web) == 3
    clock.advance(minutes=61)
    await nurse.get(f"{path}/changes?after={newest}")
    assert await views(staff_web) == 4


async def test_a_line_older_than_the_page_is_a_view_though_it_is_asked_for_by_name(
    staff_web: StaffWeb,
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    old = await says(staff_web, talk_id, "むかしの話")
    nurse = await staff_web.at_work("nurse")
    path = f"/console/threads/{thread_id}"
    newest = await version(staff_web, thread_id)
    await nurse.get(f"{path}/changes?after={newest}")
    assert await views(staff_web) == 1
    _, body = await nurse.get(f"{path}/changes?after={newest}&also={old}")
    assert "むかしの話" in json.loads(body)["lines"][0]["html"]
    assert await views(staff_web) == 2


async def test_one_colleagues_view_is_not_anothers(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    first, second = await staff_web.at_work("first"), await staff_web.at_work("second")
    await first.get(f"/console/threads/{thread_id}")
    newest = await version(staff_web, thread_id)
    await second.get(f"/console/threads/{thread_id}/changes?after={newest}")
    assert await views(staff_web) == 2


@pytest.mark.parametrize("loses", ["city", "role"])
async def test_an_open_line_ends_when_the_right_to_it_does(staff_web: StaffWeb, loses: str) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    path = f"{nurse.base}/console/threads/{thread_id}/events?after=0"
    async with nurse.http.get(path) as answer:
        await answer.content.readuntil(b"\n\n")
        async with staff_web.sessions.begin() as session:
            if loses == "city":
                await session.execute(delete(StaffMunicipality))
            else:
                await session.execute(update(Staff).values(roles=["support"]))
        await says(staff_web, talk_id, "きこえますか")
        rest = (await answer.content.read()).decode()
    assert rest.endswith("event: ended\ndata: \n\n")


async def test_a_summary_shortened_by_an_unsend_is_replaced_on_open_pages(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web, complaint="やっぱり内緒")
    nurse = await staff_web.at_work("nurse")
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        assert "やっぱり内緒" in (await following())["summary"]
        async with staff_web.sessions.begin() as session:
            talk = await lock_talk(session, staff_web.ring, talk_id)
            thread = await service_resident.open_thread_of(session, talk_id, lock=True)
            assert thread
            thread.summary = seal_json(talk.key, Summary().to_json(), "summary")
            thread.version = talk.touch()
        assert "やっぱり内緒" not in (await following())["summary"]
