"""Which campaign may count on which operator, when several share them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil


def allot(takes: Mapping[int, frozenset[int]], weights: Mapping[int, float]) -> dict[int, int]:
    """Seat -> the one campaign that paces for it; seats no campaign wants are left out.

    ``takes``: the campaigns that each seat's operator takes. ``weights``: campaigns that dial now, with
    their priority (> 0). Seats with the least choice are given first, each to the campaign that is
    furthest below its weighted share, so that every seat is counted exactly once and never dialled for
    twice. Who answers may still be joined to any free operator who takes the campaign.
    """
    given = dict.fromkeys(weights, 0)
    allotted: dict[int, int] = {}
    wanted = {seat: sorted(campaigns & weights.keys()) for seat, campaigns in takes.items()}
    for seat in sorted(wanted, key=lambda number: (len(wanted[number]), number)):
        if choices := wanted[seat]:
            chosen = min(choices, key=lambda campaign: ((given[campaign] + 1) / weights[campaign], campaign))
            given[chosen] += 1
            allotted[seat] = chosen
    return allotted


def owed(
    waiting: Mapping[int, int],
    campaign: int,
    share: Collection[frozenset[int]],
    everybody: Collection[frozenset[int]],
) -> int:
    """How many of ``campaign``'s operators are for people of others who wait now.

    ``waiting``: people who answered, or called, or were handed over, and have no operator, by campaign.
    ``share``: what each operator in the campaign's share takes; ``everybody``: the same of all operators.
    Nobody waits while somebody who takes them is ready, so the next operators who become free are theirs,
    in this campaign's share as often as it holds such operators.
    """
    expected = 0.0
    for other, people in waiting.items():
        able = sum(other in takes for takes in everybody)
        if other != campaign and able:
            here = sum(other in takes for takes in share)
            expected += min(here, people * here / able)
    return min(len(share), ceil(expected - 1e-9))
