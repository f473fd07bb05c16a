"""Columns that only the release before still reads: in the database until the next release's migration drops them.

They belong to the tables but not to the classes, so no statement of this release names them, and a process of this
release goes on while the next one's migration takes them away.
"""

from typing import cast

from sqlalchemy import Column, DateTime, Integer, Table, text

from core.db.tables.staff import Staff

RETIRED = {
    # Counted in `sign_in_failures` since 0006.
    Staff: (
        Column("failed_logins", Integer, server_default=text("0"), nullable=False),
        Column("locked_until", DateTime(timezone=True)),
    ),
}

for owner, columns in RETIRED.items():
    for column in columns:
        cast("Table", owner.__table__).append_column(column)
