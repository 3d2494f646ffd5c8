"""An attempt belongs to a place in a campaign's queue: one key instead of one to each of the two."""

from alembic import op

revision = "attempt_of_place"
down_revision = "notes_of_each"
branch_labels = None
depends_on = None

_MISSING_PLACES = """
    INSERT INTO campaign_contact (campaign_id, contact_id, state, next_at, attempts)
    SELECT campaign_id, contact_id, 'done', 0, count(*) FROM attempt
    WHERE NOT EXISTS (
        SELECT 1 FROM campaign_contact AS place
        WHERE place.campaign_id = attempt.campaign_id AND place.contact_id = attempt.contact_id
    )
    GROUP BY campaign_id, contact_id
"""


def upgrade() -> None:
    op.execute(_MISSING_PLACES)
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_constraint("fk_attempt_campaign_id", type_="foreignkey")
        attempt.drop_constraint("fk_attempt_contact_id", type_="foreignkey")
        attempt.create_foreign_key(
            "fk_attempt_place",
            "campaign_contact",
            ["campaign_id", "contact_id"],
            ["campaign_id", "contact_id"],
        )
