"""A campaign's pacer in the engine: shows it the moment, tells it what happens, keeps its last words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

from dialer.core.calls import Call, Phase
from dialer.core.desk_events import TalkProgress
from dialer.core.forecast import believed_answer_rate
from dialer.core.live import SeatState
from dialer.core.model import LEAST_RING_S, Campaign, CampaignKind, Outcome
from dialer.core.pacing import (
    BusyOperator,
    BusyPhase,
    CallInFlight,
    Decision,
    Pacer,
    PacingPolicy,
    PacingSnapshot,
)
from dialer.core.seats import Seat
from dialer.core.trunks import TrunkGate
from dialer.store.port import DecisionNoted, LiveAnswers

_BUSY = {
    SeatState.DIALLING: BusyPhase.TALKING,
    SeatState.RESERVED: BusyPhase.TALKING,
    SeatState.TALKING: BusyPhase.TALKING,
    SeatState.WRAP_UP: BusyPhase.WRAP_UP,
}
SAME_REASON_AGAIN_S = 10.0
"""A decision that does nothing for the reason of the one before it is kept this often at most."""
MOST_TRIED = 4
"""From this attempt on a contact's chances are taken to be alike."""
TAKEN_BACK = "{decision}; calls taken back: {calls}"
"""How a decision that has ringing calls hung up is told."""


class PacingRoom:
    """One campaign's ``Pacer`` with the words of its last decision."""

    def __init__(self, campaign: Campaign, past: Mapping[str, int]) -> None:
        """``past``: outcomes of the campaign's calls of the last days, which tell its answer rate."""
        self.pacer = Pacer(_policy(campaign, believed_answer_rate(past)))
        self._forecasts = campaign.kind is CampaignKind.OPERATORS
        """Whoever answers a survey needs no operator: channels are its only limit, nothing is foreseen."""
        self.reason_code = ""
        self.reason = ""
        self.forecast: Mapping[str, float] = {}
        self._noted_at = 0.0
        self._progress: dict[int, TalkProgress] = {}

    def reconfigure(self, campaign: Campaign) -> None:
        """Settings changed; what was learnt stays."""
        self.pacer.policy = _policy(campaign, self.pacer.policy.answer_rate_prior)

    def begin_from(self, answers: LiveAnswers) -> None:
        """What today's allowance was spent on before this life of the daemon."""
        abandoned = sorted(answers.abandoned_at)
        joined = sorted(set(answers.answered_at) - set(abandoned))
        for at, lost in sorted([(at, True) for at in abandoned] + [(at, False) for at in joined]):
            self.pacer.ledger.record(lost, at)

    def blocked(self, code: str, text: str, campaign_id: int, now: float) -> DecisionNoted | None:
        """Nothing is dialled for a reason outside pacing."""
        self.forecast = {}
        return self._note(campaign_id, now, 0, code, text)

    def decide(
        self,
        campaign: Campaign,
        *,
        now: float,
        seats: Collection[Seat],
        calls: Collection[Call],
        claiming: int,
        gate: TrunkGate,
        channels_used: int,
        contacts_left: int | None,
        reserved: int = 0,
        requested: int = 0,
        closes_in_s: float | None = None,
    ) -> tuple[Decision, DecisionNoted | None]:
        """Ask the pacer; the second value is worth keeping, None when it says the same again.

        ``reserved``: operators among ``seats`` who are for people of others that wait now. ``requested``:
        those who want the person called whom they look at. ``closes_in_s``: seconds to the end of its hours.
        """
        own_channels = campaign.max_channels - len(calls) - claiming if campaign.max_channels else None
        coming = sum(1 for seat in seats if seat.state is SeatState.RESERVED)
        waiting = sum(1 for call in calls if call.phase in (Phase.WAITING, Phase.HANDBACK))
        snapshot = PacingSnapshot(
            free=sum(1 for seat in seats if _is_free(seat, campaign.id)),
            busy=[self._busy(seat, now) for seat in seats if seat.state in _BUSY and seat.counts],
            in_flight=[in_flight(call) for call in calls if call.in_flight] if self._forecasts else (),
            waiting=max(0, waiting - coming),
            reserved=reserved,
            claims=claiming,
            trunk_channels_free=gate.channels_free(channels_used, now),
            campaign_channels_free=own_channels,
            calls_left_this_second=gate.rate_left(now),
            contacts_left=contacts_left,
            requested=requested,
            closes_in_s=closes_in_s,
        )
        decision = self.pacer.decide(snapshot, now)
        self.forecast = asdict(decision.forecast) if decision.forecast else {}
        text = decision.reason.text
        if decision.take_back:
            text = TAKEN_BACK.format(decision=text, calls=decision.take_back)
        code = decision.reason.code.value
        return decision, self._note(campaign.id, now, decision.dials, code, text, decision.take_back)

    def progress(self, event: TalkProgress) -> None:
        """The conversation at a seat got further."""
        self._progress[event.seat] = event

    def seat_changed(self, before: Seat, after: Seat, at: float) -> None:
        """Talks and wrap-ups that ended are what the forecast learns from."""
        if before.state is after.state:
            return
        if before.state is SeatState.TALKING:
            self.pacer.talk_ended(self._busy(before, at), at)
            self._progress.pop(before.number, None)
        elif before.state is SeatState.WRAP_UP:
            self.pacer.wrap_up_ended(self._busy(before, at), at)

    def answered(self, call: Call, at: float) -> None:
        """A person picked up."""
        if self._forecasts:
            self.pacer.answered(in_flight(call), at)

    def ended_unanswered(self, call: Call, outcome: Outcome, at: float) -> None:
        """The call ended and nobody had answered."""
        if not self._forecasts:
            return
        if call.taken_back_at is not None:
            self.pacer.taken_back(in_flight(call), at)
        elif outcome.uses_attempt:
            self.pacer.ended(in_flight(call), at)
        else:
            self.pacer.failed(in_flight(call), at)

    def settled(self, at: float, *, abandoned: bool) -> None:
        """An answered person was joined in time, or was not."""
        if abandoned:
            self.pacer.abandoned(at)
        else:
            self.pacer.joined(at)

    def _busy(self, seat: Seat, now: float) -> BusyOperator:
        known = self._progress.get(seat.number)
        return BusyOperator(
            phase=_BUSY[seat.state],
            since=seat.since,
            step=known.step if known else 0,
            steps=known.steps if known else 0,
            step_at=known.at if known else None,
            operator=seat.operator_id or 0,
        )

    def _note(
        self, campaign_id: int, now: float, dials: int, code: str, text: str, take_back: int = 0
    ) -> DecisionNoted | None:
        recent = now - self._noted_at < SAME_REASON_AGAIN_S
        repeats = not dials and not take_back and code == self.reason_code and recent
        self.reason_code, self.reason = code, text
        if repeats:
            return None
        self._noted_at = now
        return DecisionNoted(campaign_id, now, dials, code, text, self.forecast)


def _is_free(seat: Seat, campaign_id: int) -> bool:
    """Ready for the next person, or looking at one of this campaign, even in a break."""
    if seat.state is SeatState.PREVIEW:
        return seat.campaign_id == campaign_id
    return seat.state is SeatState.READY and seat.counts


def in_flight(call: Call) -> CallInFlight:
    """A call as the forecast knows it."""
    dialled_at = call.dialled_at if call.dialled_at is not None else call.attempt.claimed_at
    attempt = call.attempt
    tried, kind = min(attempt.number_of_attempt, MOST_TRIED), attempt.contact.kind
    features = (f"trunk:{call.trunk}", f"tried:{tried}", f"kind:{kind}")
    return CallInFlight(dialled_at, call.ringing_at, features, call.awaited)


def _policy(campaign: Campaign, answer_rate: float) -> PacingPolicy:
    return PacingPolicy(
        kind=CampaignKind(campaign.kind),
        mode=campaign.mode,
        dial_ratio=campaign.dial_ratio,
        abandonment_cap=campaign.abandonment_cap,
        ring_limit_s=campaign.ring_limit_s,
        least_ring_s=LEAST_RING_S,
        answer_rate_prior=answer_rate,
        wrap_up_prior_s=campaign.wrap_up_s,
    )
