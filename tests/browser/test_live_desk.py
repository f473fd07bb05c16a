"""Test live staff pages in Chromium: every page rings, one stream a browser, no typed text is lost."""

import asyncio
import re
import shutil
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Dialog, Page, Route, async_playwright, expect
from sqlalchemy import delete, select

from core.clock import system_clock
from core.db.tables import Outbox, StaffSession, Urgency, Utterance
from core.talk import lock_talk
from handoff import service_clinician, service_resident
from tests.browser.conftest import FLAGS
from tests.browser.tabs import ANSWER_MS, WITHOUT_BOTH, WITHOUT_WORKERS, DeskTab, at_desk
from tests.harness.console_client import StaffWeb
from tests.harness.threads import says, waiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

TABS = 10


class RunningClock:
    """The present, which a test may move on."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.shift


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing: make browser"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


async def claimed(staff_web: StaffWeb, desk: DeskTab) -> tuple[uuid.UUID, str, Page]:
    """A talk of the nurse's own, open in a tab."""
    talk_id, thread_id = await waiting(staff_web)
    page = await desk.tab(f"/console/threads/{thread_id}")
    await page.get_by_role("button", name="この相談を担当する").click()
    await expect(page.locator("#text")).to_be_visible(timeout=ANSWER_MS)
    return talk_id, f"/console/threads/{thread_id}", page


async def never(_route: Route) -> None:
    """Leave a request without an answer."""


async def said_by_staff(staff_web: StaffWeb) -> int:
    async with staff_web.sessions() as session:
        return len((await session.scalars(select(Outbox.id).where(Outbox.speaker == "staff"))).all())


@pytest.mark.parametrize("lacks", ["", WITHOUT_WORKERS], ids=["worker", "leader"])
async def test_ten_tabs_are_live_and_no_button_is_blocked(
    staff_web: StaffWeb, chromium: Browser, lacks: str
) -> None:
    async with at_desk(staff_web, chromium, lacks=lacks) as desk:
        talk_id, path, thread = await claimed(staff_web, desk)
        tabs = [await desk.tab(path if n % 2 else "/console/inbox") for n in range(TABS - 1)]
        await says(staff_web, talk_id, "まだ熱があります")
        for tab in tabs:
            shown = (
                tab.get_by_text("まだ熱があります").first
                if "/threads/" in tab.url
                else tab.locator("a.row .unread")
            )
            await expect(shown).to_be_visible(timeout=ANSWER_MS)
            await expect(tab).to_have_title(re.compile(r"^\(1\) "))
        await tabs[1].locator("#text").fill("いま何度ですか")
        await tabs[1].locator("#text").press("Control+Enter")
        for tab in (thread, tabs[3], tabs[7]):
            await expect(tab.locator(".said.staff").get_by_text("いま何度ですか")).to_be_visible(
                timeout=ANSWER_MS
            )
        await tabs[0].close()
        await thread.close()  # with a leader: the one that led
        await says(staff_web, talk_id, "38度です")
        await expect(tabs[5].get_by_text("38度です").first).to_be_visible(timeout=ANSWER_MS)


async def test_where_tabs_cannot_share_a_hidden_one_has_no_line(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium, lacks=WITHOUT_BOTH) as desk:
        talk_id, path, thread = await claimed(staff_web, desk)
        tabs = [await desk.tab(path) for _ in range(4)]
        for tab in tabs:
            await tab.evaluate("hideTab(true)")
        more = [await desk.tab(path) for _ in range(4)]  # a line each would be nine
        await says(staff_web, talk_id, "聞こえますか")
        for tab in (thread, *more):
            await expect(tab.get_by_text("聞こえますか").first).to_be_visible(timeout=ANSWER_MS)
        assert not await tabs[0].get_by_text("聞こえますか").is_visible()
        for tab in more:
            await tab.close()
        await tabs[0].evaluate("hideTab(false)")
        await expect(tabs[0].get_by_text("聞こえますか").first).to_be_visible(timeout=ANSWER_MS)


@pytest.mark.parametrize("place", ["inbox", "thread", "hidden"])
async def test_a_red_rings_on_every_page(staff_web: StaffWeb, chromium: Browser, place: str) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, _, page = await claimed(staff_web, desk)
        if place == "inbox":
            await page.goto(desk.at("/console/inbox"))
        if place == "hidden":
            await page.evaluate("hideTab(true)")
        await page.locator("h1").first.click(force=True)
        await expect(page.locator("#sound")).to_have_text("音：オン")
        _, red = await waiting(staff_web, 2, urgency=Urgency.RED)
        await expect(page).to_have_title(re.compile("^【緊急1】"), timeout=ANSWER_MS)
        await expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-urgent"))
        await expect(page.locator("#sound")).to_have_attribute("data-last", "urgent")
        link = page.locator("#banner.urgent a")
        await expect(link).to_be_visible()
        await expect(page.locator("#sound")).to_have_attribute("data-played", "2", timeout=15_000)  # again
        await link.click()
        await expect(page).to_have_url(re.compile(str(red)))
        await expect(page.locator("#banner")).to_be_hidden()


async def test_who_looks_elsewhere_is_notified_once_if_she_allowed_it(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        await desk.context.add_init_script(
            """
            window.notes = [];
            window.Notification = class {
              static permission = localStorage.getItem("permission") || "default";
              static async requestPermission() { localStorage.setItem("permission", "granted"); return this.permission = "granted"; }
              constructor(title, options) { notes.push(options.body); }
            };
            """
        )
        page = await desk.tab()
        assert await page.evaluate("Notification.permission") == "default"  # nothing was asked at load
        await page.get_by_role("button", name="通知を許可する").click()
        await expect(page.get_by_role("button", name="通知を許可する")).to_be_hidden()
        second = await desk.tab()
        await waiting(staff_web, complaint="だれにも言わないで")
        await expect(page).to_have_title(re.compile(r"^\(1\) "), timeout=ANSWER_MS)
        assert await page.evaluate("notes") == []  # she is looking
        for tab in (page, second):
            await tab.evaluate("hideTab(true)")
        await waiting(staff_web, 2, urgency=Urgency.RED)
        for tab in (page, second):
            await expect(tab).to_have_title(re.compile("^【緊急1】"), timeout=ANSWER_MS)
        await page.wait_for_timeout(500)
        notes = await page.evaluate("notes") + await second.evaluate("notes")
        assert [words for words in notes if "緊急" in words][:1]
        assert len([words for words in notes if "緊急" in words]) == 1
        assert not [words for words in notes if "だれにも" in words]


async def test_her_own_unread_words_and_new_talks_are_told_in_every_tab_once(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        talk_id, _, page = await claimed(staff_web, desk)
        await page.goto(desk.at("/console/inbox"))
        await page.locator("#sound").click()
        await expect(page.locator("#sound")).to_have_attribute("data-state", "on")
        await says(staff_web, talk_id, "返事をください")
        await expect(page.locator("#arrivals")).to_contain_text("未返信の言葉があります", timeout=ANSWER_MS)
        await expect(page.locator("#sound")).to_have_attribute("data-last", "ordinary")
        played = await page.locator("#sound").get_attribute("data-played")
        await page.reload()
        await page.locator("h1").first.click(force=True)
        await expect(page).to_have_title(re.compile(r"^\(1\) "), timeout=ANSWER_MS)
        await page.wait_for_timeout(1500)
        assert played
        assert (
            await page.locator("#sound").get_attribute("data-played") is None
        )  # a reload rings nothing again


async def test_an_alarm_in_the_talk_on_the_screen_rings_until_it_is_acknowledged(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        talk_id, _, page = await claimed(staff_web, desk)
        async with staff_web.sessions.begin() as session:
            talk = await lock_talk(session, staff_web.ring, talk_id)
            thread = await service_resident.open_thread_of(session, talk_id, lock=True)
            assert thread
            service_resident.raise_alarm(talk, thread, "stroke", staff_web.deps.clock())
        await expect(page).to_have_title(re.compile("^【緊急1】"), timeout=ANSWER_MS)
        await expect(page.locator("#sound")).to_have_attribute("data-last", "urgent", timeout=15_000)
        await page.get_by_role("button", name="確認しました").click()
        await expect(page).not_to_have_title(re.compile("緊急"), timeout=ANSWER_MS)


async def test_the_sound_button_says_what_is_true(staff_web: StaffWeb, chromium: Browser) -> None:
    async with at_desk(staff_web, chromium) as desk:
        page = await desk.context.new_page()
        await page.add_init_script(
            """
            const states = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "state");
            let isHeld = true;
            Object.defineProperty(BaseAudioContext.prototype, "state", { get() { return isHeld ? "suspended" : states.get.call(this); } });
            addEventListener("click", () => { isHeld = false; }, true);
            """
        )
        await page.goto(desk.at("/console/inbox"))
        await expect(page.locator("#sound")).to_have_text("音を出すには一度クリックしてください")
        await page.locator(".sum").click()  # anywhere
        await expect(page.locator("#sound")).to_have_text("音：オン")
        await page.locator("#sound").click()
        await expect(page.locator("#sound")).to_have_text("音：オフ")
        await page.reload()
        await expect(page.locator("#sound")).to_have_text("音：オフ")


async def test_without_an_open_line_pages_ask(staff_web: StaffWeb, chromium: Browser) -> None:
    async with at_desk(staff_web, chromium, lacks=WITHOUT_BOTH) as desk:
        await desk.context.route("**/console/events?*", never)
        page = await desk.tab()
        await waiting(staff_web, urgency=Urgency.RED)
        await expect(page).to_have_title(re.compile("^【緊急1】"), timeout=15_000)
        await expect(page.locator("a.row")).to_have_count(1)


async def test_what_is_typed_while_a_reply_is_on_its_way_stays_and_both_arrive_in_order(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, _, page = await claimed(staff_web, desk)

        async def slowly(route: Route) -> None:
            await asyncio.sleep(2)
            await route.continue_()

        await page.route("**/reply", slowly)
        text = page.locator("#text")
        for words in ("一つ目の返信", "二つ目の返信"):
            await text.fill(words)
            await text.press("Control+Enter")
        await text.fill("書きかけ")
        await expect(page.locator("#outgoing li")).to_have_count(2)
        await expect(page.locator("#outgoing li")).to_have_count(0, timeout=ANSWER_MS)
        await expect(page.locator(".said.staff .bubble")).to_have_text(
            [re.compile("一つ目の返信"), re.compile("二つ目の返信")], timeout=ANSWER_MS
        )
        await expect(text).to_have_value("書きかけ")


async def test_a_reply_without_an_answer_says_so_in_five_seconds_and_is_sent_once(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, _, page = await claimed(staff_web, desk)
        tries = 0

        async def loses_the_answer(route: Route) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                await route.fetch()  # it arrives, the answer does not
                return
            await route.continue_()

        await page.route("**/reply", loses_the_answer)
        await page.locator("#text").fill("いちどだけ")
        await page.get_by_role("button", name="送信", exact=True).click()
        item = page.locator("#outgoing li")
        await expect(item).to_contain_text("送信できていません。もう一度お試しください", timeout=6_500)
        await expect(item).to_contain_text("いちどだけ")
        await item.get_by_role("button", name="もう一度送る").click()
        await expect(item).to_have_count(0, timeout=ANSWER_MS)
        assert (tries, await said_by_staff(staff_web)) == (2, 1)


async def test_a_button_without_an_answer_says_so_in_five_seconds(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, thread_id = await waiting(staff_web)
        page = await desk.tab(f"/console/threads/{thread_id}")
        await page.route("**/claim", never)
        await page.get_by_role("button", name="この相談を担当する").click()
        await expect(page.locator("#notice")).to_contain_text("送信できていません", timeout=6_500)
        await page.unroute("**/claim")
        await page.get_by_role("button", name="この相談を担当する").click()
        await expect(page.locator("#text")).to_be_visible(timeout=ANSWER_MS)


async def test_a_half_written_note_and_reply_survive_a_colleague_a_redraw_and_a_reload(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        talk_id, _, page = await claimed(staff_web, desk)
        await page.locator("#text").fill("返信の書きかけ")
        await page.locator("input[name=picture]").set_input_files(str(Path(__file__).parent / "picture.png"))
        await page.get_by_text("メモ（相談者には見えません）").first.click()
        note = page.locator("form[data-keeps=note] textarea")
        await note.fill("引き継ぎの書きかけ")
        async with staff_web.sessions.begin() as session:
            talk = await lock_talk(session, staff_web.ring, talk_id)
            thread = await service_resident.open_thread_of(session, talk_id, lock=True)
            assert thread
            thread.unanswered_since = staff_web.deps.clock()
            await service_clinician.end_lease(
                talk, thread, staff_web.deps.clock(), texts=staff_web.deps.texts
            )
        await expect(page.get_by_role("button", name="この相談を担当する")).to_be_visible(timeout=ANSWER_MS)
        await expect(note).to_have_value("引き継ぎの書きかけ")
        await expect(note).to_be_focused()
        await expect(page.locator("#kept")).to_contain_text("返信の書きかけ")
        await page.get_by_role("button", name="この相談を担当する").click()
        await expect(page.locator("#text")).to_have_value("返信の書きかけ", timeout=ANSWER_MS)
        await page.reload()
        await expect(page.locator("#text")).to_have_value("返信の書きかけ")
        await expect(page.locator("#reply")).to_contain_text("まだ送信されていません")
        await expect(page.locator("#reply")).to_contain_text(
            "画像「picture.png」は、もう一度選んでください。"
        )
        await expect(note).to_have_value("引き継ぎの書きかけ")
        assert await said_by_staff(staff_web) == 0
        async with staff_web.sessions() as session:
            assert (await session.scalars(select(Utterance).where(Utterance.speaker == "note"))).all() == []


async def test_a_session_that_ends_while_sending_loses_no_word(
    staff_web: StaffWeb, chromium: Browser, clock: RunningClock
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, path, page = await claimed(staff_web, desk)
        async with staff_web.sessions.begin() as session:
            await session.execute(delete(StaffSession))
        await page.locator("form[data-keeps=note] textarea").evaluate(
            "e => { e.closest('details').open = true; }"
        )
        await page.locator("form[data-keeps=note] textarea").fill("メモも")
        await page.locator("#text").fill("送ったつもりの返信")
        await page.locator("#text").press("Control+Enter")
        await expect(page).to_have_url(re.compile("/console/login"), timeout=ANSWER_MS)
        clock.shift += timedelta(seconds=31)  # a code is good for one sign-in
        await desk.sign_in(page)
        await expect(page).to_have_url(re.compile(path), timeout=ANSWER_MS)
        item = page.locator("#outgoing li")
        await expect(item).to_contain_text("まだ送信されていません")
        await expect(item).to_contain_text("送ったつもりの返信")
        await expect(page.locator("form[data-keeps=note] textarea")).to_have_value("メモも")
        assert await said_by_staff(staff_web) == 0
        await item.get_by_role("button", name="もう一度送る").click()
        await expect(page.locator(".said.staff")).to_contain_text("送ったつもりの返信", timeout=ANSWER_MS)
        assert await said_by_staff(staff_web) == 1


async def test_drafts_belong_to_their_author_and_go_when_she_signs_out(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        _, _, page = await claimed(staff_web, desk)
        await page.locator("#text").fill("だれにも見せない")
        asked: list[str] = []

        async def stays(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        async def goes(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.accept()

        page.once("dialog", stays)
        await page.get_by_role("button", name="ログアウト").click()
        await expect(page.locator("#text")).to_have_value("だれにも見せない")
        page.once("dialog", goes)
        await page.get_by_role("button", name="ログアウト").click()
        await expect(page).to_have_url(re.compile("/console/login"), timeout=ANSWER_MS)
        assert all("まだ送信していない" in words for words in asked)
        assert len(asked) == 2
        assert "だれにも見せない" not in await page.evaluate(
            "JSON.stringify({...localStorage, ...sessionStorage})"
        )


async def test_a_colleague_at_the_same_browser_does_not_get_anothers_draft(
    staff_web: StaffWeb, chromium: Browser
) -> None:
    async with at_desk(staff_web, chromium) as desk:
        talk_id, path, page = await claimed(staff_web, desk)
        await page.locator("#text").fill("前の人の書きかけ")
        async with staff_web.sessions.begin() as session:
            await session.execute(delete(StaffSession))
            talk = await lock_talk(session, staff_web.ring, talk_id)
            thread = await service_resident.open_thread_of(session, talk_id, lock=True)
            assert thread
            thread.unanswered_since = staff_web.deps.clock()
            await service_clinician.end_lease(
                talk, thread, staff_web.deps.clock(), texts=staff_web.deps.texts
            )
        await staff_web.hire("other")
        other = DeskTab(staff_web, desk.context, "other")
        await page.goto(desk.at(path))
        await other.sign_in(page)
        await page.get_by_role("button", name="この相談を担当する").click()
        await expect(page.locator("#text")).to_be_visible(timeout=ANSWER_MS)
        await expect(page.locator("#text")).to_have_value("")
        await expect(page.locator("body")).not_to_contain_text("前の人の書きかけ")
