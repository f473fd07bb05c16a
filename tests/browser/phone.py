"""Drive a browser: a resident's phone on the simulator's page, and a member of staff at the inbox."""

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.harness.installation import Running

ANSWER_MS = 15_000


def open_page(browser: Browser, width: int = 1280, height: int = 900) -> Page:
    return browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP").new_page()


def screenshot(page: Page, name: str) -> None:
    """Write a picture for docs/screens when HELPO_SCREENS names a folder."""
    folder = os.environ.get("HELPO_SCREENS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def fits(page: Page) -> bool:
    """Whether there is no sideways scroll."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def shown(picture: Locator) -> None:
    """Wait until a picture is really drawn."""
    expect(picture).to_be_visible(timeout=ANSWER_MS)
    expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=ANSWER_MS)


class Phone:
    """A resident's phone on the simulator's page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.node = page.get_by_label(f"{name}さんのスマートフォン")

    def write(self, text: str) -> None:
        self.node.get_by_label("メッセージ", exact=True).fill(text)
        self.node.get_by_role("button", name="送信", exact=True).click()

    def tap(self, label: str) -> None:
        self.node.get_by_role("button", name=label, exact=True).last.click()

    def hears(self, words: str | re.Pattern[str]) -> Locator:
        heard = self.node.get_by_text(words).last
        expect(heard).to_be_visible(timeout=ANSWER_MS)
        return heard

    def send_place(self, district: str) -> None:
        self.node.get_by_label("位置情報・写真・スタンプ").click()
        self.node.get_by_label("地区").select_option(label=district)
        self.node.locator("form.sheet-row").get_by_role("button", name="送る").click()

    def send_picture(self) -> None:
        if self.node.get_by_label("位置情報・写真・スタンプ").get_attribute("aria-expanded") != "true":
            self.node.get_by_label("位置情報・写真・スタンプ").click()
        self.node.get_by_role("button", name="見本の写真を送る").click()


def sign_in(page: Page, helpo: Running, name: str) -> None:
    login = helpo.login(name)
    page.goto(f"{helpo.public}/console/inbox")
    page.get_by_label("ログインID").fill(login.login)
    page.get_by_label("パスワード").fill(login.password)
    page.get_by_label("確認コード", exact=True).fill(helpo.code(name))
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page).to_have_url(re.compile("/console/inbox"), timeout=ANSWER_MS)
