"""Trials of the operators' phones before they take people."""

import sqlalchemy as sa
from alembic import op

revision = "seat_checks"
down_revision = "call_notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.Double(), nullable=False),
        sa.Column("phone", sa.String(length=8), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("weaknesses", sa.JSON(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("microphone_db", sa.Double(), nullable=True),
        sa.Column("returned_db", sa.Double(), nullable=True),
        sa.Column("jitter_ms", sa.Double(), nullable=True),
        sa.Column("lost_share", sa.Double(), nullable=True),
        sa.Column("round_trip_ms", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["operator_session.id"], name=op.f("fk_seat_check_session_id")
        ),
        sa.ForeignKeyConstraint(["seat"], ["seat.number"], name=op.f("fk_seat_check_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_check")),
    )
    op.create_index(op.f("ix_seat_check_session_id"), "seat_check", ["session_id"])
    op.create_index(op.f("ix_seat_check_seat"), "seat_check", ["seat", "checked_at"])
