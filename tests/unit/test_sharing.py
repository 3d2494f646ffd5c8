"""Operators shared by campaigns are counted once."""

from __future__ import annotations

from dialer.core.sharing import allot, owed


def test_equal_campaigns_share_alike() -> None:
    takes = {seat: frozenset({1, 2}) for seat in range(1, 37)}
    given = list(allot(takes, {1: 1.0, 2: 1.0}).values())
    assert (given.count(1), given.count(2)) == (18, 18)


def test_priority_weighs() -> None:
    takes = {seat: frozenset({1, 2}) for seat in range(1, 37)}
    given = list(allot(takes, {1: 3.0, 2: 1.0}).values())
    assert (given.count(1), given.count(2)) == (27, 9)


def test_an_operator_of_one_campaign_only_is_that_campaigns() -> None:
    takes = {1: frozenset({1, 2}), 2: frozenset({2}), 3: frozenset({1})}
    allotted = allot(takes, {1: 1.0, 2: 1.0})
    assert (allotted[2], allotted[3]) == (2, 1)


def test_a_campaign_that_does_not_dial_gets_no_share() -> None:
    takes = {seat: frozenset({1, 2}) for seat in range(1, 5)}
    assert set(allot(takes, {2: 1.0}).values()) == {2}


def test_an_operator_whose_campaigns_do_not_dial_is_left_out() -> None:
    assert allot({1: frozenset({9}), 2: frozenset()}, {1: 1.0}) == {}


def test_the_next_operators_are_for_those_who_wait_already_as_far_as_they_take_them() -> None:
    both, first_only = frozenset({1, 2}), frozenset({1})
    assert owed({2: 1}, 1, [both, both], [both, both]) == 1
    assert owed({2: 5}, 1, [both, both], [both, both]) == 2
    assert owed({2: 2}, 1, [both, first_only], [both, first_only, both]) == 1
    assert owed({2: 3}, 1, [first_only], [first_only, both]) == 0


def test_a_campaigns_own_waiting_people_are_not_owed_twice() -> None:
    assert owed({1: 3}, 1, [frozenset({1})], [frozenset({1})]) == 0


def test_somebody_whom_nobody_takes_is_owed_by_nobody() -> None:
    assert owed({7: 3}, 1, [frozenset({1})], [frozenset({1})]) == 0
