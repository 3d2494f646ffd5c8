"""Picks: an operator looks somebody up by the telephone number, and is shown them before they are called.

Only people of running campaigns that the operator takes, whose mode shows people before the call. The rules
are asked as in every claim; what follows is a preview like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from dialer.core.live import SeatState
from dialer.core.model import SEEN_FIRST, Campaign, CampaignKind, CampaignState
from dialer.core.picking import NotPicked, Pick
from dialer.core.seats import Seat
from dialer.engine.claims import Claims
from dialer.engine.context import Context
from dialer.engine.events import PickAsked, PickEnded
from dialer.engine.floor import Floor
from dialer.engine.previews import Previews
from dialer.engine.work import Work
from dialer.errors import StoreBusy
from dialer.store.port import Claim, EventNoted

log = structlog.get_logger("picks")


class Picks:
    """Who is looked up by whom; each wish is answered once, whatever becomes of it."""

    def __init__(
        self, context: Context, floor: Floor, previews: Previews, claims: Claims, work: Mapping[int, Work]
    ) -> None:
        self._context = context
        self._floor = floor
        self._previews = previews
        self._claims = claims
        self._work = work

    def asked(self, event: PickAsked, *, allowed: bool) -> None:
        """Have the person claimed in the background, if the operator may see anybody now."""
        seat = self._floor.seats[event.seat]
        works = [self._work[number] for number in sorted(seat.campaigns) if self._is_open(number)]
        if not _is_free(seat):
            event.say(Pick(why=NotPicked.SEAT_NOT_FREE))
        elif not allowed:
            event.say(Pick(why=NotPicked.NOT_NOW))
        elif not works:
            event.say(Pick(why=NotPicked.NO_CAMPAIGN))
        else:
            for work in works:
                work.claiming += 1
            campaigns = {work.campaign.id: work.campaign for work in works}
            look = self._look_up(event, campaigns, seat.operator_id)
            self._context.spawn(f"pick for seat {seat.number}", look)

    def ended(self, event: PickEnded) -> None:
        """Show the person who was claimed, if the operator is still free."""
        for number in event.campaign_ids:
            if (work := self._work.get(number)) is not None:
                work.claiming -= 1
        for campaign_id, claim in event.claims.items():
            if (work := self._work.get(campaign_id)) is not None:
                work.waiting = claim.waiting
            for attempt in claim.attempts:
                seat = self._floor.seats[event.asked.seat]
                if work is None or not _is_free(seat) or seat.operator_id != event.operator_id:
                    self._claims.withdraw(attempt, event.at, "no operator is free")
                    event.asked.say(Pick(why=NotPicked.SEAT_NOT_FREE))
                    return
                self._previews.show(seat, attempt, event.at)
                told = EventNoted(attempt.id, event.at, "asked_for", f"seat {seat.number}")
                self._context.writer.put(told)
                event.asked.say(Pick(attempt.id))
                return
        event.asked.say(event.result)

    async def _look_up(
        self, event: PickAsked, campaigns: Mapping[int, Campaign], operator_id: int | None
    ) -> None:
        claims: dict[int, Claim] = {}
        result = Pick(why=NotPicked.NOT_ON_A_LIST)
        try:
            # Somebody passed over a moment ago may still be on the way back to the store.
            await self._context.writer.save(())
            caller = await self._context.store.caller(event.phone)
            numbers = () if caller is None else [each for each in caller.campaign_ids if each in campaigns]
            if caller is not None and numbers:
                claims = await self._claim([campaigns[number] for number in numbers], caller.contact.id)
        except StoreBusy as fault:
            log.warning("nobody looked up", seat=event.seat, why=str(fault))
            result = Pick(why=NotPicked.NOT_NOW)
        verdicts = [claim.verdict for claim in claims.values() if claim.verdict is not None]
        if verdicts:
            result = Pick(why=NotPicked.REFUSED, refused=verdicts[0])
        at = self._context.clock()
        self._context.post(PickEnded(event, operator_id, tuple(campaigns), claims, result, at))

    async def _claim(self, campaigns: Sequence[Campaign], contact_id: int) -> dict[int, Claim]:
        """One campaign after another, until one may call them."""
        context, claims = self._context, dict[int, Claim]()
        for campaign in campaigns:
            now, policy = context.clock(), context.settings.policy
            claim = await context.store.claim(campaign, 1, now, policy, only=contact_id)
            claims[campaign.id] = claim
            if claim.attempts:
                break
        return claims

    def _is_open(self, number: int) -> bool:
        work = self._work.get(number)
        if work is None or work.campaign.state is not CampaignState.RUNNING:
            return False
        return work.campaign.kind is CampaignKind.OPERATORS and work.campaign.mode in SEEN_FIRST


def _is_free(seat: Seat) -> bool:
    """Whether the operator may be shown somebody: also in a break, to which they return then."""
    return seat.state in (SeatState.READY, SeatState.PAUSED) and seat.takes_a_person
