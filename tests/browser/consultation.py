"""Lead the consultation of fever and headache on a resident's phone to a card that says to go within the hour."""

import re
from pathlib import Path

from bot.triage.tables.loader import load_tables
from tests.browser.phone import Phone, screenshot

COMPLAINT = "昨日から熱があって頭が痛いです"
DATA = Path(__file__).parents[2] / "data"


def consult(phone: Phone, first: str, last: str) -> None:
    """Answer one question at a time; of what is orange she shivers. The pictures get the names `first` and `last`."""
    shivers = next(item for item in load_tables(DATA)["fever_adult"].orange if item.id == "shaking_chill")
    phone.write(COMPLAINT)
    phone.hears(re.compile("頭の痛みと熱ですね"))
    screenshot(phone.page, first)
    for _ in range(2):
        phone.tap("どれもない")
        phone.hears(re.compile("あと[3-9]つほどです"))
        phone.page.wait_for_timeout(500)
    phone.tap("16〜39歳")
    phone.hears(re.compile("全部あてはまりますか"))
    phone.tap("あてはまらないことがある")
    phone.hears(re.compile("ほかに、次のことはありますか"))
    phone.tap("ひとつでもある")
    phone.hears(re.compile("どれですか"))
    screenshot(phone.page, f"{first}-which")
    phone.tap(shivers.text)
    phone.hears(re.compile("1時間以内に病院へ"))
    phone.hears(re.compile(f"「{re.escape(shivers.text)}」に「ある」"))
    screenshot(phone.page, last)
