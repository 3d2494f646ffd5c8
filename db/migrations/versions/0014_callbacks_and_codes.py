"""The agreed callbacks as a list, with those that are open in the queues; recovery codes of operators."""

import sqlalchemy as sa
from alembic import op

revision = "callbacks_and_codes"
down_revision = "rings"
branch_labels = None
depends_on = None

_TAKE_OVER = """
    INSERT INTO callback (campaign_id, contact_id, attempt_id, due_at, operator_id, agreed_at)
    SELECT place.campaign_id, place.contact_id, event.attempt_id,
        place.callback_at, place.callback_with, event.at
    FROM (
        SELECT max(attempt_event.id) AS id
        FROM attempt_event JOIN attempt ON attempt.id = attempt_event.attempt_id
        WHERE attempt_event.event = 'callback_agreed'
        GROUP BY attempt.campaign_id, attempt.contact_id
    ) AS latest
    JOIN attempt_event AS event ON event.id = latest.id
    JOIN attempt ON attempt.id = event.attempt_id
    JOIN campaign_contact AS place
        ON place.campaign_id = attempt.campaign_id AND place.contact_id = attempt.contact_id
    WHERE place.callback_at IS NOT NULL
    ORDER BY event.id
"""


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.Double(), nullable=False),
        sa.Column("cancelled_at", sa.Double(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=80), nullable=True),
        sa.Column("cancelled_why", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_callback_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_callback_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_callback_attempt_id")),
    )
    op.create_index(op.f("ix_callback_due_at"), "callback", ["due_at"])
    op.create_index("ix_callback_place", "callback", ["campaign_id", "contact_id"])
    op.create_index("ix_callback_operator", "callback", ["operator_id", "due_at"])
    op.execute(_TAKE_OVER)
    op.create_table(
        "operator_recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_operator_recovery_code_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_recovery_code")),
    )
    op.create_index(
        op.f("ix_operator_recovery_code_operator_id"), "operator_recovery_code", ["operator_id"]
    )
