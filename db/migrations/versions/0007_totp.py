"""A code at sign-in as second factor."""

import sqlalchemy as sa
from alembic import op

revision = "totp"
down_revision = "seat_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operator", sa.Column("totp_secret", sa.String(length=64), nullable=True))
    op.add_column("operator", sa.Column("totp_step", sa.Integer(), nullable=True))
