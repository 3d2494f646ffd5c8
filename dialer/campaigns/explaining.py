"""Why somebody was or was not called, and why a campaign does or does not dial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from db.session import Database
from dialer.config import Config
from dialer.core.live import CampaignLive, LiveSnapshot, SeatState
from dialer.core.model import (
    CampaignKind,
    CampaignState,
    Contact,
    DialPolicy,
    PacingMode,
    RefusalReason,
    Refused,
    Verdict,
)
from dialer.core.people import KnownPerson
from dialer.core.quotas import Standings
from dialer.core.rules import OFFICE_ZONE, day_start, may_campaign_dial, may_dial
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.reports.figures import Figures, figures
from dialer.store.campaigns import CampaignRecord, Campaigns, Queue
from dialer.store.contact_story import ContactStories, ContactStory
from dialer.store.explaining import AttemptStory, DecisionStory, Explaining, Place, WaitingRefused
from dialer.store.reporting import Reporting, Scope
from dialer.store.rings import LineCalls, RingBook, RingStory

DECISIONS_SHOWN = 10


# --- a contact -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InCampaign:
    """A contact in a campaign: its place (None: on the list, not in the queue), and the rules' verdict now.

    ``verdict`` is as if the campaign ran, so that more is seen than that it does not.
    """

    record: CampaignRecord
    place: Place | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ContactExplained:
    """Everything about one contact's calls; attempts and rings of our lines newest first."""

    story: ContactStory
    campaigns: Sequence[InCampaign]
    attempts: Sequence[AttemptStory]
    rings: Sequence[RingStory] = ()


async def explain_contact(
    config: Config,
    database: Database,
    *,
    phone: str = "",
    contact_id: int = 0,
    campaign: str = "",
    by: str,
    now: float,
    revealed: bool = False,
) -> ContactExplained:
    """Why the contact was or was not called, in one campaign or in all; the look is in the audit log."""
    records = await Campaigns(database).all()
    if campaign:
        records = [await Campaigns(database).find(campaign)]
    explaining = Explaining(database)
    try:
        story = await ContactStories(database).tell(
            phone=phone, contact_id=contact_id, by=by, now=now, revealed=revealed
        )
    except NotFoundError as fault:
        if not phone:
            raise
        if why := await _stranger(database, phone):
            raise why from fault
        raise
    places = {place.campaign: place for place in await explaining.places(story.person.id)}
    lists = {each.name for each in story.lists}
    concerned = [each for each in records if each.campaign.name in places or each.list_name in lists]
    policy = config.policy()
    found = []
    for record in concerned:
        history = await explaining.history(story.person.id, record.campaign.id, policy, now)
        running = replace(record.campaign, state=CampaignState.RUNNING)
        contact = _contact(story.person, record, suppressed=story.suppressed is not None)
        standings = await Campaigns(database).standings(running)
        verdict = may_dial(contact, running, history, policy, now, standings=standings)
        found.append(InCampaign(record, places.get(record.campaign.name), verdict))
    only = records[0].campaign.id if campaign else None
    attempts = await explaining.attempts(story.person.id, only)
    return ContactExplained(story, found, attempts, await RingBook(database).of_person(story.person.phone))


async def _stranger(database: Database, phone: str) -> NotFoundError | None:
    """What is known of a number that is no contact's."""
    suppressed = await Explaining(database).suppressed_since(phone) is not None
    rings = await RingBook(database).of_person(phone)
    if not rings:
        text = N_("this number is no contact's, but it is on the suppression list")
        return NotFoundError(text) if suppressed else None
    when = datetime.fromtimestamp(rings[0].at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")
    text = N_("this number is no contact's; it rang {line} on {when} and is not called back")
    if suppressed:
        text = N_("this number rang {line} on {when}; it is on the suppression list and is not called back")
    return NotFoundError(text, line=rings[0].line, when=when)


def _contact(person: KnownPerson, record: CampaignRecord, *, suppressed: bool) -> Contact:
    return Contact(
        id=person.id,
        phone=person.phone,
        name=person.name,
        language=person.language,
        constituency=person.constituency,
        list_purpose=record.list_purpose,
        list_source=record.list_source,
        list_consent=record.list_consent,
        suppressed=suppressed,
        kind=person.kind,
    )


# --- a campaign ------------------------------------------------------------------------------------------


class Block(StrEnum):
    """What keeps a campaign from dialling more, or from dialling at all."""

    DRAFT = "draft"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    DAEMON_AWAY = "daemon_away"
    DRAINING = "draining"
    ASTERISK = "asterisk"
    STORE = "store"
    RULE = "rule"
    TRUNK_UNKNOWN = "trunk_unknown"
    TRUNK_FAULT = "trunk_fault"
    NOBODY_WAITS = "nobody_waits"
    ALL_LATER = "all_later"
    NO_OPERATORS = "no_operators"
    ALL_BUSY = "all_busy"
    QUOTAS_FULL = "quotas_full"
    NOTHING = "nothing"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One of them, with the values that its sentence names; times are epoch seconds."""

    block: Block
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CampaignExplained:
    """A campaign's state of affairs. ``today``: figures of today; ``rung``: all rings of its line.

    ``live`` is None when no daemon answers.
    """

    record: CampaignRecord
    queue: Queue
    refused: Sequence[WaitingRefused]
    decisions: Sequence[DecisionStory]
    today: Figures
    standings: Standings
    rung: LineCalls
    blockers: Sequence[Blocker]
    live: CampaignLive | None


async def explain_campaign(
    config: Config, database: Database, name: str, now: float, live: LiveSnapshot | None
) -> CampaignExplained:
    """Why the campaign dials as it does, and what would let it dial more."""
    campaigns, explaining = Campaigns(database), Explaining(database)
    record = await campaigns.find(name)
    id_ = record.campaign.id
    queue = (await campaigns.queues(id_)).get(id_, Queue())
    today = Scope(day_start(now), now + 1, now, id_)
    return CampaignExplained(
        record=record,
        queue=queue,
        refused=await explaining.waiting_refused(id_),
        decisions=await explaining.decisions(id_, DECISIONS_SHOWN),
        today=figures(await Reporting(database).rows(today)),
        standings=await campaigns.standings(record.campaign),
        rung=await RingBook(database).of_campaign(id_),
        blockers=blockers(record, queue, config.policy(), live, now),
        live=_live_campaign(live, id_),
    )


def blockers(
    record: CampaignRecord, queue: Queue, policy: DialPolicy, live: LiveSnapshot | None, now: float
) -> list[Blocker]:
    """Everything in the way, what must be mended first in front; nothing at all has a word, too."""
    campaign = record.campaign
    if campaign.state is not CampaignState.RUNNING:
        return [Blocker(Block(campaign.state.value), {"name": campaign.name}), *_of_the_quotas(record, queue)]
    found = [*_of_the_daemon(live), *_of_the_rules(record, policy, now)]
    found += [*_of_the_trunk(live, campaign.trunk), *_of_the_queue(queue, now)]
    if not queue.waiting:
        found += _of_the_quotas(record, queue)
    if campaign.kind is CampaignKind.OPERATORS:
        found += _of_the_seats(live, campaign.id)
    by_hand = campaign.kind is CampaignKind.OPERATORS and campaign.mode is PacingMode.MANUAL
    return found or [Blocker(Block.BY_HAND if by_hand else Block.NOTHING)]


def _of_the_daemon(live: LiveSnapshot | None) -> list[Blocker]:
    if live is None:
        return [Blocker(Block.DAEMON_AWAY)]
    found = []
    if live.draining:
        found.append(Blocker(Block.DRAINING))
    if live.asterisk != "up":
        found.append(Blocker(Block.ASTERISK, {"why": live.asterisk}))
    if live.store != "ok":
        found.append(Blocker(Block.STORE, {"why": live.store}))
    return found


def _of_the_rules(record: CampaignRecord, policy: DialPolicy, now: float) -> list[Blocker]:
    verdict = may_campaign_dial(record.campaign, policy, now)
    if not isinstance(verdict, Refused):
        return []
    clock = verdict.reason in (RefusalReason.OUTSIDE_WINDOW, RefusalReason.SILENCE_PERIOD)
    values = {"reason": verdict.reason, "detail": verdict.detail, "until": verdict.until if clock else None}
    return [Blocker(Block.RULE, values)]


def _of_the_trunk(live: LiveSnapshot | None, name: str) -> list[Blocker]:
    if live is None:
        return []
    trunk = next((one for one in live.trunks if one.name == name), None)
    if trunk is None:
        return [Blocker(Block.TRUNK_UNKNOWN, {"trunk": name})]
    if trunk.fault or not trunk.reachable:
        return [Blocker(Block.TRUNK_FAULT, {"trunk": name, "why": trunk.fault or "does not answer"})]
    return []


def _of_the_queue(queue: Queue, now: float) -> list[Blocker]:
    if queue.waiting == 0:
        return [Blocker(Block.NOBODY_WAITS, {"done": queue.done, "claimed": queue.claimed})]
    if queue.next_at is not None and queue.next_at > now:
        return [Blocker(Block.ALL_LATER, {"waiting": queue.waiting, "next_at": queue.next_at})]
    return []


def _of_the_quotas(record: CampaignRecord, queue: Queue) -> list[Blocker]:
    if not queue.over_quota:
        return []
    return [Blocker(Block.QUOTAS_FULL, {"name": record.campaign.name, "people": queue.over_quota})]


def _of_the_seats(live: LiveSnapshot | None, campaign_id: int) -> list[Blocker]:
    if live is None:
        return []
    taking = [seat for seat in live.seats if campaign_id in seat.campaigns and not seat.draining]
    present = [seat for seat in taking if seat.state not in (SeatState.SIGNED_OUT, SeatState.PAUSED)]
    if not present:
        return [Blocker(Block.NO_OPERATORS)]
    if not any(seat.state is SeatState.READY for seat in present):
        return [Blocker(Block.ALL_BUSY, {"operators": len(present)})]
    return []


def _live_campaign(live: LiveSnapshot | None, campaign_id: int) -> CampaignLive | None:
    if live is None:
        return None
    return next((one for one in live.campaigns if one.campaign_id == campaign_id), None)
