"""A fixed ratio dials beyond the free operators only what the allowance can pay for in the worst case."""

from __future__ import annotations

import pytest

from dialer.core.model import PacingMode
from dialer.core.pacing import CallInFlight, Pacer, PacingPolicy, PacingSnapshot, ReasonCode
from dialer.core.scenario import Scenario, Span
from dialer.core.simulation import Shift


def pacer_of(ratio: float, answered: int = 0, abandoned: int = 0, cap: float = 0.03) -> Pacer:
    pacer = Pacer(PacingPolicy(mode=PacingMode.RATIO, dial_ratio=ratio, abandonment_cap=cap))
    pacer.ledger.restore(answered, abandoned)
    return pacer


@pytest.mark.parametrize(
    ("answered", "abandoned", "dials"),
    [(0, 0, 2), (33, 0, 2), (34, 0, 3), (100, 2, 3), (100, 1, 4), (400, 0, 6)],
)
def test_calls_beyond_the_free_operators_are_those_that_the_allowance_pays_for(
    answered: int, abandoned: int, dials: int
) -> None:
    assert pacer_of(3.0, answered, abandoned).decide(PacingSnapshot(free=2), 0.0).dials == dials


def test_calls_on_their_way_count_before_more_are_placed() -> None:
    pacer = pacer_of(3.0, answered=100)
    under_way = [CallInFlight(0.0)] * 4
    assert pacer.decide(PacingSnapshot(free=2, in_flight=under_way), 1.0).dials == 1
    assert pacer.decide(PacingSnapshot(free=2, in_flight=under_way, reserved=1), 1.0).dials == 0


def test_the_reason_says_how_much_the_allowance_pays_for() -> None:
    reason = pacer_of(3.0, answered=100, abandoned=1).decide(PacingSnapshot(free=2), 0.0).reason
    assert reason.code is ReasonCode.ALLOWANCE_SHORT
    assert "pays for 2 more abandoned calls (1.0 % used of 3 %)" in reason.text
    spent = pacer_of(3.0, answered=100, abandoned=4).decide(PacingSnapshot(free=2), 0.0).reason
    assert spent.code is ReasonCode.ALLOWANCE_SPENT


@pytest.mark.parametrize("operators", [2, 5, 36])
@pytest.mark.parametrize("answer_rate", [0.35, 0.9])
def test_no_shift_ends_above_the_cap_whatever_the_ratio(operators: int, answer_rate: float) -> None:
    room = Scenario(
        duration_s=2400.0, operators=((0.0, operators),), answer_rate=((0.0, answer_rate),), talk=Span(40.0)
    )
    policy = PacingPolicy(mode=PacingMode.RATIO, dial_ratio=4.0)
    for seed in range(3):
        assert Shift(room, seed, Pacer(policy)).run().abandonment <= room.cap
