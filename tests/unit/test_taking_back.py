"""Calls that have rung long enough are taken back when nobody would be there, and only then."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.baselines import play
from dialer.core.calls import Call, Phase
from dialer.core.forecast import AnswerModel
from dialer.core.model import CampaignKind, ClaimedAttempt, Contact
from dialer.core.pacing import BusyOperator, BusyPhase, CallInFlight, Pacer, PacingPolicy, PacingSnapshot
from dialer.core.scenario import Scenario
from dialer.core.taking_back import to_take_back

NOW = 1000.0
POLICY = PacingPolicy(least_ring_s=15.0)


def ringing(count: int, for_s: float) -> list[CallInFlight]:
    return [CallInFlight(NOW - for_s - 2.0, NOW - for_s) for _ in range(count)]


def talking(count: int) -> list[BusyOperator]:
    return [BusyOperator(BusyPhase.TALKING, NOW - 5.0) for _ in range(count)]


def test_a_full_room_takes_back_what_has_rung_long_and_leaves_the_rest() -> None:
    calls = ringing(20, for_s=20.0) + ringing(30, for_s=5.0)
    decision = Pacer(POLICY).decide(PacingSnapshot(free=0, busy=talking(12), in_flight=calls), NOW)
    assert (decision.dials, decision.take_back) == (0, 20)


def a_call(
    name: str, rings_since: float, promised_by: int | None = None, dialled_by: int | None = None
) -> Call:
    contact = Contact(1, "+919000000001", "राम", "hi", 62, "p", "s", "c")
    attempt = ClaimedAttempt(name, 1, contact, 0.0, 1, operator_id=promised_by)
    call = Call(attempt, CampaignKind.OPERATORS, "carrier", 25.0, Phase.RINGING, dialled_by=dialled_by)
    return call._replace(ringing_at=rings_since)


def test_the_longest_ringing_go_and_neither_the_promised_nor_those_an_operator_had_called() -> None:
    calls = [
        a_call("late", NOW - 14.9),
        a_call("long", NOW - 20.0),
        a_call("longest", NOW - 24.0),
        a_call("promised", NOW - 24.5, promised_by=3),
        a_call("wanted", NOW - 24.5, dialled_by=7),
        a_call("answered", NOW - 24.5)._replace(phase=Phase.WAITING),
    ]
    assert to_take_back(calls, 1, NOW) == ["longest"]
    assert to_take_back(calls, 9, NOW) == ["longest", "long"]


def test_who_is_awaited_rings_on() -> None:
    calls = [replace(call, awaited=place < 15) for place, call in enumerate(ringing(20, for_s=20.0))]
    decision = Pacer(POLICY).decide(PacingSnapshot(free=0, busy=talking(12), in_flight=calls), NOW)
    assert decision.take_back == 5


def test_nothing_is_taken_back_where_operators_wait() -> None:
    calls = ringing(6, for_s=20.0)
    assert Pacer(POLICY).decide(PacingSnapshot(free=12, in_flight=calls), NOW).take_back == 0


@settings(max_examples=60, deadline=None)
@given(
    free=st.integers(0, 10),
    busy=st.integers(0, 30),
    rung_s=st.lists(st.floats(0.0, 25.0), max_size=60),
    least_ring_s=st.none() | st.just(15.0),
)
def test_never_more_than_have_rung_long_enough_and_never_while_calls_are_placed(
    free: int, busy: int, rung_s: list[float], least_ring_s: float | None
) -> None:
    policy = replace(POLICY, least_ring_s=least_ring_s)
    calls = [CallInFlight(NOW - rung - 2.0, NOW - rung) for rung in rung_s]
    decision = Pacer(policy).decide(PacingSnapshot(free=free, busy=talking(busy), in_flight=calls), NOW)
    long_enough = sum(least_ring_s is not None and rung >= least_ring_s for rung in rung_s)
    assert 0 <= decision.take_back <= long_enough
    assert decision.dials == 0 or decision.take_back == 0


@pytest.mark.parametrize("answer_rate", [0.2, 0.5])
def test_calls_taken_back_do_not_mislead_the_answer_rate(answer_rate: float) -> None:
    """Half of those who still ring after 15 s are taken back; the others are seen to their end."""
    luck, model = random.Random(7), AnswerModel(POLICY)
    for number in range(1500):
        began = 4.0 * number
        call = CallInFlight(began, began + 2.0)
        rings_s = luck.expovariate(1 / 9.0)
        answers = luck.random() < answer_rate and rings_s < 25.0
        if min(rings_s if answers else 25.0, 25.0) > 15.0 and luck.random() < 0.5:
            model.taken_back(call, began + 17.0)
        elif answers:
            model.answered(call, began + 2.0 + rings_s)
        else:
            model.ended(call, began + 27.0)
        model.look((), began + 30.0)
    within_limit = answer_rate * (1.0 - 2.718281828 ** (-25.0 / 9.0))
    assert model.mean == pytest.approx(within_limit, abs=0.06)


def test_fewer_answer_to_silence_when_calls_are_taken_back() -> None:
    room = Scenario(duration_s=3600.0, operators=((0.0, 12.0),))
    ours = [play(room, "predictive", seed) for seed in (1, 2)]
    never = [play(replace(room, least_ring_s=None), "predictive", seed) for seed in (1, 2)]
    assert all(one.taken_back > 0 for one in ours) and not any(one.taken_back for one in never)
    assert sum(one.abandonment for one in ours) < sum(one.abandonment for one in never)
