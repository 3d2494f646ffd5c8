"""Who is due in a campaign, in SQL: whoever asked to be called first, then by time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from db.models import Attempt, CampaignContact, ContactList, Suppression
from db.models import Campaign as CampaignTable
from db.models import Contact as ContactTable
from dialer.store.claiming import one_of_few_sizes
from dialer.store.dialects import DIALECTS, WAITING, Dialect
from dialer.store.direct import fetch

WAITS = (CampaignContact.campaign_id == bindparam("campaign"), CampaignContact.state == WAITING)
"""A place of the campaign whose contact waits."""


class Due(NamedTuple):
    """A waiting contact: its place, and what else a claim must know as JSON text.

    ``person``: phone, name, language, constituency, kind, whether they opted out, and their past: when each
    attempt ended, its campaign, its outcome. ``of_campaign``: as of ``CAMPAIGN``, the same in all rows.
    """

    contact_id: int
    attempts: int
    next_at: float
    callback_at: float | None
    callback_with: int | None
    of_campaign: str
    person: str
    state: str = "waiting"


def _asked_for(place: type[CampaignContact]) -> tuple[ColumnElement[bool], ...]:
    """The place's person asked to be called by now, and no rule made that later."""
    return (
        place.campaign_id == bindparam("campaign"),
        place.state == WAITING,
        place.callback_at <= bindparam("now"),
        place.next_at <= bindparam("now"),
    )


_place = aliased(CampaignContact)
_LIST_OF_CAMPAIGN = (
    CampaignTable.state,
    ContactList.purpose,
    ContactList.source,
    ContactList.consent,
    # Not EXISTS: PostgreSQL would think that many are due, and look for the first by reading the table.
    select(_place.contact_id)
    .where(*_asked_for(_place))
    .order_by(_place.callback_at)
    .limit(literal_column("1"))
    .scalar_subquery()
    .is_not(None)
    .label("callbacks"),
)
CAMPAIGN: Select[*tuple[Any, ...]] = (
    select(*_LIST_OF_CAMPAIGN)
    .join(ContactList, ContactList.id == CampaignTable.list_id)
    .where(CampaignTable.id == bindparam("campaign"))
)
"""State, purpose, source, consent, and whether somebody who asked for it is due."""


def _rows_of_due(dialect: Dialect, size: int | None) -> Select[*tuple[Any, ...]]:
    """Who is due, the person and the whole past of each, and the campaign: one statement, since each costs a
    way to the server and back.

    ``size``: how many at most, None for the parameter of this name, which SQLite gets: one statement is made
    for all sizes. Of a limit that it does not know PostgreSQL thinks a tenth of the table, and plans every
    time anew. What hangs on a contact is a subquery of its own, found by its index for each row
    whatever the tables hold: in a join the planner would choose, and sometimes for reading a table to its
    end.
    """
    opted_out = (
        select(Suppression.id)
        .where(Suppression.phone == ContactTable.phone, Suppression.lifted_at.is_(None))
        .exists()
    )
    # The whole past: it is short, and a condition on its age would let the planner scan for it. A call to us
    # matters as long as it lasts.
    ended_or_claimed = func.coalesce(Attempt.ended_at, Attempt.claimed_at)
    each = dialect.json_list(ended_or_claimed, Attempt.campaign_id, Attempt.outcome)
    past = select(dialect.json_all(each)).where(
        Attempt.contact_id == ContactTable.id,
        or_(Attempt.inbound.is_(False), Attempt.ended_at.is_(None)),
    )
    own = ContactTable
    columns = (own.phone, own.name, own.language, own.constituency, own.kind)
    # As text: that of all rows is read in one go, and that of the campaign, the same in every row, once.
    person = select(cast(dialect.json_list(*columns, opted_out, past.scalar_subquery()), String)).where(
        ContactTable.id == CampaignContact.contact_id
    )
    of_campaign = CAMPAIGN.with_only_columns(cast(dialect.json_list(*_LIST_OF_CAMPAIGN), String))
    return select(
        CampaignContact.contact_id,
        CampaignContact.attempts,
        CampaignContact.next_at,
        CampaignContact.callback_at,
        CampaignContact.callback_with,
        of_campaign.scalar_subquery().label("of_campaign"),
        person.scalar_subquery().label("person"),
    ).limit(bindparam("size", type_=Integer()) if size is None else literal_column(str(size)))


@cache
def _due(dialect: str, size: int | None) -> Select[*tuple[Any, ...]]:
    return (
        _rows_of_due(DIALECTS[dialect], size)
        .where(
            *WAITS,
            CampaignContact.next_at <= bindparam("now"),
            tuple_(CampaignContact.next_at, CampaignContact.contact_id)
            > tuple_(bindparam("after_at"), bindparam("after_contact")),
        )
        .order_by(CampaignContact.next_at, CampaignContact.contact_id)
    )


@cache
def _called_back(dialect: str, size: int | None) -> Select[*tuple[Any, ...]]:
    return (
        _rows_of_due(DIALECTS[dialect], size)
        .where(*_asked_for(CampaignContact))
        .order_by(CampaignContact.callback_at, CampaignContact.contact_id)
    )


@cache
def _one(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        _rows_of_due(DIALECTS[dialect], 1)
        .add_columns(CampaignContact.state)
        .where(CampaignContact.campaign_id == bindparam("campaign"))
        .where(CampaignContact.contact_id == bindparam("contact"))
    )


def one(connection: Connection, campaign_id: int, contact_id: int, now: float) -> Due | None:
    """This contact's place with its ``state``, due or not; None if it is not in the campaign."""
    asked = {"campaign": campaign_id, "contact": contact_id, "now": now}
    row = connection.execute(_one(connection.dialect.name), asked).one_or_none()
    return None if row is None else Due(*row)


Position = tuple[float, int]
"""Where a waiting contact stands in its campaign: its time, its id."""
FRONT: Position = (-1.0, 0)
"""Before all that wait."""


@dataclass(slots=True)
class Page:
    """The due contacts of a campaign, a page at a time.

    Who is due is read from ``after`` on, and from the front once nobody is left behind it.
    """

    campaign_id: int
    now: float
    after: Position = FRONT
    examined: int = 0
    is_last: bool = False
    _from_front: bool = field(init=False)

    def __post_init__(self) -> None:
        self._from_front = self.after == FRONT

    def read(self, connection: Connection, size: int) -> Sequence[Due]:
        """The next ones, at most ``size``; none when there is nobody left."""
        if size == 0:
            return ()
        page = {"campaign": self.campaign_id, "now": self.now}
        page |= {"after_at": self.after[0], "after_contact": self.after[1]}
        due = _read(connection, _due, size, page)
        self.examined += size
        if due:
            self.after = position(due[-1])
        if len(due) == size:
            return due
        if self._from_front:
            self.is_last = True
            return due
        self._from_front, self.after = True, FRONT
        return due or self.read(connection, size)

    def those_called_back_first(self, connection: Connection, due: Sequence[Due]) -> Sequence[Due]:
        """Whoever asked to be called by now, then the others; as many as there were, at least."""
        campaign = {"campaign": self.campaign_id, "now": self.now}
        asked_for = _read(connection, _called_back, one_of_few_sizes(len(due)), campaign)
        known = {row.contact_id for row in asked_for}
        return [*asked_for, *(row for row in due if row.contact_id not in known)]


def _read(
    connection: Connection,
    statement: Callable[[str, int | None], Select[*tuple[Any, ...]]],
    size: int,
    parameters: Mapping[str, object],
) -> Sequence[Due]:
    if connection.dialect.name == "postgresql":
        rows = fetch(connection, statement("postgresql", size), parameters)
    else:
        rows = fetch(connection, statement("sqlite", None), {**parameters, "size": size})
    return [Due(*row) for row in rows]


def position(due: Due) -> Position:
    """Where this contact stands."""
    return due.next_at, due.contact_id
