"""When a person asked to be called."""

import sqlalchemy as sa
from alembic import op

revision = "callbacks"
down_revision = "certificates"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 'waiting' AND callback_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("campaign_contact", sa.Column("callback_at", sa.Double(), nullable=True))
    op.create_index(
        "ix_campaign_contact_callback",
        "campaign_contact",
        ["campaign_id", "callback_at", "contact_id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
