"""Somebody rings a line, in SQL: remembered once, judged by what is known, and put into the queue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, insert, not_, select, update

from db.models import Attempt, CampaignContact, ListMember, Suppression
from db.models import Campaign as CampaignTable
from db.models import Contact as ContactTable
from db.rings import Ring as RingTable
from dialer.core.missed_calls import DAY_S, MINUTE_S, LineLimits, RingFacts, RingResult, judge_ring
from dialer.core.model import CampaignState, Contact
from dialer.store.dialects import WAITING, PerDialect, fit
from dialer.store.port import Ring, Rung

NEVER = -1.0
AnyRow = Row[*tuple[Any, ...]]

TAKING = (CampaignState.DRAFT.value, CampaignState.RUNNING.value, CampaignState.PAUSED.value)
"""Campaigns whose line is theirs still: one that was not started, or pauses, calls back when it runs."""

_KNOWN = select(RingTable.result, RingTable.campaign_id, RingTable.at).where(
    RingTable.id == bindparam("id")
)
_CAMPAIGN = (
    select(CampaignTable.id, func.coalesce(CampaignTable.line_list_id, CampaignTable.list_id).label("list"))
    .where(CampaignTable.line == bindparam("line"), CampaignTable.state.in_(TAKING))
    .order_by(CampaignTable.id.desc())
    .limit(1)
)
# Locked: the person may ring at two sites at once, and must be called by one.
_PERSON = (
    select(ContactTable.id, ContactTable.name, ContactTable.language, ContactTable.constituency)
    .where(ContactTable.phone == bindparam("phone"))
    .with_for_update()
)
_OPTED_OUT = select(
    exists().where(Suppression.phone == bindparam("phone"), Suppression.lifted_at.is_(None))
)
# Locked: a claim of this person that is being written is waited for, and then seen as a call under way.
_PLACE = (
    select(CampaignContact.state, CampaignContact.callback_at, CampaignContact.complete_as)
    .where(
        CampaignContact.campaign_id == bindparam("campaign"),
        CampaignContact.contact_id == bindparam("contact"),
    )
    .with_for_update(key_share=True)
)
# The attempt that the ring itself was to become is of the same moment.
_of_this_ring = and_(Attempt.inbound, Attempt.claimed_at == bindparam("rang_at"))
_UNDER_WAY = select(Attempt.campaign_id).where(
    Attempt.contact_id == bindparam("contact"), Attempt.ended_at.is_(None), not_(_of_this_ring)
)
_wish = RingTable.result == RingResult.CALL_BACK.value
_WISHES = select(func.count(), func.max(RingTable.at)).where(
    RingTable.phone == bindparam("phone"), RingTable.line == bindparam("line"), _wish,
    RingTable.at > bindparam("since"),
)  # fmt: skip
_WISHES_OF_LINE = select(func.count()).where(
    RingTable.line == bindparam("line"), _wish, RingTable.at > bindparam("since")
)
_NEW_PERSON = PerDialect(
    lambda dialect: dialect.insert(ContactTable)
    .on_conflict_do_nothing(index_elements=["phone"])
    .returning(ContactTable.id)
)
_ON_LIST = PerDialect(lambda dialect: dialect.insert(ListMember).inline().on_conflict_do_nothing())
_IN_QUEUE = PerDialect(lambda dialect: dialect.insert(CampaignContact).inline().on_conflict_do_nothing())
_own_place = (
    CampaignContact.campaign_id == bindparam("campaign"),
    CampaignContact.contact_id == bindparam("contact"),
)
_claimed = CampaignContact.state == "claimed"
_COMES_FIRST = (
    update(CampaignContact)
    .where(*_own_place)
    .values(
        callback_at=bindparam("due"),
        callback_with=None,
        state=case((_claimed, CampaignContact.state), else_=WAITING),
        next_at=case((_claimed, CampaignContact.next_at), else_=bindparam("due")),
        done_why=None,
    )
)
_WAITS_FOR_THE_END = (
    update(CampaignContact)
    .where(*_own_place, CampaignContact.state == WAITING, CampaignContact.next_at < bindparam("due"))
    .values(next_at=bindparam("due"))
)
_REMEMBER = insert(RingTable).inline()
_JUDGED_ANEW = (
    update(RingTable)
    .where(RingTable.id == bindparam("ring"))
    .values(result=bindparam("to_result"), campaign_id=bindparam("to_campaign"))
)


def rang(connection: Connection, ring: Ring, limits: LineLimits) -> Rung:
    """As the port says; inside one transaction."""
    known = connection.execute(_KNOWN, {"id": ring.id}).one_or_none()
    if known is not None and not ring.was_not_asked(RingResult(known.result)):
        return Rung(RingResult(known.result), known.campaign_id)
    campaign = connection.execute(_CAMPAIGN, {"line": ring.line}).one_or_none()
    person = connection.execute(_PERSON, {"phone": ring.phone}).one_or_none() if ring.phone else None
    rang_at = NEVER if known is None else known.at
    result = _judged(connection, ring, rang_at, limits, campaign, person)
    rung = Rung(result, None if campaign is None else campaign.id)
    if campaign is not None and result in (RingResult.CALL_BACK, RingResult.ASKED):
        due_at = ring.due_at(result, limits)
        contact = _contact(connection, ring, person)
        _put_in_queue(connection, campaign, contact.id, result, due_at)
        rung = Rung(result, campaign.id, contact, due_at)
    if known is None:
        _remember(connection, ring, rung, None if person is None else person.id)
    else:
        anew = {"ring": ring.id, "to_result": rung.result.value, "to_campaign": rung.campaign_id}
        connection.execute(_JUDGED_ANEW, anew)
    return rung


def _judged(
    connection: Connection,
    ring: Ring,
    rang_at: float,
    limits: LineLimits,
    campaign: AnyRow | None,
    person: AnyRow | None,
) -> RingResult:
    if ring.refused is not None:
        return ring.refused
    if campaign is None:
        return RingResult.NO_CAMPAIGN
    facts = _facts(connection, ring, rang_at, campaign.id, None if person is None else person.id)
    return judge_ring(facts, limits, ring.at, answering=ring.resumes_at is not None)


def _facts(
    connection: Connection, ring: Ring, rang_at: float, campaign_id: int, contact_id: int | None
) -> RingFacts:
    number = {"phone": ring.phone}
    place, calling = None, None
    if contact_id is not None:
        own = {"campaign": campaign_id, "contact": contact_id}
        place = connection.execute(_PLACE, own).one_or_none()
        calling = connection.scalar(_UNDER_WAY, {"contact": contact_id, "rang_at": rang_at})
    wishes = {"line": ring.line, "since": ring.at - DAY_S}
    of_day, last_at = connection.execute(_WISHES, number | wishes).one()
    of_minute = connection.scalar(_WISHES_OF_LINE, wishes | {"since": ring.at - MINUTE_S})
    return RingFacts(
        suppressed=bool(connection.scalar(_OPTED_OUT, number)),
        last_wish_at=last_at,
        awaits_call=place is not None and place.state == "waiting" and place.callback_at is not None,
        call_under_way=calling == campaign_id,
        called_elsewhere=calling not in (None, campaign_id),
        complete=place is not None and place.complete_as is not None,
        wishes_of_day=of_day,
        wishes_of_minute=of_minute or 0,
    )


def _contact(connection: Connection, ring: Ring, person: AnyRow | None) -> Contact:
    if person is None:
        row: dict[str, Any] = {
            "phone": ring.phone, "name": "", "language": "hi", "constituency": None, "booth": "",
            "kind": "citizen", "role": "", "schemes": [], "attributes": {}, "created_at": ring.at,
        }  # fmt: skip
        connection.execute(_NEW_PERSON.on(connection), row)
        person = connection.execute(_PERSON, {"phone": ring.phone}).one()
    return Contact(person.id, ring.phone, person.name, person.language, person.constituency, "", "", "")


def _put_in_queue(
    connection: Connection, campaign: AnyRow, contact_id: int, result: RingResult, due_at: float
) -> None:
    connection.execute(_ON_LIST.on(connection), {"list_id": campaign.list, "contact_id": contact_id})
    place = {"campaign_id": campaign.id, "contact_id": contact_id, "state": "waiting", "next_at": due_at}
    connection.execute(_IN_QUEUE.on(connection), place | {"attempts": 0})
    own = {"campaign": campaign.id, "contact": contact_id, "due": due_at}
    connection.execute(_COMES_FIRST if result is RingResult.CALL_BACK else _WAITS_FOR_THE_END, own)


def _remember(connection: Connection, ring: Ring, rung: Rung, known_id: int | None) -> None:
    row = {
        "id": fit(RingTable.id, ring.id),
        "line": fit(RingTable.line, ring.line),
        "caller": fit(RingTable.caller, ring.caller),
        "phone": ring.phone,
        "at": ring.at,
        "result": rung.result.value,
        "campaign_id": rung.campaign_id,
        "contact_id": known_id if rung.contact is None else rung.contact.id,
    }
    connection.execute(_REMEMBER, row)
