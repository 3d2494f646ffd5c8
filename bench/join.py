"""From a citizen's answer to both hearing each other: p50 at most 25 ms, p99 at most 60 ms, 36 seats.

The daemon as it serves, with its database and 36 operators at their desks over HTTP. Phones of operators and
citizens are real SIP phones on loopback that send their own number as audio, so each knows whom it hears and
since which packet; one clock times them all. What counts is the slower of the two directions, from the
citizen's 200 OK to the first packet of the other side. Then bursts: with all operators free, 30 people answer
within one second. Nobody may ever hear two: no citizen two operators, no operator two citizens at a time.

The baseline in the same run is a bare manager loop without product, database or desks: it sees the answer and
sends one Bridge, which is the least that Asterisk and this machine need.
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import dataclass
from itertools import pairwise

from bench.bare_manager import BareManager, Fields
from bench.office import BenchOffice, Line, desks, people, percentile, report, running_office, until
from dialer.simulated_operators.behaviour import Behaviour
from dialer.telephony.asterisk import seat_name, seat_password
from tests.asterisk.softphones import Leg, SipPhones

SEATS = 36
STEADY_JOINS, ANSWERS_PER_SECOND = 124, 2.0
BURSTS, BURST, BURST_S = 3, 30, 1.0
BARE_JOINS = 30
RING_S, TALK_S = 1.0, 5.0
CITIZENS = 1000
"""Citizens send this and more as their number, operators their seat."""
TARGETS = {"p50_ms": 25.0, "p99_ms": 60.0, "burst_p99_ms": 100.0, "double_joins": 0}
DESK = Behaviour(wrap_up_median_s=0.3, question_s=1.0, pause_chance=0.0, opt_out_chance=0.0)


@dataclass(slots=True)
class Phones:
    """The operators' phones, and the citizens' at the far end of each trunk."""

    operators: SipPhones
    citizens: dict[str, SipPhones]

    @property
    def citizen_legs(self) -> list[Leg]:
        """Every call of a citizen so far."""
        return [leg for phones in self.citizens.values() for leg in phones.legs]

    async def aclose(self) -> None:
        """All fall silent."""
        for phones in (self.operators, *self.citizens.values()):
            await phones.aclose()


async def phones_of(bench: BenchOffice) -> Phones:
    """36 registered phones, citizens who answer after ``RING_S``, on ``burst`` within the second after."""
    config = bench.office.config
    dice = random.Random(36)
    operators = SipPhones(lambda user: (int(user[-2:]), 0.0, None))
    steady = SipPhones(lambda user: (CITIZENS + int(user[-4:]), RING_S, TALK_S))
    burst = SipPhones(lambda user: (CITIZENS + int(user[-4:]), RING_S + dice.random() * BURST_S, TALK_S))
    phones = Phones(operators, {"steady": steady, "burst": burst})
    await operators.start()
    for trunk, citizens in phones.citizens.items():
        await citizens.start(bench.port(trunk))
    for seat in range(1, SEATS + 1):
        server = ("127.0.0.1", config.asterisk.sip_port)
        await operators.register(seat_name(seat), seat_password(config, seat), server)
    return phones


def all_wait(phones: Phones) -> bool:
    """Every operator's leg is up and nobody talks."""
    up = sum(leg.answered_at > 0 and leg.ended_at == 0 for leg in phones.operators.legs)
    return up == SEATS and all(leg.ended_at for leg in phones.citizen_legs)


# --- the product


async def product_joins(bench: BenchOffice, phones: Phones) -> tuple[list[float], list[float]]:
    """Milliseconds of each join: at a steady rate, and in bursts."""
    office = bench.office
    staff = await office.operators(SEATS)
    steady = await office.campaign(
        "steady", people(STEADY_JOINS), trunk="steady", state="ready", wrap_up_s=1.0
    )
    bursts = [
        await office.campaign(
            f"burst {one}", people(BURST, (one + 1) * 1000), trunk="burst", state="ready", wrap_up_s=1.0
        )
        for one in range(BURSTS)
    ]
    await office.start()
    with desks(office.url, staff, DESK):
        await until(lambda: all_wait(phones), 30, "36 operators wait on their phones")
        await asyncio.sleep(1.0)
        await office.set_state(steady, "running")
        await office.until_finished([steady], 2 * STEADY_JOINS / ANSWERS_PER_SECOND)
        for burst in bursts:
            await until(lambda: all_wait(phones), 30, "nobody talks")
            await asyncio.sleep(2.0)
            await office.set_state(burst, "running")
            await office.until_finished([burst], 30)
    await asyncio.to_thread(office.stop)
    return joins(phones, "steady"), joins(phones, "burst")


def joins(phones: Phones, trunk: str, first: int = 0) -> list[float]:
    """Milliseconds from the answer to both hearing each other, for the calls on a trunk from ``first`` on."""
    seats = {leg.number: leg for leg in phones.operators.legs}
    return [_join_ms(leg, seats) for leg in phones.citizens[trunk].legs[first:]]


def _join_ms(citizen: Leg, seats: dict[int, Leg]) -> float:
    heard = operators_heard(citizen)
    if not heard:
        return float("inf")
    back = seats[heard[0]].heard.get(citizen.number, float("inf"))
    return (max(citizen.heard[heard[0]], back) - citizen.answered_at) * 1000


def operators_heard(citizen: Leg) -> list[int]:
    """The seats that a citizen heard."""
    return [number for number in citizen.heard if 0 < number <= SEATS]


def double_joins(phones: Phones) -> int:
    """Citizens who heard two operators, and operators who heard the next citizen before the last had gone."""
    over = {leg.number: leg.ended_at or float("inf") for leg in phones.citizen_legs}
    doubled = sum(len(operators_heard(leg)) > 1 for leg in phones.citizen_legs)
    for operator in phones.operators.legs:
        heard = sorted((at, over[number]) for number, at in operator.heard.items() if number >= CITIZENS)
        doubled += sum(later < ended for (_, ended), (later, _) in pairwise(heard))
    return doubled


# --- the bare loop


class BareRoom:
    """Joins each citizen who answers to the leg that has waited longest, and does nothing else."""

    def __init__(self) -> None:
        self._free: list[str] = []
        self._seat_of: dict[str, str] = {}
        self.manager: BareManager

    @property
    def waiting(self) -> int:
        """Operators' legs that are free."""
        return len(self._free)

    def on_event(self, fields: Fields) -> None:
        name, channel = fields[b"Event"], fields.get(b"Uniqueid", b"").decode()
        if name == b"UserEvent" and fields.get(b"UserEvent") == b"SeatWaiting":
            self._free.append(fields[b"Leg"].decode())
        elif name == b"Newstate" and fields[b"ChannelState"] == b"6" and channel.startswith("citizen"):
            seat = self._seat_of[channel] = self._free.pop(0)
            self.manager.send("Bridge", {"Channel1": channel, "Channel2": seat})
        elif name == b"Hangup" and channel in self._seat_of:
            self._free.append(self._seat_of.pop(channel))


async def bare_joins(bench: BenchOffice, phones: Phones) -> list[float]:
    """Milliseconds of each join of the bare loop at the steady rate."""
    config, room = bench.office.config, BareRoom()
    room.manager = await BareManager.connect(config.asterisk.ami_port, config.secret("ami"), room.on_event)
    first = len(phones.citizens["steady"].legs)
    for seat in range(1, SEATS + 1):
        room.manager.call(f"leg-{seat:02d}", f"PJSIP/{seat_name(seat)}", "seat")
    await until(lambda: room.waiting == SEATS, 20, "the bare loop's legs wait")
    for phone in people(BARE_JOINS, 8000):
        room.manager.call(f"citizen-{phone[-4:]}", f"PJSIP/{phone[1:]}@trunk-steady", "answered-operators")
        await asyncio.sleep(1 / ANSWERS_PER_SECOND)
    await until(lambda: all(leg.ended_at for leg in phones.citizen_legs), 20, "the bare loop's calls end")
    room.manager.close()
    return joins(phones, "steady", first)


async def measure() -> dict[str, float]:
    """All figures."""
    lines = (Line("steady", 100, ANSWERS_PER_SECOND), Line("burst", 100, 200.0))
    async with running_office(SEATS, *lines) as bench:
        phones = await phones_of(bench)
        try:
            steady, burst = await product_joins(bench, phones)
            await until(lambda: all(leg.ended_at for leg in phones.citizen_legs), 20, "all calls end")
            doubled = double_joins(phones)
            bare = await bare_joins(bench, phones)
        finally:
            await phones.aclose()
    return {
        "p50_ms": percentile(steady, 50),
        "p99_ms": percentile(steady, 99),
        "burst_p99_ms": percentile(burst, 99),
        "double_joins": doubled,
        "max_ms": max(steady),
        "burst_p50_ms": percentile(burst, 50),
        "burst_max_ms": max(burst),
        "joins": len(steady),
        "burst_joins": len(burst),
        "bare_p50_ms": percentile(bare, 50),
        "bare_max_ms": max(bare),
    }


def main() -> int:
    """Measure and print the figures."""
    figures = asyncio.run(measure())
    holds = all(figures[name] <= most for name, most in TARGETS.items())
    return report("join", figures, TARGETS, holds)


if __name__ == "__main__":
    sys.exit(main())
