"""Test open pages: changes in a talk appear without reloading."""

import dataclasses
import json
import re
import time

from core.console import ConsoleDeps
from core.db.tables import Utterance
from core.live import Signals, make_redis
from core.talk import lock_talk
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb, open_staff_web
from tests.harness.threads import changes, says, waiting


async def test_a_new_message_appears_on_an_open_page(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        await following()
        started = time.monotonic()
        await says(staff_web, talk_id, "まだ痛いです")
        change = await following()
        assert time.monotonic() - started < 1.0
        assert len(change["lines"]) == 1
        assert "まだ痛いです" in change["lines"][0]["html"]


async def test_a_colleague_sees_the_claim_without_reloading(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    first, second = await staff_web.at_work("first"), await staff_web.at_work("second")
    async with changes(second, f"/console/threads/{thread_id}/events?after=0") as following:
        assert "/claim" in (await following())["desk"]
        await first.post(f"/console/threads/{thread_id}/claim")
        change = await following()
        assert "/claim" not in change["desk"]
        assert "first さん" in change["head"]


async def test_the_queue_is_live(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    async with changes(nurse, "/console/inbox/events") as following:
        assert (await following())["waiting"] == 0
        await waiting(staff_web, complaint="めまいがする")
        board = await following()
        assert board["waiting"] == 1
        assert "めまいがする" in board["html"]


async def test_after_a_reconnect_only_what_is_newer_comes(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await says(staff_web, talk_id, "一つ目")
    _, body = await nurse.get(f"/console/threads/{thread_id}/changes?after=0", Accept="application/json")
    version = json.loads(body)["version"]
    await says(staff_web, talk_id, "二つ目")
    _, body = await nurse.get(
        f"/console/threads/{thread_id}/changes?after={version}", Accept="application/json"
    )
    assert [re.findall("..目", line["html"]) for line in json.loads(body)["lines"]] == [["二つ目"]]


async def test_an_unsent_message_is_not_shown_and_vanishes_from_open_pages(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    said = await says(staff_web, talk_id, "やっぱり内緒")
    nurse = await staff_web.at_work("nurse")
    assert "やっぱり内緒" in (await nurse.get(f"/console/threads/{thread_id}"))[1]
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        await following()
        async with staff_web.sessions.begin() as session:
            talk = await lock_talk(session, staff_web.ring, talk_id)
            row = await session.get(Utterance, said)
            assert row is not None
            row.body, row.unsent_at, row.version = None, clock(), talk.touch()
        change = await following()
        assert [line["id"] for line in change["lines"]] == [said]
        assert "送信取消" in change["lines"][0]["html"]
    assert "やっぱり内緒" not in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_without_redis_an_open_page_still_hears_within_seconds(deps: ConsoleDeps) -> None:
    client = make_redis("redis://127.0.0.1:9")
    async with open_staff_web(dataclasses.replace(deps, signals=Signals(client))) as staff_web:
        talk_id, thread_id = await waiting(staff_web)
        nurse = await staff_web.at_work("nurse")
        async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
            await following()
            await says(staff_web, talk_id, "聞こえますか")
            assert "聞こえますか" in (await following())["lines"][0]["html"]
    await client.aclose()
