"""Test that a process starts only with the keys with which its database was written."""

import base64
import os

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.commands.key_rotation import rotate_keys
from core.console.accounts import add_staff, current_code
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Profession, Resident, Role
from core.errors import ConfigurationError
from core.residents.keys import check_keys
from core.settings import Settings
from tests.conftest import FakeClock
from tests.harness.people import make_talk


async def test_an_empty_database_takes_any_key(sessions: Sessions) -> None:
    async with sessions() as session:
        await check_keys(session, KeyRing({"new": os.urandom(32)}))


async def test_another_key_under_the_same_name_is_refused_by_name(
    sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    await make_talk(sessions, ring, clock)
    async with sessions() as session:
        await check_keys(session, ring)
        with pytest.raises(ConfigurationError, match=f"'{ring.newest}'"):
            await check_keys(session, KeyRing({ring.newest: os.urandom(32)}))


async def test_a_new_key_alone_is_refused_and_beside_the_old_one_it_is_welcome(
    sessions: Sessions, clock: FakeClock
) -> None:
    old, new = os.urandom(32), os.urandom(32)
    await make_talk(sessions, KeyRing({"old": old}), clock)
    async with sessions() as session:
        with pytest.raises(ConfigurationError, match="'old'"):
            await check_keys(session, KeyRing({"new": new}))
        await check_keys(session, KeyRing({"new": new, "old": old}))


async def test_after_a_rotation_the_old_key_may_go(
    sessions: Sessions, settings: Settings, clock: FakeClock
) -> None:
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    before = KeyRing.parse(f"old:{old}")
    await make_talk(sessions, before, clock)
    async with sessions.begin() as session:
        await add_staff(
            session,
            before,
            login="nurse",
            display_name="看護師",
            roles=[Role.CLINICIAN],
            professions=[Profession.NURSE],
            municipalities=["iwaki"],
            now=clock(),
        )
    both = settings.model_copy(update={"encryption_keys": SecretStr(f"new:{new},old:{old}")})
    assert await rotate_keys(both) == "'new' now wraps the keys of 1 residents and 1 staff"
    assert await rotate_keys(both) == "'new' now wraps the keys of 0 residents and 0 staff"
    after = KeyRing.parse(f"new:{new}")
    async with sessions.begin() as session:
        await check_keys(session, after)
        assert await current_code(session, after, "nurse", clock())


async def test_an_erased_resident_keeps_no_old_key_in_use(
    sessions: Sessions, settings: Settings, clock: FakeClock
) -> None:
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    await make_talk(sessions, KeyRing.parse(f"old:{old}"), clock)
    await make_talk(sessions, KeyRing.parse(f"old:{old}"), clock, "iwaki", 2)
    async with sessions.begin() as session:
        erased = (await session.scalars(select(Resident).limit(1))).one()
        erased.wrapped_key = b"destroyed"
    both = settings.model_copy(update={"encryption_keys": SecretStr(f"new:{new},old:{old}")})
    assert "1 residents and 0 staff; 1 cannot be opened" in await rotate_keys(both)
    async with sessions() as session:
        await check_keys(session, KeyRing.parse(f"new:{new}"))
