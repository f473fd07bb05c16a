"""Tables of facilities and of the hours their departments reported."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, one_of


class FacilityKind(StrEnum):
    """Kinds of the ministry's open data (機関区分 1-5)."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    DENTAL = "dental"
    MATERNITY_HOME = "maternity_home"
    PHARMACY = "pharmacy"


class Facility(Base):
    """One facility. Coordinates are WGS 84 degrees; null where the data has none."""

    __tablename__ = "facility"
    __table_args__ = (CheckConstraint(one_of("kind", FacilityKind), name="kind"),)

    # The ministry's 13-digit id: prefecture (2), kind (1), number (10).
    id: Mapped[str] = mapped_column(primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    kind: Mapped[str]
    name: Mapped[str]
    name_kana: Mapped[str]
    address: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str] = mapped_column(server_default="")
    url: Mapped[str] = mapped_column(server_default="")
    # Weekday flags as reported, Monday first, eighth = holidays: '1' open, '0' closed, '-' not reported.
    open_days: Mapped[str] = mapped_column(server_default="--------")
    # 35 flags, week of the month by weekday, likewise.
    open_weeks: Mapped[str] = mapped_column(server_default="")
    other_closed: Mapped[str] = mapped_column(server_default="")
    data_date: Mapped[date]
    imported_at: Mapped[datetime]


Index(
    "ix_facility_place",
    func.point(Facility.longitude, Facility.latitude),
    postgresql_using="gist",
    postgresql_where=Facility.latitude.is_not(None),
)
Index("ix_facility_municipality", Facility.municipality_id, Facility.kind)
Index("ix_facility_unplaced", Facility.municipality_id, postgresql_where=Facility.latitude.is_(None))


class FacilityDepartment(Base):
    """What one department of a facility reported: one row for each row of the ministry's hours file.

    Times are sets of minutes. Each of Monday ... Sunday and holidays (0-7) has a block of `DAY_BLOCK` minutes that
    begins at that day's midnight and reaches through the next day. An empty set: reported without hours.
    """

    __tablename__ = "facility_department"

    id: Mapped[RowId]
    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.id", ondelete="CASCADE"))
    code: Mapped[str]  # five digits, or empty for facilities without departments
    name: Mapped[str]
    times: Mapped[Sequence[Range[int]]] = mapped_column(INT4MULTIRANGE, server_default=text("'{}'"))
    reception: Mapped[Sequence[Range[int]]] = mapped_column(INT4MULTIRANGE, server_default=text("'{}'"))


DAY_BLOCK = 2 * 24 * 60  # minutes: room for hours that end on the next day

Index("ix_facility_department_facility", FacilityDepartment.facility_id)
Index("ix_facility_department_name", FacilityDepartment.name, FacilityDepartment.facility_id)
