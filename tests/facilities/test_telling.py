from datetime import date, datetime

import pytest
from sqlalchemy.dialects.postgresql import Range

from core.clock import TOKYO
from core.db.engine import Sessions
from core.db.tables.facility import Facility, FacilityDepartment
from core.messages import (
    Button,
    Call,
    Carousel,
    Message,
    Open,
    Tap,
    Text,
    actions_of,
    dump,
    load,
    plain_text,
)
from core.municipalities import Municipality
from core.texts import Texts
from facilities.asked_time import present
from facilities.cards import desk_card, facility_card
from facilities.city_desks import desk_of
from facilities.model import Wanted
from facilities.opening_status import Week
from facilities.replies import search_reply
from facilities.search import Found
from facilities.service import search
from tests.harness.samples import TAIRA
from tests.harness.turns import words

HERE = {"latitude": TAIRA[0], "longitude": TAIRA[1]}
MONDAY = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
SUNDAY_NIGHT = datetime(2026, 11, 22, 19, 30, tzinfo=TOKYO)
MORE = Tap("もっと見る", "more")
PERSON = Tap("人に聞く", "person")
PRAISE = ("おすすめ", "人気", "評判", "一番", "口コミ", "名医", "安心")


@pytest.fixture
def town(city_with_facilities: Sessions) -> Sessions:
    return city_with_facilities


async def told(
    town: Sessions, city: Municipality, texts: Texts, wanted: Wanted, now: datetime = MONDAY, offset: int = 0
) -> list[Message]:
    async with town() as session:
        found = await search(session, city, wanted, now, offset=offset)
        return search_reply(found, city, texts, now, more=MORE, onward=(PERSON,))


def buttons(messages: list[Message]) -> list[Button]:
    return [action for m in messages for action in actions_of(m)]


async def test_three_cards_tell_distance_hours_and_to_ask_first(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    messages = await told(town, cities["iwaki"], texts, Wanted(**HERE, department="内科"))
    lead, cards = messages
    assert isinstance(lead, Text)
    assert "内科を、送っていただいた場所から近い順に3件" in lead.text
    assert isinstance(cards, Carousel)
    assert len(cards.cards) == 3
    said = words(messages)
    for expected in (
        "ここからの距離",
        "今日（月）の診療時間",
        "受付の時間",
        "電話で確かめてください",
        "この施設は実在しません",
    ):
        assert expected in said
    assert not [word for word in PRAISE if word in said]
    assert MORE in cards.quick
    assert PERSON in cards.quick
    maps = [a for a in buttons(messages) if isinstance(a, Open) and "google" in a.url]
    assert len(maps) == 3
    assert maps[0].url.startswith("https://www.google.com/maps/search/?api=1&query=37.")


async def test_no_more_is_offered_where_there_is_no_more(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    messages = await told(town, cities["iwaki"], texts, Wanted(**HERE, department="泌尿器科"))
    assert MORE not in buttons(messages)


async def test_the_asked_day_stands_on_the_cards(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    wanted = Wanted(**HERE, district="平", department="小児科", when="2026-11-22")
    said = words(await told(town, cities["iwaki"], texts, wanted))
    assert "11月22日（日）に時間内と届け出のある小児科を、平地区から近い順に3件" in said
    assert "11月22日（日）の診療時間：9:00〜" in said


async def test_when_nothing_is_open_the_desk_comes_first_and_then_what_opens_next(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    wanted = Wanted(**HERE, department="小児科", when="now")
    messages = await told(town, cities["iwaki"], texts, wanted, SUNDAY_NIGHT)
    said = words(messages)
    assert "いま時間内と届け出のある小児科は、近くに見つかりませんでした" in said
    assert said.index("いわき市休日夜間急病診療所") < said.index("次に開くとき")
    assert "今日（日）の時間：14:00〜18:00、19:00〜23:00" in said
    assert "あさって（火） 午前8時30分" in said
    assert "迷うときは、「#8000」に" in said
    assert "2024年3月1日時点" in said
    assert Call("電話をかける", "0246-27-1208") in buttons(messages)


async def test_a_pharmacy_has_opening_hours_not_consulting_hours(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    said = words(await told(town, cities["iwaki"], texts, Wanted(**HERE, kind="pharmacy")))
    assert "今日（月）の営業時間" in said
    assert "（いまは時間内です）" in said


async def test_nothing_found_is_said_kindly(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    far = Wanted(**HERE, department="東洋医学科")
    messages = await told(town, cities["iwaki"], texts, far)
    assert "近くに、あてはまる東洋医学科が見つかりませんでした" in words(messages)
    assert PERSON in buttons(messages)


async def test_outside_the_city_the_national_search_is_offered(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    messages = await told(town, cities["iwaki"], texts, Wanted(latitude=35.68, longitude=139.77))
    assert "いわき市の外のようです" in words(messages)
    assert [a.url for a in buttons(messages) if isinstance(a, Open)] == [
        "https://www.iryou.teikyouseido.mhlw.go.jp/"
    ]
    assert PERSON in buttons(messages)


async def test_a_relative_says_that_it_is_another_department(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    place = cities["demo-kitahama"].districts[0]
    wanted = Wanted(latitude=place.latitude, longitude=place.longitude, department="呼吸器内科")
    said = words(await told(town, cities["demo-kitahama"], texts, wanted))
    assert "代わりに、近い分野の科を" in said
    assert "診療所・内科（呼吸器内科とは別の科です）" in said


async def test_a_contradiction_and_missing_hours_are_said(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    thursday = datetime(2026, 11, 19, 10, tzinfo=TOKYO)
    by_name = [
        words(await told(town, cities["iwaki"], texts, Wanted(name=name), thursday))
        for name in ("好間クリニック", "小名浜港内科", "三和診療所")
    ]
    assert "食いちがいがあります。必ず電話で確かめてください" in by_name[0]
    assert "届け出がありません" in by_name[1]
    assert "地図の位置が届け出られていません" in by_name[2]


async def test_at_the_turn_of_the_year_reported_hours_come_with_a_warning(
    town: Sessions, cities: dict[str, Municipality], texts: Texts
) -> None:
    eve = datetime(2026, 12, 31, 10, tzinfo=TOKYO)
    said = words(await told(town, cities["iwaki"], texts, Wanted(**HERE, department="内科"), eve))
    assert "年末年始は、届け出の時間と違うところが多く" in said


def test_a_desk_that_is_closed_that_day_says_so(cities: dict[str, Municipality], texts: Texts) -> None:
    desk = desk_of(cities["iwaki"], "holiday_dental")
    assert desk
    card = desk_card(desk, present(MONDAY), texts, MONDAY)
    assert "今日（月）の時間：お休みです" in plain_text(card)


def test_what_is_not_reported_leaves_no_empty_row(texts: Texts) -> None:
    facility = a_facility(address="", other_closed="")
    card = facility_card(Found(facility, None, Week(facility, []), present(MONDAY)), texts, MONDAY)
    assert all(row.value for row in card.rows)
    assert load(dump([card])) == (card,)


def a_facility(**more: object) -> Facility:
    fields = {
        "id": "0729912345678",
        "municipality_id": "iwaki",
        "kind": "clinic",
        "name": "本物らしい内科",
        "name_kana": "",
        "address": "福島県いわき市平字梅本２１",
        "latitude": None,
        "longitude": None,
        "phone": "",
        "url": "",
        "open_days": "--------",
        "open_weeks": "",
        "other_closed": "お盆",
        "data_date": date(2026, 6, 1),
    }
    return Facility(**(fields | more))


def test_a_real_facility_carries_its_edition_the_credit_and_its_page_in_navii(texts: Texts) -> None:
    found = Found(a_facility(), None, Week(a_facility(), []), present(MONDAY))
    card = facility_card(found, texts, MONDAY)
    assert "2026年6月1日時点のデータ" in card.note
    assert (
        "「医療情報ネットのオープンデータ」（厚生労働省）"
        "（https://www.mhlw.go.jp/stf/seisakunitsuite/bunya/kenkou_iryou/iryou/newpage_43373.html）を加工して作成"
    ) in card.note
    navii = [a.url for a in card.actions if isinstance(a, Open) and "teikyouseido" in a.url]
    page = "https://www.iryou.teikyouseido.mhlw.go.jp/znk-web/juminkanja/S2430/initialize"
    assert navii == [f"{page}?prefCd=07&kikanKbn=2&kikanCd=9912345678"]
    # Without coordinates the map is asked for the address.
    assert any(isinstance(a, Open) and "query=%E7%A6%8F%E5%B3%B6" in a.url for a in card.actions)


def test_a_facility_with_a_phone_can_be_called(texts: Texts) -> None:
    facility = a_facility(phone="0120-000-000", latitude=37.05, longitude=140.88)
    card = facility_card(Found(facility, 320, Week(facility, []), present(MONDAY)), texts, MONDAY)
    assert card.actions[0] == Call("電話をかける", "0120-000-000")
    assert "およそ300メートル" in plain_text(card)


def test_a_reception_that_is_over_is_said_while_the_doors_are_still_open(texts: Texts) -> None:
    facility = a_facility(open_days="11111110")
    department = FacilityDepartment(
        facility_id=facility.id,
        code="01001",
        name="内科",
        times=[Range(540, 720)],
        reception=[Range(540, 690)],
    )
    now = datetime(2026, 11, 16, 11, 45, tzinfo=TOKYO)
    card = facility_card(Found(facility, 100, Week(facility, [department]), present(now)), texts, now)
    said = plain_text(card)
    assert "9:00〜12:00（いまは時間内です）" in said
    assert "9:00〜11:30（いまの受付は終わっています）" in said
