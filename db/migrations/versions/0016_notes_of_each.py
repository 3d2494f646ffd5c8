"""Notes belong to a call and the operator who wrote them: a colleague's do not replace them."""

from alembic import op

revision = "notes_of_each"
down_revision = "warroom_version"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_note") as table:
        table.drop_constraint("pk_call_note", type_="primary")
        table.create_primary_key("pk_call_note", ["attempt_id", "operator_id"])
