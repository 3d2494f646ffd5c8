"""Attempts and what came of them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Attempt(Base):
    """One call; ``id`` is also the Asterisk channel id. Written before it is placed.

    ``inbound``: the person called us. Such a call is written when they want an operator, or a line of ours
    asks them its survey; it is never dialled, uses up no attempt and says nothing of our dialling.
    """

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[int]
    contact_id: Mapped[int] = mapped_column(BigId)
    number_of_attempt: Mapped[int]
    trunk: Mapped[str] = mapped_column(String(32))
    claimed_at: Mapped[float]
    dialled_at: Mapped[float | None]
    ringing_at: Mapped[float | None]
    answered_at: Mapped[float | None]
    joined_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    cause: Mapped[int | None]
    tech_cause: Mapped[int | None]
    seat: Mapped[int | None]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    note: Mapped[str] = mapped_column(String(80), default="")
    inbound: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        # Of its place in the queue, not of a campaign and a contact: one check for each claimed person.
        ForeignKeyConstraint(
            ["campaign_id", "contact_id"],
            ["campaign_contact.campaign_id", "campaign_contact.contact_id"],
            name="fk_attempt_place",
        ),
        Index("ix_attempt_contact", "contact_id", "claimed_at"),
        Index("ix_attempt_campaign", "campaign_id", "claimed_at"),
        # A contact is never called twice at once, whatever campaigns and daemons there are.
        Index(
            "uq_attempt_open",
            "contact_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class AttemptEvent(Base):
    """What happened to an attempt, in order; a witness for explanations and reports."""

    __tablename__ = "attempt_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[float]
    event: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(120), default="")


class Answer(Base):
    """An answer to a question of a survey. ``via``: keypad, operator, fallback.

    Of a voice ``value`` is the name of its file; once ``erased_at`` is set the sound is deleted, or is about
    to be. ``erased_why``: retention, opt_out or request.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(32), ForeignKey("attempt.id"))
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("contact.id"))
    survey_version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    question: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(200))
    via: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8), default="hi")
    answered_at: Mapped[float]
    erased_at: Mapped[float | None]
    erased_why: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        Index("uq_answer_attempt_question", "attempt_id", "question", unique=True),
        Index("ix_answer_version_question", "survey_version_id", "question"),
        Index("ix_answer_contact", "contact_id", "survey_version_id"),
    )


class Disposition(Base):
    """What was recorded of a talk: one of each call.

    ``notes`` are that operator's; those of colleagues are in ``call_note``.
    """

    __tablename__ = "disposition"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(32), ForeignKey("attempt.id"), unique=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    code: Mapped[str] = mapped_column(String(32))
    notes: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[float]


class CallNote(Base):
    """What each operator of a call wrote; kept whether or not a disposition follows."""

    __tablename__ = "call_note"

    attempt_id: Mapped[str] = mapped_column(String(32), ForeignKey("attempt.id"), primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    notes: Mapped[str] = mapped_column(Text)
    written_at: Mapped[float]
