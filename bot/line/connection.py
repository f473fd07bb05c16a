"""Open one channel's connections to LINE: a session of ours, and LINE's SDK on the same session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration

CONNECT_TIMEOUT_S = 3.0
MOST_CONNECTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAccess:
    """Addresses and token for one channel's calls, and the timeout of an answer (seconds)."""

    municipality_id: str
    access_token: str = field(repr=False)
    api_url: str = "https://api.line.me"
    data_url: str = "https://api-data.line.me"
    timeout_s: float = 5.0

    def api(self, path: str) -> str:
        """Return the address of an API call."""
        return self.api_url.rstrip("/") + path

    def data(self, path: str) -> str:
        """Return the address of a content call."""
        return self.data_url.rstrip("/") + path


@asynccontextmanager
async def open_session(access: LineAccess) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session that carries the channel's token.

    It ignores the environment's proxies and ~/.netrc: a netrc entry would make every call fail.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS),
        headers={"Authorization": f"Bearer {access.access_token}"},
        timeout=aiohttp.ClientTimeout(total=access.timeout_s, connect=CONNECT_TIMEOUT_S),
        trust_env=False,
    ) as session:
        yield session


@asynccontextmanager
async def open_sdk(access: LineAccess, session: aiohttp.ClientSession) -> AsyncIterator[AsyncMessagingApi]:
    """Open LINE's SDK on `session`. Creating it takes 20 ms of the loop (TLS context): once a channel."""
    configuration = Configuration(access_token=access.access_token, host=access.api_url.rstrip("/"))
    configuration.connection_pool_maxsize = MOST_CONNECTIONS
    client = AsyncApiClient(configuration)
    # The SDK's own session reads proxies and ~/.netrc from the environment and cannot be told not to.
    await client.rest_client.close()
    client.rest_client.pool_manager = session
    yield AsyncMessagingApi(client)
