"""The table of those who rang a line of a campaign."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Ring(Base):
    """Somebody rang a line; ``id`` is the call's, so that it is taken in once, however often it is told.

    ``caller``: as the network said it; ``phone``: E.164, empty when that is no number we may call.
    ``result``: see ``dialer.core.missed_calls.RingResult``. The ring is the person's consent to be called.
    """

    __tablename__ = "ring"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line: Mapped[str] = mapped_column(String(16))
    caller: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(16))
    at: Mapped[float]
    result: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("contact.id"))

    __table_args__ = (
        Index("ix_ring_line", "line", "result", "at"),
        Index("ix_ring_phone", "phone", "at"),
        Index("ix_ring_campaign", "campaign_id", "at"),
    )
