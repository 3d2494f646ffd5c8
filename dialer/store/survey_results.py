"""What people answered to a version of a survey, person by person. No name and no number leaves here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Answer, Attempt, AttemptEvent, Campaign, Contact, Prompt, Survey, SurveyVersion
from db.session import Database
from dialer.core.model import CampaignKind
from dialer.core.survey_results import Given, Respondent, SurveyCall
from dialer.store.access import Access
from dialer.store.port import SURVEY_STARTED

BATCH: Final = 200
"""Rows between two breaths: who reads within the daemon must not hold it up."""
_ENDED, _AT_END = "survey_ended", ("complete", "open_questions")

_Row = Row[*tuple[Any, ...]]
_CalledPeople = dict[int, tuple[Respondent, list[SurveyCall]]]
"""Contact -> what is known of the person, and the calls."""
_NOBODY: Final = Respondent(None, "")


@dataclass(frozen=True, slots=True)
class AnsweredVersion:
    """A version of a survey and how much was answered. ``last_at``: epoch seconds, None without answers."""

    version_id: int
    version: int
    answers: int
    last_at: float | None


class SurveyAnswers:
    """The answers of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def versions(self, name: str) -> Sequence[AnsweredVersion]:
        """The versions of a survey, newest first; none when there is no such survey."""
        keys = (SurveyVersion.id, SurveyVersion.version)
        query = (
            select(*keys, func.count(Answer.id), func.max(Answer.answered_at))
            .join(Survey, Survey.id == SurveyVersion.survey_id)
            .outerjoin(Answer, Answer.survey_version_id == SurveyVersion.id)
            .where(Survey.name == name)
            .group_by(*keys)
            .order_by(SurveyVersion.version.desc())
        )
        async with self._access.reading() as connection:
            return [AnsweredVersion(*row) for row in await connection.execute(query)]

    async def spoken_s(self, version_id: int) -> dict[tuple[str, str], float]:
        """(prompt's name, language) -> its length in seconds."""
        query = select(Prompt.name, Prompt.language, Prompt.duration_s)
        async with self._access.reading() as connection:
            rows = await connection.execute(query.where(Prompt.survey_version_id == version_id))
            return {(name, language): seconds for name, language, seconds in rows}

    async def respondents(self, version_id: int) -> AsyncGenerator[Respondent, None]:
        """Everybody whom this version was played to or who answered it, once each, in no order."""
        async with self._access.reading() as connection:
            called = await _calls(connection, version_id)
            query = _answers(version_id).execution_options(yield_per=BATCH)
            half: list[_Row] = []
            async for batch in (await connection.stream(query)).partitions():
                people = _by_contact([*half, *batch])
                # The last person's answers may go on in the next batch.
                half = people.pop()
                for person in people:
                    yield _respondent(person, called)
                await asyncio.sleep(0)
        if half:
            yield _respondent(half, called)
        for number, (silent, calls) in enumerate(called.values(), 1):
            yield replace(silent, calls=tuple(calls))
            if number % BATCH == 0:
                await asyncio.sleep(0)


async def _calls(connection: AsyncConnection, version_id: int) -> _CalledPeople:
    """The answered calls of each contact."""
    started = func.min(case((AttemptEvent.event == SURVEY_STARTED, AttemptEvent.at)))
    completed = func.count(case((AttemptEvent.detail.in_(_AT_END), 1)))
    left = func.max(case((AttemptEvent.event == _ENDED, AttemptEvent.detail)))
    person = (Attempt.contact_id, Contact.constituency, Contact.booth, Contact.kind.label("person_kind"))
    keys = (*person, Attempt.id, Attempt.answered_at, Attempt.ended_at, Attempt.inbound, Campaign.kind)
    told = (AttemptEvent.attempt_id == Attempt.id) & AttemptEvent.event.in_((SURVEY_STARTED, _ENDED))
    query = (
        select(*keys, started.label("started_at"), completed.label("completed"), left.label("left"))
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .join(Contact, Contact.id == Attempt.contact_id)
        .outerjoin(AttemptEvent, told)
        .where(Campaign.survey_version_id == version_id, Attempt.answered_at.is_not(None))
        .group_by(*keys)
        # A talk with an operator is a call of the survey only if the keypad took over.
        .having(or_(Campaign.kind == CampaignKind.SURVEY.value, started.is_not(None)))
    )
    found: _CalledPeople = {}
    rows = await connection.stream(query.execution_options(yield_per=BATCH))
    async for batch in rows.partitions():
        for row in batch:
            known = Respondent(row.constituency, row.booth, kind=row.person_kind)
            _known, calls = found.setdefault(row.contact_id, (known, []))
            at_end = bool(row.completed)
            how = "" if at_end or row.left is None else row.left
            calls.append(
                SurveyCall(
                    row.id, row.answered_at, row.started_at, row.ended_at, at_end, how, row.inbound
                )
            )
        await asyncio.sleep(0)
    return found


def _answers(version_id: int) -> Select[*tuple[Any, ...]]:
    columns = (
        Answer.contact_id, Answer.attempt_id, Answer.question, Answer.value, Answer.via, Answer.language,
        Answer.answered_at, Contact.constituency, Contact.booth, Contact.kind,
    )  # fmt: skip
    joined: Select[*tuple[Any, ...]] = select(*columns).join(Contact, Contact.id == Answer.contact_id)
    return joined.where(Answer.survey_version_id == version_id).order_by(Answer.contact_id, Answer.id)


def _by_contact(rows: Sequence[_Row]) -> list[list[_Row]]:
    return [list(group) for _contact, group in groupby(rows, key=lambda row: row.contact_id)]


def _respondent(rows: Sequence[_Row], called: _CalledPeople) -> Respondent:
    """One person's answers, with the calls, which are taken out of ``called``."""
    first = rows[0]
    _known, calls = called.pop(first.contact_id, (_NOBODY, []))
    given = tuple(
        Given(row.attempt_id, row.question, row.value, row.via, row.language, row.answered_at) for row in rows
    )
    return Respondent(first.constituency, first.booth, given, tuple(calls), first.kind)
