"""500 people called by 36 operators in the fewest minutes that the answer rate allows; daemon below 150 MB.

The daemon with its database, its operators over HTTP, and the simulated carrier as the outside world: about
a third of the people answer after some seconds of ringing and talk a while, the others are busy, switched
off, reject or ring out. Pacing is predictive and begins knowing nothing; its cap of 3 % abandoned must hold.

The best possible is an oracle's time. It knows who will answer, when, and for how long: it spends no
operator's time on the others and lets each answer come in the very moment in which an operator is free. Like
the daemon it takes the list in its order. So it needs the shortest ringing, then all talks and wrap-ups in
their order, each with the operator who is free first. Only talks that the daemon's operators held count, so
abandoned people gain nothing. ``of_best_possible`` is the oracle's time over the daemon's, both from the
first dial to the end of the last call; the daemon's includes the last phone that nobody picked up.

The baseline, for the same people: one call for each free operator, who waits until it is answered or over.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import exp
from typing import Any

from bench.office import Line, desks, peak_memory_mb, people, report, running_office
from dialer.core.model import Outcome
from dialer.simulated_operators.behaviour import Behaviour
from dialer.telephony.carrier import Carrier, invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import until

SEATS, PEOPLE = 36, 500
LONGEST_S = 400.0
WORLD = CarrierBehaviour(
    seed=500,
    default=Profile(
        shares={"answer": 0.36, "no_answer": 0.24, "switched_off": 0.16, "busy": 0.14, "rejected": 0.1},
        ring_s=Spread(5.0, 0.4, 1.0, 15.0),
        talk_s=Spread(16.0, 0.5, 3.0, 60.0),
    ),
)
DESK = Behaviour(wrap_up_median_s=2.0, wrap_up_sigma=0.3, pause_chance=0.0, opt_out_chance=0.0)
WRAP_UP_S = DESK.wrap_up_median_s * exp(DESK.wrap_up_sigma**2 / 2)
LEAST_OF_BEST, MOST_MB, MOST_ABANDONED = 0.85, 150.0, 0.03


@dataclass(frozen=True, slots=True)
class Fate:
    """What a call was: seconds to its answer or end, and of talk (None: nobody was joined)."""

    ringing_s: float
    talk_s: float | None


def fates(attempts: Iterable[Any]) -> list[Fate]:
    """The calls in the order in which they were dialled."""
    ordered = sorted(attempts, key=lambda each: each.dialled_at)
    return [
        Fate(
            (each.answered_at or each.ended_at) - each.dialled_at,
            each.ended_at - each.joined_at if each.outcome == Outcome.CONNECTED else None,
        )
        for each in ordered
    ]


def oracle_s(calls: Iterable[Fate]) -> float:
    """Seconds to the end of the last talk for whom every answer comes when an operator is free."""
    answered = [call for call in calls if call.talk_s is not None]
    first = min(call.ringing_s for call in answered)
    free_at = [first] * SEATS
    last = 0.0
    for call in answered:
        over = free_at[0] + (call.talk_s or 0.0)
        last = max(last, over)
        heapreplace(free_at, over + WRAP_UP_S)
    return last


def one_each_s(calls: Iterable[Fate]) -> float:
    """Seconds to the end of the last call when every free operator waits for one call."""
    free_at = [0.0] * SEATS
    heapify(free_at)
    last = 0.0
    for call in calls:
        over = free_at[0] + call.ringing_s + (call.talk_s or 0.0)
        last = max(last, over)
        heapreplace(free_at, over + (0.0 if call.talk_s is None else WRAP_UP_S))
    return last


async def measure() -> dict[str, float]:
    """One campaign from its start to its end; all figures."""
    async with running_office(SEATS, Line("carrier", 300, 100.0)) as bench:
        office = bench.office
        carrier = Carrier(office.config, WORLD)
        try:
            await carrier.up()
            await until(bench.asterisk.status, lambda status: len(status.seats) == SEATS, 20.0)
            staff = await office.operators(SEATS)
            campaign = await office.campaign(
                "minutes", people(PEOPLE), mode="predictive", state="ready", wrap_up_s=10.0
            )
            await office.start()
            with desks(office.url, staff, DESK):
                await asyncio.sleep(6.0)
                await office.set_state(campaign, "running")
                await office.until_finished([campaign], LONGEST_S)
                memory_mb = peak_memory_mb(bench.daemon_pid)
            attempts = await office.attempts()
            placed = invites(office.config.data).total()
            await asyncio.to_thread(office.stop)
        finally:
            await carrier.down()
    if not placed == len(attempts) == PEOPLE:
        raise SystemExit(f"{PEOPLE} people, {len(attempts)} attempts, {placed} INVITEs at the carrier")
    return _figures(attempts) | {"daemon_mb": memory_mb}


def _figures(attempts: list[Any]) -> dict[str, float]:
    seconds = max(each.ended_at for each in attempts) - min(each.dialled_at for each in attempts)
    calls = fates(attempts)
    answered = sum(each.answered_at is not None for each in attempts)
    joined = sum(each.outcome == Outcome.CONNECTED for each in attempts)
    abandoned = sum(each.outcome == Outcome.ABANDONED for each in attempts)
    return {
        "calls_per_minute": len(attempts) / seconds * 60,
        "of_best_possible": oracle_s(calls) / seconds,
        "seconds": seconds,
        "best_possible_s": oracle_s(calls),
        "one_call_per_operator_s": one_each_s(calls),
        "answered": answered,
        "joined": joined,
        "abandoned_share": abandoned / max(1, abandoned + joined),
    }


def main() -> int:
    """Measure and print the figures."""
    figures = asyncio.run(measure())
    holds = (
        figures["of_best_possible"] >= LEAST_OF_BEST
        and figures["daemon_mb"] <= MOST_MB
        and figures["abandoned_share"] <= MOST_ABANDONED
    )
    targets = {
        "of_best_possible": LEAST_OF_BEST,
        "daemon_mb": MOST_MB,
        "abandoned_share": MOST_ABANDONED,
    }
    return report("minutes", figures, targets, holds)


if __name__ == "__main__":
    sys.exit(main())
