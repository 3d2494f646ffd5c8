"""Counts for reports: the database counts, ``reports.figures`` calculates. Nothing personal leaves here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import (
    Answer,
    Attempt,
    AttemptEvent,
    Campaign,
    Contact,
    Disposition,
    Operator,
    Refusal,
    SeatPeriod,
    Suppression,
    Survey,
    SurveyVersion,
)
from db.session import Database
from dialer.core.model import Outcome
from dialer.core.rules import OFFICE_ZONE
from dialer.reports.reconcile import AttemptLine
from dialer.reports.rows import AnswerCount, OperatorCalls, OutcomeCount, RefusalCount, Rows, SeatTime
from dialer.store.access import Access

BATCH = 5_000
IDS_AT_ONCE = 500
_OFFSET_S = OFFICE_ZONE.utcoffset(None).total_seconds()
_OURS = Attempt.inbound.is_(False)
"""A call that we placed; a call to us is no outcome of our dialling."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about: attempts claimed in ``[since, until)``, of one campaign or constituency or of
    all. ``now`` ends seat periods that still last.
    """

    since: float
    until: float
    now: float
    campaign_id: int | None = None
    constituency: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is about everything that happened in its time."""
        return self.campaign_id is None and self.constituency is None


@dataclass(frozen=True, slots=True)
class AttemptNumber:
    """An attempt for the reconciliation, with the number and trunk that its dialled form is made of."""

    line: AttemptLine
    phone: str
    trunk: str


class Reporting:
    """Reads of one database."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def rows(self, scope: Scope) -> Rows:
        """Everything ``figures`` needs, read at one moment."""
        async with self._access.reading() as connection:
            return await _Reading(connection, scope).rows()

    async def attempts(self, scope: Scope) -> AsyncIterator[AttemptNumber]:
        """Every attempt of the scope that we placed, streamed."""
        columns = (
            Attempt.id, Attempt.trunk, Attempt.outcome, Attempt.cause, Attempt.dialled_at, Attempt.ringing_at,
            Attempt.answered_at, Contact.phone,
        )  # fmt: skip
        query = select(*columns).outerjoin(Contact, Contact.id == Attempt.contact_id)
        async with self._access.reading() as connection:
            attempts = query.where(attempts_of(scope), _OURS).execution_options(yield_per=BATCH)
            rows = await connection.stream(attempts)
            async for batch in rows.partitions():
                for row in batch:
                    yield AttemptNumber(_line(row), row.phone or "", row.trunk)

    async def known(self, ids: Iterable[str]) -> set[str]:
        """Which of these are ids of attempts."""
        asked, found = list(ids), set[str]()
        async with self._access.reading() as connection:
            for start in range(0, len(asked), IDS_AT_ONCE):
                some = asked[start : start + IDS_AT_ONCE]
                found.update(await connection.scalars(select(Attempt.id).where(Attempt.id.in_(some))))
        return found


class _Reading:
    """The queries of one report on one connection."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._attempts = attempts_of(scope)

    async def rows(self) -> Rows:
        started, complete = await self._surveys()
        answered = Attempt.answered_at
        over = func.coalesce(answered, Attempt.ended_at)
        talks = and_(self._attempts, Attempt.outcome == Outcome.CONNECTED.value)
        surveys = and_(self._attempts, _OURS, Attempt.outcome == Outcome.SURVEYED.value)
        return Rows(
            outcomes=await self._outcomes(),
            answers=await self._answers(),
            seat_times=await self._seat_times(),
            operator_calls=await self._operator_calls(),
            dispositions=await self._dispositions(),
            refusals=await self._refusals(),
            opt_outs=await self._opt_outs(),
            inbound=await self._inbound(),
            surveys_started=started,
            surveys_complete=complete,
            dial_s=await self._histogram(over - Attempt.dialled_at, self._attempts),
            ring_s=await self._histogram(over - Attempt.ringing_at, self._attempts),
            talk_s=await self._histogram(Attempt.ended_at - Attempt.joined_at, talks),
            survey_s=await self._histogram(Attempt.ended_at - answered, surveys),
            join_ms=await self._histogram((Attempt.joined_at - answered) * 1000.0, and_(talks, _OURS)),
        )

    async def _outcomes(self) -> list[OutcomeCount]:
        day = func.round((Attempt.claimed_at + _OFFSET_S) / 86_400.0 - 0.5).label("day")
        keys = (Campaign.name, Campaign.abandonment_cap, day, Contact.constituency, Attempt.outcome)
        query = (
            select(*keys, func.count().label("attempts"))
            .join(Campaign, Campaign.id == Attempt.campaign_id)
            .outerjoin(Contact, Contact.id == Attempt.contact_id)
            .where(self._attempts, _OURS)
            .group_by(*keys)
        )
        return [
            OutcomeCount(
                campaign=row.name,
                cap=row.abandonment_cap,
                day=int(row.day),
                constituency=row.constituency,
                outcome=None if row.outcome is None else Outcome(row.outcome),
                count=row.attempts,
            )
            for row in await self._connection.execute(query)
        ]

    async def _answers(self) -> list[AnswerCount]:
        keys = (Survey.name, SurveyVersion.version, Answer.question, Answer.value)
        query = (
            select(*keys, func.count(distinct(Answer.contact_id)).label("people"))
            .join(Attempt, Attempt.id == Answer.attempt_id)
            .join(SurveyVersion, SurveyVersion.id == Answer.survey_version_id)
            .join(Survey, Survey.id == SurveyVersion.survey_id)
            .where(self._attempts)
            .group_by(*keys)
            .order_by(*keys)
        )
        rows = await self._connection.execute(query)
        return [
            AnswerCount(f"{row.name} v{row.version}", row.question, row.value, row.people) for row in rows
        ]

    async def _surveys(self) -> tuple[int, int]:
        complete = func.count(distinct(AttemptEvent.attempt_id)).filter(
            AttemptEvent.event == "survey_ended", AttemptEvent.detail == "complete"
        )
        started = func.count(distinct(AttemptEvent.attempt_id)).filter(AttemptEvent.event == "survey_started")
        query = (
            select(started, complete)
            .join(Attempt, Attempt.id == AttemptEvent.attempt_id)
            .where(self._attempts, _OURS, AttemptEvent.event.in_(("survey_started", "survey_ended")))
        )
        row = (await self._connection.execute(query)).one()
        return row[0], row[1]

    async def _seat_times(self) -> list[SeatTime]:
        scope = self._scope
        until = min(scope.until, scope.now)
        ended = func.coalesce(SeatPeriod.to_at, scope.now)
        # The later of two moments and the earlier of two, in words that both databases know.
        begin = _larger(SeatPeriod.from_at, scope.since)
        end = _smaller(ended, until)
        keys = (SeatPeriod.operator_id, Operator.name, SeatPeriod.state)
        query = (
            select(*keys, func.sum(end - begin).label("seconds"))
            .join(Operator, Operator.id == SeatPeriod.operator_id)
            .where(SeatPeriod.from_at < until, ended > scope.since, SeatPeriod.state != "signed_out")
            .group_by(*keys)
        )
        if not scope.is_whole:
            spoke = select(Attempt.operator_id).where(self._attempts, Attempt.operator_id.is_not(None))
            query = query.where(SeatPeriod.operator_id.in_(spoke))
        return [SeatTime(*row) for row in await self._connection.execute(query)]

    async def _operator_calls(self) -> list[OperatorCalls]:
        keys = (Attempt.operator_id, Operator.name)
        query = (
            select(*keys, func.count())
            .join(Operator, Operator.id == Attempt.operator_id)
            .where(self._attempts, Attempt.joined_at.is_not(None))
            .group_by(*keys)
        )
        rows = await self._connection.execute(query)
        return [OperatorCalls(id_, name, calls) for id_, name, calls in rows if id_ is not None]

    async def _dispositions(self) -> dict[str, int]:
        query = select(Disposition.code, func.count()).join(Attempt, Attempt.id == Disposition.attempt_id)
        return await self._counted(query.where(self._attempts).group_by(Disposition.code))

    async def _refusals(self) -> list[RefusalCount]:
        scope = self._scope
        query = (
            select(Refusal.reason, func.count(distinct(Refusal.contact_id)), func.sum(Refusal.times))
            .where(Refusal.last_at >= scope.since, Refusal.first_at < scope.until)
            .group_by(Refusal.reason)
        )
        if scope.campaign_id is not None:
            query = query.where(Refusal.campaign_id == scope.campaign_id)
        if scope.constituency is not None:
            query = query.join(Contact, Contact.id == Refusal.contact_id)
            query = query.where(Contact.constituency == scope.constituency)
        return [RefusalCount(*row) for row in await self._connection.execute(query)]

    async def _opt_outs(self) -> dict[str, int]:
        scope = self._scope
        query = select(Suppression.source, func.count()).group_by(Suppression.source)
        if scope.is_whole:
            when = Suppression.created_at
            return await self._counted(query.where(when >= scope.since, when < scope.until))
        joined = query.join(Attempt, Attempt.id == Suppression.attempt_id)
        return await self._counted(joined.where(self._attempts))

    async def _inbound(self) -> dict[str, int]:
        to_us = and_(self._attempts, Attempt.inbound.is_(True), Attempt.outcome.is_not(None))
        return await self._counted(
            select(Attempt.outcome, func.count()).where(to_us).group_by(Attempt.outcome)
        )

    async def _counted(self, query: Select[*tuple[Any, ...]]) -> dict[str, int]:
        rows = await self._connection.execute(query)
        return dict(sorted(((key, count) for key, count in rows), key=lambda item: (-item[1], item[0])))

    async def _histogram(
        self, value: ColumnElement[Any], which: ColumnElement[bool]
    ) -> Sequence[tuple[float, int]]:
        rounded = func.round(value)
        query = select(rounded, func.count()).where(which, value >= 0).group_by(rounded)
        return [(float(number), count) for number, count in await self._connection.execute(query)]


def attempts_of(scope: Scope) -> ColumnElement[bool]:
    """The condition that an attempt is of the scope."""
    found = and_(Attempt.claimed_at >= scope.since, Attempt.claimed_at < scope.until)
    if scope.campaign_id is not None:
        found = and_(found, Attempt.campaign_id == scope.campaign_id)
    elif scope.since > 0:
        # Through the campaigns, because attempts are indexed by campaign and time.
        found = and_(found, Attempt.campaign_id.in_(select(Campaign.id)))
    if scope.constituency is not None:
        there = select(Contact.id).where(Contact.constituency == scope.constituency)
        found = and_(found, Attempt.contact_id.in_(there))
    return found


def _line(row: Row[*tuple[Any, ...]]) -> AttemptLine:
    heard = (row.cause, row.ringing_at, row.answered_at)
    return AttemptLine(
        id=row.id,
        dialled="",
        ordered=row.dialled_at is not None,
        answered=row.answered_at is not None,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        had_channel=any(fact is not None for fact in heard),
    )


def _larger(column: SQLColumnExpression[Any], value: float) -> ColumnElement[Any]:
    return case((column > value, column), else_=value)


def _smaller(column: SQLColumnExpression[Any], value: float) -> ColumnElement[Any]:
    return case((column < value, column), else_=value)
