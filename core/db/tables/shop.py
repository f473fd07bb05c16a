"""Tables of registered shops, and of visits to them: counted, without knowing the visitor."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId


class RegisteredShop(Base):
    """A seller as registered with a city: what the law makes it show (医薬品医療機器等法施行規則 別表第1の2, 1の3).

    Shown only while `checked_at`, the day on which all of this was last verified, is not too long ago.
    """

    __tablename__ = "shop"

    municipality_id: Mapped[MunicipalityId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kana: Mapped[str]
    licence: Mapped[str]
    licence_number: Mapped[str]
    authority: Mapped[str]
    remote_sale_notified_on: Mapped[date]
    classes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    url: Mapped[str]
    hours: Mapped[str]
    consultation_hours: Mapped[str]
    contact: Mapped[str]
    checked_at: Mapped[date]
    imported_at: Mapped[datetime]


class ShopVisit(Base):
    """A visit to a shop's link for a kind of product; a visitor counts at most once a month.

    `visitor` is a keyed hash that differs by shop, kind and month: it does not identify the visitor, and
    visits of the same person cannot be linked.
    """

    __tablename__ = "shop_visit"

    municipality_id: Mapped[MunicipalityId] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(primary_key=True)
    kind_id: Mapped[str] = mapped_column(primary_key=True)
    visitor: Mapped[bytes] = mapped_column(primary_key=True)
    day: Mapped[date]
