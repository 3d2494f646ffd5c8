"""Pacing decides within every limit, explains itself, and stops when the allowance is spent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.model import CampaignKind, PacingMode
from dialer.core.pacing import (
    BusyOperator,
    BusyPhase,
    CallInFlight,
    Pacer,
    PacingPolicy,
    PacingSnapshot,
    ReasonCode,
    decide,
)

NOW = 1000.0


def taught(mode: PacingMode = PacingMode.PREDICTIVE, answered: int = 60, ended: int = 100) -> Pacer:
    """A pacer that has seen some calls, one every four seconds; all answered people were joined."""
    pacer = Pacer(PacingPolicy(mode=mode, dial_ratio=2.0))
    total = answered + ended
    for number in range(total):
        began = 4.0 * number
        if number * answered // total < (number + 1) * answered // total:
            pacer.answered(CallInFlight(began, began + 2.0), began + 8.0)
            pacer.joined(began + 8.0)
        else:
            pacer.ended(CallInFlight(began - 19.0, began - 17.0), began + 8.0)
    return pacer


def room(**changes: object) -> PacingSnapshot:
    """36 operators of whom two are free, twelve calls ringing."""
    busy = [BusyOperator(BusyPhase.TALKING, NOW - 3.0 * seat) for seat in range(30)]
    busy += [BusyOperator(BusyPhase.WRAP_UP, NOW - 2.0 * seat) for seat in range(4)]
    flight = [CallInFlight(NOW - 2.0 * call, NOW - 2.0 * call + 2.0) for call in range(1, 13)]
    given_room: dict[str, object] = {"free": 2, "busy": busy, "in_flight": flight} | changes
    return PacingSnapshot(**given_room)  # type: ignore[arg-type]


busy_operators = st.builds(
    BusyOperator,
    phase=st.sampled_from(list(BusyPhase)),
    since=st.floats(0.0, NOW),
    step=st.integers(0, 10),
    steps=st.just(10),
    step_at=st.one_of(st.none(), st.floats(0.0, NOW)),
)
ages = st.floats(0.0, 60.0)
calls = st.builds(
    lambda age, rang: CallInFlight(NOW - age, NOW - age / 2 if rang else None), ages, st.booleans()
)
limits = st.one_of(st.none(), st.integers(-2, 40))
rooms = st.builds(
    PacingSnapshot,
    free=st.integers(0, 40),
    busy=st.lists(busy_operators, max_size=40),
    in_flight=st.lists(calls, max_size=60),
    waiting=st.integers(0, 3),
    claims=st.integers(0, 5),
    reserved=st.integers(0, 3),
    requested=st.integers(0, 5),
    trunk_channels_free=limits,
    campaign_channels_free=limits,
    calls_left_this_second=limits,
    contacts_left=limits,
)
modes = st.sampled_from(list(PacingMode))


@settings(max_examples=60, deadline=None)
@given(snapshot=rooms, mode=modes)
def test_no_limit_is_ever_exceeded_and_no_number_is_negative(
    snapshot: PacingSnapshot, mode: PacingMode
) -> None:
    decision = taught(mode).decide(snapshot, NOW)
    given_limits = (
        snapshot.trunk_channels_free,
        snapshot.campaign_channels_free,
        snapshot.calls_left_this_second,
        snapshot.contacts_left,
    )
    assert decision.dials >= 0
    assert all(limit is None or decision.dials <= max(0, limit) for limit in given_limits)
    assert decision.reason.text


@settings(max_examples=40, deadline=None)
@given(calls_now=st.lists(calls, max_size=30), mode=modes)
def test_nothing_is_dialled_with_no_operator(calls_now: list[CallInFlight], mode: PacingMode) -> None:
    decision = taught(mode).decide(PacingSnapshot(free=0, in_flight=calls_now, requested=3), NOW)
    assert decision.dials == 0
    assert decision.reason.code is ReasonCode.NO_OPERATORS


@settings(max_examples=60, deadline=None)
@given(snapshot=rooms, mode=st.sampled_from([mode for mode in PacingMode if mode is not PacingMode.PREVIEW]))
def test_one_more_free_operator_never_dials_fewer(snapshot: PacingSnapshot, mode: PacingMode) -> None:
    more = replace(snapshot, free=snapshot.free + 1)
    assert taught(mode).decide(more, NOW).dials >= taught(mode).decide(snapshot, NOW).dials


@settings(max_examples=40, deadline=None)
@given(snapshot=rooms)
def test_a_higher_cap_never_dials_fewer(snapshot: PacingSnapshot) -> None:
    strict, loose = taught(), taught()
    loose.policy = PacingPolicy(abandonment_cap=0.05)
    assert loose.decide(snapshot, NOW).dials >= strict.decide(snapshot, NOW).dials


@settings(max_examples=60, deadline=None)
@given(snapshot=rooms, mode=st.sampled_from([PacingMode.RATIO, PacingMode.PREDICTIVE]))
def test_a_spent_allowance_never_dials_more_than_one_call_per_free_operator(
    snapshot: PacingSnapshot, mode: PacingMode
) -> None:
    pacer = taught(mode)
    for _ in range(4):
        pacer.abandoned(NOW - 1.0)
    free = max(0, snapshot.free - snapshot.reserved - snapshot.waiting)
    under_way = len(snapshot.in_flight) + snapshot.claims
    assert pacer.decide(snapshot, NOW).dials <= max(0, free - under_way)


def test_the_very_next_decision_after_the_allowance_is_spent_stops_over_dialling() -> None:
    pacer, calm = taught(), room(free=20, in_flight=[])
    assert taught().decide(calm, NOW).dials > 20
    for _ in range(2):
        pacer.abandoned(NOW)
    decision = pacer.decide(calm, NOW)
    assert decision.dials == 20
    assert decision.reason.code is ReasonCode.ALLOWANCE_SPENT
    assert "3.2 % of 3 %" in decision.reason.text


def test_a_new_day_brings_a_new_allowance() -> None:
    pacer = taught()
    for _ in range(5):
        pacer.abandoned(NOW)
    pacer.ledger.new_day()
    assert pacer.decide(room(), NOW).reason.code is not ReasonCode.ALLOWANCE_SPENT


def test_progressive_places_one_call_per_free_operator_less_those_under_way() -> None:
    snapshot = room(free=5, in_flight=[CallInFlight(NOW)], claims=1, waiting=1, reserved=1)
    decision = decide(snapshot, PacingPolicy(mode=PacingMode.PROGRESSIVE), NOW)
    assert decision.dials == 1


def test_a_ratio_is_kept_until_the_cap_is_broken() -> None:
    policy = PacingPolicy(mode=PacingMode.RATIO, dial_ratio=2.5)
    pacer = Pacer(policy)
    pacer.ledger.restore(1000, 0)
    assert decide(room(free=4, in_flight=[]), policy, NOW, pacer).dials == 10


def test_preview_dials_only_for_operators_who_asked() -> None:
    policy = PacingPolicy(mode=PacingMode.PREVIEW)
    assert decide(room(free=5, in_flight=[], requested=2), policy, NOW).dials == 2


def test_by_hand_nobody_is_dialled_but_whom_operators_asked_for() -> None:
    policy = PacingPolicy(mode=PacingMode.MANUAL)
    left_alone = decide(room(free=5, in_flight=[]), policy, NOW)
    assert (left_alone.dials, left_alone.reason.code) == (0, ReasonCode.BY_HAND)
    asked = decide(room(free=5, in_flight=[], requested=2), policy, NOW)
    assert (asked.dials, asked.reason.code) == (2, ReasonCode.ON_REQUEST)


def test_a_survey_needs_no_operator_and_fills_its_channels() -> None:
    policy = PacingPolicy(kind=CampaignKind.SURVEY)
    snapshot = PacingSnapshot(free=0, trunk_channels_free=30, calls_left_this_second=4, contacts_left=100)
    assert decide(snapshot, policy, NOW).dials == 4


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("trunk_channels_free", ReasonCode.TRUNK_FULL),
        ("campaign_channels_free", ReasonCode.CAMPAIGN_FULL),
        ("calls_left_this_second", ReasonCode.RATE_LIMIT),
        ("contacts_left", ReasonCode.LIST_END),
    ],
)
def test_the_reason_names_the_limit_that_binds(limit: str, code: ReasonCode) -> None:
    assert taught().decide(room(free=20, in_flight=[], **{limit: 0}), NOW).reason.code is code


def test_a_forecast_speaks_of_answers_operators_and_the_allowance() -> None:
    decision = taught().decide(room(free=6), NOW)
    assert decision.forecast is not None
    assert 0.3 < decision.forecast.answer_probability < 0.45
    assert decision.forecast.operators > 6.0
    assert "allowance 0.0 % used of 3 %" in decision.reason.text


def test_a_list_that_nobody_answers_is_dialled_ever_harder() -> None:
    silent = Pacer(PacingPolicy())
    for number in range(300):
        silent.ended(CallInFlight(number * 2.0, number * 2.0 + 2.0), number * 2.0 + 27.0)
    snapshot = PacingSnapshot(free=10)
    assert silent.decide(snapshot, 700.0).dials > 2 * taught().decide(snapshot, 700.0).dials


def test_congestion_is_not_read_as_nobody_answers() -> None:
    congested, calm = taught(), taught()
    for number in range(200):
        congested.failed(CallInFlight(NOW - 1.0), NOW - 0.5 + number * 1e-3)
    snapshot = PacingSnapshot(free=10)
    assert congested.decide(snapshot, NOW).dials == calm.decide(snapshot, NOW).dials


def test_operators_kept_for_others_are_not_dialled_for() -> None:
    snapshot = room(free=10, in_flight=[], reserved=10)
    alone = room(free=0, in_flight=[])
    assert taught().decide(snapshot, NOW).dials == taught().decide(alone, NOW).dials


def test_a_restart_takes_over_the_days_counts() -> None:
    pacer = Pacer(PacingPolicy())
    pacer.ledger.restore(100, 4, [(NOW - 10.0, True)])
    assert pacer.decide(room(free=3, in_flight=[]), NOW).reason.code is ReasonCode.ALLOWANCE_SPENT
