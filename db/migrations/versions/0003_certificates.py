"""Certificates of audio."""

import sqlalchemy as sa
from alembic import op

revision = "certificates"
down_revision = "warroom"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audio_certificate",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("prompt", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.Column("issued_on", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_audio_certificate")),
    )
