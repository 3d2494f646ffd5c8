"""Preview: an operator sees the person first, and then has them called or passes them over.

With mode preview the next person is shown to whoever is ready, with mode manual only whom the operator
asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from dialer.core.desk_events import OperatorDials, OperatorSkips
from dialer.core.live import SeatState
from dialer.core.model import SEEN_FIRST, Campaign, CampaignKind, CampaignState, ClaimedAttempt, Refused
from dialer.core.rules import may_dial, skipped
from dialer.core.seats import DialOrdered, Offered, OfferEnded, Seat
from dialer.engine.claims import OPTED_OUT_NOW, Claims
from dialer.engine.context import Context
from dialer.engine.events import DialChecked
from dialer.engine.floor import Floor
from dialer.engine.work import Work
from dialer.errors import StoreBusy

log = structlog.get_logger("previews")

LONGEST_OFFER_S = 600.0
"""Nobody is kept from being called by an operator who looks at them for longer."""


def shows_first(campaign: Campaign) -> bool:
    """Whether its people are shown before they are called."""
    return campaign.kind is CampaignKind.OPERATORS and campaign.mode in SEEN_FIRST


@dataclass(slots=True)
class _Offer:
    """A person whom an operator looks at. ``wanted``: is to be called; ``checking``: is asked for now."""

    attempt: ClaimedAttempt
    since: float
    wanted: bool = False
    checking: bool = False


class Previews:
    """Who is shown to whom. An attempt that is never dialled is withdrawn, whatever ends its offer."""

    def __init__(
        self, context: Context, floor: Floor, claims: Claims, work: Mapping[int, Work]
    ) -> None:
        self._context = context
        self._floor = floor
        self._claims = claims
        self._work = work
        self._offers: dict[int, _Offer] = {}

    # --- for the campaigns' room

    def of_campaign(self, campaign_id: int) -> list[_Offer]:
        """Its people that are shown now."""
        return [offer for offer in self._offers.values() if offer.attempt.campaign_id == campaign_id]

    def requested(self, campaign_id: int) -> int:
        """Operators who want their person called."""
        return sum(offer.wanted and not offer.checking for offer in self.of_campaign(campaign_id))

    def fill(self, work: Work, seats: Collection[Seat], now: float) -> None:
        """Ask for people for the operators who look at nobody."""
        idle = sum(seat.state is SeatState.READY and seat.counts for seat in seats)
        if idle > work.claiming and now >= work.nothing_until and work.waiting != 0:
            self._claims.ask(work, idle - work.claiming, now)

    def offer(self, work: Work, attempt: ClaimedAttempt, now: float) -> None:
        """Show this person to whom they agreed with, else to whoever has waited longest."""
        seat = self._floor.choose(work.campaign.id, attempt.operator_id)
        if seat is None:
            self._claims.withdraw(attempt, now, "no operator is free")
            return
        self.show(seat, attempt, now)

    def show(self, seat: Seat, attempt: ClaimedAttempt, now: float) -> None:
        """Show this person to this operator, who is free."""
        self._offers[seat.number] = _Offer(attempt, now)
        self._floor.apply(seat.number, Offered(seat.number, attempt.id, attempt.campaign_id, now))

    def dial(self, campaign_id: int, count: int, now: float) -> None:
        """Have so many of the wanted calls placed, those that were shown first before the others."""
        wanted = [
            (offer.since, number)
            for number, offer in self._offers.items()
            if offer.attempt.campaign_id == campaign_id and offer.wanted and not offer.checking
        ]
        for _since, number in sorted(wanted)[:count]:
            offer = self._offers[number]
            offer.checking = True
            self._context.spawn(f"check {offer.attempt.id}", self._check(number, offer.attempt))

    async def _check(self, seat: int, attempt: ClaimedAttempt) -> None:
        """Whether they opted out while they were looked at; while that is unknown they are not called."""
        context = self._context
        suppressed: bool | None = None
        try:
            suppressed = bool(await context.store.suppressed([attempt.contact.phone]))
        except StoreBusy as fault:
            log.warning("not dialled yet", attempt=attempt.id, why=str(fault))
        context.post(DialChecked(seat, attempt.id, suppressed, context.clock()))

    def checked(self, event: DialChecked) -> None:
        """Have the call placed, if the rules still allow it."""
        offer = self._offers.get(event.seat)
        work = self._work.get(offer.attempt.campaign_id) if offer is not None else None
        if offer is None or work is None or offer.attempt.id != event.attempt_id:
            return
        offer.checking = False
        if event.suppressed is None:
            return
        policy = self._context.settings.policy
        verdict = may_dial(offer.attempt.contact, work.campaign, (), policy, event.at)
        if event.suppressed:
            verdict = OPTED_OUT_NOW
        if isinstance(verdict, Refused):
            self._end(event.seat, event.at, "refused before the dial", verdict)
        elif self._floor.apply(event.seat, DialOrdered(event.seat, event.at)):
            del self._offers[event.seat]
            self._claims.order(work, offer.attempt, event.at, seat=event.seat)

    # --- what operators and the clock do

    def dials(self, event: OperatorDials) -> None:
        """The operator wants this person called; pacing decides when."""
        offer = self._offers.get(event.seat)
        if offer is not None and offer.attempt.id == event.attempt_id:
            offer.wanted = True

    def skips(self, event: OperatorSkips) -> None:
        """The operator passes this person over; the next one is shown."""
        offer = self._offers.get(event.seat)
        if offer is not None and offer.attempt.id == event.attempt_id and not offer.checking:
            self._end(event.seat, event.at, "passed over by the operator", skipped(event.reason, event.at))

    def seat_changed(self, before: Seat, after: Seat, at: float) -> None:
        """An operator who goes leaves the person they looked at to others."""
        if before.state is SeatState.PREVIEW and after.state not in (SeatState.PREVIEW, SeatState.DIALLING):
            offer = self._offers.pop(before.number, None)
            if offer is not None:
                self._claims.withdraw(offer.attempt, at, "the operator left")

    def tick(self, now: float) -> None:
        """End offers that lasted too long, and those of campaigns that run no more."""
        for number, offer in tuple(self._offers.items()):
            work = self._work.get(offer.attempt.campaign_id)
            if work is None or work.campaign.state is not CampaignState.RUNNING:
                self._end(number, now, "the campaign stopped")
            elif now - offer.since > LONGEST_OFFER_S:
                self._end(number, now, "looked at for too long")

    def _end(self, number: int, now: float, note: str, refused: Refused | None = None) -> None:
        offer = self._offers.pop(number)
        self._claims.withdraw(offer.attempt, now, note, refused)
        self._floor.apply(number, OfferEnded(number, now))
