import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.clock import Clock
from core.texts import Texts
from shop.catalogue import load_catalogue
from shop.pages import shop_routes
from shop.tokens import LinkSigner, ShopLink
from shop.visits import is_robot

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "data")
SIGNER = LinkSigner.of("session-secret", "https://helpo.example.jp/")
LINK = ShopLink("iwaki", "demo-isobe", "cold")
PERSON = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari Line/14.19.0"}

Client = TestClient[Any, Any]


@pytest.fixture
def visits() -> list[ShopLink]:
    return []


@pytest.fixture
async def client(texts: Texts, clock: Clock, visits: list[ShopLink]) -> AsyncIterator[Client]:
    async def count(link: ShopLink) -> None:
        visits.append(link)

    app = web.Application()
    app.add_routes(shop_routes(CATALOGUE, SIGNER, texts, clock, count))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_link_leads_to_the_shop_and_counts_the_person(client: Client, visits: list[ShopLink]) -> None:
    path = SIGNER.url(LINK).removeprefix("https://helpo.example.jp")
    response = await client.get(path, headers=PERSON, allow_redirects=False)
    assert response.status == 302
    assert response.headers["Location"] == "https://example.jp/demo-isobe/"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert visits == [LINK]


@pytest.mark.parametrize(
    "agent",
    [
        "facebookexternalhit/1.1;line-poker/1.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Slackbot-LinkExpanding 1.0",
        "curl/8.5.0",
        "",
    ],
)
async def test_preview_robots_are_led_on_but_not_counted(
    client: Client, visits: list[ShopLink], agent: str
) -> None:
    response = await client.get(
        f"/s/{SIGNER.token(LINK)}", headers={"User-Agent": agent}, allow_redirects=False
    )
    assert response.status == 302
    assert visits == []


def test_the_browser_inside_line_is_a_person() -> None:
    assert not is_robot(PERSON["User-Agent"])


async def test_looking_without_fetching_is_not_counted(client: Client, visits: list[ShopLink]) -> None:
    response = await client.head(f"/s/{SIGNER.token(LINK)}", headers=PERSON, allow_redirects=False)
    assert response.status == 302
    assert visits == []


def tampered() -> list[str]:
    token = SIGNER.token(LINK)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    other = raw.replace(b"demo-isobe", b"demo-evil0")
    last = chr(ord(token[-1]) + 1)
    return [
        base64.urlsafe_b64encode(other).rstrip(b"=").decode(),
        token[1:],
        token[:-1],
        token[:-1] + last,
        token + "A",
        token + "=",
        LinkSigner.of("another-secret", "").token(LINK),
        "x",
        "日本",
        "%00",
        "A" * 4000,
        SIGNER.token(ShopLink("demo-kitahama", "demo-kusunoki", "")),  # signed, but no shop of that city
        SIGNER.token(ShopLink("iwaki", "gone", "")),
    ]


@pytest.mark.parametrize("token", tampered())
async def test_any_other_token_gets_a_kind_page_and_goes_nowhere(
    client: Client, visits: list[ShopLink], token: str
) -> None:
    response = await client.get(f"/s/{token}", headers=PERSON, allow_redirects=False)
    assert response.status == 404
    assert "このリンクは使えません" in await response.text()
    assert "Location" not in response.headers
    assert visits == []


def test_each_bit_of_a_token_matters() -> None:
    token = SIGNER.token(LINK)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for position in range(len(token)):
        for letter in alphabet:
            changed = token[:position] + letter + token[position + 1 :]
            assert (SIGNER.read(changed) is not None) == (changed == token)
