"""The tables. Every ``*_at`` is UTC epoch seconds; enums are stored as their lower-case words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db import phones as _phones  # noqa: F401  (so that ``Base`` knows all tables)
from db import reports as _reports  # noqa: F401
from db import rings as _rings  # noqa: F401
from db import warroom as _warroom  # noqa: F401
from db.base import Base as Base
from db.base import BigId as _BigId


class ContactList(Base):
    """Where people came from, for what they may be called, and who agreed to it."""

    __tablename__ = "contact_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    purpose: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(200))
    consent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))


class ListImport(Base):
    """One imported file; the report of its rejected rows stays beside it."""

    __tablename__ = "list_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_list.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[float]
    imported_by: Mapped[str] = mapped_column(String(80))
    rows_read: Mapped[int]
    rows_new: Mapped[int]
    rows_known: Mapped[int]
    rows_rejected: Mapped[int]


class Contact(Base):
    """A person to call, one per telephone number."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(8), default="hi")
    constituency: Mapped[int | None] = mapped_column(index=True)
    booth: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(16), default="citizen")
    role: Mapped[str] = mapped_column(String(80), default="")
    schemes: Mapped[list[str]] = mapped_column(default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[float]


class ListMember(Base):
    """A contact stands on a list."""

    __tablename__ = "list_member"

    list_id: Mapped[int] = mapped_column(ForeignKey("contact_list.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"), primary_key=True, index=True)


class Suppression(Base):
    """A number that is never called again, until ``lifted_at``; it need not be a known contact."""

    __tablename__ = "suppression"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(String(16), index=True)
    source: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200), default="")
    attempt_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    lifted_at: Mapped[float | None]
    lifted_by: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index(
            "uq_suppression_active",
            "phone",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )


class Survey(Base):
    """A survey by name; what is asked is in its versions."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[float]


class SurveyVersion(Base):
    """The YAML of a survey as it was at a time; campaigns refer to versions, never to files."""

    __tablename__ = "survey_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))

    __table_args__ = (Index("uq_survey_version", "survey_id", "version", unique=True),)


class Prompt(Base):
    """A built prompt; ``sha256`` is of the audio that plays."""

    __tablename__ = "prompt"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_version_id: Mapped[int | None] = mapped_column(ForeignKey("survey_version.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    duration_s: Mapped[float]
    built_at: Mapped[float]


class AudioCertificate(Base):
    """An authority's leave to play exactly this audio. ``sha256`` is of the bytes that play.

    ``issued_on``: an ISO date. ``prompt``: where it lay when it was certified, for people.
    """

    __tablename__ = "audio_certificate"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    prompt: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80))
    authority: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))


class Campaign(Base):
    """A list, a purpose, and how its people are called. See ``dialer.core.model.Campaign`` for units.

    ``line_list_id``: the list onto which people come who ring its ``line``.
    """

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    purpose: Mapped[str] = mapped_column(String(80))
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_list.id"))
    trunk: Mapped[str] = mapped_column(String(32))
    caller_id: Mapped[str] = mapped_column(String(16))
    promotional: Mapped[bool] = mapped_column(default=False)
    window_start_minute: Mapped[int] = mapped_column(default=540)
    window_end_minute: Mapped[int] = mapped_column(default=1260)
    mode: Mapped[str] = mapped_column(String(16))
    dial_ratio: Mapped[float] = mapped_column(default=1.0)
    abandonment_cap: Mapped[float] = mapped_column(default=0.03)
    ring_s: Mapped[float] = mapped_column(default=30.0)
    wrap_up_s: Mapped[float] = mapped_column(default=10.0)
    max_channels: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    priority: Mapped[int] = mapped_column(default=1)
    survey_version_id: Mapped[int | None] = mapped_column(ForeignKey("survey_version.id"))
    script: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quotas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    line: Mapped[str] = mapped_column(String(16), default="", server_default="")
    line_list_id: Mapped[int | None]


class SampleCheck(Base):
    """An operators' campaign that asks a sample of another campaign's people some of its questions again.

    ``questions``: names of those asked. ``seed`` and ``stratified`` draw the sample again, out of the people
    that ``strata`` counts: constituency (empty: none known) -> [complete interviews, drawn].
    """

    __tablename__ = "sample_check"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id"), primary_key=True, autoincrement=False
    )
    of_campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    questions: Mapped[list[str]]
    seed: Mapped[str] = mapped_column(String(40))
    stratified: Mapped[bool]
    strata: Mapped[dict[str, Any]]
    drawn_at: Mapped[float]
    drawn_by: Mapped[str] = mapped_column(String(80))


class CampaignContact(Base):
    """A contact's place in a campaign's queue. ``state``: waiting, claimed, done.

    ``next_at``: not before then. ``refusal``: the last rule that said no, cleared by a dial. ``callback_at``:
    when the person asked to be called; before others then, and whatever the number of attempts.
    ``complete_as``: once the person has answered every question that they were asked, what quotas told them
    apart by then, as JSON: constituency, language, kind.
    """

    __tablename__ = "campaign_contact"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    next_at: Mapped[float] = mapped_column(default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)
    last_outcome: Mapped[str | None] = mapped_column(String(16))
    refusal: Mapped[str | None] = mapped_column(String(24))
    refused_at: Mapped[float | None]
    done_why: Mapped[str | None] = mapped_column(String(40))
    callback_at: Mapped[float | None]
    callback_with: Mapped[int | None]
    complete_as: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index(
            "ix_campaign_contact_callback",
            "campaign_id",
            "callback_at",
            "contact_id",
            sqlite_where=text("state = 'waiting' AND callback_at IS NOT NULL"),
            postgresql_where=text("state = 'waiting' AND callback_at IS NOT NULL"),
        ),
        Index(
            "ix_campaign_contact_waiting",
            "campaign_id",
            "next_at",
            "contact_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_campaign_contact_contact", "contact_id"),
        Index(
            "ix_campaign_contact_complete",
            "campaign_id",
            "complete_as",
            sqlite_where=text("complete_as IS NOT NULL"),
            postgresql_where=text("complete_as IS NOT NULL"),
        ),
    )


class Callback(Base):
    """A time that was agreed in an attempt; what holds of it stands at the contact's place.

    ``operator_id``: with whom the person wants to speak, None for anybody.
    """

    __tablename__ = "callback"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"))
    attempt_id: Mapped[str] = mapped_column(String(32), unique=True)
    due_at: Mapped[float] = mapped_column(index=True)
    operator_id: Mapped[int | None]
    agreed_at: Mapped[float]
    cancelled_at: Mapped[float | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(80))
    cancelled_why: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        Index("ix_callback_place", "campaign_id", "contact_id"),
        Index("ix_callback_operator", "operator_id", "due_at"),
    )


class Attempt(Base):
    """One call; ``id`` is also the Asterisk channel id. Written before it is placed.

    ``inbound``: the person called us. Such a call is written when they want an operator, or a line of ours
    asks them its survey; it is never dialled, uses up no attempt and says nothing of our dialling.
    """

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"))
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

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
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

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(32), ForeignKey("attempt.id"))
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"))
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


class Operator(Base):
    """A person who signs in. ``role``: operator, supervisor, admin.

    ``totp_secret``: base32, of the second factor. ``totp_step``: the last step (30 s) whose code was used.
    """

    __tablename__ = "operator"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8), default="hi")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None]


class OperatorRecoveryCode(Base):
    """A code that opens one sign-in instead of the second factor's; only its hash is kept."""

    __tablename__ = "operator_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[float]
    used_at: Mapped[float | None]


class Seat(Base):
    """One of the office's operator places. ``phone``: sip or web."""

    __tablename__ = "seat"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(8), default="sip")


class OperatorSession(Base):
    """A sign-in. Only the token's SHA-256 is kept; ``ended_at`` revokes it."""

    __tablename__ = "operator_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    csrf: Mapped[str] = mapped_column(String(64))
    seat: Mapped[int | None] = mapped_column(ForeignKey("seat.number"))
    started_at: Mapped[float]
    seen_at: Mapped[float]
    ended_at: Mapped[float | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")


class SeatPeriod(Base):
    """How long a seat was in a state, for utilisation and operators' hours."""

    __tablename__ = "seat_period"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    seat: Mapped[int]
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40), default="")
    from_at: Mapped[float]
    to_at: Mapped[float | None]

    __table_args__ = (
        Index("ix_seat_period_operator", "operator_id", "from_at"),
        Index(
            "ix_seat_period_open",
            "seat",
            sqlite_where=text("to_at IS NULL"),
            postgresql_where=text("to_at IS NULL"),
        ),
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


class Refusal(Base):
    """How often a rule kept a contact of a campaign from being dialled; one row per rule."""

    __tablename__ = "refusal"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(_BigId, ForeignKey("contact.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)
    detail: Mapped[str] = mapped_column(String(120), default="")
    until_at: Mapped[float | None]
    first_at: Mapped[float]
    last_at: Mapped[float]
    times: Mapped[int] = mapped_column(default=1)


class PacingDecision(Base):
    """A decision that dialled, or whose reason differs from the one before it."""

    __tablename__ = "pacing_decision"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    at: Mapped[float]
    dials: Mapped[int]
    code: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(300))
    forecast: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index("ix_pacing_decision_campaign", "campaign_id", "at"),)


class DaemonRun(Base):
    """A life of the daemon; one without ``ended_at`` that is not the last has crashed."""

    __tablename__ = "daemon_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int]
    started_at: Mapped[float]
    ended_at: Mapped[float | None]


class SpooledRecord(Base):
    """A record of the fallback spool that was drained; its id makes draining exactly-once."""

    __tablename__ = "spooled_record"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    drained_at: Mapped[float]


class Audit(Base):
    """Who looked at or changed what."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
