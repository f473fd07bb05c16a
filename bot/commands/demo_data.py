"""Load made-up staff, facilities and shops, so that a fresh installation can be tried out."""

import base64
import hashlib
import hmac
from pathlib import Path

from bot.app import Runtime, open_runtime
from core.console.accounts import AlreadyKnown, add_staff
from core.db.tables import Profession, Role
from core.errors import ConfigurationError
from core.settings import Settings
from facilities.importer import import_files
from shop import store as shops
from shop.importer import import_shops

# By login: name, role in Japanese, roles, professions, cities.
STAFF: dict[str, tuple[str, str, tuple[Role, ...], tuple[Profession, ...], tuple[str, ...]]] = {
    "demo-nurse": ("デモ 看護師", "看護師", (Role.CLINICIAN,), (Profession.NURSE,), ("iwaki",)),
    "demo-doctor": ("デモ 医師", "医師", (Role.CLINICIAN,), (Profession.DOCTOR,), ("iwaki",)),
    "demo-pharmacist": ("デモ 薬剤師", "薬剤師", (Role.CLINICIAN,), (Profession.PHARMACIST,), ("iwaki",)),
    "demo-midwife": ("デモ 助産師", "助産師", (Role.CLINICIAN,), (Profession.MIDWIFE,), ("iwaki",)),
    "demo-counsellor": (
        "デモ 相談員",
        "カウンセラー",
        (Role.CLINICIAN,),
        (Profession.COUNSELLOR,),
        ("iwaki",),
    ),
    "demo-admin": ("デモ 管理者", "管理者", (Role.ADMIN, Role.AUDITOR), (), ("iwaki", "demo-kitahama")),
    "demo-kitahama": (
        "デモ 看護師（北浜）",
        "看護師（デモ北浜市）",
        (Role.CLINICIAN,),
        (Profession.NURSE,),
        ("demo-kitahama",),
    ),
}
SAMPLE = Path("facilities", "sample")
SHOPS = Path("shop", "sample")


async def load_demo(settings: Settings) -> list[dict[str, str]]:
    """Load what is missing; return the logins.

    Raises:
        ConfigurationError: there is a real channel, beside which nothing is made up.
    """
    if settings.is_real_channel:
        raise ConfigurationError(
            "demo data is not loaded beside a real channel (LINE_API_URL is not loopback)"
        )
    async with open_runtime(settings, pool_size=3) as runtime:
        for login in STAFF:
            await _add(runtime, login)
        await _import_sample(runtime)
        await _import_shops(runtime)
    return [_login(settings, login) for login in STAFF]


async def _add(runtime: Runtime, login: str) -> None:
    name, _, roles, professions, cities = STAFF[login]
    known = _login(runtime.settings, login)
    try:
        async with runtime.sessions.begin() as session:
            await add_staff(
                session,
                runtime.ring,
                login=login,
                display_name=name,
                roles=roles,
                professions=professions,
                municipalities=cities,
                now=runtime.clock(),
                password=known["password"],
                totp_secret=known["totp_secret"],
            )
    except AlreadyKnown:
        return


async def _import_sample(runtime: Runtime) -> None:
    paths = sorted((runtime.settings.data_dir / SAMPLE).glob("*.csv"))
    for city in runtime.cities.values():
        await import_files(runtime.sessions, paths, city, runtime.clock)


async def _import_shops(runtime: Runtime) -> None:
    """Load the made-up shops where none are registered; shops that an operator imported stay."""
    for city in runtime.cities.values():
        path = runtime.settings.data_dir / SHOPS / f"{city.id}.csv"
        async with runtime.sessions() as session:
            is_known = await shops.has_shops(session, city.id)
        if path.exists() and not is_known:
            await import_shops(runtime.sessions, path, city, runtime.clock)


def _login(settings: Settings, login: str) -> dict[str, str]:
    """Return a demo login; its secrets are derived from the installation's own and not stored."""
    return {
        "login": login,
        "name": STAFF[login][0],
        "role": STAFF[login][1],
        "password": _derived(settings, login, "password")[:16].lower(),
        "totp_secret": _derived(settings, login, "totp")[:32],
    }


def _derived(settings: Settings, login: str, purpose: str) -> str:
    key = settings.session_secret.get_secret_value().encode()
    return base64.b32encode(hmac.digest(key, f"demo:{purpose}:{login}".encode(), hashlib.sha256)).decode()
