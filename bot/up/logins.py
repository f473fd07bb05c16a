"""Read and show the demo logins that `helpo demo load` prints."""

import re
from urllib.parse import quote

import pyotp
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.up.errors import CannotStart
from core.clock import Clock


class Login(BaseModel):
    """One made-up member of staff; `role` is in Japanese, `totp_secret` is base32."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    login: str
    name: str
    role: str
    password: str
    totp_secret: str

    def code(self, clock: Clock) -> str:
        """Return the code that an authenticator shows now."""
        return pyotp.TOTP(self.totp_secret).at(clock())

    @property
    def address(self) -> str:
        """The otpauth address to register in an authenticator."""
        return f"otpauth://totp/HELPO:{quote(self.login)}?secret={self.totp_secret}&issuer=HELPO"


LOGINS = TypeAdapter(list[Login])
# As `bot/up/banner.py` writes them: role and name; login, password and code; the authenticator's address.
_SHOWN = re.compile(
    r"^ +(?P<role>\S+)\u3000(?P<name>.+)\n +(?P<login>\S+) / (?P<password>\S+) / \d{6}\n"
    r" +\S*secret=(?P<totp_secret>[A-Z2-7]+)",
    re.MULTILINE,
)


def parse(output: bytes) -> list[Login]:
    """Read the last line of `helpo demo load`: a JSON list.

    Raises:
        CannotStart: it is something else.
    """
    lines = output.strip().splitlines()
    try:
        return LOGINS.validate_json(lines[-1] if lines else b"[]")
    except ValidationError as exc:
        raise CannotStart(f"デモデータの出力を読めません: {exc.errors()[0]['msg']}") from None


def shown_logins(said: str) -> list[Login]:
    """Read the logins that `helpo up` has written to its terminal, in their order."""
    return [Login(**found.groupdict()) for found in _SHOWN.finditer(said)]
