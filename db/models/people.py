"""Lists of people, and who is never called."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


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

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
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
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("contact.id"), primary_key=True, index=True)


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
