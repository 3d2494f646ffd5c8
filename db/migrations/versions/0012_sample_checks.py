"""Samples that operators ask again, and voices that were erased."""

import sqlalchemy as sa
from alembic import op

revision = "sample_checks"
down_revision = "inbound"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample_check",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of_campaign_id", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("stratified", sa.Boolean(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("drawn_at", sa.Double(), nullable=False),
        sa.Column("drawn_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_sample_check_campaign_id")),
        sa.ForeignKeyConstraint(
            ["of_campaign_id"], ["campaign.id"], name=op.f("fk_sample_check_of_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_sample_check")),
    )
    op.create_index(op.f("ix_sample_check_of_campaign_id"), "sample_check", ["of_campaign_id"])
    op.add_column("answer", sa.Column("erased_at", sa.Double(), nullable=True))
    op.add_column("answer", sa.Column("erased_why", sa.String(length=16), nullable=True))
