"""Test the first response end to end in a browser: urgency, an open clinic, a pharmacist with the summary."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.consultation import COMPLAINT, consult
from tests.browser.phone import ANSWER_MS, Phone, fits, open_page, screenshot, sign_in
from tests.harness.installation import Running

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(600)]

NAME = "デモ 太郎"
QUESTION = "血圧の薬を飲んでいるのですが、頭痛薬をいっしょに飲んでもよいか薬剤師さんに聞きたいです"


def find_an_open_clinic(phone: Phone) -> None:
    phone.write("近くで今やってる内科")
    phone.hears(re.compile("どのあたり"))
    phone.send_place("平")
    expect(phone.node.get_by_text("ここからの距離")).to_have_count(3, timeout=ANSWER_MS)
    expect(phone.node.get_by_text(re.compile("いまは時間内です"))).to_have_count(3)
    screenshot(phone.page, "first-facilities")


def test_a_resident_gets_urgency_a_place_to_go_and_the_right_person(helpo: Running, browser: Browser) -> None:
    phones = open_page(browser)
    phones.goto(helpo.simulator)
    phone = Phone(phones, NAME)
    phone.hears(re.compile("どのようなご用件ですか"))
    consult(phone, "first-question", "first-urgency")
    find_an_open_clinic(phone)

    inbox = open_page(browser)
    sign_in(inbox, helpo, "demo-pharmacist")
    phone.write(QUESTION)
    phone.hears(re.compile("薬剤師に(?:、急ぎで)?伝えました"))
    row = inbox.locator("a.row")
    expect(row).to_have_count(1, timeout=ANSWER_MS)
    screenshot(inbox, "first-inbox")
    row.click()

    summary = inbox.locator("#summary")
    for part in (COMPLAINT, "頭痛薬をいっしょに", "本人", "1時間以内"):
        expect(summary).to_contain_text(part)
    screenshot(inbox, "first-summary")
    inbox.get_by_role("button", name="この相談を担当する").click()
    phone.hears(re.compile("ここからは薬剤師がお話をうかがいます"))
    inbox.locator("#text").fill("薬剤師です。いま飲んでいる血圧の薬の名前を教えてください。")
    inbox.locator("#text").press("Control+Enter")
    phone.hears("薬剤師です。いま飲んでいる血圧の薬の名前を教えてください。")
    phone.write("お薬手帳を見てみます")
    expect(inbox.locator(".said.resident").get_by_text("お薬手帳を見てみます")).to_be_visible(
        timeout=ANSWER_MS
    )
    screenshot(inbox, "first-thread")
    inbox.set_viewport_size({"width": 375, "height": 812})
    assert fits(inbox)
    screenshot(inbox, "first-thread-375")
    inbox.set_viewport_size({"width": 1280, "height": 900})

    # Words that nobody has answered keep a talk open.
    inbox.locator("#text").fill("ありがとうございます。市販の薬はその前に飲まないでください。")
    inbox.locator("#text").press("Control+Enter")
    phone.hears("ありがとうございます。市販の薬はその前に飲まないでください。")
    inbox.get_by_text("相談を終える").click()
    inbox.get_by_label("助言した").check()
    inbox.get_by_role("button", name="終了する").click()
    phone.hears(re.compile("相談はここで終わりです"))
    phone.write("ありがとう")
    phone.hears(re.compile("お大事に"))
