"""Drive a clinician's browser with several tabs on a staff web under the test's control, without Rasa."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.harness.console_client import PASSWORD, StaffWeb

ANSWER_MS = 10_000
# A headless browser shows every tab: a test says which is hidden.
HIDING = """
window.hideTab = (isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  Object.defineProperty(document, "visibilityState", { value: isHidden ? "hidden" : "visible", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""
# What a browser lacks, to try how the pages do without.
WITHOUT_WORKERS = "delete window.SharedWorker;"
WITHOUT_BOTH = "delete window.SharedWorker; delete window.BroadcastChannel;"


@dataclass
class DeskTab:
    """One clinician in one browser."""

    staff_web: StaffWeb
    context: BrowserContext
    login: str

    async def tab(self, path: str = "/console/inbox") -> Page:
        page = await self.context.new_page()
        await page.goto(self.at(path))
        return page

    def at(self, path: str) -> str:
        return str(self.staff_web.server.make_url(path))

    async def sign_in(self, page: Page) -> None:
        await page.get_by_label("ログインID").fill(self.login)
        await page.get_by_label("パスワード").fill(PASSWORD)
        await page.get_by_label("確認コード", exact=True).fill(self.staff_web.code())
        await page.get_by_role("button", name="ログイン", exact=True).click()
        await expect(page).not_to_have_url(re.compile("/console/login"), timeout=ANSWER_MS)


@asynccontextmanager
async def at_desk(
    staff_web: StaffWeb,
    browser: Browser,
    login: str = "nurse",
    lacks: str = "",
    width: int = 1280,
    height: int = 900,
) -> AsyncIterator[DeskTab]:
    """Hire a nurse and sign her in in a browser of her own."""
    await staff_web.hire(login)
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP")
    await context.add_init_script(HIDING + lacks)
    desk = DeskTab(staff_web, context, login)
    page = await desk.tab()
    await desk.sign_in(page)
    await page.close()
    try:
        yield desk
    finally:
        await context.close()
