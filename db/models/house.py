"""The daemon's lives, its spool, and the audit log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


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

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
