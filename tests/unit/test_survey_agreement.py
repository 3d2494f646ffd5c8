"""Agreement of two askings against published figures and against what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.survey_agreement import Limit, Pairs, agreement

TABLES = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 50))


def test_kappa_is_cohens() -> None:
    # Fleiss, Statistical Methods for Rates and Proportions (1981): 35 yes/yes, 20, 5, 40.
    found = agreement({("y", "y"): 35, ("y", "n"): 20, ("n", "y"): 5, ("n", "n"): 40})
    assert (found.pairs, found.agreed, found.share) == (100, 75, 0.75)
    assert found.kappa == pytest.approx((0.75 - 0.49) / (1 - 0.49))


def test_the_interval_of_kappa_is_that_of_fleiss_cohen_and_everitt() -> None:
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1: kappa 0.68,
    # standard error 0.087.
    found = agreement(
        {
            ("psychotic", "psychotic"): 75, ("psychotic", "neurotic"): 1, ("psychotic", "organic"): 4,
            ("neurotic", "psychotic"): 5, ("neurotic", "neurotic"): 4, ("neurotic", "organic"): 1,
            ("organic", "organic"): 10,
        }
    )  # fmt: skip
    assert found.kappa == pytest.approx(0.676, abs=0.001)
    assert found.kappa_low is not None and found.kappa_high is not None
    assert found.kappa - found.kappa_low == pytest.approx(1.96 * 0.0877, abs=0.001)
    assert found.kappa_high - found.kappa == pytest.approx(found.kappa - found.kappa_low)


@pytest.mark.parametrize(
    ("table", "kappa", "limit"),
    [
        ({}, None, Limit.NO_PAIRS),
        ({("y", "y"): 0}, None, Limit.NO_PAIRS),
        ({("y", "y"): 9}, None, Limit.ONE_ANSWER),
        ({("y", "y"): 9, ("n", "n"): 1}, 1.0, Limit.ALL_AGREE),
        ({("y", "y"): 9, ("y", "n"): 1}, 0.0, Limit.ONE_SIDE),
        ({("y", "n"): 4}, 0.0, Limit.ONE_SIDE),
    ],
)
def test_what_says_nothing_is_named(
    table: dict[tuple[str, str], int], kappa: float | None, limit: Limit
) -> None:
    found = agreement(table)
    assert (found.kappa, found.limit) == (kappa, limit)
    assert found.kappa_low is None and found.kappa_high is None


@given(TABLES)
def test_kappa_lies_in_its_interval_and_never_above_the_agreement(table: dict[tuple[str, str], int]) -> None:
    found = agreement(table)
    assert found.estimate.low <= found.share <= found.estimate.high
    assert sum(found.table.values()) == found.pairs
    if found.kappa is None:
        assert found.limit in (Limit.NO_PAIRS, Limit.ONE_ANSWER)
        return
    assert -1.0 <= found.kappa <= found.share + 1e-12
    assert (found.kappa == 1.0) is (found.agreed == found.pairs)
    if found.limit is None:
        assert found.kappa_low is not None and found.kappa_high is not None
        assert -1.0 <= found.kappa_low <= found.kappa <= found.kappa_high <= 1.0


@given(TABLES, st.integers(2, 9))
def test_more_of_the_same_leaves_kappa_and_narrows_its_interval(
    table: dict[tuple[str, str], int], times: int
) -> None:
    few, many = agreement(table), agreement({pair: count * times for pair, count in table.items()})
    assert many.limit == few.limit
    if few.kappa is not None:
        assert many.kappa == pytest.approx(few.kappa)
    if few.kappa_low is not None and few.kappa_high is not None:
        assert many.kappa_low is not None and many.kappa_high is not None
        assert many.kappa_low >= few.kappa_low - 1e-9
        assert many.kappa_high <= few.kappa_high + 1e-9


@given(TABLES)
def test_it_does_not_matter_who_asked_first_nor_what_the_answers_are_called(
    table: dict[tuple[str, str], int],
) -> None:
    found = agreement(table)
    turned = agreement({(second, first): count for (first, second), count in table.items()})
    renamed = agreement({(f"x{first}", f"x{second}"): count for (first, second), count in table.items()})
    for other in (turned, renamed):
        assert (other.kappa, other.limit) == (found.kappa, found.limit)
        assert other.kappa_low == pytest.approx(found.kappa_low)


def test_pairs_are_told_apart_by_question_and_language() -> None:
    pairs = Pairs()
    pairs.add({"knows": ("yes", "hi", "yes"), "reach": ("3", "hi", "4")})
    pairs.add({"knows": ("no", "en", "yes")})
    pairs.add({})
    assert pairs.people == 2
    found = pairs.agreements(["reach", "knows", "other"])
    assert [(name, each.pairs, each.agreed) for name, each in found.items()] == [
        ("reach", 1, 0), ("knows", 2, 1)
    ]  # fmt: skip
    by_language = pairs.agreements_by_language(["knows", "reach"])
    assert list(by_language) == ["en", "hi"]
    assert by_language["en"]["knows"].table == {("no", "yes"): 1}
    assert (pairs.whole().pairs, pairs.whole().agreed, pairs.whole().kappa) == (3, 1, None)
