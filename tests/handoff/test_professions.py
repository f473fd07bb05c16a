"""Test that an account without a profession cannot take a talk and is told why."""

import re

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bot.commands.staff import add_account, change_professions
from core.console import ConsoleDeps
from core.console.accounts import ProfessionMissing, add_staff, set_professions
from core.console.audit import AuditAction
from core.db.tables import AuditEntry, Outbox, Profession, Role, Staff, Thread, ThreadStatus
from core.errors import ConfigurationError, NotFound
from core.talk import lock_talk
from handoff import service_clinician
from handoff.errors import NoProfession
from tests.harness.console_client import PASSWORD, Browser, StaffWeb, open_staff_web
from tests.harness.threads import waiting


async def lose_professions(staff_web: StaffWeb, login: str) -> None:
    """Turn an account into one that was made before a profession was needed."""
    async with staff_web.sessions.begin() as session:
        await session.execute(update(Staff).where(Staff.login == login).values(professions=[]))


async def unlicensed(staff_web: StaffWeb) -> Browser:
    browser = await staff_web.at_work("old-account")
    await lose_professions(staff_web, "old-account")
    return browser


@pytest.mark.parametrize(
    "roles", [(Role.CLINICIAN,), (Role.CLINICIAN, Role.ADMIN), (Role.SUPPORT, Role.CLINICIAN)]
)
async def test_a_clinician_without_a_profession_is_not_added(
    staff_web: StaffWeb, roles: tuple[Role, ...]
) -> None:
    with pytest.raises(ProfessionMissing, match=r"'yamada'.*nurse"):
        async with staff_web.sessions.begin() as session:
            await add_staff(
                session,
                staff_web.ring,
                login="yamada",
                display_name="山田",
                roles=roles,
                municipalities=("iwaki",),
                now=staff_web.deps.clock(),
            )
    async with staff_web.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Staff)) == 0


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.HEALTH_CENTER, Role.SUPPORT, Role.PARTNER])
async def test_other_roles_need_no_profession_and_take_no_talks(staff_web: StaffWeb, role: Role) -> None:
    _, thread_id = await waiting(staff_web)
    browser = await staff_web.at_work("other", roles=(role,), professions=())
    await browser.get("/console/")
    assert (await browser.post(f"/console/threads/{thread_id}/claim"))[0] == 403
    other = await staff_web.hire("other-nurse", roles=(role,), professions=(Profession.NURSE,))
    async with staff_web.sessions.begin() as session:
        thread = await session.get_one(Thread, thread_id)
        talk = await lock_talk(session, staff_web.ring, thread.conversation_id)
        with pytest.raises(NoProfession):
            await service_clinician.claim(
                talk, thread, other, staff_web.deps.clock(), texts=staff_web.deps.texts
            )


async def test_the_command_refuses_a_clinician_without_a_profession(staff_web: StaffWeb) -> None:
    settings = staff_web.deps.settings
    with pytest.raises(ConfigurationError, match="needs a profession"):
        await add_account(settings, "yamada", "山田", ["clinician"], ["iwaki"], [])
    assert "login: yamada" in await add_account(
        settings, "yamada", "山田", ["clinician"], ["iwaki"], ["nurse"]
    )


@pytest.mark.parametrize("wanted", [Profession.NURSE, Profession.DOCTOR, Profession.PHARMACIST])
async def test_an_old_account_without_a_profession_cannot_claim_and_the_resident_hears_nothing(
    staff_web: StaffWeb, wanted: Profession
) -> None:
    _, thread_id = await waiting(staff_web, profession=wanted)
    browser = await unlicensed(staff_web)
    status, words = await browser.post(f"/console/threads/{thread_id}/claim")
    assert status == 422
    assert "職種" in words
    async with staff_web.sessions() as session:
        thread = await session.get_one(Thread, thread_id)
        assert (thread.status, thread.assignee_id) == (ThreadStatus.WAITING.value, None)
        assert await session.scalar(select(func.count()).select_from(Outbox)) == 0


async def test_an_old_account_reads_on_its_pages_what_to_do(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    browser = await unlicensed(staff_web)
    _, inbox = await browser.get("/console/inbox")
    assert re.search(r'role="alert">[^<]*職種[^<]*old-account[^<]*helpo staff profession', inbox)
    _, page = await browser.get(f"/console/threads/{thread_id}")
    assert "職種が登録されていないため、担当できません" in page
    assert "この相談を担当する" not in page
    nurse = await staff_web.at_work("nurse")
    assert "職種" not in (await nurse.get("/console/inbox"))[1]


async def test_an_old_account_can_still_end_a_talk_it_had(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    browser = await staff_web.at_work("old-account")
    await browser.post(f"/console/threads/{thread_id}/claim")
    await browser.post(f"/console/threads/{thread_id}/reply", text="お大事に", submission="one")
    await lose_professions(staff_web, "old-account")
    assert (await browser.post(f"/console/threads/{thread_id}/close", outcome="advised"))[0] == 204


async def test_the_start_names_accounts_that_cannot_take_talks(
    deps: ConsoleDeps, staff_web: StaffWeb
) -> None:
    await unlicensed(staff_web)
    await staff_web.hire("nurse")
    await staff_web.hire("auditor", roles=(Role.AUDITOR,), professions=())
    with capture_logs() as logs:
        async with open_staff_web(deps):
            pass
    (line,) = [line for line in logs if line["event"] == "clinicians_without_profession"]
    assert line["logins"] == ["old-account"]
    assert "helpo staff profession" in line["remedy"]


async def test_a_profession_can_be_added_and_then_the_talk_taken(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    browser = await unlicensed(staff_web)
    await change_professions(staff_web.deps.settings, " Old-Account ", ["midwife", "nurse"])
    assert (await browser.post(f"/console/threads/{thread_id}/claim"))[0] == 204
    async with staff_web.sessions() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.PROFESSIONS_SET))
        ).one()
    assert entry.detail == {"professions": "midwife,nurse"}


async def test_a_clinician_cannot_be_left_without_a_profession(staff_web: StaffWeb) -> None:
    await staff_web.hire("nurse")
    async with staff_web.sessions.begin() as session:
        with pytest.raises(ProfessionMissing):
            await set_professions(session, "nurse", (), staff_web.deps.clock())
        with pytest.raises(NotFound):
            await set_professions(session, "nobody", (Profession.NURSE,), staff_web.deps.clock())
    assert (await (await staff_web.browser()).sign_in("nurse", PASSWORD, staff_web.code()))[0] == 303
