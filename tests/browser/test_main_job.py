"""Test the main job end to end in a browser: a resident's phone beside a nurse's inbox, Rasa included.

Writes the pictures of docs/screens when HELPO_SCREENS names a folder.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.consultation import consult
from tests.browser.phone import ANSWER_MS, Phone, fits, open_page, screenshot, shown, sign_in
from tests.harness.installation import Running

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(600)]

NAME, NEIGHBOUR = "デモ 花子", "デモ さくら"


def look_for_a_clinic(phone: Phone) -> None:
    phone.write("近くの内科")
    phone.hears(re.compile("どのあたりがよいですか"))
    phone.send_place("平")
    phone.hears(re.compile("近い順に3件"))
    expect(phone.node.get_by_text("ここからの距離")).to_have_count(3)
    screenshot(phone.page, "resident-facilities")


def buy(phone: Phone) -> None:
    """Somebody in good health is asked what would rule a medicine out, then sees the shops."""
    phone.write("風邪薬を買いたい")
    phone.hears(re.compile("何歳の方ですか"))
    for answer in ("18〜64歳", "どれもない", "いいえ", "どれもない"):
        phone.tap(answer)
        phone.page.wait_for_timeout(300)
    phone.hears(re.compile("お店のページ"))
    screenshot(phone.page, "resident-shop")


def test_a_resident_is_advised_helped_by_a_nurse_and_back_with_the_bot(
    helpo: Running, browser: Browser
) -> None:
    phones = open_page(browser)
    phones.goto(helpo.simulator)
    phone = Phone(phones, NAME)
    phone.hears("どのようなご用件ですか。下から選ぶか、そのまま書いてください。")

    consult(phone, "resident-question", "resident-urgency")
    look_for_a_clinic(phone)
    phone.write("風邪薬を買いたい")
    phone.hears(re.compile("市販の薬よりも先に、診てもらうこと"))  # nothing is sold after orange
    buy(Phone(phones, NEIGHBOUR))

    inbox = open_page(browser)
    inbox.goto(f"{helpo.public}/console/inbox")
    screenshot(inbox, "login")
    sign_in(inbox, helpo, "demo-nurse")
    expect(inbox.locator("a.row")).to_have_count(0)

    phone.write("看護師さんと話したい")
    phone.hears(re.compile("看護師に(?:、急ぎで)?伝えました"))
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
    expect(inbox.locator(".said.resident").get_by_text("38度2分です。写真を送ります")).to_be_visible(
        timeout=ANSWER_MS
    )
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
    page = open_page(browser, 375, 812)
    page.goto(helpo.simulator)
    expect(page.locator("section.phone").first).to_be_visible(timeout=ANSWER_MS)
    page.wait_for_timeout(1000)
    assert fits(page)
    screenshot(page, "resident-375")
