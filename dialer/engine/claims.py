"""From a wish to dial to calls under way: contacts are claimed in the store, judged again, and ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from dialer.core.call_orders import OrderSent
from dialer.core.calls import Call
from dialer.core.channels import OutgoingCall, Place
from dialer.core.model import Campaign, CampaignKind, ClaimedAttempt, RefusalReason, Refused
from dialer.core.rules import CampaignRules
from dialer.core.telephony_events import CallNotPlaced
from dialer.core.trunks import TrunkGate
from dialer.engine.context import Context
from dialer.engine.events import Claimed, ClaimFailed, OrderRefused
from dialer.engine.switchboard import Switchboard
from dialer.engine.work import Work
from dialer.errors import LinkDown, StoreBusy
from dialer.store.port import AttemptTimes, AttemptWithdrawn, EventNoted

log = structlog.get_logger("claims")

LARGEST_CLAIM = 100
"""Contacts taken in one transaction at most."""
NOTHING_TO_CLAIM_S = 2.0
"""Pause after a claim that gave nobody although somebody should be due."""


OPTED_OUT_NOW = Refused(RefusalReason.SUPPRESSED, None, "opted out in this moment")
"""Of whoever said no between the claim and the dial."""


class Claims:
    """Claims contacts of the campaigns at work and orders their calls through the trunks' gates."""

    def __init__(self, context: Context, work: Mapping[int, Work], gates: Mapping[str, TrunkGate]) -> None:
        self._context = context
        self._work = work
        self._gates = gates
        self._orders: list[OutgoingCall] = []
        self.switchboard: Switchboard
        self.deliver: Callable[[Work, ClaimedAttempt, float], None] = self.order
        """What is done with a claimed contact that may be called now."""

    def count(self, work: Work, now: float) -> None:
        """Learn in the background how many contacts wait, unless that is under way."""
        if not work.counting:
            work.counting = True
            self._context.spawn(f"count {work.campaign.id}", self._claim(work.campaign, 0, now))

    def ask(self, work: Work, wanted: int, now: float) -> None:
        """Claim up to ``wanted`` contacts in the background; their calls are ordered when they come."""
        work.claiming += wanted
        self._context.spawn(f"claim {work.campaign.id}", self._claim(work.campaign, wanted, now))

    async def _claim(self, campaign: Campaign, wanted: int, now: float) -> None:
        context = self._context
        try:
            claim = await context.store.claim(campaign, wanted, now, context.settings.policy)
            if not claim.attempts:
                # Contacts that came back a moment ago may still be on their way to the store.
                await context.writer.save(())
                claim = await context.store.claim(campaign, wanted, now, context.settings.policy)
        except StoreBusy as fault:
            log.warning("nobody claimed", campaign=campaign.name, why=str(fault))
            context.post(ClaimFailed(campaign.id, wanted, context.clock()))
            return
        try:
            phones = [attempt.contact.phone for attempt in claim.attempts]
            suppressed = await context.store.suppressed(phones) if phones else frozenset()
        except StoreBusy:
            # Whether somebody opted out in this moment is unknown: nobody of this claim is dialled.
            suppressed = frozenset(attempt.contact.phone for attempt in claim.attempts)
        context.post(Claimed(campaign.id, wanted, claim, suppressed, context.clock()))

    def claim_failed(self, event: ClaimFailed) -> None:
        """Try again a little later."""
        work = self._work.get(event.campaign_id)
        if work is not None:
            work.claiming -= event.asked
            work.counting = False
            work.nothing_until = event.at + NOTHING_TO_CLAIM_S

    def claimed(self, event: Claimed, *, allowed: bool) -> None:
        """Order each call, if the rules still allow it at this very moment."""
        work = self._work.get(event.campaign_id)
        if work is None:
            for attempt in event.claim.attempts:
                self.withdraw(attempt, event.at, "campaign ended")
            return
        work.claiming -= event.asked
        work.counting = False
        work.waiting = event.claim.waiting
        if event.asked and not event.claim.attempts:
            later = event.at + NOTHING_TO_CLAIM_S
            work.nothing_until = max(later, event.claim.next_at or later)
        rules = CampaignRules(work.campaign, self._context.settings.policy, event.at)
        for attempt in event.claim.attempts:
            self._order_if_allowed(work, attempt, event, rules, allowed=allowed)

    def _order_if_allowed(
        self, work: Work, attempt: ClaimedAttempt, event: Claimed, rules: CampaignRules, *, allowed: bool
    ) -> None:
        if not allowed:
            self.withdraw(attempt, event.at, "dialling stopped")
            return
        if attempt.contact.phone in event.suppressed:
            self.withdraw(attempt, event.at, "refused before the dial", OPTED_OUT_NOW)
            return
        # What time and settings may have changed since the claim; the history was judged there.
        verdict = rules.may_dial(attempt.contact, ())
        if isinstance(verdict, Refused):
            self.withdraw(attempt, event.at, "refused before the dial", verdict)
            return
        self.deliver(work, attempt, event.at)

    def withdraw(
        self, attempt: ClaimedAttempt, at: float, note: str, refused: Refused | None = None
    ) -> None:
        """The claimed contact is not called; it waits again unless a rule refused it for good."""
        self._context.writer.put(
            AttemptWithdrawn(attempt.id, attempt.campaign_id, attempt.contact.id, at, note, refused)
        )
        work = self._work.get(attempt.campaign_id)
        if work is not None and (refused is None or refused.until is not None):
            work.waits_again(at if refused is None else refused.until or at)

    def order(self, work: Work, attempt: ClaimedAttempt, now: float, *, seat: int | None = None) -> None:
        """Have the call placed; ``seat``: the operator who waits for this person and no other."""
        campaign = work.campaign
        ring_s = campaign.ring_limit_s
        self.switchboard.add(Call(attempt, campaign.kind, campaign.trunk, ring_s, dialled_by=seat))
        self.switchboard.apply(OrderSent(attempt.id, now))
        self._gates[campaign.trunk].placed(attempt.id, now)
        work.tally.placed(now)
        self._context.writer.put(
            AttemptTimes(attempt.id, dialled_at=now), EventNoted(attempt.id, now, "dialled")
        )
        survey = campaign.kind is CampaignKind.SURVEY
        order = OutgoingCall(
            attempt_id=attempt.id,
            campaign_id=campaign.id,
            phone=attempt.contact.phone,
            trunk=campaign.trunk,
            caller_id=campaign.caller_id,
            ring_s=ring_s,
            place=Place.SURVEY if survey else Place.WAIT_FOR_OPERATOR,
            language=attempt.contact.language,
            survey=str(campaign.survey_version_id or ""),
        )
        self._orders.append(order)
        if len(self._orders) == 1:
            self._context.spawn("originate", self._originate())

    async def _originate(self) -> None:
        """Send what was ordered since the loop's last turn."""
        orders, self._orders = self._orders, []
        context = self._context
        for attempt_id, fault in (await context.telephony.originate(orders)).items():
            if isinstance(fault, LinkDown):
                # It may have been heard or not: the resync after the next link finds out. Never sent again.
                log.warning("order in doubt", attempt=attempt_id, why=str(fault))
            else:
                context.post(OrderRefused(attempt_id, str(fault), context.clock()))

    def order_refused(self, event: OrderRefused) -> None:
        """Asterisk made no call of it."""
        log.warning("order refused", attempt=event.attempt_id, why=event.why)
        self.switchboard.apply(CallNotPlaced(event.attempt_id, event.at, 0))
