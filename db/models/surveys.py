"""Surveys, their prompts and what was certified."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


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
