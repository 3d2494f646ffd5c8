"""Intervals and weights against published figures and against what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.survey_statistics import post_stratified, quantile, wilson

COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 500), min_size=1)


@pytest.mark.parametrize(
    ("found", "size", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(found: int, size: int, low: float, high: float) -> None:
    estimate = wilson(found / size, size)
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (low, high)


def test_nothing_is_known_without_answers() -> None:
    estimate = wilson(0.0, 0)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


@given(st.integers(1, 10_000), st.data())
def test_a_share_lies_in_its_interval_and_more_answers_narrow_it(size: int, data: st.DataObject) -> None:
    found = data.draw(st.integers(0, size))
    few, many = wilson(found / size, size), wilson(found / size, 4 * size)
    assert 0.0 <= few.low <= few.share <= few.high <= 1.0
    assert many.high - many.low < few.high - few.low


def test_each_stratum_counts_as_much_as_its_part_of_the_population() -> None:
    counts = {"62": {"yes": 90, "no": 10}, "63": {"yes": 2, "no": 8}}
    shares, effective = post_stratified(counts, {"62": 300.0, "63": 700.0})
    assert shares["yes"].share == pytest.approx(0.3 * 0.9 + 0.7 * 0.2)
    # Kish: (sum of weights)^2 / sum of squares = 1 / (0.3^2/100 + 0.7^2/10)
    assert effective == pytest.approx(1 / (0.09 / 100 + 0.49 / 10))


def test_a_stratum_without_answers_is_left_out_and_the_others_take_its_part() -> None:
    shares, _effective = post_stratified({"62": {"yes": 1, "no": 3}}, {"62": 1.0, "63": 9.0})
    assert shares["yes"].share == pytest.approx(0.25)
    assert post_stratified({}, {"62": 1.0}) == ({}, 0.0)
    assert post_stratified({"64": {"yes": 5}}, {"62": 1.0}) == ({}, 0.0), "of no stratum of the population"


@given(st.dictionaries(st.sampled_from("123"), COUNTS, min_size=1))
def test_weights_as_in_the_sample_change_nothing(counts: dict[str, dict[str, int]]) -> None:
    sizes = {stratum: float(sum(values.values())) for stratum, values in counts.items()}
    shares, effective = post_stratified(counts, sizes)
    total = sum(sizes.values())
    assert effective == pytest.approx(total)
    assert sum(each.share for each in shares.values()) == pytest.approx(1.0)
    for value, estimate in shares.items():
        assert estimate.share == pytest.approx(sum(each.get(value, 0) for each in counts.values()) / total)


@given(st.dictionaries(st.sampled_from("123"), COUNTS, min_size=1), st.data())
def test_weighting_never_makes_answers_out_of_nothing(
    counts: dict[str, dict[str, int]], data: st.DataObject
) -> None:
    parts = {stratum: data.draw(st.floats(0.01, 1e6)) for stratum in counts}
    _shares, effective = post_stratified(counts, parts)
    assert 0 < effective <= sum(sum(each.values()) for each in counts.values()) * (1 + 1e-9)


def test_a_quantile_is_a_value_that_was_measured() -> None:
    counted = [(3.0, 1), (1.0, 5), (9.0, 4)]
    assert [quantile(counted, part) for part in (0.0, 0.5, 0.6, 0.9, 1.0)] == [1.0, 1.0, 3.0, 9.0, 9.0]
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
