"""LINE's ids of what was sent, and which message a resident quotes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("line_message_ids", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("utterance", sa.Column("quoted_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_utterance_quoted_id"), "utterance", "utterance", ["quoted_id"], ["id"])
    op.create_index(
        "ix_utterance_quoted",
        "utterance",
        ["quoted_id"],
        postgresql_where=sa.text("quoted_id is not null"),
    )


def downgrade() -> None:
    op.drop_column("utterance", "quoted_id")
    op.drop_column("outbox", "line_message_ids")
