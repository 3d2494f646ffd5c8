"""Campaigns, their queues, and why they dialled or did not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


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
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("contact.id"), primary_key=True)
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
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("contact.id"))
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


class Refusal(Base):
    """How often a rule kept a contact of a campaign from being dialled; one row per rule."""

    __tablename__ = "refusal"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("contact.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)
    detail: Mapped[str] = mapped_column(String(120), default="")
    until_at: Mapped[float | None]
    first_at: Mapped[float]
    last_at: Mapped[float]
    times: Mapped[int] = mapped_column(default=1)


class PacingDecision(Base):
    """A decision that dialled, or whose reason differs from the one before it."""

    __tablename__ = "pacing_decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    at: Mapped[float]
    dials: Mapped[int]
    code: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(300))
    forecast: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index("ix_pacing_decision_campaign", "campaign_id", "at"),)
