"""The war room: places, facts with sources, people, posts, responsibilities, searching, tallies."""

import sqlalchemy as sa
from alembic import op

revision = "warroom"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "constituency_tally",
        sa.Column("constituency", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("item", sa.String(length=280), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("constituency", "measure", "item", "day", name=op.f("pk_constituency_tally")),
    )
    op.create_index("ix_constituency_tally_day", "constituency_tally", ["day"], unique=False)
    op.create_table(
        "fact_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stated_on", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_source")),
        sa.UniqueConstraint("digest", name=op.f("uq_fact_source_digest")),
    )
    op.create_table(
        "name_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column(
            "key",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("entity", sa.String(length=8), nullable=False),
        sa.Column("entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_key")),
    )
    op.create_index("ix_name_key_entity", "name_key", ["entity", "entity_id"], unique=False)
    op.create_index("ix_name_key_search", "name_key", ["rank", "key", "entity_id"], unique=False)
    op.create_table(
        "place_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_note")),
    )
    op.create_index("ix_place_note_constituency", "place_note", ["constituency", "created_at"], unique=False)
    op.create_table(
        "warroom_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.Double(), nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.Double(), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warroom_import")),
    )
    op.create_table(
        "candidacy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "identity",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("constituency", sa.Integer(), nullable=False),
        sa.Column("election", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_hi", sa.String(length=120), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["warroom_import.id"], name=op.f("fk_candidacy_import_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_candidacy_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidacy")),
    )
    op.create_index("ix_candidacy_constituency", "candidacy", ["constituency", "election"], unique=False)
    op.create_index(op.f("ix_candidacy_import_id"), "candidacy", ["import_id"], unique=False)
    op.create_index("uq_candidacy_statement", "candidacy", ["identity", "source_id"], unique=True)
    op.create_table(
        "fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("preferred_why", sa.String(length=300), nullable=False),
        sa.Column("preferred_by", sa.String(length=80), nullable=False),
        sa.Column("preferred_at", sa.Double(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["warroom_import.id"], name=op.f("fk_fact_import_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_fact_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_constituency", "fact", ["constituency", "kind"], unique=False)
    op.create_index(op.f("ix_fact_import_id"), "fact", ["import_id"], unique=False)
    op.create_index("uq_fact_statement", "fact", ["subject", "key", "valid_from", "source_id"], unique=True)
    op.create_table(
        "office_person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "identity",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("other_name", sa.String(length=120), nullable=False),
        sa.Column(
            "sound",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("languages", sa.String(length=40), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["warroom_import.id"], name=op.f("fk_office_person_import_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_office_person_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_person")),
        sa.UniqueConstraint("identity", name=op.f("uq_office_person_identity")),
    )
    op.create_index("ix_office_person_constituency", "office_person", ["constituency", "id"], unique=False)
    op.create_index(op.f("ix_office_person_import_id"), "office_person", ["import_id"], unique=False)
    op.create_index(op.f("ix_office_person_phone"), "office_person", ["phone"], unique=False)
    op.create_index(op.f("ix_office_person_sound"), "office_person", ["sound"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "identity",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_hi", sa.String(length=120), nullable=False),
        sa.Column("other_names", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["warroom_import.id"], name=op.f("fk_place_import_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name=op.f("fk_place_parent_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_place_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("identity", name=op.f("uq_place_identity")),
    )
    op.create_index("ix_place_constituency", "place", ["constituency", "kind"], unique=False)
    op.create_index(op.f("ix_place_import_id"), "place", ["import_id"], unique=False)
    op.create_index(op.f("ix_place_parent_id"), "place", ["parent_id"], unique=False)
    op.create_table(
        "scheme",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_hi", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("description_hi", sa.Text(), nullable=False),
        sa.Column("helpline", sa.String(length=40), nullable=False),
        sa.Column("helpline_checked", sa.Boolean(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["warroom_import.id"], name=op.f("fk_scheme_import_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_scheme_source_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_scheme")),
    )
    op.create_index(op.f("ix_scheme_import_id"), "scheme", ["import_id"], unique=False)
    op.create_table(
        "warroom_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=False),
        sa.Column("entity_id", sa.String(length=24), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["warroom_import.id"], name=op.f("fk_warroom_change_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warroom_change")),
    )
    op.create_index("ix_warroom_change_constituency", "warroom_change", ["constituency", "at"], unique=False)
    op.create_index("ix_warroom_change_entity", "warroom_change", ["entity", "entity_id"], unique=False)
    op.create_index(op.f("ix_warroom_change_import_id"), "warroom_change", ["import_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("is_office_bearer", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.String(length=10), nullable=False),
        sa.Column("to_on", sa.String(length=10), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["warroom_import.id"], name=op.f("fk_post_import_id")),
        sa.ForeignKeyConstraint(["person_id"], ["office_person.id"], name=op.f("fk_post_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_post_place_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_post_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index("ix_post_constituency", "post", ["constituency", "level", "id"], unique=False)
    op.create_index(op.f("ix_post_import_id"), "post", ["import_id"], unique=False)
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"], unique=False)
    op.create_index(op.f("ix_post_place_id"), "post", ["place_id"], unique=False)
    op.create_table(
        "responsibility",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("from_on", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confirmed", sa.String(length=8), nullable=False),
        sa.Column("confirmed_at", sa.Double(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_responsibility_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_responsibility_contact_id")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["warroom_import.id"], name=op.f("fk_responsibility_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["office_person.id"], name=op.f("fk_responsibility_person_id")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_responsibility_place_id")),
        sa.ForeignKeyConstraint(["source_id"], ["fact_source.id"], name=op.f("fk_responsibility_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
    )
    op.create_index(op.f("ix_responsibility_campaign_id"), "responsibility", ["campaign_id"], unique=False)
    op.create_index(
        "ix_responsibility_constituency", "responsibility", ["constituency", "state"], unique=False
    )
    op.create_index("ix_responsibility_done", "responsibility", ["done_at"], unique=False)
    op.create_index(op.f("ix_responsibility_import_id"), "responsibility", ["import_id"], unique=False)
    op.create_index(op.f("ix_responsibility_person_id"), "responsibility", ["person_id"], unique=False)
    op.create_index(op.f("ix_responsibility_place_id"), "responsibility", ["place_id"], unique=False)
    op.create_table(
        "constituency_voice",
        sa.Column("disposition_id", sa.Integer(), nullable=False),
        sa.Column("constituency", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disposition_id"], ["disposition.id"], name=op.f("fk_constituency_voice_disposition_id")
        ),
        sa.PrimaryKeyConstraint("disposition_id", name=op.f("pk_constituency_voice")),
    )
    op.create_index(
        "ix_constituency_voice_recent", "constituency_voice", ["constituency", "given_at"], unique=False
    )
