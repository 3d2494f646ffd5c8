"""Kept cards: of the newest version only, and not without end."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from dialer.web.kept_cards import KeptCard, KeptCards, Sight

SIGHT = Sight(1, 62, "", "2026-11-27", "hi", may_edit=False, may_call=False)
CARD = KeptCard(62, "पाटन", {}, *([Markup("")] * 5))


def test_each_sight_has_its_own() -> None:
    cards = KeptCards()
    cards.put(SIGHT, CARD)
    assert cards.get(SIGHT) is CARD
    others = {"number": 63, "on": "2018-12-31", "today": "2026-11-28", "language": "en", "may_edit": True,
              "may_call": True, "version": 2}  # fmt: skip
    for name, value in others.items():
        assert cards.get(replace(SIGHT, **{name: value})) is None, name


def test_a_new_version_ends_the_earlier_ones_and_a_late_one_is_not_taken() -> None:
    cards, newer = KeptCards(), replace(SIGHT, version=2)
    cards.put(SIGHT, CARD)
    cards.put(newer, CARD)
    cards.put(SIGHT, CARD)
    assert cards.get(SIGHT) is None and cards.get(newer) is CARD


def test_the_one_not_looked_at_for_longest_goes() -> None:
    cards = KeptCards(most=2)
    first, second, third = (replace(SIGHT, number=number) for number in (62, 63, 64))
    for sight in (first, second):
        cards.put(sight, CARD)
    cards.get(first)
    cards.put(third, CARD)
    assert [cards.get(sight) is not None for sight in (first, second, third)] == [True, False, True]
