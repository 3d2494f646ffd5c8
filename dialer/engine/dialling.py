"""Campaigns at work: how many calls to place now, for whom, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from dialer.core.calls import Call, outcome
from dialer.core.desk_events import CallbackPromised
from dialer.core.live import SeatState
from dialer.core.model import (
    CampaignKind,
    CampaignState,
    ClaimedAttempt,
    Outcome,
    PacingMode,
    Refused,
    RetryAt,
)
from dialer.core.retry import next_step
from dialer.core.rules import closes_in_s, day_start, may_campaign_dial
from dialer.core.seats import Seat
from dialer.core.sharing import allot, owed
from dialer.core.trunks import TrunkGate
from dialer.engine.callers import Callers
from dialer.engine.claims import LARGEST_CLAIM, Claims
from dialer.engine.context import Context
from dialer.engine.events import CampaignsRead, Claimed
from dialer.engine.floor import Floor
from dialer.engine.pacing import PacingRoom
from dialer.engine.picks import Picks
from dialer.engine.previews import Previews, shows_first
from dialer.engine.switchboard import Switchboard
from dialer.engine.taking_back import TakingBack
from dialer.engine.tallies import Tally
from dialer.engine.work import Work
from dialer.errors import StoreBusy
from dialer.store.port import AttemptClosed, DecisionNoted, EventNoted

log = structlog.get_logger("dialling")

PAST_S = 7 * 86_400.0
"""How far back a campaign's calls tell at what rate people answer, when the daemon begins with it."""


class Dialling:
    """Asks pacing how many to call, has them claimed, and closes the calls that are over."""

    def __init__(self, context: Context, floor: Floor) -> None:
        self._context = context
        self._floor = floor
        self._reading = False
        self._read_at = 0.0
        self.work: dict[int, Work] = {}
        self.gates = {limits.name: TrunkGate(limits) for limits in context.settings.trunks}
        self.claims = Claims(context, self.work, self.gates)
        self.previews = Previews(context, floor, self.claims, self.work)
        self.picks = Picks(context, floor, self.previews, self.claims, self.work)
        self.claims.deliver = self._deliver
        self.callers = Callers(context, floor, self.work)
        self.taking_back = TakingBack(context)
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
        past = {number: await store.outcomes_since(number, now - PAST_S) for number in new}
        return CampaignsRead(campaigns, answers, outcomes, past, now)

    def campaigns_read(self, event: CampaignsRead) -> None:
        """Take over new campaigns and changed settings; forget finished ones."""
        self._reading = False
        present = {campaign.id for campaign in event.campaigns}
        for campaign in event.campaigns:
            known = self.work.get(campaign.id)
            if known is None:
                pacing = PacingRoom(campaign, event.past[campaign.id])
                known = self.work[campaign.id] = Work(campaign, Tally(event.at), pacing)
                known.tally.begin_from(event.answers[campaign.id], event.outcomes[campaign.id])
                known.pacing.begin_from(event.answers[campaign.id])
            elif known.campaign != campaign:
                known.campaign = campaign
                known.pacing.reconfigure(campaign)
                known.nothing_until = 0.0
        for number in [number for number in self.work if number not in present]:
            if not self.switchboard.has_calls(number):
                del self.work[number]

    def tick(self, now: float, *, allowed: bool) -> None:
        """Decide for each campaign; ``allowed`` is False while link, store or shutdown forbid it."""
        if now - self._read_at >= self._context.settings.reread_campaigns_s:
            self.read_campaigns(now)
        self.previews.tick(now)
        shares, waiting = self._shares(), self.switchboard.without_operator()
        for work in sorted(self.work.values(), key=lambda one: (-one.campaign.priority, one.campaign.id)):
            if work.tally.turn_day(now):
                work.pacing.pacer.ledger.new_day()
            if work.waiting is None:
                self.claims.count(work, now)
            self._decide(work, self._share(work, shares), waiting, now, allowed=allowed)
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
        seen_first = shows_first(campaign)
        decision, words = work.pacing.decide(
            campaign,
            now=now,
            seats=seats,
            reserved=self._owed(campaign.id, seats, waiting),
            calls=self.switchboard.of_campaign(campaign.id),
            claiming=0 if seen_first else work.claiming,
            gate=gate,
            channels_used=self.switchboard.on_trunk(campaign.trunk) + self._claiming_on(campaign.trunk),
            contacts_left=None if seen_first else 0 if now < work.nothing_until else work.waiting,
            requested=self.previews.requested(campaign.id),
            closes_in_s=closes_in_s(campaign, self._context.settings.policy, now),
        )
        self._note(words)
        self.taking_back.take(campaign.id, decision.take_back, now)
        if seen_first:
            self.previews.dial(campaign.id, decision.dials, now)
            if campaign.mode is PacingMode.PREVIEW:
                self.previews.fill(work, seats, now)
        elif decision.dials > 0:
            self.claims.ask(work, min(decision.dials, LARGEST_CLAIM), now)

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
            and work.campaign.mode is not PacingMode.MANUAL
            and (work.waiting != 0 or work.claiming or self._under_way(number))
        }
        seats = [seat for seat in self._floor.seats.values() if seat.operator_id is not None]
        allotted = allot({seat.number: _takes(seat) for seat in seats}, dialling)
        self._floor.allotted = allotted
        shares: dict[int, list[Seat]] = {}
        for seat in seats:
            if seat.number in allotted:
                shares.setdefault(allotted[seat.number], []).append(seat)
        return shares

    def _share(self, work: Work, shares: Mapping[int, list[Seat]]) -> list[Seat]:
        """The seats to decide for: by hand nothing is dialled for anybody, so every operator may share."""
        campaign = work.campaign
        if campaign.mode is PacingMode.MANUAL:
            return self._floor.of_campaign(campaign.id)
        return shares.get(campaign.id, [])

    def _owed(self, campaign_id: int, seats: list[Seat], waiting: Mapping[int, int]) -> int:
        """Operators of this share who are for people of other campaigns, or of surveys, that wait now."""
        from_surveys = self.switchboard.wanting(campaign_id)
        if not any(people for other, people in waiting.items() if other != campaign_id):
            return from_surveys
        everybody = [seat.campaigns for seat in self._floor.seats.values() if seat.counts]
        others = owed(waiting, campaign_id, [seat.campaigns for seat in seats if seat.counts], everybody)
        return min(len(seats), others + from_surveys)

    def _under_way(self, campaign_id: int) -> bool:
        """Whether somebody of the campaign is called, or looked at."""
        return self.switchboard.has_calls(campaign_id) or bool(self.previews.of_campaign(campaign_id))

    def _claiming_on(self, trunk: str) -> int:
        return sum(work.claiming for work in self.work.values() if work.campaign.trunk == trunk)

    def _finish(self, work: Work, now: float) -> None:
        campaign = work.campaign
        if work.finishing or work.claiming or self._under_way(campaign.id):
            return
        seats = self._floor.seats.values()
        if any(one.state is SeatState.WRAP_UP and one.campaign_id == campaign.id for one in seats):
            return  # an operator may still agree on a time to call back
        stopped = campaign.state is CampaignState.STOPPING
        # People may ring its line as long as it runs: only a supervisor ends it.
        through = campaign.state is CampaignState.RUNNING and work.waiting == 0 and not campaign.line
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

    def _deliver(self, work: Work, attempt: ClaimedAttempt, now: float) -> None:
        """A claimed contact that may be called: now, or when an operator has seen them."""
        (self.previews.offer if shows_first(work.campaign) else self.claims.order)(work, attempt, now)

    # --- answers and the end of a call

    def callback_promised(self, event: CallbackPromised) -> None:
        """Somebody is due at a time, perhaps before anybody else."""
        work = self.work.get(event.campaign_id)
        if work is not None:
            work.waits_again(event.due_at)

    def campaign_named(self, name: str) -> int | None:
        """The campaign of this name among those at work; None, with a log line, when there is none."""
        found = next((number for number, work in self.work.items() if work.campaign.name == name), None)
        if found is None:
            log.warning("a survey asks for operators of a campaign that does not run", campaign=name)
        return found

    def answer_settled(self, call: Call, *, abandoned: bool) -> None:
        """It is known whether the person who answered was joined in time; pacing hears of it at once."""
        work = self.work.get(call.attempt.campaign_id)
        if work is not None and call.answered_at is not None and not call.attempt.inbound:
            work.tally.live_answer(call.answered_at, abandoned=abandoned)
            work.pacing.settled(self._context.clock(), abandoned=abandoned)

    def answered(self, call: Call, at: float) -> None:
        """A person picked up; ``call`` is as it was before."""
        work = self.work.get(call.attempt.campaign_id)
        if work is not None:
            work.pacing.answered(call, at)

    def seat_changed(self, before: Seat, after: Seat, at: float) -> None:
        """A seat's talk or wrap-up may have ended, or its look at a person."""
        self.previews.seat_changed(before, after, at)
        work = self.work.get(before.campaign_id or 0)
        if work is None:
            return
        work.pacing.seat_changed(before, after, at)
        if after.state is SeatState.WRAP_UP:
            self._floor.wraps_up(after.number, work.campaign.wrap_up_s)

    def closed(self, call: Call, forced: Outcome | None, note: str) -> None:
        """Write what became of the call, and what is next for its contact."""
        if call.attempt.inbound:
            self.callers.closed(call, note)
            return
        result = forced if forced is not None else outcome(call)
        attempt, at = call.attempt, call.ended_at or self._context.clock()
        work = self.work.get(attempt.campaign_id)
        gate = self.gates.get(call.trunk)
        if gate is not None:
            gate.ended(call.id, result, at, rang=call.rang)
        if result is Outcome.WITHDRAWN:
            self.claims.withdraw(attempt, at, note or "never placed")
            return
        if work is None:
            log.error("a call ended without its campaign", attempt=call.id)
            return
        work.tally.ended(result)
        if call.answered_at is None:
            work.pacing.ended_unanswered(call, result, at)
        if result.answered and call.joined_at is None and call.message_at is None:
            self.answer_settled(call, abandoned=result is Outcome.ABANDONED)
        if call.taken_back_at is not None:
            rang_s = call.taken_back_at - (call.ringing_at or call.taken_back_at)
            self._context.writer.put(EventNoted(call.id, call.taken_back_at, "taken_back", f"{rang_s:.0f}"))
        policy = self._context.settings.policy
        step = next_step(
            result, attempt.number_of_attempt, work.campaign, policy, at,
            interrupted=call.interrupted, left_open=call.left_open,
        )  # fmt: skip
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


def _takes(seat: Seat) -> frozenset[int]:
    """The campaigns that may count on the operator now: who looks at somebody is that campaign's."""
    if seat.state is SeatState.PREVIEW and seat.campaign_id is not None:
        return frozenset({seat.campaign_id})
    return seat.campaigns
