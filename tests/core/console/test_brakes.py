"""Test the limits on guessing: whoever fails has to wait, and no other user has."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.commands.staff import unlock_account
from core.console import accounts, lockout
from core.console.audit import AuditAction
from core.console.known_browsers import COOKIE, MOST_LOGINS, known_browser, remember_login
from core.console.lockout import Attempt, login_subject, network_of
from core.console.turnstile import LineTooLong, Turnstile
from core.db.tables import AuditEntry, SignInFailures, Staff
from core.errors import NotFound
from core.settings import Settings
from tests.conftest import FakeClock
from tests.harness.console_client import PASSWORD, Browser, StaffWeb

NURSE, STRANGER, NEIGHBOUR = "203.0.113.7", "198.51.100.9", "203.0.113.8"


async def browser_at(staff_web: StaffWeb, address: str) -> Browser:
    browser = await staff_web.browser()
    browser.http.headers["X-Forwarded-For"] = address
    return browser


async def fails(browser: Browser, login: str, times: int) -> list[int]:
    return [(await browser.sign_in(login, "wrong", "000000"))[0] for _ in range(times)]


async def count(staff_web: StaffWeb, login: str, address: str, times: int) -> None:
    """Count failures as `times` refused attempts would."""
    attempt = Attempt(login_subject(staff_web.deps.settings, login), address)
    async with staff_web.sessions.begin() as session:
        for _ in range(times):
            await lockout.count_failure(session, attempt, staff_web.deps.clock())


async def known_browser_of(staff_web: StaffWeb, clock: FakeClock, login: str, address: str) -> Browser:
    """A browser in which somebody has signed in, worked, and signed out."""
    browser = await browser_at(staff_web, address)
    assert (await browser.sign_in(login, PASSWORD, staff_web.code()))[0] == 303
    await browser.post("/console/logout", htmx=False)
    clock.advance(minutes=1)
    return browser


async def test_strangers_who_hammer_a_login_do_not_keep_its_owner_out(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await staff_web.hire("nurse")
    stranger = await browser_at(staff_web, STRANGER)
    assert await fails(stranger, "nurse", 8) == [401] * 5 + [429] * 3
    assert (await stranger.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 429
    for address in (NURSE, "2001:db8::7", "10.0.0.1"):
        nurse = await browser_at(staff_web, address)
        assert (await nurse.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
        clock.advance(seconds=30)
        await fails(stranger, "nurse", 2)


async def test_behind_one_address_a_neighbour_who_hammers_a_login_does_not_stop_its_known_browser(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await staff_web.hire("nurse")
    nurse = await known_browser_of(staff_web, clock, "nurse", NURSE)
    neighbour = await browser_at(staff_web, NURSE)
    assert 429 in await fails(neighbour, "nurse", 6)
    assert (await nurse.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


async def test_a_known_browser_that_guesses_rests_by_itself(staff_web: StaffWeb, clock: FakeClock) -> None:
    await staff_web.hire("nurse")
    known = await known_browser_of(staff_web, clock, "nurse", NURSE)
    assert await fails(known, "nurse", 6) == [401] * 5 + [429]
    fresh = await browser_at(staff_web, NURSE)
    assert (await fresh.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


async def test_a_browser_known_for_one_login_is_a_stranger_to_another(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await staff_web.hire("nurse")
    await staff_web.hire("doctor")
    known = await known_browser_of(staff_web, clock, "nurse", NURSE)
    assert await fails(known, "doctor", 6) == [401] * 5 + [429]
    stranger = await browser_at(staff_web, NURSE)
    assert await fails(stranger, "doctor", 1) == [429]


async def test_what_known_browsers_do_counts_for_nobody_else(staff_web: StaffWeb, clock: FakeClock) -> None:
    await staff_web.hire("nurse")
    known = await known_browser_of(staff_web, clock, "nurse", NURSE)
    await fails(known, "nurse", 5)
    async with staff_web.sessions() as session:
        sources = (await session.scalars(select(SignInFailures.source))).all()
    assert [source.partition(":")[0] for source in sources] == ["browser"]


async def test_a_login_tried_from_ever_new_addresses_makes_strangers_wait_and_no_known_browser(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await staff_web.hire("nurse")
    nurse = await known_browser_of(staff_web, clock, "nurse", NURSE)
    for number in range(100):
        await count(staff_web, "nurse", f"2001:db8:{number:x}::1", 1)
    stranger = await browser_at(staff_web, "192.0.2.77")
    assert (await stranger.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 429
    assert (await nurse.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
    clock.advance(seconds=61)
    assert (await stranger.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


async def test_guesses_from_ever_new_addresses_are_one_a_minute_in_the_end(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    subject = login_subject(staff_web.deps.settings, "nurse")
    made, until = 0, clock() + timedelta(hours=2)
    while clock() < until:
        attempt = Attempt(subject, f"2001:db8:{made:x}::1")
        async with staff_web.sessions.begin() as session:
            wait = await lockout.rests_for(session, attempt, clock())
            if wait > timedelta(0):
                clock.now += wait
                continue
            await lockout.count_failure(session, attempt, clock())
        made += 1
    assert 210 <= made <= 230


async def test_failures_at_made_up_logins_leave_their_neighbours_free_tries(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await staff_web.hire("nurse")
    for number in range(60):
        await count(staff_web, f"guess-{number}", NURSE, 1)
    nurse = await browser_at(staff_web, NURSE)
    assert await fails(nurse, "nurse", 1) == [401]
    assert (await nurse.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
    await staff_web.hire("doctor")
    machine = await browser_at(staff_web, NURSE)
    assert await fails(machine, "doctor", 3) == [401, 401, 429]
    clock.advance(minutes=16)
    assert await fails(machine, "pharmacist", 6) == [401] * 5 + [429]


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "unix", False),
    ],
)
def test_an_ipv6_site_is_one_network_and_an_ipv4_address_is_one(
    first: str, second: str, *, is_one: bool
) -> None:
    assert (network_of(first) == network_of(second)) is is_one


async def test_a_site_that_changes_its_ipv6_address_rests_as_one(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    for number in range(5):
        assert await fails(await browser_at(staff_web, f"2001:db8:1:2::{number}"), "nurse", 1) == [401]
    assert await fails(await browser_at(staff_web, "2001:db8:1:2:a::9"), "nurse", 1) == [429]
    nurse = await browser_at(staff_web, "2001:db8:1:3::9")
    assert (await nurse.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


async def test_who_has_to_wait_is_told_how_long(staff_web: StaffWeb, clock: FakeClock) -> None:
    browser = await browser_at(staff_web, STRANGER)
    await count(staff_web, "nurse", STRANGER, 7)
    clock.advance(seconds=20)
    _, page = await browser.get("/console/login")
    token = page.split('name="csrf" value="')[1].split('"')[0]
    fields = {"csrf": token, "login": "nurse", "password": "x", "code": "1"}
    async with browser.http.post(browser.base + "/console/login", data=fields) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "100")


async def test_signing_in_forgets_the_failures_from_there(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browser = await browser_at(staff_web, NURSE)
    await fails(browser, "nurse", 4)
    assert (await browser.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
    other = await browser_at(staff_web, NURSE)
    assert await fails(other, "nurse", 2) == [401, 401]


async def test_counts_of_long_ago_are_not_kept(staff_web: StaffWeb, clock: FakeClock) -> None:
    for number in range(5):
        await count(staff_web, f"guess-{number}", STRANGER, 1)
    clock.advance(hours=25)
    await count(staff_web, "guess-x", STRANGER, 1)
    async with staff_web.sessions() as session:
        rows = (await session.scalars(select(SignInFailures))).all()
    assert {row.failures for row in rows} == {1}
    assert len(rows) == 3


async def test_a_known_and_an_unknown_login_cost_the_same_also_in_parallel(
    staff_web: StaffWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff_web.hire("nurse")
    at_work: Counter[str] = Counter()
    peaks: dict[str, int] = {}
    hashed: Counter[str] = Counter()

    async def slow(stored: str | None, password: str) -> bool:
        at_work[password] += 1
        hashed[password] += 1
        peaks[password] = max(peaks.get(password, 0), at_work[password])
        await asyncio.sleep(0.05)
        at_work[password] -= 1
        assert stored is None or stored.startswith("$argon2id$")
        return False

    monkeypatch.setattr(accounts, "is_password", slow)
    seen = {}
    for login in ("nurse", "nobody"):
        same = [await browser_at(staff_web, "192.0.2.1") for _ in range(4)]
        apart = [await browser_at(staff_web, f"192.0.2.{n}") for n in range(10, 14)]
        statuses = [
            sorted(
                s for s, _ in await asyncio.gather(*(b.sign_in(login, f"{login}{kind}", "1") for b in group))
            )
            for kind, group in (("same", same), ("apart", apart))
        ]
        seen[login] = (
            statuses,
            [hashed[login + kind] for kind in ("same", "apart")],
            [peaks[login + kind] for kind in ("same", "apart")],
        )
    assert seen["nurse"] == seen["nobody"] == ([[401] * 4, [401] * 4], [4, 4], [1, 2])


async def test_parallel_guesses_from_one_place_are_counted_one_by_one(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browsers = [await browser_at(staff_web, STRANGER) for _ in range(9)]
    statuses = [s for s, _ in await asyncio.gather(*(b.sign_in("nurse", "wrong", "1") for b in browsers))]
    assert sorted(statuses) == [401] * 5 + [429] * 4


async def test_of_two_browsers_that_send_one_code_at_once_one_gets_in(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    code = staff_web.code()
    browsers = [await browser_at(staff_web, address) for address in (NURSE, NEIGHBOUR, STRANGER)]
    answers = await asyncio.gather(*(b.sign_in("nurse", PASSWORD, code) for b in browsers))
    assert sorted(status for status, _ in answers) == [303, 401, 401]
    recovery = staff_web.codes["nurse"][0]
    answers = await asyncio.gather(*(b.sign_in("nurse", PASSWORD, recovery) for b in browsers))
    assert sorted(status for status, _ in answers) == [303, 401, 401]


async def test_a_place_that_floods_is_turned_away_and_another_is_served() -> None:
    turnstile = Turnstile(at_once=1, longest=3)
    served: list[str] = []

    async def comes(source: str) -> None:
        async with turnstile.turn(source):
            await asyncio.sleep(0.01)
            served.append(source)

    waiting = [asyncio.create_task(comes("flood")) for _ in range(5)]
    await asyncio.sleep(0)
    other = asyncio.create_task(comes("nurse"))
    results = await asyncio.gather(*waiting, other, return_exceptions=True)
    assert sum(isinstance(result, LineTooLong) for result in results) == 2
    # One of each place at a time: a nurse does not wait for all of the flood.
    assert served.index("nurse") == 1
    await comes("flood")


async def test_an_operator_can_let_an_account_be_tried_again(staff_web: StaffWeb) -> None:
    nurse = await staff_web.hire("nurse")
    browser = await browser_at(staff_web, NURSE)
    assert 429 in await fails(browser, "nurse", 6)
    await unlock_account(staff_web.deps.settings, " Nurse")
    assert (await browser.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
    async with staff_web.sessions() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.STAFF_UNLOCKED))
        ).one()
    assert entry.subject_id == str(nurse.id)
    with pytest.raises(NotFound, match="'nobody'"):
        await unlock_account(staff_web.deps.settings, "nobody")


async def test_a_known_browser_opens_nothing_by_itself(staff_web: StaffWeb, clock: FakeClock) -> None:
    await staff_web.hire("nurse")
    known = await known_browser_of(staff_web, clock, "nurse", NURSE)
    assert (await known.get("/console/inbox"))[0] == 303
    assert (await known.sign_in("nurse", "wrong", staff_web.code()))[0] == 401
    assert (await known.sign_in("nurse", PASSWORD, "000000"))[0] == 401
    async with staff_web.sessions.begin() as session:
        staff = (await session.scalars(select(Staff))).one()
        staff.disabled_at = clock()
    assert (await known.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 401


async def test_the_mark_of_a_known_browser_is_out_of_reach_of_scripts(staff_web: StaffWeb) -> None:
    browser = await staff_web.at_work("nurse")
    cookie = next(c for c in browser.http.cookie_jar if c.key == COOKIE)
    assert cookie["httponly"]
    assert cookie["path"] == "/console"
    assert "nurse" not in cookie.value


def test_only_a_mark_of_ours_for_this_login_and_this_half_year_counts(
    settings: Settings, clock: FakeClock
) -> None:
    nurse, doctor = login_subject(settings, "nurse"), login_subject(settings, "doctor")
    cookie = remember_login(settings, "", nurse, clock())
    number = known_browser(settings, cookie, nurse, clock())
    assert number
    assert known_browser(settings, cookie, doctor, clock()) == ""
    for forged in ("", ".", "A" * len(cookie), cookie[:-1], cookie[:-2] + "AA", cookie + "A", "é" * 10, "\0"):
        assert known_browser(settings, forged, nurse, clock()) == ""
    both = remember_login(settings, cookie, doctor, clock.advance(days=100))
    assert known_browser(settings, both, nurse, clock()) == number
    again = remember_login(settings, both, nurse, clock())
    assert known_browser(settings, again, nurse, clock.advance(days=100)) == number
    assert known_browser(settings, both, nurse, clock()) == ""


def test_a_shared_computer_knows_its_newest_people(settings: Settings, clock: FakeClock) -> None:
    subjects = [login_subject(settings, f"nurse-{n}") for n in range(MOST_LOGINS + 1)]
    cookie = ""
    for subject in subjects:
        cookie = remember_login(settings, cookie, subject, clock())
    known = [bool(known_browser(settings, cookie, subject, clock())) for subject in subjects]
    assert known == [False] + [True] * MOST_LOGINS
    assert len(cookie) < 1000


async def test_a_refusal_says_nothing_of_the_login_in_the_counts(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    await fails(await browser_at(staff_web, STRANGER), "my-password-by-mistake", 1)
    async with staff_web.sessions() as session:
        rows = (await session.scalars(select(SignInFailures))).all()
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 2
    assert all("my-password" not in row.subject for row in rows)
