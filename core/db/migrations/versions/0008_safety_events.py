"""dangers that no person accompanies, despair on a thread, endings over unanswered words"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BEFORE = "'advised', 'referred', 'emergency', 'unreachable', 'withdrawn', 'other'"
ADDED = "'by_phone', 'called_119', 'settled'"


def upgrade() -> None:
    op.add_column(
        "thread", sa.Column("is_despair", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    _outcomes(f"{BEFORE}, {ADDED}")
    op.create_table(
        "safety_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("municipality_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.UUID(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.UUID(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "urgency in ('red', 'orange', 'yellow', 'green', 'white')",
            name=op.f("ck_safety_event_urgency"),
        ),
        sa.CheckConstraint(
            "outcome is null or outcome in"
            " ('answered', 'by_phone', 'called_119', 'in_care', 'no_contact', 'false_alarm')",
            name=op.f("ck_safety_event_outcome"),
        ),
        sa.CheckConstraint("(closed_at is null) = (outcome is null)", name=op.f("ck_safety_event_closed")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_safety_event_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_safety_event_conversation_id")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_safety_event_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_event")),
    )
    is_open = sa.text("closed_at is null")
    op.create_index(
        "uq_safety_event_open",
        "safety_event",
        ["conversation_id", "category"],
        unique=True,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_safety_event_open", "safety_event", ["municipality_id", "at"], postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_table("safety_event")
    op.execute(f"update thread set outcome = 'other' where outcome in ({ADDED})")  # noqa: S608 - constants
    _outcomes(BEFORE)
    op.drop_column("thread", "is_despair")


def _outcomes(listed: str) -> None:
    op.drop_constraint(op.f("ck_thread_outcome"), "thread", type_="check")
    op.create_check_constraint(
        op.f("ck_thread_outcome"), "thread", f"outcome is null or outcome in ({listed})"
    )
