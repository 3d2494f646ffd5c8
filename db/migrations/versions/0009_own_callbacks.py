"""With whom a person asked to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "own_callbacks"
down_revision = "quotas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a constraint: SQLite would have to write the whole table anew for one.
    op.add_column("campaign_contact", sa.Column("callback_with", sa.Integer(), nullable=True))
