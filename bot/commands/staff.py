"""Staff accounts from the command line."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from bot.app import open_runtime
from core.console.accounts import NewStaff, add_staff, current_code, set_professions, unlock
from core.db.tables import Profession, Role
from core.errors import ConfigurationError, NotFound
from core.settings import Settings

E = TypeVar("E", bound=StrEnum)


def _known(kind: type[E], values: Sequence[str], what: str) -> list[E]:
    unknown = [v for v in values if v not in set(kind)]
    if unknown:
        raise ConfigurationError(f"no such {what}: {', '.join(unknown)}; known are {', '.join(kind)}")
    return [kind(v) for v in values]


async def add_account(
    settings: Settings,
    login: str,
    name: str,
    roles: Sequence[str],
    cities: Sequence[str],
    professions: Sequence[str],
) -> str:
    """Add a member of staff; return what is shown once (password, authenticator address, recovery codes).

    Raises:
        ConfigurationError: a role, profession or city is unknown, or a clinician has no profession.
        AlreadyKnown: the login is taken.
    """
    known_roles = _known(Role, roles, "role")
    known_professions = _known(Profession, professions, "profession")
    async with open_runtime(settings, pool_size=2) as runtime:
        unknown = set(cities) - set(runtime.cities)
        if unknown:
            raise ConfigurationError(
                f"no such city: {', '.join(unknown)}; known are {', '.join(runtime.cities)}"
            )
        async with runtime.sessions.begin() as session:
            made = await add_staff(
                session,
                runtime.ring,
                login=login,
                display_name=name,
                roles=known_roles,
                professions=known_professions,
                municipalities=cities,
                now=runtime.clock(),
            )
    return _shown_once(made)


def _shown_once(made: NewStaff) -> str:
    return "\n".join(
        [
            f"login: {made.staff.login}",
            f"password: {made.password}",
            f"authenticator: {made.otpauth_uri}",
            "recovery codes (each works once):",
            *(f"  {code}" for code in made.recovery_codes),
        ]
    )


async def change_professions(settings: Settings, login: str, professions: Sequence[str]) -> None:
    """Replace an account's professions.

    Raises:
        ConfigurationError: a profession is unknown, or a clinician would have none.
        NotFound: there is no such account.
    """
    known = _known(Profession, professions, "profession")
    async with open_runtime(settings, pool_size=2) as runtime, runtime.sessions.begin() as session:
        await set_professions(session, login, known, runtime.clock())


async def unlock_account(settings: Settings, login: str) -> None:
    """Forget the failed sign-ins of an account, from every source.

    Raises:
        NotFound: there is no such account.
    """
    async with open_runtime(settings, pool_size=2) as runtime, runtime.sessions.begin() as session:
        await unlock(session, settings, login, runtime.clock())


async def demo_code(settings: Settings, login: str) -> str:
    """Return the present code of an account, for demos only.

    Raises:
        ConfigurationError: there is a real channel, beside which no second factor is shown.
        NotFound: there is no such account.
    """
    if settings.is_real_channel:
        raise ConfigurationError(
            "codes are shown for demos only; beside a real channel use the authenticator"
        )
    async with open_runtime(settings, pool_size=2) as runtime, runtime.sessions() as session:
        code = await current_code(session, runtime.ring, login, runtime.clock())
    if code is None:
        raise NotFound(f"there is no account '{login}'")
    return code
