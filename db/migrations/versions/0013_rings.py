"""Lines that people ring to be called back, and who rang them."""

import sqlalchemy as sa
from alembic import op

revision = "rings"
down_revision = "sample_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("line", sa.String(16), server_default="", nullable=False))
    # Without a constraint: SQLite would have to write the whole table anew for one.
    op.add_column("campaign", sa.Column("line_list_id", sa.Integer(), nullable=True))
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ring",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=16), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_ring_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_ring_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring")),
    )
    op.create_index("ix_ring_line", "ring", ["line", "result", "at"])
    op.create_index("ix_ring_phone", "ring", ["phone", "at"])
    op.create_index("ix_ring_campaign", "ring", ["campaign_id", "at"])
