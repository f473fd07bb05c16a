"""Test which address the staff web counts attempts by: behind the front, and true and false proxies."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.processes.reverse_proxy import Front
from core.console.access import client_address
from core.console.deps import DEPS, ConsoleDeps
from core.settings import Settings
from tests.handoff.conftest import deps, signals

__all__ = ["deps", "signals"]

FORGED, REAL, PROXY = "6.6.6.6", "203.0.113.7", "10.0.0.5"

Ask = Callable[..., AbstractAsyncContextManager[str]]


def trusting(settings: Settings, proxies: str) -> Settings:
    return Settings.model_validate(dict(settings) | {"trusted_proxies": proxies})


@asynccontextmanager
async def asked(deps: ConsoleDeps, proxies: str, said: str, *, through_front: bool) -> AsyncIterator[str]:
    """Give the address that the pages see of a caller on this machine who sends `said`."""
    settings = trusting(deps.settings, proxies)

    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=client_address(request))

    app = web.Application()
    app[DEPS] = replace(deps, settings=settings)
    app.router.add_get("/", tell)
    async with TestServer(app) as pages, aiohttp.ClientSession() as http:
        front = Front(f"http://127.0.0.1:{pages.port}", settings.is_trusted_proxy)
        outer = web.Application()
        outer.cleanup_ctx.append(front.open)
        outer.router.add_get("/", front.forward)
        async with TestServer(outer) as server:
            port = server.port if through_front else pages.port
            headers = {"X-Forwarded-For": said}
            async with http.get(f"http://127.0.0.1:{port}/", headers=headers) as answer:
                yield await answer.text()


@pytest.mark.parametrize("through_front", [True, False])
@pytest.mark.parametrize(
    ("proxies", "said", "seen"),
    [
        ("127.0.0.1/32,::1/128", f"{FORGED}, {REAL}", REAL),
        ("127.0.0.1/32,10.0.0.0/8", f"{FORGED}, {REAL}, {PROXY}", REAL),
        ("127.0.0.1/32", f"{REAL}, {PROXY}", PROXY),  # a proxy nobody named is the client
        ("127.0.0.1/32", "", "127.0.0.1"),
        ("127.0.0.1/32", f"{FORGED}, unknown", "127.0.0.1"),
        ("127.0.0.1/32", f"{FORGED}, ::ffff:127.0.0.1", FORGED),
    ],
)
async def test_the_right_most_address_that_is_no_trusted_proxy_is_the_clients(
    deps: ConsoleDeps, proxies: str, said: str, seen: str, *, through_front: bool
) -> None:
    async with asked(deps, proxies, said, through_front=through_front) as address:
        assert address == seen


async def test_a_caller_who_is_no_trusted_proxy_cannot_choose_its_address(deps: ConsoleDeps) -> None:
    async with asked(deps, "10.0.0.0/8", f"{FORGED}, {PROXY}", through_front=True) as address:
        assert address == "127.0.0.1"
