"""The live picture of the room, from the engine's rooms."""

from __future__ import annotations

from collections import Counter

from dialer.core.calls import Phase
from dialer.core.live import CampaignLive, LiveSnapshot, SeatState, TrunkLive
from dialer.engine.dialling import Dialling
from dialer.engine.floor import Floor
from dialer.engine.switchboard import WITH_OPERATOR, Switchboard
from dialer.engine.work import Work

_BUSY = (SeatState.TALKING, SeatState.WRAP_UP)


def campaign_live(work: Work, switchboard: Switchboard, now: float) -> CampaignLive:
    """One campaign's line of the wallboard."""
    campaign, tally = work.campaign, work.tally
    phases = Counter(call.phase for call in switchboard.of_campaign(campaign.id))
    return CampaignLive(
        campaign_id=campaign.id,
        name=campaign.name,
        kind=campaign.kind.value,
        state=campaign.state.value,
        mode=campaign.mode.value,
        ringing=_count(phases, Phase.CLAIMED, Phase.DIALLING, Phase.RINGING, Phase.TAKEN_BACK)
        + work.claiming,
        waiting_for_operator=_count(phases, Phase.WAITING, Phase.HANDBACK, Phase.WANTED),
        talking=_count(phases, *WITH_OPERATOR),
        in_survey=phases[Phase.SURVEY],
        contacts_waiting=work.waiting or 0,
        outcomes=dict(tally.outcomes),
        attempts=tally.attempts,
        abandonment_rate=tally.abandonment_rate,
        abandonment_cap=campaign.abandonment_cap,
        calls_per_minute=tally.per_minute(now),
        answer_rate=tally.answer_rate,
        reason_code=work.pacing.reason_code,
        reason=work.pacing.reason,
        forecast=work.pacing.forecast,
    )


def _count(phases: Counter[Phase], *wanted: Phase) -> int:
    return sum(phases[phase] for phase in wanted)


def trunks_live(dialling: Dialling, switchboard: Switchboard, now: float) -> tuple[TrunkLive, ...]:
    """Each trunk's line."""
    return tuple(
        TrunkLive(
            name=name,
            reachable=gate.reachable,
            channels_used=switchboard.on_trunk(name),
            channels=gate.limits.channels,
            congestion_last_minute=gate.faults_within(60.0, now),
            fault=gate.fault_text(now),
            backs_off_until=gate.backs_off_until,
        )
        for name, gate in dialling.gates.items()
    )


def snapshot(
    floor: Floor,
    switchboard: Switchboard,
    dialling: Dialling,
    *,
    now: float,
    started_at: float,
    asterisk: str,
    store: str,
    draining: bool,
) -> LiveSnapshot:
    """The whole room."""
    signed_in = [seat for seat in floor.seats.values() if seat.operator_id is not None]
    busy = sum(1 for seat in signed_in if seat.state in _BUSY)
    return LiveSnapshot(
        at=now,
        started_at=started_at,
        asterisk=asterisk,
        store=store,
        draining=draining,
        seats=tuple(floor.live(seat) for seat in floor.seats.values()),
        campaigns=tuple(campaign_live(work, switchboard, now) for work in dialling.work.values()),
        trunks=trunks_live(dialling, switchboard, now),
        utilisation=busy / len(signed_in) if signed_in else None,
    )
