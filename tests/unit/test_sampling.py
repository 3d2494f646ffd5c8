"""A sample can be drawn again by anybody, and each stratum gets its part."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.sampling import allotted, draw, wanted_of

PEOPLE = st.dictionaries(st.integers(1, 10_000), st.sampled_from(["62", "63", "64", ""]), max_size=60)


@given(PEOPLE, st.integers(0, 80), st.text(max_size=5), st.booleans())
def test_the_same_seed_draws_the_same_people_whatever_order_they_come_in(
    people: dict[int, str], wanted: int, seed: str, stratified: bool
) -> None:
    drawn = draw(people, wanted, seed, stratified)
    assert drawn == draw(dict(reversed(people.items())), wanted, seed, stratified)
    assert len(drawn.ids) == len(set(drawn.ids)) == min(wanted, len(people))
    assert set(drawn.ids) <= people.keys()
    assert sum(each.people for each in drawn.strata.values()) == len(people)
    assert sum(each.drawn for each in drawn.strata.values()) == len(drawn.ids)


@given(PEOPLE, st.integers(0, 79), st.text(max_size=5))
def test_a_greater_sample_holds_the_smaller_one(people: dict[int, str], wanted: int, seed: str) -> None:
    assert draw(people, wanted + 1, seed, False).ids[:wanted] == draw(people, wanted, seed, False).ids


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 500), max_size=8), st.integers(0, 3_000))
def test_strata_get_their_part_to_less_than_one_person(sizes: dict[str, int], wanted: int) -> None:
    places, people = allotted(sizes, wanted), sum(sizes.values())
    assert sum(places.values()) == min(wanted, people)
    for name, size in sizes.items():
        assert 0 <= places[name] <= size
        assert abs(places[name] - size * min(wanted, people) / max(1, people)) < 1


def test_every_person_is_drawn_equally_often() -> None:
    people = dict.fromkeys(range(1, 21), "62")
    drawn = Counter(id_ for seed in range(2_000) for id_ in draw(people, 5, str(seed), False).ids)
    # 500 are expected of each; four standard deviations are 77.
    assert all(abs(count - 500) < 77 for count in drawn.values())


def test_the_size_is_a_share_or_a_count_and_never_more_than_there_are() -> None:
    assert wanted_of(200, 0.1, None) == 20
    assert wanted_of(201, 0.1, None) == 21
    assert wanted_of(0, 0.1, None) == 0
    assert wanted_of(7, None, 50) == 7
