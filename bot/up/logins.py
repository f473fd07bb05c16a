"""Read and show the demo logins that `helpo demo load` prints."""

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
