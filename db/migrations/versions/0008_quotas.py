"""Quotas of a campaign, and whose interview is complete."""

import sqlalchemy as sa
from alembic import op

revision = "quotas"
down_revision = "totp"
branch_labels = None
depends_on = None

_COMPLETE = sa.text("complete_as IS NOT NULL")
_ALREADY = """
UPDATE campaign_contact SET complete_as = (
    SELECT CAST({json_list}(constituency, language, kind) AS VARCHAR(80))
    FROM contact WHERE contact.id = campaign_contact.contact_id
)
WHERE state = 'done' AND EXISTS (
    SELECT 1 FROM attempt JOIN attempt_event ON attempt_event.attempt_id = attempt.id
    WHERE attempt.contact_id = campaign_contact.contact_id
        AND attempt.campaign_id = campaign_contact.campaign_id
        AND attempt_event.event = 'survey_ended' AND attempt_event.detail = 'complete'
)
"""
_JSON_LIST = {"sqlite": "json_array", "postgresql": "json_build_array"}


def upgrade() -> None:
    op.add_column("campaign", sa.Column("quotas", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("campaign_contact", sa.Column("complete_as", sa.String(length=80), nullable=True))
    op.execute(_ALREADY.format(json_list=_JSON_LIST[op.get_bind().dialect.name]))
    op.create_index(
        "ix_campaign_contact_complete",
        "campaign_contact",
        ["campaign_id", "complete_as"],
        sqlite_where=_COMPLETE,
        postgresql_where=_COMPLETE,
    )
