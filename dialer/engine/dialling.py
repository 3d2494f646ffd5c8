"""Campaigns at work: how many calls to place now, for whom, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from dialer.core.calls import Call, OrderSent, outcome
from dialer.core.live import SeatState
from dialer.core.messages import CallNotPlaced, OutgoingCall, Place
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    ClaimedAttempt,
    Outcome,
    RefusalReason,
    Refused,
    RetryAt,
)
from dialer.core.retry import next_step
from dialer.core.rules import day_start, may_campaign_dial, may_dial
from dialer.core.seats import Seat
from dialer.core.sharing import allot, owed
from dialer.core.trunks import TrunkGate
from dialer.engine.context import Context
from dialer.engine.events import CampaignsRead, Claimed, ClaimFailed, OrderRefused
from dialer.engine.floor import Floor
from dialer.engine.pacing import PacingRoom
from dialer.engine.switchboard import Switchboard
from dialer.engine.tallies import Tally
from dialer.errors import LinkDown, StoreBusy, TelephonyError
from dialer.store.port import AttemptClosed, AttemptTimes, AttemptWithdrawn, DecisionNoted, EventNoted

log = structlog.get_logger("dialling")

LARGEST_CLAIM = 100
"""Contacts taken in one transaction at most."""
NOTHING_TO_CLAIM_S = 2.0
"""Pause after a claim that gave nobody although somebody should be due."""


@dataclass(slots=True)
class Work:
    """A campaign and all that the engine keeps of it."""

    campaign: Campaign
    tally: Tally
    pacing: PacingRoom
    claiming: int = 0
    waiting: int | None = None
    nothing_until: float = 0.0
    counting: bool = False
    finishing: bool = False

    def waits_again(self, at: float) -> None:
        """A contact is back in the queue, not before ``at``."""
        self.waiting = (self.waiting or 0) + 1
        self.nothing_until = min(self.nothing_until, at)


class Dialling:
    """Asks pacing, claims, orders calls, and closes them."""

    def __init__(self, context: Context, floor: Floor) -> None:
        self._context = context
        self._floor = floor
        self._reading = False
        self._read_at = 0.0
        self.work: dict[int, Work] = {}
        self.gates = {limits.name: TrunkGate(limits) for limits in context.settings.trunks}
        self.switchboard: Switchboard

    # --- campaigns

    def read_campaigns(self, now: float) -> None:
        """Read the campaigns again in the background, unless that is under way."""
        if not self._reading:
            self._reading = True
            self._read_at = now
            self._context.spawn("campaigns", self._read(now))

    async def _read(self, now: float) -> None:
        try:
            self._context.post(await self._read_from_store(now))
        except StoreBusy as fault:
            log.warning("campaigns not read", why=str(fault))
            self._reading = False

    async def begin(self, now: float) -> None:
        """Know the campaigns before a call of an earlier life ends; ``StoreBusy`` as the store says."""
        self.campaigns_read(await self._read_from_store(now))

    async def _read_from_store(self, now: float) -> CampaignsRead:
        store, since = self._context.store, day_start(now)
        campaigns = await store.campaigns()
        new = [campaign.id for campaign in campaigns if campaign.id not in self.work]
        answers = {number: await store.live_answers(number, since) for number in new}
        outcomes = {number: await store.outcomes_since(number, since) for number in new}
        return CampaignsRead(campaigns, answers, outcomes, now)

    def campaigns_read(self, event: CampaignsRead) -> None:
        """Take over new campaigns and changed settings; forget finished ones."""
        self._reading = False
        present = {campaign.id for campaign in event.campaigns}
        for campaign in event.campaigns:
            known = self.work.get(campaign.id)
            if known is None:
                known = self.work[campaign.id] = Work(campaign, Tally(event.at), PacingRoom(campaign))
                known.tally.begin_from(event.answers[campaign.id], event.outcomes[campaign.id])
                known.pacing.begin_from(event.answers[campaign.id])
            elif known.campaign != campaign:
                known.campaign = campaign
                known.pacing.reconfigure(campaign)
                known.nothing_until = 0.0
        for number in [number for number in self.work if number not in present]:
            if not self.switchboard.of_campaign(number):
                del self.work[number]

    def tick(self, now: float, *, allowed: bool) -> None:
        """Decide for each campaign; ``allowed`` is False while link, store or shutdown forbid it."""
        if now - self._read_at >= self._context.settings.reread_campaigns_s:
            self.read_campaigns(now)
        shares, waiting = self._shares(), self.switchboard.without_operator()
        for work in sorted(self.work.values(), key=lambda one: (-one.campaign.priority, one.campaign.id)):
            if work.tally.turn_day(now):
                work.pacing.pacer.ledger.new_day()
            if work.waiting is None and not work.counting:
                work.counting = True
                self._context.spawn(
                    f"count {work.campaign.id}", self._claim_from_store(work.campaign, 0, now)
                )
            self._decide(work, shares.get(work.campaign.id, []), waiting, now, allowed=allowed)
            self._finish(work, now)

    def _decide(
        self, work: Work, seats: list[Seat], waiting: Mapping[int, int], now: float, *, allowed: bool
    ) -> None:
        campaign = work.campaign
        if not allowed or campaign.state is not CampaignState.RUNNING:
            return
        note = self._obstacle(work, now)
        if note is not None:
            self._note(work.pacing.blocked(*note, campaign.id, now))
            return
        gate = self.gates[campaign.trunk]
        decision, words = work.pacing.decide(
            campaign,
            now=now,
            seats=seats,
            reserved=self._owed(campaign.id, seats, waiting),
            calls=self.switchboard.of_campaign(campaign.id),
            claiming=work.claiming,
            gate=gate,
            channels_used=self.switchboard.on_trunk(campaign.trunk) + self._claiming_on(campaign.trunk),
            contacts_left=0 if now < work.nothing_until else work.waiting,
        )
        self._note(words)
        if decision.dials > 0:
            self._claim(work, min(decision.dials, LARGEST_CLAIM), now)

    def _obstacle(self, work: Work, now: float) -> tuple[str, str] | None:
        """What keeps the whole campaign from dialling now: a rule, or its trunk."""
        verdict = may_campaign_dial(work.campaign, self._context.settings.policy, now)
        if isinstance(verdict, Refused):
            return verdict.reason.value, verdict.detail or verdict.reason.value
        gate = self.gates.get(work.campaign.trunk)
        if gate is None:
            return "no_trunk", f"the settings name no trunk {work.campaign.trunk!r}"
        used = self.switchboard.on_trunk(work.campaign.trunk)
        if (fault := gate.fault_text(now)) and gate.channels_free(used, now) == 0:
            return "trunk_fault", f"trunk {work.campaign.trunk} {fault}"
        return None

    def _note(self, words: DecisionNoted | None) -> None:
        if words is not None:
            self._context.writer.put(words)

    def _shares(self) -> dict[int, list[Seat]]:
        """The seats each campaign paces for, every seat in one campaign's share only."""
        dialling = {
            number: float(max(1, work.campaign.priority))
            for number, work in self.work.items()
            if work.campaign.state is CampaignState.RUNNING
            and work.campaign.kind is CampaignKind.OPERATORS
            and (work.waiting != 0 or work.claiming or self.switchboard.of_campaign(number))
        }
        seats = [seat for seat in self._floor.seats.values() if seat.operator_id is not None]
        allotted = allot({seat.number: seat.campaigns for seat in seats}, dialling)
        self._floor.allotted = allotted
        shares: dict[int, list[Seat]] = {}
        for seat in seats:
            if seat.number in allotted:
                shares.setdefault(allotted[seat.number], []).append(seat)
        return shares

    def _owed(self, campaign_id: int, seats: list[Seat], waiting: Mapping[int, int]) -> int:
        """Operators of this share who are for people of other campaigns, or of surveys, that wait now."""
        from_surveys = self.switchboard.wanting(campaign_id)
        if not any(people for other, people in waiting.items() if other != campaign_id):
            return from_surveys
        everybody = [seat.campaigns for seat in self._floor.seats.values() if seat.counts]
        others = owed(waiting, campaign_id, [seat.campaigns for seat in seats if seat.counts], everybody)
        return min(len(seats), others + from_surveys)

    def _claiming_on(self, trunk: str) -> int:
        return sum(work.claiming for work in self.work.values() if work.campaign.trunk == trunk)

    def _finish(self, work: Work, now: float) -> None:
        campaign = work.campaign
        if work.finishing or work.claiming or self.switchboard.of_campaign(campaign.id):
            return
        stopped = campaign.state is CampaignState.STOPPING
        through = campaign.state is CampaignState.RUNNING and work.waiting == 0
        if stopped or through:
            work.finishing = True
            self._context.spawn(f"finish {campaign.id}", self._write_finished(work, now))

    async def _write_finished(self, work: Work, now: float) -> None:
        """End the campaign, unless the store knows of somebody who still waits."""
        campaign, context = work.campaign, self._context
        try:
            await context.writer.save(())
            left = await context.store.claim(campaign, 0, now, context.settings.policy)
            if left.waiting and campaign.state is not CampaignState.STOPPING:
                context.post(Claimed(campaign.id, 0, left, frozenset(), context.clock()))
                return
            await context.store.set_campaign_state(campaign.id, CampaignState.FINISHED, now)
        except StoreBusy as fault:
            log.warning("campaign not yet marked finished", campaign=campaign.name, why=str(fault))
        else:
            self.work.pop(campaign.id, None)
            log.info("campaign finished", campaign=campaign.name)
        finally:
            work.finishing = False

    # --- claiming and ordering

    def _claim(self, work: Work, wanted: int, now: float) -> None:
        work.claiming += wanted
        self._context.spawn(f"claim {work.campaign.id}", self._claim_from_store(work.campaign, wanted, now))

    async def _claim_from_store(self, campaign: Campaign, wanted: int, now: float) -> None:
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
        work = self.work.get(event.campaign_id)
        if work is not None:
            work.claiming -= event.asked
            work.counting = False
            work.nothing_until = event.at + NOTHING_TO_CLAIM_S

    def claimed(self, event: Claimed, *, allowed: bool) -> None:
        """Order each call, if the rules still allow it at this very moment."""
        work = self.work.get(event.campaign_id)
        if work is None:
            for attempt in event.claim.attempts:
                self._withdraw(attempt, event.at, "campaign ended")
            return
        work.claiming -= event.asked
        work.counting = False
        work.waiting = event.claim.waiting
        if event.asked and not event.claim.attempts:
            later = event.at + NOTHING_TO_CLAIM_S
            work.nothing_until = max(later, event.claim.next_at or later)
        for attempt in event.claim.attempts:
            self._order_if_allowed(work, attempt, event, allowed=allowed)

    def _order_if_allowed(
        self, work: Work, attempt: ClaimedAttempt, event: Claimed, *, allowed: bool
    ) -> None:
        if not allowed:
            self._withdraw(attempt, event.at, "dialling stopped")
            return
        if attempt.contact.phone in event.suppressed:
            refused = Refused(RefusalReason.SUPPRESSED, None, "opted out in this moment")
            self._withdraw(attempt, event.at, "refused before the dial", refused)
            return
        policy = self._context.settings.policy
        # What time and settings may have changed since the claim; the history was judged there.
        verdict = may_dial(attempt.contact, work.campaign, (), policy, event.at)
        if isinstance(verdict, Refused):
            self._withdraw(attempt, event.at, "refused before the dial", verdict)
            return
        self._order(work, attempt, event.at)

    def _withdraw(
        self, attempt: ClaimedAttempt, at: float, note: str, refused: Refused | None = None
    ) -> None:
        self._context.writer.put(
            AttemptWithdrawn(attempt.id, attempt.campaign_id, attempt.contact.id, at, note, refused)
        )
        work = self.work.get(attempt.campaign_id)
        if work is not None and (refused is None or refused.until is not None):
            work.waits_again(at if refused is None else refused.until or at)

    def _order(self, work: Work, attempt: ClaimedAttempt, now: float) -> None:
        campaign = work.campaign
        ring_s = max(campaign.ring_s, 15.0)
        self.switchboard.add(Call(attempt, campaign.kind, campaign.trunk, ring_s))
        self.switchboard.apply(OrderSent(attempt.id, now))
        self.gates[campaign.trunk].placed(attempt.id, now)
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
        self._context.spawn(f"originate {attempt.id}", self._originate(order))

    async def _originate(self, order: OutgoingCall) -> None:
        context = self._context
        try:
            await context.telephony.originate(order)
        except LinkDown as fault:
            # It may have been heard or not: the resync after the next link finds out. Never sent again.
            log.warning("order in doubt", attempt=order.attempt_id, why=str(fault))
        except TelephonyError as fault:
            context.post(OrderRefused(order.attempt_id, str(fault), context.clock()))

    def order_refused(self, event: OrderRefused) -> None:
        """Asterisk made no call of it."""
        log.warning("order refused", attempt=event.attempt_id, why=event.why)
        self.switchboard.apply(CallNotPlaced(event.attempt_id, event.at, 0))

    # --- answers and the end of a call

    def campaign_named(self, name: str) -> int | None:
        """The campaign of this name among those at work; None, with a log line, when there is none."""
        found = next((number for number, work in self.work.items() if work.campaign.name == name), None)
        if found is None:
            log.warning("a survey asks for operators of a campaign that does not run", campaign=name)
        return found

    def answer_settled(self, call: Call, *, abandoned: bool) -> None:
        """It is known whether the person who answered was joined in time; pacing hears of it at once."""
        work = self.work.get(call.attempt.campaign_id)
        if work is not None and call.answered_at is not None:
            work.tally.live_answer(call.answered_at, abandoned=abandoned)
            work.pacing.settled(self._context.clock(), abandoned=abandoned)

    def answered(self, call: Call, at: float) -> None:
        """A person picked up; ``call`` is as it was before."""
        work = self.work.get(call.attempt.campaign_id)
        if work is not None:
            work.pacing.answered(call, at)

    def seat_changed(self, before: Seat, after: Seat, at: float) -> None:
        """A seat's talk or wrap-up may have ended."""
        work = self.work.get(before.campaign_id or 0)
        if work is None:
            return
        work.pacing.seat_changed(before, after, at)
        if after.state is SeatState.WRAP_UP:
            self._floor.wraps_up(after.number, work.campaign.wrap_up_s)

    def closed(self, call: Call, forced: Outcome | None, note: str) -> None:
        """Write what became of the call, and what is next for its contact."""
        result = forced if forced is not None else outcome(call)
        attempt, at = call.attempt, call.ended_at or self._context.clock()
        work = self.work.get(attempt.campaign_id)
        gate = self.gates.get(call.trunk)
        if gate is not None:
            gate.ended(call.id, result, at, rang=call.rang)
        if result is Outcome.WITHDRAWN:
            self._withdraw(attempt, at, note or "never placed")
            return
        if work is None:
            log.error("a call ended without its campaign", attempt=call.id)
            return
        work.tally.ended(result)
        if call.answered_at is None:
            work.pacing.ended_unanswered(call, result, at)
        if result.answered and call.joined_at is None and call.message_at is None:
            self.answer_settled(call, abandoned=result is Outcome.ABANDONED)
        step = next_step(
            result, attempt.number_of_attempt, work.campaign, self._context.settings.policy, at
        )
        if isinstance(step, RetryAt):
            work.waits_again(step.at)
        self._context.writer.put(
            EventNoted(call.id, at, "ended", result.value),
            AttemptClosed(
                attempt_id=call.id,
                campaign_id=attempt.campaign_id,
                contact_id=attempt.contact.id,
                ended_at=at,
                outcome=result,
                next_step=step,
                cause=call.cause,
                tech_cause=call.tech_cause,
                note=note,
            ),
        )

