"""Notes that stand without a disposition."""

import sqlalchemy as sa
from alembic import op

revision = "call_notes"
down_revision = "callbacks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_note",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("written_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_call_note_attempt_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_call_note_operator_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_call_note")),
    )
