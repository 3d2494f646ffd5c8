"""Tables about operators' phones."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class SeatCheck(Base):
    """A trial of a seat's phone. ``faults`` and ``weaknesses``: codes of ``core.seat_check``.

    ``received``: packets of 20 ms that Asterisk got. Levels are dBFS; NULL: not measured.
    """

    __tablename__ = "seat_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("operator_session.id"), index=True)
    seat: Mapped[int] = mapped_column(ForeignKey("seat.number"))
    checked_at: Mapped[float]
    phone: Mapped[str] = mapped_column(String(8))
    passed: Mapped[bool]
    faults: Mapped[list[str]]
    weaknesses: Mapped[list[str]]
    received: Mapped[int | None]
    microphone_db: Mapped[float | None]
    returned_db: Mapped[float | None]
    jitter_ms: Mapped[float | None]
    lost_share: Mapped[float | None]
    round_trip_ms: Mapped[float | None]

    __table_args__ = (Index("ix_seat_check_seat", "seat", "checked_at"),)
