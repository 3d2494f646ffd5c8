"""The simulated call centre is repeatable, adds up, and shows known ways of pacing as they are known."""

from __future__ import annotations

from statistics import fmean

import pytest

from dialer.core.baselines import METHODS, play
from dialer.core.comparison import summarise
from dialer.core.draws import normals, uniforms
from dialer.core.planning import Basis, outlook, parts
from dialer.core.planning import play as play_part
from dialer.core.scenario import Scenario, Span, answer_rates, scenario_from, value_at
from dialer.core.simulation import Contacts, Shift

QUICK_REFUSALS = Scenario(
    duration_s=300.0,
    set_up=Span(0.1, 0.0),
    ring=Span(6.0, 0.4),
    early_end=0.4,
    early_end_s=0.0,
    talk=Span(24.0, 0.65),
)
HALF_HOUR = Scenario(duration_s=1800.0, operators=((0.0, 6.0),))


def test_the_same_seed_gives_the_same_shift() -> None:
    assert play(HALF_HOUR, "predictive", 4) == play(HALF_HOUR, "predictive", 4)


def test_every_method_meets_the_same_people() -> None:
    first, second = Contacts(HALF_HOUR, 7), Contacts(HALF_HOUR, 7)
    assert [first.of(number) for number in (3000, 5)] == [second.of(number) for number in (3000, 5)]


@pytest.mark.parametrize("method", list(METHODS))
def test_a_shift_adds_up(method: str) -> None:
    result = play(HALF_HOUR, method, 1)
    assert 0.0 <= result.utilisation <= 1.0
    assert result.abandoned <= result.answered <= result.dials
    assert result.signed_in_s == pytest.approx(6 * 1800.0)


def test_one_call_per_operator_leaves_a_third_of_the_time_unused() -> None:
    result = play(Scenario(duration_s=1800.0), "1:1", 2)
    assert 0.60 < result.utilisation < 0.70
    assert result.abandonment == 0.0


def test_the_oracle_loses_almost_nothing_and_nobody_beats_it() -> None:
    best = play(HALF_HOUR, "oracle", 1).utilisation
    assert best > 0.98
    assert all(play(HALF_HOUR, method, 1).utilisation < best for method in METHODS)


def test_predictive_is_far_busier_than_one_to_one_and_keeps_the_cap() -> None:
    room = Scenario(duration_s=1800.0)
    ours, plain = play(room, "predictive", 5), play(room, "1:1", 5)
    assert ours.utilisation > plain.utilisation + 0.2
    assert ours.abandonment <= 0.03


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "room",
    [
        Scenario(duration_s=600.0),
        Scenario(duration_s=900.0, operators=((0.0, 5.0),)),
        Scenario(contacts=200),
        Scenario(duration_s=900.0, answer_rate=((0.0, 0.2), (450.0, 0.7))),
        Scenario(duration_s=900.0, operators=((0.0, 30.0), (300.0, 22.0))),
        Scenario(duration_s=900.0, noise_sd=0.8),
        Scenario(duration_s=900.0, ring=Span(12.0, 0.4), early_end=0.5),
        QUICK_REFUSALS,
        Scenario(duration_s=900.0, kinds=((0.7, 0.5), (0.3, 3.0))),
    ],
    ids=[
        "ten-minutes",
        "five-operators",
        "short-list",
        "jump",
        "leaving",
        "correlated",
        "slow-ring",
        "quick-refusals",
        "kinds",
    ],
)
def test_a_cold_shift_ends_within_the_cap(room: Scenario, seed: int) -> None:
    assert play(room, "predictive", seed).abandonment <= 0.03


def test_channels_and_rate_are_never_exceeded() -> None:
    room = Scenario(duration_s=400.0, channels=30, calls_per_second=2.0)
    assert play(room, "predictive", 1).most_channels <= 30


def test_a_list_is_dialled_once_and_the_shift_ends_with_it() -> None:
    result = play(Scenario(contacts=100), "predictive", 1)
    assert result.dials == 100
    assert result.ended_at_s < 600.0


def test_congestion_and_machines_take_nobodys_place() -> None:
    room = Scenario(duration_s=900.0, congested=((0.0, 0.2),), machines=0.2)
    result = play(room, "predictive", 1)
    assert result.abandonment <= 0.03
    assert result.utilisation > 0.6


def test_signals_of_progress_reach_the_pacing() -> None:
    seen = []
    from dialer.core.baselines import predictive

    pacer = predictive(HALF_HOUR)
    pacer.progressed = lambda operator, now: seen.append(operator.step)  # type: ignore[method-assign,assignment]
    Shift(Scenario(duration_s=300.0, steps=10), 1, pacer).run()
    assert set(seen) >= {1, 5, 9}


def test_draws_are_even_and_normal_enough() -> None:
    even, bell = uniforms(3, 1, 0, 20_000), normals(3, 1, 0, 20_000)
    assert abs(even.mean() - 0.5) < 0.01
    assert abs(bell.mean()) < 0.02 and abs(bell.std() - 1.0) < 0.02


def test_each_kind_of_people_answers_at_its_own_rate() -> None:
    room = Scenario(answer_rate=((0.0, 0.4),), kinds=((0.75, 0.5), (0.25, 3.0)))
    contacts = Contacts(room, 1)
    by_kind: dict[int, list[bool]] = {0: [], 1: []}
    for number in range(4_000):
        by_kind[contacts.kind(number)].append(contacts.of(number)[0] < contacts.rate(number, 60.0))
    assert abs(len(by_kind[0]) - 3_000) < 120
    assert abs(fmean(by_kind[0]) - 0.25) < 0.03 and abs(fmean(by_kind[1]) - 2.0 / 3.0) < 0.04


@pytest.mark.parametrize(
    "kinds", [5, [], [[0.5, 1.0]], [[1.0, 0.0]], [[0.5, "many"], [0.5, 1.0]], [[1.0]], [0.5, 0.5]]
)
def test_kinds_that_are_no_whole_are_refused_with_what_is_needed(kinds: object) -> None:
    with pytest.raises(ValueError, match=r"kinds: a list of \[share, odds\] is needed"):
        scenario_from({"kinds": kinds})


@pytest.mark.parametrize(
    "ring",
    ["long", -1, None, {"cv": 1.0}, {"mean": 9, "sd": 3}, {"mean": "9 s"}, {"mean": 9, "shape": "round"}],
)
def test_a_duration_that_is_none_is_refused_with_what_is_needed(ring: object) -> None:
    with pytest.raises(ValueError, match=r"ring: .*(are needed|lognormal)"):
        scenario_from({"ring": ring})


@pytest.mark.parametrize("rate", ["many", [], [[0.0]], [[0.0, "many"]], [0.2, 0.4]])
def test_a_quantity_that_is_no_list_over_time_is_refused_with_what_is_needed(rate: object) -> None:
    with pytest.raises(ValueError, match=r"answer_rate: a number or a list of \[second, value\]"):
        scenario_from({"answer_rate": rate})


def test_noise_wanders_around_the_stated_answer_rate() -> None:
    rates = answer_rates(Scenario(noise_sd=0.6), 1)
    assert min(rates) < 0.25 and max(rates) > 0.45


def test_a_value_holds_until_the_next() -> None:
    assert [value_at(((0.0, 5.0), (60.0, 9.0)), at) for at in (0.0, 59.9, 60.0)] == [5.0, 5.0, 9.0]


def test_a_scenario_from_plain_data_names_what_is_wrong() -> None:
    assert scenario_from({"operators": [[0, 5], [60, 9]]}).operators == ((0.0, 5.0), (60.0, 9.0))
    with pytest.raises(ValueError, match="operatorz: unknown key"):
        scenario_from({"operatorz": 5})
    with pytest.raises(ValueError, match="answer_rate"):
        scenario_from({"answer_rate": [[5, 0.3]]})
    assert scenario_from({"least_ring_s": None}).least_ring_s is None
    for key, value in (("least_ring_s", "soon"), ("least_ring_s", -3), ("contacts", 2.5), ("cap", True)):
        with pytest.raises(ValueError, match=f"{key}: .* is not a"):
            scenario_from({key: value})


def test_a_summary_counts_shifts_over_the_cap() -> None:
    shifts = [play(HALF_HOUR, "ratio 3", seed) for seed in (1, 2)]
    assert summarise(shifts, 0.0).shifts_over == sum(one.abandoned > 0 for one in shifts)


def test_a_plan_gives_ranges_and_what_ifs() -> None:
    basis = Basis(calls=60, operators=8, available_s=300.0)
    told = outlook(basis, [play_part(part) for part in parts(basis)])
    assert told.calling_s.low <= told.calling_s.likely <= told.calling_s.high
    assert [case.operators for case in told.by_operators] == [4, 6, 8, 10, 12]
    assert told.by_operators[0].calling_s > told.by_operators[-1].calling_s
    assert told.best_operators in {case.operators for case in told.by_operators}


def test_a_longer_campaign_goes_on_as_its_stretch_did() -> None:
    short, long = Basis(calls=4_000, operators=12), Basis(calls=8_000, operators=12)
    first = parts(short)[0]
    some = [play_part(parts(basis)[0]) for basis in (short, long)]
    assert some[1].calling_s == pytest.approx(2 * some[0].calling_s, rel=0.01)
    handling_s = 4_000 * first.answer_rate * (90.0 + 10.0)
    assert some[0].calling_s == pytest.approx(handling_s / 12 / some[0].utilisation, rel=0.25)
