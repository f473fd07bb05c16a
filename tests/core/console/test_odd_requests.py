"""Test requests no browser of ours makes: each gets a page with the right status, never a server error."""

import pytest

from core.db.tables import Role
from tests.harness.console_client import StaffWeb
from tests.harness.threads import waiting


async def test_a_nul_in_the_login_is_an_unknown_login(staff_web: StaffWeb) -> None:
    browser = await staff_web.browser()
    _, page = await browser.get("/console/login")
    token = page.split('name="csrf" value="')[1].split('"')[0]
    fields = {"csrf": token, "login": "nur\0se", "password": "x\0", "code": "\x00123456"}
    async with browser.http.post(browser.base + "/console/login", data=fields) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"no boundary at all"),
        ("multipart/form-data", b"--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf'),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%zz&&&=" * 10),
    ],
)
async def test_a_broken_form_is_refused_not_failed(staff_web: StaffWeb, kind: str, body: bytes) -> None:
    browser = await staff_web.browser()
    async with browser.http.post(
        browser.base + "/console/login", data=body, headers={"Content-Type": kind}
    ) as answer:
        assert 400 <= answer.status < 500


async def test_a_form_with_a_thousand_fields_is_too_large(staff_web: StaffWeb) -> None:
    browser = await staff_web.browser()
    async with browser.http.post(browser.base + "/console/login", data="a=1&" * 1000) as answer:
        assert answer.status in {400, 413, 415, 403}
    form = {f"f{n}": "1" for n in range(1000)}
    async with browser.http.post(browser.base + "/console/login", data=form) as answer:
        assert answer.status == 413


async def test_odd_numbers_in_addresses_are_no_places(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    for also in ("9" * 40, "٣", "²", "-1", ",,,"):
        path = f"/console/threads/{thread_id}/changes?after=0&also={also}"
        assert (await nurse.get(path, Accept="application/json"))[0] == 200
    assert (await nurse.get(f"/console/threads/{thread_id}/changes?after={'9' * 40}"))[0] == 404
    assert (await nurse.get(f"/console/threads/{thread_id}/changes?after=²"))[0] == 404


async def test_a_nul_in_a_reply_is_dropped(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    status, _ = await nurse.post(f"/console/threads/{thread_id}/reply", submission="a\0b", text="はい\0")
    assert status == 204


async def test_each_role_starts_on_a_page_it_may_open(staff_web: StaffWeb) -> None:
    auditor = await staff_web.at_work("auditor", roles=(Role.AUDITOR,))
    status, page = await auditor.get("/console/")
    assert status == 200
    assert "いまはありません" in page
    nurse = await staff_web.at_work("nurse")
    async with nurse.http.get(nurse.base + "/console/", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console/inbox")


async def test_a_stranger_at_the_start_is_asked_to_sign_in(staff_web: StaffWeb) -> None:
    browser = await staff_web.browser()
    async with browser.http.get(browser.base + "/console/", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/console/login")
