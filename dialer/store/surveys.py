"""Surveys and their versions. A version never changes: a campaign asks what it was started with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Prompt, Survey, SurveyVersion
from db.session import Database
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.dialects import fit


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A version of a survey as stored. ``created_at``: epoch seconds; ``sha256`` is of the source."""

    version_id: int
    name: str
    version: int
    source: str
    sha256: str
    created_at: float
    created_by: str


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A built prompt. ``source``: draft or recording; ``sha256`` is of the audio that plays."""

    name: str
    language: str
    text: str
    source: str
    sha256: str
    duration_s: float


class Surveys:
    """The surveys of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(self, name: str, source: str, by: str, now: float) -> tuple[StoredSurvey, bool]:
        """Store a version, the next one of its survey; returns it and whether it is new.

        What is the newest version already is not stored again.
        """
        digest = sha256(source.encode()).hexdigest()

        def work(connection: Connection) -> bool:
            survey_id = _survey_id(connection, name, now)
            newest = connection.execute(_versions().where(Survey.id == survey_id).limit(1)).one_or_none()
            if newest is not None and newest.sha256 == digest:
                return False
            number = 1 if newest is None else newest.version + 1
            row = {"survey_id": survey_id, "version": number, "source": source, "sha256": digest}
            row |= {"created_at": now, "created_by": fit(SurveyVersion.created_by, by)}
            connection.execute(insert(SurveyVersion).values(row))
            detail = {"version": number, "sha256": digest}
            write_audit(connection, AuditEntry(now, by, "survey add", name, detail))
            return True

        new = await self._access.transact(work)
        return await self.find(name), new

    async def find(self, name: str, version: int | None = None) -> StoredSurvey:
        """A version of a survey, the newest if none is named; ``NotFoundError`` names what there is."""
        query = _versions().where(Survey.name == name).limit(1)
        if version is not None:
            query = query.where(SurveyVersion.version == version)
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise await _unknown(connection, name, version)
        return StoredSurvey(*row)

    async def by_id(self, version_id: int) -> StoredSurvey:
        """The version with this id."""
        async with self._access.reading() as connection:
            row = (await connection.execute(_versions().where(SurveyVersion.id == version_id))).one_or_none()
        if row is None:
            raise NotFoundError(N_("no version of a survey has the number {number}"), number=version_id)
        return StoredSurvey(*row)

    async def all(self) -> Sequence[StoredSurvey]:
        """Every version of every survey, by name, newest first."""
        async with self._access.reading() as connection:
            return [StoredSurvey(*row) for row in await connection.execute(_versions())]

    async def record_prompts(self, version_id: int | None, prompts: Iterable[PromptRow], now: float) -> None:
        """These are the prompts of a version now (``None``: the office's own); those before are forgotten."""
        rows = [
            {
                "survey_version_id": version_id, "name": each.name, "language": each.language,
                "text": each.text, "source": each.source, "sha256": each.sha256,
                "duration_s": each.duration_s, "built_at": now,
            }
            for each in prompts
        ]  # fmt: skip

        def work(connection: Connection) -> None:
            connection.execute(delete(Prompt).where(Prompt.survey_version_id == version_id))
            if rows:
                connection.execute(insert(Prompt), rows)

        await self._access.transact(work)


def _versions() -> Select[*tuple[Any, ...]]:
    columns = (
        SurveyVersion.id, Survey.name, SurveyVersion.version, SurveyVersion.source, SurveyVersion.sha256,
        SurveyVersion.created_at, SurveyVersion.created_by,
    )  # fmt: skip
    joined: Select[*tuple[Any, ...]] = select(*columns).join(Survey, Survey.id == SurveyVersion.survey_id)
    return joined.order_by(Survey.name, SurveyVersion.version.desc())


def _survey_id(connection: Connection, name: str, now: float) -> int:
    # Two people who store versions of one survey at once get different numbers.
    found = connection.scalar(select(Survey.id).where(Survey.name == name).with_for_update())
    if found is not None:
        return int(found)
    made = connection.execute(insert(Survey).values(name=name, created_at=now).returning(Survey.id))
    return int(made.scalar_one())


async def _unknown(connection: AsyncConnection, name: str, version: int | None) -> NotFoundError:
    known = (await connection.scalars(select(Survey.name))).all()
    if name in known:
        return NotFoundError(N_("survey {name!r} has no version {version}"), name=name, version=version)
    near = get_close_matches(name, known, n=1)
    hint = f" ({near[0]}?)" if near else ""
    text = N_("no survey is named {name!r}{hint}; store one with `dialer survey add`")
    return NotFoundError(text, name=name, hint=hint)
