"""Test the page of phones in a real browser."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.simulator.stand import Simulator
from tests.simulator.test_validation import bubble, button, flex, link, post, quick, words

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CARD = flex(
    bubble(
        words("いますぐ119番へ", wrap=True, weight="bold"),
        button(post(label="家族に知らせる", data="f=family", displayText="家族に知らせる")),
        button(link("tel:119")),
    )
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        assert CHROMIUM, "Chromium is missing: make browser"
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


def answer(sim: Simulator) -> None:
    """Let the bot greet, and answer each text with a card and quick replies."""

    async def reply(body: dict[str, Any]) -> None:
        for event in body["events"]:
            messages = [{"type": "text", "text": "ようこそ"}]
            if event["type"] == "message":
                messages = [CARD | {"quickReply": quick(post(label="もどる", data="f=back"))["quickReply"]}]
                token = event["message"]["markAsReadToken"]
                await sim.call("/v2/bot/chat/markAsRead", {"markAsReadToken": token})
            if "replyToken" in event:
                call = {"replyToken": event["replyToken"], "messages": messages}
                await sim.call("/v2/bot/message/reply", call)

    sim.bot.before = reply


async def open_page(browser: Browser, sim: Simulator, width: int) -> tuple[Page, list[str]]:
    page = await browser.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    await page.goto(sim.url)
    return page, complaints


async def test_a_talk_on_the_page(sim: Simulator, browser: Browser) -> None:
    answer(sim)
    page, complaints = await open_page(browser, sim, 1280)
    await expect(page.locator(".phone")).to_have_count(3)
    phone = page.locator(".phone").first
    await expect(phone.get_by_text("ようこそ")).to_be_visible()
    await phone.get_by_label("メッセージ", exact=True).fill("胸が痛い")
    await page.keyboard.press("Enter")
    await expect(phone.get_by_text("いますぐ119番へ")).to_be_visible()
    await expect(phone.get_by_text("既読")).to_be_visible()
    await expect(phone.get_by_text("返信・無料")).to_have_count(2)
    await phone.get_by_role("button", name="家族に知らせる").click()
    await expect(phone.locator(".own").get_by_text("家族に知らせる")).to_be_visible()
    assert sim.bot.of_type("postback")[-1]["postback"] == {"data": "f=family"}
    await expect(page.locator(".phone").nth(1).get_by_text("胸が痛い")).to_have_count(0)
    assert complaints == []


async def test_place_picture_and_withdrawal(sim: Simulator, browser: Browser) -> None:
    page, complaints = await open_page(browser, sim, 1280)
    phone = page.locator(".phone").first
    more = phone.get_by_role("button", name="位置情報・写真・スタンプ")
    await more.click()
    await phone.get_by_label("地区").select_option(label="小名浜")
    await phone.get_by_role("button", name="送る", exact=True).click()
    await expect(phone.get_by_text("小名浜地区")).to_be_visible()
    await more.click()
    await phone.get_by_role("button", name="見本の写真を送る").click()
    await expect(phone.get_by_alt_text("写真")).to_be_visible()
    kinds = [event["message"]["type"] for event in sim.bot.of_type("message")]
    assert kinds == ["location", "image"]
    await phone.get_by_role("button", name="取消").last.click()
    await expect(phone.get_by_text("送信を取り消しました")).to_be_visible()
    await phone.get_by_role("button", name="ブロック", exact=True).click()
    await expect(phone.get_by_text("このアカウントをブロックしています")).to_be_visible()
    assert complaints == []


async def test_a_small_screen_shows_one_phone_and_does_not_scroll_sideways(
    sim: Simulator, browser: Browser
) -> None:
    answer(sim)
    page, complaints = await open_page(browser, sim, 375)
    await expect(page.locator(".phone")).to_have_count(1)
    await page.get_by_label("メッセージ", exact=True).fill("長い言葉" * 60)
    await page.get_by_role("button", name="送信").click()
    await expect(page.get_by_role("button", name="もどる")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    await page.get_by_role("button", name="デモ 太郎").click()
    await expect(page.get_by_text("デモ 太郎 さんの画面")).to_be_visible()
    assert complaints == []
