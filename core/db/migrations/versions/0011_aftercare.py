"""what is asked after a card, and what a resident in danger has told since"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

IS_OPEN = sa.text("outcome is null")


def upgrade() -> None:
    op.create_table(
        "aftercare",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("municipality_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("tables", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("danger", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("carded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('called', 'going', 'look_again', 'next_day')", name=op.f("ck_aftercare_kind")
        ),
        sa.CheckConstraint(
            "level in ('red', 'orange', 'yellow', 'green', 'white')", name=op.f("ck_aftercare_level")
        ),
        sa.CheckConstraint(
            "answer is null or answer in ('called', 'not_yet', 'cannot_call', 'fine', 'on_the_way', 'arrived',"
            " 'cannot_go', 'better', 'same', 'worse', 'seen', 'watched')",
            name=op.f("ck_aftercare_answer"),
        ),
        sa.CheckConstraint(
            "outcome is null or outcome in"
            " ('answered', 'unanswered', 'accompanied', 'replaced', 'blocked', 'late', 'failed')",
            name=op.f("ck_aftercare_outcome"),
        ),
        sa.CheckConstraint("(outcome is null) = (finished_at is null)", name=op.f("ck_aftercare_finished")),
        sa.CheckConstraint("(answer is null) = (answered_at is null)", name=op.f("ck_aftercare_answered")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_aftercare_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_aftercare_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aftercare")),
    )
    op.create_index("ix_aftercare_due", "aftercare", ["due_at"], postgresql_where=IS_OPEN)
    op.create_index(
        "uq_aftercare_open", "aftercare", ["conversation_id", "kind"], unique=True, postgresql_where=IS_OPEN
    )
    op.create_index("ix_aftercare_review", "aftercare", ["municipality_id", "kind", "carded_at"])
    op.add_column("safety_event", sa.Column("told", sa.Text(), nullable=True))
    op.add_column("safety_event", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_safety_event_told"),
        "safety_event",
        "told is null or told in ('called', 'not_yet', 'cannot_call', 'fine')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_safety_event_told"), "safety_event", type_="check")
    op.drop_column("safety_event", "told_at")
    op.drop_column("safety_event", "told")
    op.drop_table("aftercare")
