"""The main job from end to end in a real browser: a resident's phone beside a nurse's inbox, Rasa included.

Writes the pictures of docs/screens when HELPO_SCREENS names a folder.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.running import Running, running_helpo

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(600)]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ANSWER_MS = 15_000
NAME = "デモ 花子"


@pytest.fixture(scope="module")
def helpo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_helpo(tmp_path_factory.mktemp("browser") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: make browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


def screenshot(page: Page, name: str) -> None:
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
    page.get_by_label("確認コード", exact=True).fill(pyotp.TOTP(login.totp_secret).now())
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page).to_have_url(re.compile("/console/inbox"), timeout=ANSWER_MS)


def consult(phone: Phone) -> None:
    phone.write("昨日から熱があって頭が痛いです")
    phone.hears("熱があるのですね")
    screenshot(phone.page, "resident-question")
    for heading in ("では、次のどれかに", "水が飲めない", "熱が4日以上", "最後の質問です"):
        phone.tap("どれもない")
        phone.hears(re.compile(heading))
    phone.tap("どれもない")
    phone.hears(re.compile("24時間以内か、次の診療時間に受診"))
    screenshot(phone.page, "resident-urgency")


def look_for_a_clinic(phone: Phone) -> None:
    phone.write("近くの内科")
    phone.hears(re.compile("どのあたりがよいですか"))
    phone.send_place("平")
    phone.hears("近い順に3件をお知らせします。")
    expect(phone.node.get_by_text("ここからの距離")).to_have_count(3)
    screenshot(phone.page, "resident-facilities")


def test_a_resident_is_advised_helped_by_a_nurse_and_back_with_the_bot(
    helpo: Running, browser: Browser
) -> None:
    phones = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP").new_page()
    phones.goto(helpo.simulator)
    phone = Phone(phones, NAME)
    phone.hears("どのようなご用件ですか。下から選ぶか、そのまま書いてください。")

    consult(phone)
    look_for_a_clinic(phone)
    phone.write("風邪薬を買いたい")
    phone.hears(re.compile("薬剤師"))
    screenshot(phones, "resident-shop")

    inbox = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP").new_page()
    inbox.goto(f"{helpo.public}/console/inbox")
    screenshot(inbox, "login")
    sign_in(inbox, helpo, "demo-nurse")
    expect(inbox.locator("a.row")).to_have_count(0)

    phone.write("看護師さんと話したい")
    phone.hears(re.compile("看護師におつなぎします"))
    row = inbox.locator("a.row")
    expect(row).to_have_count(1, timeout=ANSWER_MS)  # it appears without a reload
    expect(row).to_contain_text("昨日から熱があって頭が痛いです")
    screenshot(inbox, "inbox")
    row.click()

    inbox.get_by_role("button", name="この相談を担当する").click()
    phone.hears(re.compile("ここからは看護師がお話をうかがいます"))
    inbox.locator("#text").fill("はじめまして。看護師です。いまの体温は何度ですか。")
    inbox.locator("#text").press("Control+Enter")
    phone.hears("はじめまして。看護師です。いまの体温は何度ですか。")

    phone.write("38度2分です。写真を送ります")
    phone.send_picture()
    expect(inbox.get_by_text("38度2分です。写真を送ります")).to_be_visible(timeout=ANSWER_MS)
    shown(inbox.locator(".said.resident img"))
    picture = Path(__file__).parent / "picture.png"
    inbox.locator("input[name=picture]").set_input_files(str(picture))
    inbox.locator("#reply .send").click()
    expect(phone.node.locator(".log img")).to_have_count(2, timeout=ANSWER_MS)
    shown(phone.node.locator(".log img").last)
    shown(inbox.locator(".said.staff img"))
    phone.hears("既読")
    screenshot(inbox, "thread")
    screenshot(phones, "resident-nurse")

    narrow_inbox(inbox, helpo)
    inbox.get_by_text("相談を終える").click()
    inbox.get_by_label("助言した").check()
    inbox.get_by_role("button", name="終了する").click()
    phone.hears(re.compile("相談はここで終わりです"))
    phone.write("こんにちは")
    phone.hears(re.compile("どうされましたか"))
    narrow_phone(browser, helpo)


def narrow_inbox(inbox: Page, helpo: Running) -> None:
    """Look at the thread and the queue as on a phone."""
    inbox.set_viewport_size({"width": 375, "height": 812})
    assert fits(inbox)
    screenshot(inbox, "thread-375")
    other = inbox.context.new_page()
    other.set_viewport_size({"width": 375, "height": 812})
    other.goto(f"{helpo.public}/console/inbox")
    expect(other.locator("a.row").first).to_be_visible()
    assert fits(other)
    screenshot(other, "inbox-375")
    other.close()
    inbox.set_viewport_size({"width": 1280, "height": 900})


def narrow_phone(browser: Browser, helpo: Running) -> None:
    page = browser.new_context(viewport={"width": 375, "height": 812}, locale="ja-JP").new_page()
    page.goto(helpo.simulator)
    expect(page.locator("section.phone").first).to_be_visible(timeout=ANSWER_MS)
    page.wait_for_timeout(1000)
    assert fits(page)
    screenshot(page, "resident-375")
