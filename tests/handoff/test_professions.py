"""Test that an account without a profession cannot take a talk and is told why."""

import re

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bot.commands.staff import add_account, change_professions
from core.console import ConsoleDeps
from core.console.accounts import ProfessionMissing, add_staff, set_professions
from core.console.audit import Action
from core.db.tables import AuditEntry, Outbox, Profession, Role, Staff, Thread, ThreadStatus
from core.errors import ConfigurationError, NotFound
from core.talk import lock_talk
from handoff import service
from handoff.errors import NoProfession
from tests.harness.console_client import PASSWORD, Browser, House, open_house
from tests.harness.threads import waiting


async def lose_professions(house: House, login: str) -> None:
    """Turn an account into one that was made before a profession was needed."""
    async with house.sessions.begin() as session:
        await session.execute(update(Staff).where(Staff.login == login).values(professions=[]))


async def unlicensed(house: House) -> Browser:
    browser = await house.at_work("old-account")
    await lose_professions(house, "old-account")
    return browser


@pytest.mark.parametrize(
    "roles", [(Role.CLINICIAN,), (Role.CLINICIAN, Role.ADMIN), (Role.SUPPORT, Role.CLINICIAN)]
)
async def test_a_clinician_without_a_profession_is_not_added(house: House, roles: tuple[Role, ...]) -> None:
    with pytest.raises(ProfessionMissing, match=r"'yamada'.*nurse"):
        async with house.sessions.begin() as session:
            await add_staff(
                session,
                house.ring,
                login="yamada",
                display_name="山田",
                roles=roles,
                municipalities=("iwaki",),
                now=house.deps.clock(),
            )
    async with house.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Staff)) == 0


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.HEALTH_CENTER, Role.SUPPORT, Role.PARTNER])
async def test_other_roles_need_no_profession_and_take_no_talks(house: House, role: Role) -> None:
    _, thread_id = await waiting(house)
    browser = await house.at_work("other", roles=(role,), professions=())
    await browser.get("/console/")
    assert (await browser.post(f"/console/threads/{thread_id}/claim"))[0] == 403
    other = await house.hire("other-nurse", roles=(role,), professions=(Profession.NURSE,))
    async with house.sessions.begin() as session:
        thread = await session.get_one(Thread, thread_id)
        talk = await lock_talk(session, house.ring, thread.conversation_id)
        with pytest.raises(NoProfession):
            await service.claim(talk, thread, other, house.deps.clock(), texts=house.deps.texts)


async def test_the_command_refuses_a_clinician_without_a_profession(house: House) -> None:
    settings = house.deps.settings
    with pytest.raises(ConfigurationError, match="needs a profession"):
        await add_account(settings, "yamada", "山田", ["clinician"], ["iwaki"], [])
    assert "login: yamada" in await add_account(
        settings, "yamada", "山田", ["clinician"], ["iwaki"], ["nurse"]
    )


@pytest.mark.parametrize("wanted", [Profession.NURSE, Profession.DOCTOR, Profession.PHARMACIST])
async def test_an_old_account_without_a_profession_cannot_claim_and_the_resident_hears_nothing(
    house: House, wanted: Profession
) -> None:
    _, thread_id = await waiting(house, profession=wanted)
    browser = await unlicensed(house)
    status, words = await browser.post(f"/console/threads/{thread_id}/claim")
    assert status == 422
    assert "職種" in words
    async with house.sessions() as session:
        thread = await session.get_one(Thread, thread_id)
        assert (thread.status, thread.assignee_id) == (ThreadStatus.WAITING.value, None)
        assert await session.scalar(select(func.count()).select_from(Outbox)) == 0


async def test_an_old_account_reads_on_its_pages_what_to_do(house: House) -> None:
    _, thread_id = await waiting(house)
    browser = await unlicensed(house)
    _, inbox = await browser.get("/console/inbox")
    assert re.search(r'role="alert">[^<]*職種[^<]*old-account[^<]*helpo staff profession', inbox)
    _, page = await browser.get(f"/console/threads/{thread_id}")
    assert "職種が登録されていないため、担当できません" in page
    assert "この相談を担当する" not in page
    nurse = await house.at_work("nurse")
    assert "職種" not in (await nurse.get("/console/inbox"))[1]


async def test_an_old_account_can_still_end_a_talk_it_had(house: House) -> None:
    _, thread_id = await waiting(house)
    browser = await house.at_work("old-account")
    await browser.post(f"/console/threads/{thread_id}/claim")
    await lose_professions(house, "old-account")
    assert (await browser.post(f"/console/threads/{thread_id}/close", outcome="advised"))[0] == 204


async def test_the_start_names_accounts_that_cannot_take_talks(deps: ConsoleDeps, house: House) -> None:
    await unlicensed(house)
    await house.hire("nurse")
    await house.hire("auditor", roles=(Role.AUDITOR,), professions=())
    with capture_logs() as logs:
        async with open_house(deps):
            pass
    (line,) = [line for line in logs if line["event"] == "clinicians_without_profession"]
    assert line["logins"] == ["old-account"]
    assert "helpo staff profession" in line["remedy"]


async def test_a_profession_can_be_added_and_then_the_talk_taken(house: House) -> None:
    _, thread_id = await waiting(house)
    browser = await unlicensed(house)
    await change_professions(house.deps.settings, " Old-Account ", ["midwife", "nurse"])
    assert (await browser.post(f"/console/threads/{thread_id}/claim"))[0] == 204
    async with house.sessions() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == Action.PROFESSIONS_SET))
        ).one()
    assert entry.detail == {"professions": "midwife,nurse"}


async def test_a_clinician_cannot_be_left_without_a_profession(house: House) -> None:
    await house.hire("nurse")
    async with house.sessions.begin() as session:
        with pytest.raises(ProfessionMissing):
            await set_professions(session, "nurse", (), house.deps.clock())
        with pytest.raises(NotFound):
            await set_professions(session, "nobody", (Profession.NURSE,), house.deps.clock())
    assert (await (await house.browser()).sign_in("nurse", PASSWORD, house.code()))[0] == 303
