"""Operators, seats and their time."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


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

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
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
