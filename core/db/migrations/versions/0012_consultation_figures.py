"""figures of consultations: what became of them, without a resident"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "consultation_figure",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("municipality_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("tables", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("questions", sa.SmallInteger(), nullable=False),
        sa.Column("left_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "level is null or level in ('red', 'orange', 'yellow', 'green', 'white')",
            name=op.f("ck_consultation_figure_level"),
        ),
        sa.CheckConstraint(
            "(level is null) <> (left_at is null)", name=op.f("ck_consultation_figure_ended_or_left")
        ),
        sa.CheckConstraint("hour between 0 and 23", name=op.f("ck_consultation_figure_hour")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_consultation_figure_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_figure")),
    )
    op.create_index("ix_consultation_figure_day", "consultation_figure", ["municipality_id", "day"])


def downgrade() -> None:
    op.drop_table("consultation_figure")
