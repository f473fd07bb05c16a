"""Test `/s/{token}`: redirects to the shop, counts each person once, and refuses made-up addresses."""

import base64
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from core.clock import Clock
from core.db.engine import Sessions, make_engine, make_sessions
from core.db.tables import ShopVisit
from core.municipalities import Municipality
from core.texts import Texts
from shop.cards import ShopDesk
from shop.catalogue import load_catalogue
from shop.importer import import_shops
from shop.pages import shop_routes
from shop.tokens import VALID_FOR, LinkMaker, ShopLink
from shop.visits import is_person

DATA = Path(__file__).parents[2] / "data"
CATALOGUE = load_catalogue(DATA)
LINKS = LinkMaker.of("session-secret", "https://helpo.example.jp/")
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
SOMEBODY, ANOTHER = uuid.UUID(int=1), uuid.UUID(int=2)
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/14.19.0"
PERSON = {"User-Agent": BROWSER}

Client = TestClient[Any, Any]


def link(
    shop_id: str = "demo-isobe", kind_id: str = "cold", whose: uuid.UUID = SOMEBODY, at: datetime = NOW
) -> ShopLink:
    return LINKS.link("iwaki", shop_id, kind_id, whose, at)


def path(of: ShopLink) -> str:
    return f"/s/{LINKS.token(of)}"


def serve(texts: Texts, sessions: Sessions, clock: Clock) -> TestServer:
    app = web.Application()
    app.add_routes(shop_routes(ShopDesk(CATALOGUE, LINKS, texts), sessions, clock))
    return TestServer(app)


@pytest.fixture
async def client(
    texts: Texts, clock: Clock, sessions: Sessions, cities: dict[str, Municipality]
) -> AsyncIterator[Client]:
    await import_shops(sessions, DATA / "shop/sample/iwaki.csv", cities["iwaki"], clock)
    async with TestClient(serve(texts, sessions, clock)) as client:
        yield client


async def visits(sessions: Sessions) -> list[tuple[str, str, str, date]]:
    async with sessions() as session:
        found = await session.execute(
            select(ShopVisit.municipality_id, ShopVisit.shop_id, ShopVisit.kind_id, ShopVisit.day)
        )
        return sorted(tuple(row) for row in found)


async def follows(client: Client, of: ShopLink, headers: dict[str, str] | None = None) -> str:
    response = await client.get(path(of), headers=headers or PERSON, allow_redirects=False)
    assert response.status == 302
    return response.headers["Location"]


async def test_a_link_leads_to_the_shop_and_counts_the_person(client: Client, sessions: Sessions) -> None:
    response = await client.get(path(link()), headers=PERSON, allow_redirects=False)
    assert response.status == 302
    assert response.headers["Location"] == "https://example.jp/demo-isobe/"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert await visits(sessions) == [("iwaki", "demo-isobe", "cold", date(2026, 11, 16))]


async def test_people_are_counted_not_taps(client: Client, sessions: Sessions) -> None:
    for _ in range(3):
        await follows(client, link())
    assert len(await visits(sessions)) == 1
    await follows(client, link(whose=ANOTHER))
    assert len(await visits(sessions)) == 2


async def test_visits_of_one_person_cannot_be_put_together(client: Client, sessions: Sessions) -> None:
    next_month = NOW + timedelta(days=20)
    for one in (link(), link(kind_id="eye"), link("demo-kusunoki"), link(at=next_month)):
        await follows(client, one)
    async with sessions() as session:
        found = list(await session.scalars(select(ShopVisit.visitor)))
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "facebookexternalhit/1.1;line-poker/1.0"},
        {"User-Agent": "Line/1.0 (compatible; Line-Crawler; +https://help.line.me/)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0"},
        {"User-Agent": "WhatsApp/2.23"},
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": ""},
        {"User-Agent": BROWSER, "Purpose": "prefetch"},
        {"User-Agent": BROWSER, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": BROWSER, "X-Purpose": "preview"},
        {"User-Agent": BROWSER, "X-Moz": "prefetch"},
    ],
)
async def test_what_looks_ahead_is_led_on_but_not_counted(
    client: Client, sessions: Sessions, headers: dict[str, str]
) -> None:
    assert await follows(client, link(), headers) == "https://example.jp/demo-isobe/"
    assert await visits(sessions) == []
    await follows(client, link())
    assert len(await visits(sessions)) == 1


def test_the_browser_inside_line_is_a_person() -> None:
    assert is_person("GET", {"User-Agent": BROWSER, "Sec-Fetch-Mode": "navigate"})


async def test_looking_without_fetching_is_not_counted(client: Client, sessions: Sessions) -> None:
    response = await client.head(path(link()), headers=PERSON, allow_redirects=False)
    assert response.status == 302
    assert await visits(sessions) == []


async def test_an_expired_link_says_so_and_leads_nowhere(
    client: Client, sessions: Sessions, clock: Any
) -> None:
    clock.now = NOW + VALID_FOR - timedelta(seconds=1)
    await follows(client, link())
    clock.now = NOW + VALID_FOR
    response = await client.get(path(link()), headers=PERSON, allow_redirects=False)
    assert response.status == 410
    assert "期限が切れました" in await response.text()
    assert "Location" not in response.headers
    assert len(await visits(sessions)) == 1


async def test_a_shop_whose_registration_ran_out_is_not_led_to(client: Client, clock: Any) -> None:
    clock.now = NOW + timedelta(days=400)
    response = await client.get(path(link(at=clock.now)), headers=PERSON, allow_redirects=False)
    assert response.status == 404
    assert "このリンクは使えません" in await response.text()


def tampered() -> list[str]:
    token = LINKS.token(link())
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[20] ^= 1
    return [
        base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode(),
        token[1:],
        token[:-1],
        token + "A",
        token + "=",
        LinkMaker.of("another-secret", "").token(link()),
        base64.urlsafe_b64encode(b"iwaki\ndemo-isobe\ncold").rstrip(b"=").decode(),
        "x",
        "日本",
        "%00",
        "https:%2F%2Fevil.example",
        "A" * 4000,
        LINKS.token(
            LINKS.link("demo-kitahama", "demo-kusunoki", "cold", SOMEBODY, NOW)
        ),  # no shop of that city
        LINKS.token(link("gone")),
    ]


@pytest.mark.parametrize("token", tampered())
async def test_any_other_token_gets_a_kind_page_and_goes_nowhere(
    client: Client, sessions: Sessions, token: str
) -> None:
    response = await client.get(f"/s/{token}", headers=PERSON, allow_redirects=False)
    assert response.status == 404
    assert "このリンクは使えません" in await response.text()
    assert "Location" not in response.headers
    assert await visits(sessions) == []


def test_each_bit_of_a_token_matters() -> None:
    token = LINKS.token(link())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for position in range(len(token)):
        for letter in alphabet:
            changed = token[:position] + letter + token[position + 1 :]
            assert (LINKS.read(changed) is not None) == (changed == token)


def test_what_is_asked_of_the_address_changes_nothing_about_where_it_leads() -> None:
    read = LINKS.read(LINKS.token(link()))
    assert read == link()


async def test_without_the_database_the_page_asks_to_try_again(texts: Texts, clock: Clock) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    async with TestClient(serve(texts, make_sessions(engine), clock)) as client:
        response = await client.get(path(link()), headers=PERSON, allow_redirects=False)
        assert response.status == 503
        assert "つながりません" in await response.text()
    await engine.dispose()
