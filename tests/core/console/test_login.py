"""Test signing in: login, password and code must all be right; the answer does not tell which was wrong."""

import re
from urllib.parse import quote

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.console.audit import AuditAction
from core.console.codes import code_at
from core.db.tables import AuditEntry, RecoveryCode, Role, Staff
from tests.conftest import FakeClock
from tests.harness.console_client import PASSWORD, SECRET, StaffWeb


def _error(page: str) -> str:
    found = re.search(r'id="login-error">([^<]+)<', page)
    return found.group(1) if found else ""


async def test_password_and_code_open_the_inbox(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    assert (await browser.get("/console/inbox"))[0] == 303
    status, _ = await browser.sign_in(" Nurse ", PASSWORD, staff_web.code())
    assert status == 303
    status, page = await browser.get("/console/inbox")
    assert status == 200
    assert "nurse さん" in page


async def test_wrong_login_password_and_code_look_the_same(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    wrong_login = await browser.sign_in("nobody", PASSWORD, staff_web.code())
    wrong_password = await browser.sign_in("nurse", "wrong", staff_web.code())
    wrong_code = await browser.sign_in("nurse", PASSWORD, "000000")
    assert {status for status, _ in (wrong_login, wrong_password, wrong_code)} == {401}
    assert len({_error(page) for _, page in (wrong_login, wrong_password, wrong_code)}) == 1
    assert "どれかが正しくありません" in _error(wrong_code[1])


async def test_a_code_works_once(staff_web: StaffWeb, clock: FakeClock) -> None:
    await staff_web.hire("nurse")
    code = staff_web.code()
    first, second = await staff_web.browser(), await staff_web.browser()
    assert (await first.sign_in("nurse", PASSWORD, code))[0] == 303
    assert (await second.sign_in("nurse", PASSWORD, code))[0] == 401
    clock.advance(seconds=30)
    assert (await second.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


@pytest.mark.parametrize(("off_s", "status"), [(-60, 401), (-30, 303), (0, 303), (30, 303), (60, 401)])
async def test_a_clock_may_be_one_step_off(
    staff_web: StaffWeb, clock: FakeClock, off_s: int, status: int
) -> None:
    await staff_web.hire("nurse")
    clock.advance(seconds=off_s)
    code = staff_web.code()
    clock.advance(seconds=-off_s)
    browser = await staff_web.browser()
    assert (await browser.sign_in("nurse", PASSWORD, code))[0] == status


async def test_full_width_digits_are_a_code(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    wide = staff_web.code().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert (await browser.sign_in("nurse", PASSWORD, wide))[0] == 303


async def test_a_recovery_code_works_once(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    code = staff_web.codes["nurse"][0]
    browser = await staff_web.browser()
    assert (await browser.sign_in("nurse", PASSWORD, code.upper()))[0] == 303
    assert (await (await staff_web.browser()).sign_in("nurse", PASSWORD, code))[0] == 401
    async with staff_web.sessions() as session:
        used = (await session.scalars(select(RecoveryCode).where(RecoveryCode.used_at.is_not(None)))).all()
    assert len(used) == 1


async def test_another_persons_recovery_code_is_wrong(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    await staff_web.hire("doctor")
    browser = await staff_web.browser()
    assert (await browser.sign_in("nurse", PASSWORD, staff_web.codes["doctor"][0]))[0] == 401


@pytest.mark.parametrize("login", ["nurse", "nobody"])
async def test_after_five_wrong_attempts_an_account_rests_whether_it_exists_or_not(
    staff_web: StaffWeb, clock: FakeClock, login: str
) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    for _ in range(5):
        assert (await browser.sign_in(login, "wrong", "000000"))[0] == 401
    status, page = await browser.sign_in(login, PASSWORD, staff_web.code())
    assert status == 429
    assert "しばらく" in _error(page)
    clock.advance(seconds=31)
    assert (await browser.sign_in(login, "wrong", "000000"))[0] == 401
    clock.advance(seconds=31)
    assert (await browser.sign_in(login, PASSWORD, staff_web.code()))[0] == 429


async def test_a_rested_account_opens_again(staff_web: StaffWeb, clock: FakeClock) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    for _ in range(5):
        await browser.sign_in("nurse", "wrong", "000000")
    clock.advance(seconds=31)
    assert (await browser.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303


async def test_the_login_form_needs_its_own_token(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    fields = {"csrf": "forged", "login": "nurse", "password": PASSWORD, "code": staff_web.code()}
    async with browser.http.post(browser.base + "/console/login", data=fields) as answer:
        assert answer.status == 403


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/console/../x//y",
    "/console/\\evil",
    "/console/%5cevil",
    "/console/..%2f..%2fshop",
    "/console/%2e%2e/shop",
    "/console/inbox\r\nSet-Cookie: helpo_session=x",
    "/console/\nLocation: https://evil.example",
    "/console/\tx",
    "/console/\x00",
    "/console/\u2028",
    "/console/相談",
    "javascript:alert(1)",
    " /console/inbox",
    "/consolex",
]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_after_signing_in_nobody_is_led_elsewhere(staff_web: StaffWeb, path: str) -> None:
    await staff_web.hire("nurse")
    browser = await staff_web.browser()
    _, page = await browser.get(f"/console/login?next={quote(path)}")
    assert 'name="next" value="/console/"' in page
    fields = {
        "csrf": page.split('name="csrf" value="')[1].split('"')[0],
        "login": "nurse",
        "password": PASSWORD,
        "code": staff_web.code(),
        "next": path,
    }
    async with browser.http.post(
        browser.base + "/console/login", data=fields, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console/")
        assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_choosing_a_language_leads_nobody_elsewhere(staff_web: StaffWeb, path: str) -> None:
    browser = await staff_web.browser()
    address = f"{browser.base}/console/language/en?back={quote(path)}"
    async with browser.http.get(address, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console/")


@pytest.mark.parametrize("path", ["/console/inbox", "/console/threads/1?before=3&x=%E7%9B%B8", "/console/"])
async def test_choosing_a_language_leads_back(staff_web: StaffWeb, path: str) -> None:
    browser = await staff_web.browser()
    address = f"{browser.base}/console/language/en?back={quote(path)}"
    async with browser.http.get(address, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, path)


async def test_a_session_ends_when_idle_and_after_a_day(staff_web: StaffWeb, clock: FakeClock) -> None:
    browser = await staff_web.at_work("nurse")
    clock.advance(hours=7)
    assert (await browser.get("/console/inbox"))[0] == 200
    clock.advance(hours=8, minutes=1)
    assert (await browser.get("/console/inbox"))[0] == 303
    clock.advance(minutes=1)
    await browser.sign_in("nurse", PASSWORD, staff_web.code())
    for _ in range(4):
        clock.advance(hours=5)
        assert (await browser.get("/console/inbox"))[0] == 200
    clock.advance(hours=5)
    assert (await browser.get("/console/inbox"))[0] == 303


async def test_polling_does_not_keep_a_session_alive(staff_web: StaffWeb, clock: FakeClock) -> None:
    browser = await staff_web.at_work("nurse")
    for _ in range(5):
        clock.advance(hours=2)
        await browser.get("/console/inbox/list", Accept="application/json")
    assert (await browser.get("/console/inbox"))[0] == 303


async def test_signing_out_ends_the_session_on_the_server(staff_web: StaffWeb) -> None:
    browser = await staff_web.at_work("nurse")
    cookies = list(browser.http.cookie_jar)
    assert (await browser.post("/console/logout", htmx=False))[0] == 303
    browser.http.cookie_jar.update_cookies({c.key: c.value for c in cookies})
    assert (await browser.get("/console/inbox"))[0] == 303


async def test_a_disabled_account_is_out_at_once(staff_web: StaffWeb, clock: FakeClock) -> None:
    browser = await staff_web.at_work("nurse")
    async with staff_web.sessions.begin() as session:
        staff = (await session.scalars(select(Staff))).one()
        staff.disabled_at = clock()
    assert (await browser.get("/console/inbox"))[0] == 303
    clock.advance(minutes=1)
    assert (await browser.sign_in("nurse", PASSWORD, staff_web.code()))[0] == 401


async def test_a_role_that_may_not_gets_403(staff_web: StaffWeb) -> None:
    browser = await staff_web.at_work("auditor", roles=(Role.AUDITOR,), professions=())
    status, page = await browser.get("/console/inbox")
    assert status == 403
    assert "権限がありません" in page


async def test_secrets_are_stored_sealed_or_hashed(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    async with staff_web.sessions() as session:
        staff = (await session.scalars(select(Staff))).one()
    assert staff.password_hash.startswith("$argon2id$")
    assert SECRET.encode() not in staff.totp_secret
    assert (
        code_at(staff_web.ring.open(staff.totp_secret, "totp").decode(), staff_web.deps.clock())
        == staff_web.code()
    )


async def test_what_happens_at_the_door_is_written_down_and_cannot_be_changed(staff_web: StaffWeb) -> None:
    browser = await staff_web.at_work("nurse")
    await (await staff_web.browser()).sign_in("nurse", "wrong", "000000")
    await browser.post("/console/logout", htmx=False)
    async with staff_web.sessions() as session:
        actions = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert actions == [
        AuditAction.STAFF_ADDED,
        AuditAction.SIGNED_IN,
        AuditAction.INBOX_VIEWED,
        AuditAction.SIGN_IN_FAILED,
        AuditAction.SIGNED_OUT,
    ]
    for statement in ("update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with staff_web.sessions.begin() as session:
                await session.execute(text(statement))
