"""A number by which is seen that the war room was changed."""

import sqlalchemy as sa
from alembic import op

revision = "warroom_version"
down_revision = "callbacks_and_codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    table = op.create_table(
        "warroom_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", big_id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warroom_version")),
    )
    op.bulk_insert(table, [{"id": 1, "number": 0}])
