"""Record of a registered shop."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints

from core.content import ContentModel
from shop.catalogue import OtcClass

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _is_https(url: HttpUrl) -> HttpUrl:
    if url.scheme != "https" or url.username or url.password:
        raise ValueError("must begin with https:// and hold no name or password")
    return url


class ShopRecord(ContentModel):
    """A registered seller: `remote_sale_notified_on` is the day of its 特定販売届出, `contact` how to ask it.

    Only a 薬局 or 店舗販売業 with such a notification may sell over the net (医薬品医療機器等法施行規則 1条,
    147条の7).
    """

    id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    name: Words
    kana: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[ァ-ヶー　 ・]+$")]
    licence: Literal["薬局", "店舗販売業"]
    licence_number: Words
    authority: Words
    remote_sale_notified_on: date
    classes: tuple[OtcClass, ...] = Field(min_length=1)
    url: Annotated[HttpUrl, AfterValidator(_is_https)]
    hours: Words
    consultation_hours: Words
    contact: Words
    checked_at: date
