"""The tables of the war room: places, facts with their sources, people, posts, responsibilities.

Days are ISO dates (``2023-11-17``), the empty one for "always"; every ``*_at`` is UTC epoch seconds. A row
whose ``retired_at`` is set is history: it is shown as such and counts nowhere else. ``invented``: made up for
a demo or a test.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId

Day = String(10)


def _sorted(length: int) -> String:
    """Text that is searched by its beginning: only byte order lets an index serve that."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class FactSource(Base):
    """Where facts come from. ``digest``: SHA-256 of name and day, so that one source is one row."""

    __tablename__ = "fact_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    stated_on: Mapped[str] = mapped_column(Day, default="")
    created_at: Mapped[float]


class WarroomImport(Base):
    """One file that was taken in. ``counts``: what it did; ``undone_at``: and that it was taken back."""

    __tablename__ = "warroom_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[float]
    imported_by: Mapped[str] = mapped_column(String(80))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[float | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))


class Place(Base):
    """A state, division, district, constituency, mandal, shakti kendra or booth.

    ``identity``: ``booth:62:12``. ``constituency``: the number of the one it lies in, or None above that.
    """

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(_sorted(120), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(16), default="")
    constituency: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    name_hi: Mapped[str] = mapped_column(String(120), default="")
    other_names: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[str] = mapped_column(Day, default="")
    valid_to: Mapped[str | None] = mapped_column(Day)
    invented: Mapped[bool] = mapped_column(default=False)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (Index("ix_place_constituency", "constituency", "kind"),)


class Fact(Base):
    """What a source states about a subject (``constituency:62``, ``election:62:2018``, ``booth:62:12``).

    Several sources may state different values for the same ``key`` and ``valid_from``: all rows stay, one
    is ``preferred``, and ``preferred_why`` says why.
    """

    __tablename__ = "fact"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(_sorted(80))
    kind: Mapped[str] = mapped_column(String(16))
    constituency: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[str] = mapped_column(Day, default="")
    valid_to: Mapped[str | None] = mapped_column(Day)
    source_id: Mapped[int] = mapped_column(ForeignKey("fact_source.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    preferred: Mapped[bool] = mapped_column(default=True)
    preferred_why: Mapped[str] = mapped_column(String(300), default="")
    preferred_by: Mapped[str] = mapped_column(String(80), default="")
    preferred_at: Mapped[float | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (
        Index("uq_fact_statement", "subject", "key", "valid_from", "source_id", unique=True),
        Index("ix_fact_constituency", "constituency", "kind"),
    )


class Candidacy(Base):
    """A candidate's result in one election, as one source states it."""

    __tablename__ = "candidacy"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(_sorted(160))
    constituency: Mapped[int]
    election: Mapped[str] = mapped_column(String(16))
    rank: Mapped[int] = mapped_column(default=0)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    name_hi: Mapped[str] = mapped_column(String(120), default="")
    party: Mapped[str] = mapped_column(String(40), default="")
    votes: Mapped[int | None]
    source_id: Mapped[int] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (
        Index("uq_candidacy_statement", "identity", "source_id", unique=True),
        Index("ix_candidacy_constituency", "constituency", "election"),
    )


class Scheme(Base):
    """A scheme of the central government that is asked about. ``helpline_checked``: a source names it."""

    __tablename__ = "scheme"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    name_hi: Mapped[str] = mapped_column(String(120), default="")
    short_name: Mapped[str] = mapped_column(String(40), default="")
    description_en: Mapped[str] = mapped_column(Text, default="")
    description_hi: Mapped[str] = mapped_column(Text, default="")
    helpline: Mapped[str] = mapped_column(String(40), default="")
    helpline_checked: Mapped[bool] = mapped_column(default=False)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]


class OfficePerson(Base):
    """An office-bearer or worker. ``sound``: the name as it sounds, to find one who was written twice.

    ``identity``: the membership number if there is one, else telephone and sound of the name.
    """

    __tablename__ = "office_person"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    identity: Mapped[str] = mapped_column(_sorted(200), unique=True)
    code: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(120))
    other_name: Mapped[str] = mapped_column(String(120), default="")
    sound: Mapped[str] = mapped_column(_sorted(120), index=True)
    phone: Mapped[str] = mapped_column(String(16), default="", index=True)
    address: Mapped[str] = mapped_column(String(300), default="")
    languages: Mapped[str] = mapped_column(String(40), default="hi")
    constituency: Mapped[int | None]
    invented: Mapped[bool] = mapped_column(default=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (Index("ix_office_person_constituency", "constituency", "id"),)


class Post(Base):
    """A person's post at a place for a term. ``level``: 1 state ... 7 booth, so that lists have an order."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("office_person.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    constituency: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(80))
    is_office_bearer: Mapped[bool] = mapped_column(default=False)
    level: Mapped[int] = mapped_column(default=7)
    from_on: Mapped[str] = mapped_column(Day, default="")
    to_on: Mapped[str | None] = mapped_column(Day)
    source_id: Mapped[int] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (Index("ix_post_constituency", "constituency", "level", "id"),)


class Responsibility(Base):
    """What a person was asked to do, where, from when, by when, by whom. ``state``: open, done, withdrawn.

    ``campaign_id``: the calls that asked the person to confirm it.
    """

    __tablename__ = "responsibility"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("office_person.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    constituency: Mapped[int | None]
    what: Mapped[str] = mapped_column(String(300))
    from_on: Mapped[str] = mapped_column(Day, default="")
    due_on: Mapped[str | None] = mapped_column(Day)
    given_by: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(12), default="open")
    done_at: Mapped[float | None]
    done_by: Mapped[str | None] = mapped_column(String(80))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("contact.id"))
    confirmed: Mapped[str] = mapped_column(String(8), default="")
    confirmed_at: Mapped[float | None]
    source_id: Mapped[int] = mapped_column(ForeignKey("fact_source.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (
        Index("ix_responsibility_constituency", "constituency", "state"),
        Index("ix_responsibility_done", "done_at"),
    )


class PlaceNote(Base):
    """What somebody wrote down about a constituency."""

    __tablename__ = "place_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    constituency: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[float | None]

    __table_args__ = (Index("ix_place_note_constituency", "constituency", "created_at"),)


class WarroomChange(Base):
    """Who changed what when: the columns before and after. What was only added has no ``before``."""

    __tablename__ = "warroom_change"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[float]
    actor: Mapped[str] = mapped_column(String(80))
    entity: Mapped[str] = mapped_column(String(16))
    entity_id: Mapped[str] = mapped_column(String(24))
    constituency: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    why: Mapped[str] = mapped_column(String(300), default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("warroom_import.id"), index=True)

    __table_args__ = (
        Index("ix_warroom_change_entity", "entity", "entity_id"),
        Index("ix_warroom_change_constituency", "constituency", "at"),
    )


class NameKey(Base):
    """A name as it sounds, by the beginning of which it is searched. ``rank``: constituencies before people.

    ``entity``: place or person.
    """

    __tablename__ = "name_key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rank: Mapped[int]
    key: Mapped[str] = mapped_column(_sorted(60))
    entity: Mapped[str] = mapped_column(String(8))
    entity_id: Mapped[int] = mapped_column(BigId)

    __table_args__ = (
        Index("ix_name_key_search", "rank", "key", "entity_id"),
        Index("ix_name_key_entity", "entity", "entity_id"),
    )


class ConstituencyTally(Base):
    """How often something happened on a day in the calls to a constituency's people, ready to be shown.

    ``measure`` and ``item``: ``outcome connected``, ``answer 3 knows_pmjay yes``, ``disposition complaint``.
    """

    __tablename__ = "constituency_tally"

    constituency: Mapped[int] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(String(16), primary_key=True)
    item: Mapped[str] = mapped_column(String(280), primary_key=True)
    day: Mapped[str] = mapped_column(Day, primary_key=True)
    count: Mapped[int]

    __table_args__ = (Index("ix_constituency_tally_day", "day"),)


class ConstituencyVoice(Base):
    """Which talks left something to read for a constituency; the words stay with the disposition."""

    __tablename__ = "constituency_voice"

    disposition_id: Mapped[int] = mapped_column(ForeignKey("disposition.id"), primary_key=True)
    constituency: Mapped[int]
    given_at: Mapped[float]

    __table_args__ = (Index("ix_constituency_voice_recent", "constituency", "given_at"),)


class WarroomVersion(Base):
    """One row, whose number every change of places, facts, people, responsibilities and notes raises."""

    __tablename__ = "warroom_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigId)
