"""Limit guessing of passwords, by login and by where attempts come from, whether the login exists or not.

Failures of other people never lock out the right password: a login is locked only for the network or the
known browser where attempts failed. Many failures of all unknown browsers together slow down unknown browsers
at that login; a browser that has signed in to the login before is known and not slowed.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.ext.asyncio import AsyncSession

from core.console import sign_in_store as store
from core.console.sign_in_store import Count, Counter
from core.settings import Settings

FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
MEMORY = timedelta(hours=24)
# From a network with this many failures each login has fewer free tries. A ward shares one address: the
# network is not locked as a whole, because one machine would then lock out everybody there.
CROWDED_FAILURES = 30
CROWDED_TRIES = 2
CROWDED_MEMORY = timedelta(minutes=15)
# Guesses from ever new addresses: this many, then one a minute. With a stolen password and three codes of a
# million valid at a time, a day of that finds the code with a chance of 1 in 200.
STRANGERS_TRIES = 100
STRANGERS_FIRST_LOCK = timedelta(seconds=5)
STRANGERS_LONGEST_LOCK = timedelta(minutes=1)
STRANGERS = "strangers"
IPV6_SITE = 64  # bits; an address holder has the whole /64


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in to a login (`subject`, keyed hash) from an address, maybe by a known browser."""

    subject: str
    address: str
    browser: str = ""

    @property
    def source(self) -> str:
        """The source under which the attempt is counted: `browser:<number>` or `network:<address>`."""
        return f"browser:{self.browser}" if self.browser else f"network:{network_of(self.address)}"

    @property
    def own(self) -> Counter:
        """The counter of failures at this login from this source."""
        return Counter(self.subject, self.source, MEMORY)

    @property
    def strangers(self) -> Counter:
        """The counter of failures at this login from all unknown browsers."""
        return Counter(self.subject, STRANGERS, MEMORY)

    @property
    def network(self) -> Counter:
        """The counter of failures from this source at all logins."""
        return Counter("", self.source, CROWDED_MEMORY)

    @property
    def counters(self) -> Sequence[Counter]:
        """The counters that a failure adds to."""
        return (self.own,) if self.browser else (self.own, self.strangers, self.network)


def network_of(address: str) -> str:
    """Return the address as it is counted: an IPv6 address by its /64, anything else unchanged."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, IPV6_SITE), strict=False))
    return str(found)


def lock_after(
    failures: int,
    free: int = FREE_TRIES,
    first: timedelta = FIRST_LOCK,
    longest: timedelta = LONGEST_LOCK,
) -> timedelta:
    """Return the lock after so many failures: none up to `free`, then `first`, doubling up to `longest`."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)
    return min(first * (1 << doublings), longest)


def login_subject(settings: Settings, login: str) -> str:
    """Return the keyed hash that stands for a typed login: some people type their password there."""
    key = settings.session_secret.get_secret_value().encode()
    return "login:" + hmac.digest(key, f"login:{login}".encode(), hashlib.sha256).hex()[:32]


async def rests_for(session: AsyncSession, attempt: Attempt, now: datetime) -> timedelta:
    """Return how long an attempt has to wait; zero or negative when it may be made now."""
    counts = await store.read_counts(session, attempt.counters, now)
    return max(
        _rest(counts, attempt.own, now, FREE_TRIES if not _is_crowded(counts, attempt) else CROWDED_TRIES),
        _rest(counts, attempt.strangers, now, STRANGERS_TRIES, STRANGERS_FIRST_LOCK, STRANGERS_LONGEST_LOCK),
    )


def _is_crowded(counts: Mapping[Counter, Count], attempt: Attempt) -> bool:
    count = counts.get(attempt.network)
    return count is not None and count.failures >= CROWDED_FAILURES


def _rest(
    counts: Mapping[Counter, Count],
    counter: Counter,
    now: datetime,
    free: int,
    first: timedelta = FIRST_LOCK,
    longest: timedelta = LONGEST_LOCK,
) -> timedelta:
    count = counts.get(counter)
    return count.last_at + lock_after(count.failures, free, first, longest) - now if count else timedelta(0)


async def count_failure(session: AsyncSession, attempt: Attempt, now: datetime) -> None:
    """Count a refused attempt, and delete some expired counts."""
    await store.prune(session, now - MEMORY)
    await store.count_failure(session, attempt.counters, now)


async def forgive(session: AsyncSession, attempt: Attempt) -> None:
    """Forget the failures at this login from this source, after a successful sign-in."""
    await store.forget_counts(session, [attempt.own])
