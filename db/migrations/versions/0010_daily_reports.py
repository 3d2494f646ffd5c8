"""Daily reports: our own, their deliveries, other districts' keys and reports."""

import sqlalchemy as sa
from alembic import op

revision = "daily_reports"
down_revision = "own_callbacks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_report",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("series", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("figures_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_report")),
    )
    op.create_index("uq_own_report_series", "own_report", ["series", "revision"], unique=True)
    op.create_table(
        "report_file",
        sa.Column("report_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["own_report.id"], name=op.f("fk_report_file_report_id")),
        sa.PrimaryKeyConstraint("report_id", "name", name=op.f("pk_report_file")),
    )
    op.create_table(
        "report_delivery",
        sa.Column("report_id", sa.String(length=80), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("claimed_until", sa.Double(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["own_report.id"], name=op.f("fk_report_delivery_report_id")),
        sa.PrimaryKeyConstraint("report_id", "destination", name=op.f("pk_report_delivery")),
    )
    op.create_index("ix_report_delivery_open", "report_delivery", ["destination", "sent_at"])
    op.create_table(
        "district_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_district_key_key_id")),
    )
    op.create_index(op.f("ix_district_key_district"), "district_key", ["district"])
    op.create_table(
        "received_report",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("placed", "answered", "reached", "connected", "abandoned")
        ),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_report")),
    )
    op.create_index("ix_received_report_day", "received_report", ["day", "district"])
