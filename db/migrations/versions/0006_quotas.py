"""Quotas of a campaign, and whose interview is complete."""

import sqlalchemy as sa
from alembic import op

revision = "quotas"
down_revision = "call_notes"
branch_labels = None
depends_on = None

_COMPLETE = sa.text("complete_at IS NOT NULL")
_ALREADY = """
UPDATE campaign_contact SET complete_at = (
    SELECT min(attempt_event.at) FROM attempt JOIN attempt_event ON attempt_event.attempt_id = attempt.id
    WHERE attempt.contact_id = campaign_contact.contact_id
        AND attempt.campaign_id = campaign_contact.campaign_id
        AND attempt_event.event = 'survey_ended' AND attempt_event.detail = 'complete'
)
WHERE state = 'done'
"""


def upgrade() -> None:
    op.add_column("campaign", sa.Column("quotas", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("campaign_contact", sa.Column("complete_at", sa.Double(), nullable=True))
    op.execute(_ALREADY)
    op.create_index(
        "ix_campaign_contact_complete",
        "campaign_contact",
        ["campaign_id", "contact_id"],
        sqlite_where=_COMPLETE,
        postgresql_where=_COMPLETE,
    )
