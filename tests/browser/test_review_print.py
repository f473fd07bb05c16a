"""Print review sheets with Chromium: A4, nothing cut off at its edge."""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.commands.review_sheets import chosen_reviews, print_pdf, sheet_html
from bot.triage.review.reviews import open_reviews
from tests.conftest import DATA

pytestmark = pytest.mark.browser

REVIEWS = open_reviews(DATA)
TODAY = date(2026, 11, 26)
A4 = (595, 842)  # points
PRINTED_WIDTH = 673  # pixels of 178 mm
# What is wider than the paper: text that runs out of its box, beyond a pixel of rounding.
WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > document.body.getBoundingClientRect().right + 1)
  .map(one => one.closest('section').id + ' ' + one.outerHTML.slice(0, 80))"""


def test_a_sheet_is_printed_on_a4(tmp_path: Path) -> None:
    html = sheet_html(chosen_reviews(REVIEWS, "snake_bee"), TODAY)
    target = tmp_path / "sheet.pdf"
    assert print_pdf(html, target) == str(target)
    pdf = target.read_bytes()
    assert pdf.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    assert len(boxes) >= 4
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4}
    # Japanese is set in a font of its own, not in boxes for missing letters.
    assert re.search(rb"/FontName /[A-Z+]*Noto(Sans|Serif)CJK", pdf)
    assert list(tmp_path.iterdir()) == [target]


def test_no_sheet_is_wider_than_the_paper(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": PRINTED_WIDTH, "height": 1000})
    try:
        page.emulate_media(media="print")
        page.set_content(sheet_html(chosen_reviews(REVIEWS, "all"), TODAY))
        assert page.evaluate(WIDER) == []
    finally:
        page.close()
