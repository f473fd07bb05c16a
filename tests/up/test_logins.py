"""Demo logins: what the terminal shows of them can be read back."""

from pathlib import Path

from bot.up.banner import summary
from bot.up.logins import Login, shown_logins
from bot.up.plan import make_plan
from core.clock import system_clock
from tests.up.lone_servers import CITY

LOGINS = [
    Login(
        login="demo-nurse",
        name="佐藤 花子",
        role="看護師",
        password="river-stone-7",
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ),
    Login(
        login="demo-admin",
        name="管理 太郎",
        role="管理者",
        password="a/b-c",
        totp_secret="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
    ),
]


def test_the_logins_that_the_terminal_shows_are_read_back_in_their_order() -> None:
    shown = summary(make_plan({}, CITY), LOGINS, system_clock, Path("log"), seconds=1.0)
    assert shown_logins(f"starting\n{shown}\nmore\n") == LOGINS


def test_before_anything_is_shown_there_is_no_login() -> None:
    assert shown_logins("starting\nhelpo: up") == []
