"""Calls to us are told apart from those that we place."""

import sqlalchemy as sa
from alembic import op

revision = "inbound"
down_revision = "daily_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempt", sa.Column("inbound", sa.Boolean(), server_default=sa.false(), nullable=False))
