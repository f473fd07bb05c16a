"""Define what all tables share: names of constraints, types, and the common columns."""

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text(),
        bytes: LargeBinary(),
        uuid.UUID: UUID(as_uuid=True),
        dict[str, Any]: JSONB(),
    }


RowId = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Uuid = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
MunicipalityId = Annotated[str, mapped_column(ForeignKey("municipality.id"), index=False)]


def one_of(column: str, values: type) -> str:
    """Return a check that `column` holds a value of the enum `values`."""
    listed = ", ".join(f"'{v.value}'" for v in values)  # type: ignore[attr-defined]
    return f"{column} in ({listed})"
