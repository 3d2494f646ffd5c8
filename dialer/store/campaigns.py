"""Campaigns as the supervisor handles them: made, listed, started, paused, stopped; each change audited."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from db.models import Campaign as CampaignTable
from db.models import CampaignContact, ContactList, ListMember, Survey, SurveyVersion
from db.session import Database
from dialer.core.drafting import Draft, ListFacts, line_list_name
from dialer.core.lifecycle import ENDED, Step, state_after
from dialer.core.missed_calls import MISSED_CALL
from dialer.core.model import Campaign, CampaignKind, CampaignState, RefusalReason
from dialer.core.quotas import ONLY_SURVEYS, Standings, quotas_of, stored_quotas
from dialer.core.words import N_
from dialer.errors import IllegalTransition, InputError, NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.quotas import bring_back, read_standings
from dialer.store.sql_read import campaign


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """A campaign with its list and survey. ``survey``: ``name vN``, empty when it asks nothing."""

    campaign: Campaign
    list_id: int
    list_name: str
    list_purpose: str
    list_source: str
    list_consent: str
    survey: str
    created_at: float
    created_by: str
    started_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Contacts of a campaign by state; ``next_at``: the earliest time at which a waiting one may be tried.

    ``callbacks``: those among the waiting who asked to be called; ``next_callback_at``: the first of them.
    ``over_quota``: those among the done who were left because their group was full.
    """

    waiting: int = 0
    claimed: int = 0
    done: int = 0
    next_at: float | None = None
    callbacks: int = 0
    next_callback_at: float | None = None
    over_quota: int = 0

    @property
    def total(self) -> int:
        """All contacts of the campaign."""
        return self.waiting + self.claimed + self.done


class Campaigns:
    """The campaigns of one database. ``NotFoundError`` offers names that are near to an unknown one."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def create(self, draft: Draft, by: str, now: float) -> tuple[CampaignRecord, int]:
        """Store the campaign as a draft and put everyone of its list into its queue, or nothing at all.

        Returns the campaign and the length of its queue.
        """

        _id, queued = await self._access.transact(lambda connection: add_campaign(connection, draft, by, now))
        return await self.find(draft.name), queued

    async def all(self) -> Sequence[CampaignRecord]:
        """Every campaign, newest first."""
        async with self._access.reading() as connection:
            rows = await connection.execute(_campaigns().order_by(CampaignTable.id.desc()))
            return [_record(row) for row in rows]

    async def find(self, name: str) -> CampaignRecord:
        """The campaign of that name."""
        async with self._access.reading() as connection:
            return _record(await connection.run_sync(_one, name))

    async def script(self, name: str) -> dict[str, Any]:
        """What its operators say, as it was given; empty when nothing was."""
        async with self._access.reading() as connection:
            row = await connection.run_sync(_one, name)
            query = select(CampaignTable.script).where(CampaignTable.id == row.id)
            return dict(await connection.scalar(query) or {})

    async def give_script(self, name: str, script: Mapping[str, Any], by: str, now: float) -> None:
        """Store what its operators say; desks show it from the next call on."""

        def work(connection: Connection) -> None:
            row = _one(connection, name)
            changed = update(CampaignTable).where(CampaignTable.id == row.id)
            connection.execute(changed.values(script=dict(script)))
            write_audit(connection, AuditEntry(now, by, "campaign script", row.name))

        await self._access.transact(work)

    async def standings(self, campaign: Campaign) -> Standings:
        """How far the campaign's quotas are."""
        if not campaign.quotas:
            return Standings(())
        async with self._access.reading() as connection:
            return await connection.run_sync(read_standings, campaign)

    async def change_quotas(
        self, name: str, changes: Mapping[str, int | None], by: str, now: float
    ) -> tuple[CampaignRecord, int]:
        """Set the wanted interviews of groups like ``constituency:62``; None takes a group's quota away.

        Returns the campaign and how many people wait again who had left because their group was full. A
        finished campaign to which some come back is paused: it goes on when it is resumed.
        ``InputError`` for a campaign that is no survey, ``IllegalTransition`` for a finished one otherwise.
        """

        def work(connection: Connection) -> int:
            row = _one(connection, name)
            if row.kind != CampaignKind.SURVEY:
                raise InputError(ONLY_SURVEYS, name=row.name)
            merged = {**row.quotas, **changes}
            quotas = {group: wanted for group, wanted in merged.items() if wanted is not None}
            columns: dict[str, Any] = {"quotas": quotas}
            back = bring_back(connection, replace(campaign(row), quotas=quotas_of(quotas)))
            if row.state == CampaignState.FINISHED:
                if not back:
                    raise IllegalTransition(ENDED, state=CampaignState.FINISHED)
                columns |= {"state": CampaignState.PAUSED.value, "finished_at": None}
            connection.execute(update(CampaignTable).where(CampaignTable.id == row.id).values(columns))
            detail = {"from": row.quotas, "to": quotas, "wait_again": back}
            write_audit(connection, AuditEntry(now, by, "campaign quotas", row.name, detail))
            return back

        back = await self._access.transact(work)
        return await self.find(name), back

    async def queues(self, campaign_id: int | None = None) -> Mapping[int, Queue]:
        """Queues by campaign id, of one campaign or of all; one without contacts is missing."""
        columns = (CampaignContact.campaign_id, CampaignContact.state)
        earliest = func.min(CampaignContact.next_at).label("next_at")
        agreed = CampaignContact.callback_at
        callbacks = (func.count(agreed).label("callbacks"), func.min(agreed).label("next_callback_at"))
        left = case((CampaignContact.done_why == RefusalReason.QUOTA_FULL.value, 1))
        over_quota = func.count(left).label("over_quota")
        query = select(*columns, func.count().label("contacts"), earliest, *callbacks, over_quota)
        if campaign_id is not None:
            query = query.where(CampaignContact.campaign_id == campaign_id)
        queues: dict[int, dict[str, Any]] = {}
        async with self._access.reading() as connection:
            for row in await connection.execute(query.group_by(*columns)):
                queue = queues.setdefault(row.campaign_id, {})
                queue[row.state] = row.contacts
                if row.state == "waiting":
                    names = ("next_at", "callbacks", "next_callback_at")
                    queue |= {name: getattr(row, name) for name in names}
                elif row.state == "done":
                    queue["over_quota"] = row.over_quota
        return {id_: Queue(**queue) for id_, queue in queues.items()}

    async def contact_list(self, name: str) -> ListFacts:
        """The list of that name."""
        facts = ContactList
        columns = (facts.id, facts.name, facts.purpose, facts.source, facts.consent)
        async with self._access.reading() as connection:
            row = (await connection.execute(select(*columns).where(ContactList.name == name))).one_or_none()
            if row is None:
                known = await connection.scalars(select(ContactList.name))
                text = N_("no list is named {name!r}; import one with `dialer contacts import`{near}")
                raise _unknown(text, name, known.all())
            count = select(func.count()).select_from(ListMember).where(ListMember.list_id == row.id)
            return ListFacts(*row, members=await connection.scalar(count) or 0)

    async def change_state(self, name: str, step: Step, by: str, now: float) -> tuple[CampaignRecord, int]:
        """Take the step if the state allows it; returns the campaign and how many contacts joined its queue.

        Starting and resuming take in contacts that were put on the list since. ``IllegalTransition`` says
        what is possible instead; of two supervisors at once the second is told.
        """

        def work(connection: Connection) -> int:
            row = _one(connection, name)
            before = CampaignState(row.state)
            after = state_after(before, step)
            changed = connection.execute(
                update(CampaignTable)
                .where(CampaignTable.id == row.id, CampaignTable.state == before.value)
                .values(_state_columns(after, row.started_at, now))
            )
            if changed.rowcount != 1:
                text = N_("somebody else changed campaign {name!r} just now; look again")
                raise IllegalTransition(text, name=name)
            joined = 0
            if after is CampaignState.RUNNING:
                joined = _queue_list_members(connection, row.id, row.list_id)
            detail = {"from": before.value, "to": after.value, "contacts_joined": joined}
            write_audit(connection, AuditEntry(now, by, f"campaign {step.value}", row.name, detail))
            return joined

        joined = await self._access.transact(work)
        return await self.find(name), joined


def add_campaign(connection: Connection, draft: Draft, by: str, now: float) -> tuple[int, int]:
    """As ``Campaigns.create``, in the caller's transaction; returns the campaign's id, the queue's length."""
    columns = _columns(draft, by, now)
    if draft.line:
        columns |= _with_line(connection, draft, by, now)
    adding = insert(CampaignTable).values(columns).returning(CampaignTable.id)
    try:
        campaign_id = connection.execute(adding).scalar_one()
    except IntegrityError as fault:
        text = N_("a campaign named {name!r} exists; choose another name")
        raise InputError(text, name=draft.name) from fault
    list_id = columns["list_id"]
    queued = _queue_list_members(connection, campaign_id, list_id)
    detail = {"list": list_id, "contacts": queued, "purpose": draft.purpose}
    write_audit(connection, AuditEntry(now, by, "campaign create", draft.name, detail))
    return campaign_id, queued


def _columns(draft: Draft, by: str, now: float) -> dict[str, Any]:
    return {
        "name": draft.name,
        "kind": draft.kind.value,
        "state": CampaignState.DRAFT.value,
        "purpose": draft.purpose,
        "list_id": draft.list_id,
        "trunk": draft.trunk,
        "caller_id": draft.caller_id,
        "promotional": draft.promotional,
        "window_start_minute": draft.window.start_minute,
        "window_end_minute": draft.window.end_minute,
        "mode": draft.mode.value,
        "dial_ratio": draft.dial_ratio,
        "abandonment_cap": draft.abandonment_cap,
        "ring_s": draft.ring_s,
        "wrap_up_s": draft.wrap_up_s,
        "max_channels": draft.max_channels,
        "max_attempts": draft.max_attempts,
        "priority": draft.priority,
        "survey_version_id": draft.survey_version_id,
        "quotas": stored_quotas(draft.quotas),
        "created_at": now,
        "created_by": by,
    }


def _with_line(connection: Connection, draft: Draft, by: str, now: float) -> dict[str, Any]:
    """Columns of a campaign with a line: the line, and the list of those who will ring it."""
    owner = select(CampaignTable.name).where(
        CampaignTable.line == draft.line, CampaignTable.state != CampaignState.FINISHED.value
    )
    if other := connection.scalar(owner):
        text = N_("line {line} belongs to campaign {name!r}; it is free when that one is finished")
        raise InputError(text, line=draft.line, name=other)
    listed = {
        "name": line_list_name(draft.line, draft.name), "purpose": draft.purpose, "source": MISSED_CALL,
        "consent": MISSED_CALL, "created_at": now, "created_by": by,
    }  # fmt: skip
    try:
        adding = insert(ContactList).values(listed).returning(ContactList.id)
        list_id = connection.execute(adding).scalar_one()
    except IntegrityError as fault:
        text = N_("a list named {name!r} exists; choose another name")
        raise InputError(text, name=listed["name"]) from fault
    return {"line": draft.line, "line_list_id": list_id, "list_id": draft.list_id or list_id}


def _state_columns(after: CampaignState, started_at: float | None, now: float) -> dict[str, Any]:
    columns: dict[str, Any] = {"state": after.value}
    if after is CampaignState.RUNNING and started_at is None:
        columns["started_at"] = now
    if after is CampaignState.FINISHED:
        columns["finished_at"] = now
    return columns


def _queue_list_members(connection: Connection, campaign_id: int, list_id: int) -> int:
    known = select(CampaignContact.contact_id).where(
        CampaignContact.campaign_id == campaign_id, CampaignContact.contact_id == ListMember.contact_id
    )
    members = select(
        literal(campaign_id), ListMember.contact_id, literal("waiting"), literal(0.0), literal(0)
    ).where(ListMember.list_id == list_id, ~known.exists())
    columns = ["campaign_id", "contact_id", "state", "next_at", "attempts"]
    result = connection.execute(insert(CampaignContact).from_select(columns, members, include_defaults=False))
    return result.rowcount


def _campaigns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CampaignTable,
            ContactList.name.label("list_name"),
            ContactList.purpose.label("list_purpose"),
            ContactList.source.label("list_source"),
            ContactList.consent.label("list_consent"),
            Survey.name.label("survey_name"),
            SurveyVersion.version.label("survey_version"),
        )
        .join(ContactList, ContactList.id == CampaignTable.list_id)
        .outerjoin(SurveyVersion, SurveyVersion.id == CampaignTable.survey_version_id)
        .outerjoin(Survey, Survey.id == SurveyVersion.survey_id)
    )


def _one(connection: Connection, name: str) -> Row[*tuple[Any, ...]]:
    row = connection.execute(_campaigns().where(CampaignTable.name == name)).one_or_none()
    if row is None:
        known = connection.scalars(select(CampaignTable.name)).all()
        text = N_("no campaign is named {name!r}; see `dialer campaign list`{near}")
        raise _unknown(text, name, known)
    return row


def _unknown(text: str, name: str, known: Sequence[str]) -> NotFoundError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return NotFoundError(text, name=name, near=f" ({', '.join(near)}?)" if near else "")


def _record(row: Row[*tuple[Any, ...]]) -> CampaignRecord:
    return CampaignRecord(
        campaign=campaign(row),
        list_id=row.list_id,
        list_name=row.list_name,
        list_purpose=row.list_purpose,
        list_source=row.list_source,
        list_consent=row.list_consent,
        survey=f"{row.survey_name} v{row.survey_version}" if row.survey_name else "",
        created_at=row.created_at,
        created_by=row.created_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )

