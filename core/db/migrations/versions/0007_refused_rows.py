"""what replaces a refused row, and rows that a block kept from arriving"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BEFORE = "'queued', 'sending', 'sent', 'withdrawn', 'rejected', 'unknown', 'expired'"
AFTER = "'queued', 'sending', 'sent', 'blocked', 'withdrawn', 'rejected', 'unknown', 'expired'"


def _set_outcomes(listed: str) -> None:
    op.drop_constraint(op.f("ck_outbox_status"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_status"), "outbox", f"status in ({listed})")


def upgrade() -> None:
    _set_outcomes(AFTER)
    op.add_column("outbox", sa.Column("replaces_id", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_outbox_replaces_id"), "outbox", "outbox", ["replaces_id"], ["id"])
    op.create_index(
        "ix_outbox_replaces",
        "outbox",
        ["replaces_id"],
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_replaces", table_name="outbox")
    op.drop_constraint(op.f("fk_outbox_replaces_id"), "outbox", type_="foreignkey")
    op.drop_column("outbox", "replaces_id")
    op.execute("update outbox set status = 'sent' where status = 'blocked'")
    _set_outcomes(BEFORE)
