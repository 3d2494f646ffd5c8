"""Samples that operators ask again: who may be drawn, what was drawn, and the pairs of answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select
from sqlalchemy.orm import aliased

from db.models import (
    Answer,
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactList,
    ListMember,
    SampleCheck,
    Suppression,
)
from db.session import Database
from dialer.core.drafting import Draft
from dialer.core.sampling import Sample, Stratum
from dialer.core.survey_results import BY_OPERATOR, Given
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.campaigns import add_campaign
from dialer.store.dialects import fit
from dialer.store.lists import BATCH, ListTerms, batches

_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom a sample may be drawn from: contact -> constituency's number as text (empty: not known).

    ``suppressed`` and ``drawn_before``: complete interviews that are left out.
    """

    constituency_of: Mapping[int, str]
    suppressed: int
    drawn_before: int


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A check as stored: ``campaign`` asks what ``of_campaign`` asked."""

    campaign_id: int
    campaign: str
    of_campaign_id: int
    of_campaign: str
    version_id: int
    questions: tuple[str, ...]
    seed: str
    stratified: bool
    strata: Mapping[str, Stratum]
    drawn_at: float
    drawn_by: str

    @property
    def people(self) -> int:
        """Complete interviews that could be drawn."""
        return sum(each.people for each in self.strata.values())

    @property
    def drawn(self) -> int:
        """The size of the sample."""
        return sum(each.drawn for each in self.strata.values())


class SampleChecks:
    """The checks of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def candidates(self, campaign_id: int) -> Candidates:
        """The people of the campaign whose keypad interview is complete."""
        async with self._access.reading() as connection:
            return await connection.run_sync(_candidates, campaign_id)

    async def create(
        self,
        draft: Draft,
        terms: ListTerms,
        of_campaign_id: int,
        questions: Sequence[str],
        seed: str,
        draw: Callable[[Mapping[int, str]], Sample],
        by: str,
        now: float,
        *,
        stratified: bool,
    ) -> tuple[int, Sample]:
        """Draw and store list, campaign and sample, or nothing at all; returns the queue's length, too.

        ``draft``'s list is the new one that ``terms`` describe. ``InputError`` when a name is taken or nobody
        was drawn.
        """

        def work(connection: Connection) -> tuple[int, Sample]:
            sample = draw(_candidates(connection, of_campaign_id).constituency_of)
            if not sample.ids:
                raise InputError(N_("the sample is empty: no complete interview is left to be asked again"))
            list_id = _new_list(connection, terms, sample.ids, by, now)
            campaign_id, queued = add_campaign(connection, replace(draft, list_id=list_id), by, now)
            strata = {name: [each.people, each.drawn] for name, each in sample.strata.items()}
            row = {
                "campaign_id": campaign_id, "of_campaign_id": of_campaign_id, "questions": list(questions),
                "seed": seed, "stratified": stratified, "strata": strata, "drawn_at": now,
                "drawn_by": fit(SampleCheck.drawn_by, by),
            }  # fmt: skip
            connection.execute(insert(SampleCheck).values(row))
            detail = {"of": of_campaign_id, "seed": seed, "drawn": len(sample.ids), "questions": [*questions]}
            write_audit(connection, AuditEntry(now, by, "survey sample-check", draft.name, detail))
            return queued, sample

        return await self._access.transact(work)

    async def of(self, campaign_id: int) -> Sequence[CheckRecord]:
        """The check that this campaign is, or all checks of this campaign's interviews, oldest first."""
        mine = or_(SampleCheck.campaign_id == campaign_id, SampleCheck.of_campaign_id == campaign_id)
        async with self._access.reading() as connection:
            rows = await connection.execute(_checks().where(mine).order_by(SampleCheck.campaign_id))
            return [_record(row) for row in rows]

    async def answers(
        self, check: CheckRecord
    ) -> AsyncGenerator[tuple[Sequence[Given], Sequence[Given]], None]:
        """Of each person of the sample: the answers by keypad, and those to the operator of the check."""
        async with self._access.reading() as connection:
            rows = await connection.stream(_answers(check).execution_options(yield_per=BATCH))
            half: list[_Row] = []
            async for batch in rows.partitions():
                people = [
                    list(group) for _id, group in groupby([*half, *batch], key=lambda row: row.contact_id)
                ]
                half = people.pop()
                for person in people:
                    yield _both(person)
            if half:
                yield _both(half)


def _candidates(connection: Connection, campaign_id: int) -> Candidates:
    before = (
        select(CampaignContact.contact_id)
        .join(SampleCheck, SampleCheck.campaign_id == CampaignContact.campaign_id)
        .where(SampleCheck.of_campaign_id == campaign_id)
    )
    suppressed = select(Suppression.id).where(
        Suppression.phone == Contact.phone, Suppression.lifted_at.is_(None)
    )
    query = (
        select(
            Contact.id,
            Contact.constituency,
            suppressed.exists().label("suppressed"),
            Contact.id.in_(before).label("before"),
        )
        .join(CampaignContact, CampaignContact.contact_id == Contact.id)
        .where(CampaignContact.campaign_id == campaign_id, CampaignContact.complete_as.is_not(None))
    )
    rows = connection.execute(query).all()
    free = [row for row in rows if not row.suppressed and not row.before]
    return Candidates(
        {row.id: "" if row.constituency is None else str(row.constituency) for row in free},
        suppressed=sum(bool(row.suppressed) for row in rows),
        drawn_before=sum(bool(row.before) and not row.suppressed for row in rows),
    )


def _new_list(connection: Connection, terms: ListTerms, ids: Sequence[int], by: str, now: float) -> int:
    if connection.scalar(select(ContactList.id).where(ContactList.name == terms.name)) is not None:
        raise InputError(N_("a list named {name!r} exists; choose another name"), name=terms.name)
    row: dict[str, Any] = {"name": terms.name, "purpose": terms.purpose}
    row |= {"source": fit(ContactList.source, terms.source)}
    row |= {"consent": terms.consent, "created_at": now, "created_by": fit(ContactList.created_by, by)}
    made = connection.execute(insert(ContactList).values(row).returning(ContactList.id))
    list_id: int = made.scalar_one()
    for batch in batches(ids, BATCH):
        connection.execute(insert(ListMember), [{"list_id": list_id, "contact_id": id_} for id_ in batch])
    return list_id


def _checks() -> Select[*tuple[Any, ...]]:
    first = aliased(Campaign)
    return (
        select(SampleCheck, Campaign.name, Campaign.survey_version_id, first.name.label("of_name"))
        .join(Campaign, Campaign.id == SampleCheck.campaign_id)
        .join(first, first.id == SampleCheck.of_campaign_id)
    )


def _record(row: _Row) -> CheckRecord:
    strata = {name: Stratum(*counts) for name, counts in row.strata.items()}
    return CheckRecord(
        row.campaign_id, row.name, row.of_campaign_id, row.of_name, row.survey_version_id,
        tuple(row.questions), row.seed, row.stratified, strata, row.drawn_at, row.drawn_by,
    )  # fmt: skip


def _answers(check: CheckRecord) -> Select[*tuple[Any, ...]]:
    first = and_(Attempt.campaign_id == check.of_campaign_id, Answer.via != BY_OPERATOR)
    again = and_(Attempt.campaign_id == check.campaign_id, Answer.via == BY_OPERATOR)
    sampled = select(CampaignContact.contact_id).where(CampaignContact.campaign_id == check.campaign_id)
    columns: tuple[Any, ...] = (
        Answer.contact_id, Answer.attempt_id, Answer.question, Answer.value, Answer.via, Answer.language,
        Answer.answered_at,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(
            Answer.contact_id.in_(sampled),
            Answer.survey_version_id == check.version_id,
            Answer.question.in_(check.questions),
            or_(first, again),
        )
        .order_by(Answer.contact_id, Answer.answered_at, Answer.id)
    )


def _both(rows: Sequence[_Row]) -> tuple[Sequence[Given], Sequence[Given]]:
    given = [
        Given(row.attempt_id, row.question, row.value, row.via, row.language, row.answered_at) for row in rows
    ]
    keyed = [each for each in given if each.via != BY_OPERATOR]
    return keyed, [each for each in given if each.via == BY_OPERATOR]
