"""The agreed callbacks as people look at them: listed, shown to the operator they are with, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, insert, or_, select, update
from sqlalchemy.orm import aliased

from db.models import Attempt, AttemptEvent, Callback, Campaign, CampaignContact, Contact, Operator
from db.session import Database
from dialer.core.callbacks import OPEN, CallbackFacts, CallbackState, state_of
from dialer.core.model import CampaignState
from dialer.core.words import N_
from dialer.errors import NotFoundError, RuleRefusal
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.dialects import fit

CANCELLED: Final = "callback_cancelled"
"""Why a contact left a campaign whose callback was cancelled; also the event in the story of the call."""
MOST_LISTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """An agreement. ``phone`` is whole; ``operator``: with whom, empty for anybody. Epoch seconds."""

    id: int
    due_at: float
    agreed_at: float
    contact_id: int
    person: str
    phone: str
    campaign: str
    operator: str
    state: CallbackState
    cancelled_by: str
    cancelled_why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which callbacks: of a campaign and with an operator (by user name), both empty for all.

    ``since`` and ``until`` hold their times; without ``until`` those that are open come too, whatever theirs.
    """

    campaign: str = ""
    operator: str = ""
    since: float = 0.0
    until: float | None = None


_later = aliased(Callback)
_REPLACED = exists().where(
    _later.campaign_id == Callback.campaign_id,
    _later.contact_id == Callback.contact_id,
    _later.agreed_at > Callback.agreed_at,
)
_CALLED = exists().where(
    Attempt.campaign_id == Callback.campaign_id,
    Attempt.contact_id == Callback.contact_id,
    Attempt.id != Callback.attempt_id,
    Attempt.ended_at >= Callback.due_at,
)
_WAITS = and_(
    CampaignContact.callback_at.is_not(None),
    CampaignContact.state != "done",
    Campaign.state != CampaignState.FINISHED.value,
)
_OPEN = and_(Callback.cancelled_at.is_(None), _WAITS, ~_REPLACED)


def _callbacks() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Callback.id,
            Callback.due_at,
            Callback.agreed_at,
            Callback.campaign_id,
            Callback.contact_id,
            Callback.attempt_id,
            Callback.cancelled_at,
            Callback.cancelled_by,
            Callback.cancelled_why,
            Contact.name.label("person"),
            Contact.phone,
            Campaign.name.label("campaign"),
            Operator.name.label("operator"),
            CampaignContact.state.label("place"),
            _WAITS.label("waits"),
            _REPLACED.label("replaced"),
            _CALLED.label("called"),
        )
        .join(Contact, Contact.id == Callback.contact_id)
        .join(Campaign, Campaign.id == Callback.campaign_id)
        .join(
            CampaignContact,
            and_(
                CampaignContact.campaign_id == Callback.campaign_id,
                CampaignContact.contact_id == Callback.contact_id,
            ),
        )
        .outerjoin(Operator, Operator.id == Callback.operator_id)
        .order_by(Callback.due_at, Callback.id)
    )


class Callbacks:
    """The callbacks of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def listed(self, wanted: Wanted, now: float) -> Sequence[CallbackRecord]:
        """By time, at most ``MOST_LISTED``; ``NotFoundError`` for a campaign or operator nobody knows."""

        def work(connection: Connection) -> Sequence[CallbackRecord]:
            rows = connection.execute(_callbacks().where(*_narrowed(connection, wanted)).limit(MOST_LISTED))
            return [_record(row, now) for row in rows]

        return await self._access.query(work)

    async def next_with(self, operator_id: int, count: int, now: float) -> Sequence[CallbackRecord]:
        """The operator's own that are open, the earliest first."""
        query = _callbacks().where(Callback.operator_id == operator_id, _OPEN).limit(count)
        rows = await self._access.query(lambda connection: connection.execute(query).all())
        return [_record(row, now) for row in rows]

    async def cancel(self, callback_id: int, why: str, by: str, now: float) -> CallbackRecord:
        """The person is not called for it; their place in the campaign is as if none had been agreed.

        ``NotFoundError`` for a number that is none, ``RuleRefusal`` when it is not open or is being called.
        """

        def work(connection: Connection) -> CallbackRecord:
            # A claim waits for the lock, or was first and is seen here.
            connection.execute(
                select(CampaignContact.state)
                .join(
                    Callback,
                    and_(
                        Callback.campaign_id == CampaignContact.campaign_id,
                        Callback.contact_id == CampaignContact.contact_id,
                    ),
                )
                .where(Callback.id == callback_id)
                .with_for_update(of=CampaignContact)
            )
            row = _open_one(connection, callback_id, now)
            _cancel(connection, row, why, by, now)
            detail = {"contact": row.contact_id, "campaign": row.campaign, "due_at": row.due_at, "why": why}
            write_audit(connection, AuditEntry(now, by, "callback cancel", f"callback {row.id}", detail))
            return _record(connection.execute(_callbacks().where(Callback.id == callback_id)).one(), now)

        return await self._access.transact(work)


def _narrowed(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.campaign:
        campaign_id = connection.scalar(select(Campaign.id).where(Campaign.name == wanted.campaign))
        if campaign_id is None:
            raise NotFoundError(
                N_("no campaign is named {name!r}; see `dialer campaign list`{near}"),
                name=wanted.campaign,
                near="",
            )
        conditions.append(Callback.campaign_id == campaign_id)
    if wanted.operator:
        operator_id = connection.scalar(select(Operator.id).where(Operator.username == wanted.operator))
        if operator_id is None:
            raise NotFoundError(
                N_("operator: nobody is named {username!r}; see `dialer operators list`"),
                username=wanted.operator,
            )
        conditions.append(Callback.operator_id == operator_id)
    from_then_on = Callback.due_at >= wanted.since
    if wanted.until is None:
        return [*conditions, or_(from_then_on, _OPEN)]
    return [*conditions, from_then_on, Callback.due_at < wanted.until]


def _open_one(connection: Connection, callback_id: int, now: float) -> Row[*tuple[Any, ...]]:
    row = connection.execute(_callbacks().where(Callback.id == callback_id)).one_or_none()
    if row is None:
        text = N_("no callback has the number {id}; see `dialer callbacks list`")
        raise NotFoundError(text, id=callback_id)
    if state_of(_facts(row), now) not in OPEN:
        raise RuleRefusal(N_("callback {id} is not open any more"), id=callback_id)
    if row.place == "claimed" and row.due_at <= now:
        raise RuleRefusal(N_("callback {id}: the person is being called now"), id=callback_id)
    return row


def _cancel(connection: Connection, row: Row[*tuple[Any, ...]], why: str, by: str, now: float) -> None:
    place: dict[str, Any] = {"callback_at": None, "callback_with": None}
    # Still on the line: the end of the call sends the contact on.
    if row.place == "waiting":
        place |= {"state": "done", "done_why": CANCELLED}
    connection.execute(
        update(CampaignContact)
        .where(
            CampaignContact.campaign_id == row.campaign_id, CampaignContact.contact_id == row.contact_id
        )
        .values(place)
    )
    connection.execute(
        update(Callback)
        .where(Callback.id == row.id)
        .values(
            cancelled_at=now,
            cancelled_by=fit(Callback.cancelled_by, by),
            cancelled_why=fit(Callback.cancelled_why, why),
        )
    )
    connection.execute(
        insert(AttemptEvent).values(
            attempt_id=row.attempt_id, at=now, event=CANCELLED, detail=fit(AttemptEvent.detail, why)
        )
    )


def _facts(row: Row[*tuple[Any, ...]]) -> CallbackFacts:
    return CallbackFacts(
        due_at=row.due_at,
        waits=bool(row.waits),
        replaced=bool(row.replaced),
        cancelled=row.cancelled_at is not None,
        called=bool(row.called),
    )


def _record(row: Row[*tuple[Any, ...]], now: float) -> CallbackRecord:
    return CallbackRecord(
        id=row.id,
        due_at=row.due_at,
        agreed_at=row.agreed_at,
        contact_id=row.contact_id,
        person=row.person,
        phone=row.phone,
        campaign=row.campaign,
        operator=row.operator or "",
        state=state_of(_facts(row), now),
        cancelled_by=row.cancelled_by or "",
        cancelled_why=row.cancelled_why or "",
    )
