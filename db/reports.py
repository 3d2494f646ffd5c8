"""Tables of daily reports: our own, their way to others, and those that other districts sent.

Long columns stand last: SQLite walks over them to reach what stands behind.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class OwnReport(Base):
    """A report that was made to be sent. ``content``: as it was signed; it never changes.

    ``series``: what all revisions of a report share. ``figures_sha256``: of what it says.
    """

    __tablename__ = "own_report"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    series: Mapped[str] = mapped_column(String(80))
    revision: Mapped[int]
    day: Mapped[str] = mapped_column(String(10))
    figures_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("uq_own_report_series", "series", "revision", unique=True),)


class ReportFile(Base):
    """A file of a report of ours, PDF or spreadsheet."""

    __tablename__ = "report_file"

    report_id: Mapped[str] = mapped_column(ForeignKey("own_report.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReportDelivery(Base):
    """A report on its way to one destination; it stays until it is there.

    ``destination``: ``mail:ADDRESS`` or the address of a state instance.
    ``claimed_until``: who sends it now has it until then. ``sent_at`` NULL: not there yet.
    """

    __tablename__ = "report_delivery"

    report_id: Mapped[str] = mapped_column(ForeignKey("own_report.id"), primary_key=True)
    destination: Mapped[str] = mapped_column(String(200), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[float] = mapped_column(default=0.0)
    claimed_until: Mapped[float] = mapped_column(default=0.0)
    refused: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[float | None]

    __table_args__ = (Index("ix_report_delivery_open", "destination", "sent_at"),)


class DistrictKey(Base):
    """A district whose reports are taken in, by its public key. ``removed_at``: no more."""

    __tablename__ = "district_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    key_id: Mapped[str] = mapped_column(String(16), unique=True)
    public_key: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[float]
    created_by: Mapped[str] = mapped_column(String(80))
    removed_at: Mapped[float | None]


class ReceivedReport(Base):
    """A report of another district, whose signature was right. ``content``: as it was signed."""

    __tablename__ = "received_report"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    district: Mapped[str] = mapped_column(String(32))
    day: Mapped[str] = mapped_column(String(10))
    constituency: Mapped[int | None]
    revision: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    placed: Mapped[int | None]
    answered: Mapped[int | None]
    reached: Mapped[int | None]
    connected: Mapped[int | None]
    abandoned: Mapped[int | None]
    received_at: Mapped[float]
    content: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_received_report_day", "day", "district"),)
