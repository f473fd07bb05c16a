"""facility departments: one row a department, its hours as sets of minutes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

# A row of `facility_hours` was one interval; 2880 minutes are the block of a weekday.
CARRY_OVER = """
    insert into facility_department (facility_id, code, name, times, reception)
    select facility_id, department_code, department,
        coalesce(range_agg(span) filter (where not is_reception), '{}'),
        coalesce(range_agg(span) filter (where is_reception), '{}')
    from (
        select *, case when opens < closes then int4range(weekday * 2880 + opens, weekday * 2880 + closes) end as span
        from facility_hours
    ) hours
    group by facility_id, department_code, department
"""


def upgrade() -> None:
    op.create_table(
        "facility_department",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("times", postgresql.INT4MULTIRANGE(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reception", postgresql.INT4MULTIRANGE(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["facility.id"],
            name=op.f("fk_facility_department_facility_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_department")),
    )
    op.create_index("ix_facility_department_facility", "facility_department", ["facility_id"])
    op.create_index("ix_facility_department_name", "facility_department", ["name", "facility_id"])
    op.create_index(
        "ix_facility_unplaced",
        "facility",
        ["municipality_id"],
        postgresql_where=sa.text("latitude IS NULL"),
    )
    # `facility_hours` stays for processes that still run the code before this; a later migration drops it.
    op.execute(CARRY_OVER)


def downgrade() -> None:
    op.drop_index("ix_facility_unplaced", table_name="facility")
    op.drop_table("facility_department")
