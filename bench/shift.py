"""A predictive shift of 36 operators on real Asterisk, set against the simulator's of the same scenario.

``bench/shift.yaml`` says who sits there and what people do. The simulator plays it with ``SEEDS`` seeds. Then
the same room works at real speed: the daemon, its Asterisk with 36 nailed-up seats, operators who work over
HTTP, and the simulated carrier as the outside world, whose people ring, answer and talk in the scenario's
distributions. Both begin with nothing learnt.

It holds when the real utilisation and the real abandonment lie within the range of the simulator's shifts,
widened by two standard errors of their mean on either side. ``*_z`` is the distance from the mean in standard
deviations of a shift. The other figures say where the two differ if they do: how long it really took from the
order to the ringing, from the answer to the join, to talk, and to wrap up.

``python -m bench.shift [--simulate]``: with ``--simulate`` only the simulator's part.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import yaml

from bench.office import Line, desks, people, report, running_office
from dialer.core.baselines import play
from dialer.core.model import Outcome
from dialer.core.scenario import Scenario, Span, scenario_from, value_at
from dialer.core.simulation import ShiftResult
from dialer.reports.figures import Figures, figures
from dialer.simulated_operators.behaviour import Behaviour
from dialer.store.reporting import Reporting, Scope
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import until
from tests.asterisk.system import Office

FILE = Path(__file__).with_name("shift.yaml")
SEEDS = 20
SIGN_IN_S = 6.0
LONGEST_WRAP_UP_S = 30.0


@dataclass(frozen=True, slots=True)
class Expected:
    """One figure of the simulator's shifts: shares 0..1."""

    values: Sequence[float]

    @property
    def low(self) -> float:
        """The lowest, widened."""
        return min(self.values) - 2.0 * self._error

    @property
    def high(self) -> float:
        """The highest, widened."""
        return max(self.values) + 2.0 * self._error

    @property
    def _error(self) -> float:
        return stdev(self.values) / sqrt(len(self.values))

    def z(self, real: float) -> float:
        """Standard deviations of one shift between ``real`` and the mean."""
        return (real - fmean(self.values)) / max(1e-9, stdev(self.values))

    def holds(self, real: float) -> bool:
        """Whether ``real`` could be one of these."""
        return self.low <= real <= self.high


def read_room() -> Scenario:
    """The scenario."""
    return scenario_from({"name": "shift", **yaml.safe_load(FILE.read_text(encoding="utf-8"))})


def spread(span: Span, low: float, high: float) -> Spread:
    """The carrier's words for a log-normal duration."""
    sigma = sqrt(log(1.0 + span.cv**2))
    return Spread(span.mean / exp(sigma**2 / 2.0), sigma, low, high)


def world(room: Scenario) -> CarrierBehaviour:
    """The scenario's people at the simulated carrier."""
    answer = value_at(room.answer_rate, 0.0)
    busy = (1.0 - answer) * room.early_end
    shares = {"answer": answer, "busy": busy, "no_answer": 1.0 - answer - busy}
    ring, talk = spread(room.ring, 0.5, room.ring_limit_s - 0.5), spread(room.talk, 1.0, 600.0)
    return CarrierBehaviour(seed=36, default=Profile(shares=shares, ring_s=ring, talk_s=talk))


def desk(room: Scenario) -> Behaviour:
    """The scenario's operators over HTTP."""
    wrap_up = spread(room.wrap_up, 0.0, LONGEST_WRAP_UP_S)
    return Behaviour(
        wrap_up_median_s=wrap_up.median, wrap_up_sigma=wrap_up.sigma, pause_chance=0.0, opt_out_chance=0.0
    )


async def work(room: Scenario) -> tuple[Figures, list[Any]]:
    """The real shift from its first dial on: figures of its time, and its attempts."""
    seats = int(value_at(room.operators, 0.0))
    line = Line("carrier", room.channels or seats, room.calls_per_second or 1.0)
    async with running_office(seats, line) as bench:
        office = bench.office
        carrier = Carrier(office.config, world(room))
        try:
            await carrier.up()
            await until(bench.asterisk.status, lambda status: len(status.seats) == seats, 20.0)
            staff = await office.operators(seats)
            campaign = await office.campaign(
                "shift", people(9_000), mode="predictive", state="ready", wrap_up_s=LONGEST_WRAP_UP_S,
                ring_s=room.ring_limit_s,
            )  # fmt: skip
            await office.start()
            with desks(office.url, staff, desk(room)):
                await asyncio.sleep(SIGN_IN_S)
                await office.set_state(campaign, "running")
                since = await first_dial(office)
                await asyncio.sleep(since + room.duration_s - time.time())
                now = time.time()
                # The writer folds facts into transactions; a second later all of this moment is there.
                await asyncio.sleep(1.0)
                counted = await Reporting(office.database).rows(Scope(since - 1.0, now, now))
                times = await Reporting(office.database).rows(Scope(since, now, now))
                attempts = [each for each in await office.attempts() if (each.ended_at or now) <= now]
            await asyncio.to_thread(office.stop)
        finally:
            await carrier.down()
    return figures(replace(counted, seat_times=times.seat_times)), attempts


async def first_dial(office: Office) -> float:
    """When it happened (epoch seconds)."""
    for _ in range(300):
        await asyncio.sleep(0.1)
        if begun := [each.dialled_at for each in await office.attempts() if each.dialled_at]:
            return float(min(begun))
    raise SystemExit("nobody was dialled within half a minute")


def compare(simulated: Sequence[ShiftResult], found: Figures, attempts: Sequence[Any]) -> dict[str, float]:
    """Every figure, of the real shift and of those on paper."""
    busy = Expected([one.utilisation for one in simulated])
    lost = Expected([one.abandonment for one in simulated])
    utilisation = found.utilisation or 0.0
    settled = [each for each in attempts if each.outcome in (Outcome.CONNECTED, Outcome.ABANDONED)]
    talking = [each for each in attempts if each.joined_at is not None]
    abandoned = sum(each.outcome == Outcome.ABANDONED for each in settled)
    answered = sum(each.answered_at is not None for each in attempts)
    abandonment = abandoned / max(1, answered)
    joins = [each.joined_at - each.answered_at for each in talking]
    rings = [each.ringing_at - each.dialled_at for each in attempts if each.ringing_at]
    talks = [each.ended_at - each.joined_at for each in talking if each.ended_at]
    wrap_up_s = sum(one.wrap_up_s for one in found.operators) / max(1, len(talks))
    return {
        "utilisation": utilisation,
        "utilisation_simulated": fmean(busy.values),
        "utilisation_low": busy.low,
        "utilisation_high": busy.high,
        "utilisation_z": busy.z(utilisation),
        "abandonment": abandonment,
        "abandonment_simulated": fmean(lost.values),
        "abandonment_low": lost.low,
        "abandonment_high": lost.high,
        "abandonment_z": lost.z(abandonment),
        "dials": len(attempts),
        "dials_simulated": fmean(one.dials for one in simulated),
        "answered": answered,
        "answered_simulated": fmean(one.answered for one in simulated),
        "set_up_s": median(rings) if rings else 0.0,
        "join_ms": median(joins) * 1000 if joins else 0.0,
        "longest_join_ms": max(joins, default=0.0) * 1000,
        "talk_s": fmean(talks) if talks else 0.0,
        "wrap_up_s": wrap_up_s,
        "holds": float(busy.holds(utilisation) and lost.holds(abandonment)),
    }


def main() -> int:
    """Play, work, compare, and print the figures."""
    room = read_room()
    simulated = [play(room, "predictive", seed) for seed in range(1, SEEDS + 1)]
    busy = [one.utilisation for one in simulated]
    lost = [one.abandonment for one in simulated]
    print(f"simulated: {min(busy):.3f} to {max(busy):.3f} busy, {min(lost):.4f} to {max(lost):.4f} abandoned")
    if "--simulate" in sys.argv[1:]:
        return 0
    found, attempts = asyncio.run(work(room))
    told = compare(simulated, found, attempts)
    holds = bool(told.pop("holds"))
    return report("shift", told, {}, holds)


if __name__ == "__main__":
    sys.exit(main())
