"""Look at the summary of a thread in Chromium: beside the talk, on a telephone, and printed on one sheet of A4."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from core.clock import system_clock
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer, FindingKind, FindingMark
from core.words import Words
from tests.browser.conftest import FLAGS
from tests.browser.tabs import ANSWER_MS, at_desk
from tests.conftest import FakeClock
from tests.handoff.test_summary import COUGH, WORSE, gets_worse, handed_over
from tests.harness.console_client import StaffWeb
from tests.harness.threads import says

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

A4 = (595, 842)  # points
WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.now = system_clock()
    return clock


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing: make browser"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.mark.parametrize("width", [1280, 375])
async def test_the_summary_follows_what_is_said_and_fits_the_screen(
    staff_web: StaffWeb, clock: FakeClock, chromium: Browser, tmp_path: Path, width: int
) -> None:
    talk_id, thread_id = await handed_over(staff_web, clock)
    async with at_desk(staff_web, chromium, width=width, height=900 if width > 400 else 812) as desk:
        page = await desk.tab(f"/console/threads/{thread_id}")
        summary = page.locator("#summary")
        await expect(summary.locator(".signs li").first).to_contain_text(COUGH)
        clock.now += timedelta(minutes=4)
        await says(staff_web, talk_id, "熱は38.4度のままです")
        clock.now += timedelta(minutes=3)
        await gets_worse(staff_web, clock, talk_id)
        await expect(summary.locator(".signs li").first).to_contain_text("息が苦しい", timeout=ANSWER_MS)
        await expect(summary.locator("blockquote").first).to_contain_text(WORSE)
        assert await page.evaluate(WIDER) == []
        await page.screenshot(path=tmp_path / f"thread-{width}.png", full_page=True)
        await page.get_by_role("link", name="印刷用").click()
        await expect(page.get_by_role("button", name="印刷")).to_be_visible()
        assert await page.evaluate(WIDER) == []
        await page.screenshot(path=tmp_path / f"summary-{width}.png", full_page=True)


async def test_even_a_long_summary_is_printed_on_one_sheet_and_the_button_prints(
    staff_web: StaffWeb, clock: FakeClock, chromium: Browser
) -> None:
    mark = FindingMark(urgency=Urgency.ORANGE, at=clock(), of="娘（3歳）")
    long = "水分がとれず、半日以上おしっこが出ていなくて、ぐったりしている様子"
    talk_id, thread_id = await handed_over(
        staff_web,
        clock,
        who="本人（62歳）、娘（3歳）",
        complaint=Words.of(*("熱とせきが続いています。" * 9 for _ in range(14))),
        advised=("1時間以内に病院へ行ってください。\n" * 60, "別の案内"),
        findings=(
            *(Finding(f"{long}{n}", FindingAnswer.YES, "あり", mark) for n in range(30)),
            Finding("／".join(long for _ in range(20)), FindingAnswer.NO, "どれもない", mark),
            *(
                Finding(f"薬{n}を飲んでいる", FindingAnswer.TOLD, "お話から", replace(mark, kind=kind))
                for kind in (FindingKind.RISK, FindingKind.FACT)
                for n in range(5)
            ),
        ),
    )
    for n in range(8):
        clock.now += timedelta(minutes=1)
        await says(staff_web, talk_id, f"{n}：" + "まだ熱があります。とても苦しそうにしています。" * 10)
    async with at_desk(staff_web, chromium) as desk:
        page = await desk.tab(f"/console/threads/{thread_id}/summary")
        pdf = await page.pdf(prefer_css_page_size=True)
        boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
        assert [(round(float(w)), round(float(h))) for w, h in boxes] == [A4]
        await page.emulate_media(media="print")
        await expect(page.locator("header.top")).to_be_hidden()
        await expect(page.get_by_text("引き継ぎ（SBAR）")).to_be_visible()
        await page.emulate_media(media="screen")
        await page.evaluate("window.print = () => { window.printed = true; }")
        await page.get_by_role("button", name="印刷").click()
        assert await page.evaluate("window.printed")
