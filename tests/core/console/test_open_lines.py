"""Test that an event stream ends at once with its session, and with no other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete, update

from core.console import ConsoleDeps
from core.db.tables import Staff, StaffSession
from tests.conftest import FakeClock
from tests.harness.console_client import PASSWORD, Browser, StaffWeb, open_staff_web
from tests.harness.threads import says, waiting

SOON_S = 2.0


async def rest_of_line(browser: Browser, path: str, ends: Callable[[], Awaitable[object]]) -> str:
    """Open a line, do what ends it once it has begun, and return all that came after."""
    async with browser.http.get(browser.base + path) as answer:
        await answer.content.readuntil(b"\n\n")
        await ends()
        async with asyncio.timeout(SOON_S):
            return (await answer.content.read()).decode()


@pytest.mark.parametrize("which", ["inbox", "thread"])
@pytest.mark.parametrize("how", ["signs_out", "disabled", "revoked", "expired"])
async def test_an_open_line_ends_at_once(staff_web: StaffWeb, clock: FakeClock, which: str, how: str) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    path = "/console/inbox/events" if which == "inbox" else f"/console/threads/{thread_id}/events?after=0"

    async def ends() -> None:
        if how == "signs_out":
            assert (await nurse.post("/console/logout", htmx=False))[0] == 303
        elif how == "expired":
            clock.advance(hours=25)
        else:
            statement = (
                update(Staff).values(disabled_at=clock()) if how == "disabled" else delete(StaffSession)
            )
            async with staff_web.sessions.begin() as session:
                await session.execute(statement)

    assert (await rest_of_line(nurse, path, ends)).endswith("event: ended\ndata: \n\n")


async def test_nothing_said_after_signing_out_reaches_the_page(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")

    async def ends() -> None:
        await nurse.post("/console/logout", htmx=False)
        await says(staff_web, talk_id, "ないしょの話")

    rest = await rest_of_line(nurse, f"/console/threads/{thread_id}/events?after=0", ends)
    assert "ないしょ" not in rest


async def test_signing_out_elsewhere_in_another_process_ends_the_line_too(
    deps: ConsoleDeps, staff_web: StaffWeb
) -> None:
    nurse = await staff_web.at_work("nurse")
    async with open_staff_web(deps) as other:
        elsewhere = Browser(nurse.http, str(other.server.make_url("")).rstrip("/"), nurse.csrf)
        rest = await rest_of_line(
            nurse, "/console/inbox/events", lambda: elsewhere.post("/console/logout", htmx=False)
        )
    assert rest.endswith("event: ended\ndata: \n\n")


async def test_ones_other_browser_and_ones_colleague_keep_their_lines(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse, doctor = await staff_web.at_work("nurse"), await staff_web.at_work("doctor")
    clock.advance(minutes=1)
    second = await staff_web.browser()
    assert (await second.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
    async with (
        second.http.get(second.base + "/console/inbox/events") as mine,
        doctor.http.get(doctor.base + "/console/inbox/events") as hers,
    ):
        for answer in (mine, hers):
            await answer.content.readuntil(b"\n\n")
        await nurse.post("/console/logout", htmx=False)
        await asyncio.sleep(1.2)
        await waiting(staff_web)
        for answer in (mine, hers):
            async with asyncio.timeout(3):
                assert b"event: change" in await answer.content.readuntil(b"\n\n")
