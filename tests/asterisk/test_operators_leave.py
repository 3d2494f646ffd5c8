"""All operators are gone at once, desks and phones, without a word: what becomes of the calls that ring."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from db.models import SeatPeriod
from dialer.core.model import Outcome
from dialer.simulated_operators.shift import run_operators
from dialer.telephony.asterisk import seat_name, seat_password
from dialer.telephony.carrier import invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.softphones import SipPhones
from tests.asterisk.system import QUICK_DESK, Office
from tests.asterisk.test_faults import numbers, office_on, reconciled

SEATS = 4
RINGS = PairSpec(
    seats=SEATS,
    phones=0,
    behaviour=CarrierBehaviour(
        seed=7,
        default=Profile(
            shares={"answer": 0.8, "busy": 0.2},
            ring_s=Spread(14.0, 0.05, 13.0, 15.0),
            talk_s=Spread(30.0, 0.1, 20.0, 40.0),
        ),
    ),
)


def _work(url: str, people: Sequence[tuple[str, str, int]]) -> None:
    asyncio.run(run_operators(url, people, QUICK_DESK, 1))


@contextmanager
def desks_that_can_be_cut(office: Office, people: Sequence[tuple[str, str, int]]) -> Iterator[None]:
    """Operators in a process of their own, which is killed at the end: nobody signs out."""
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(office.url, people))
    worker.start()
    try:
        yield
    finally:
        worker.kill()
        worker.join()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("pair_spec", [RINGS], ids=["long rings"])
async def test_when_all_operators_vanish_dialling_stops_and_every_ringing_call_ends_by_rule(
    own_pair: Pair,
) -> None:
    phones = SipPhones(lambda user: (int(user[-2:]), 0.0, None))
    await phones.start()
    server = ("127.0.0.1", own_pair.config.asterisk.sip_port)
    for seat in range(1, SEATS + 1):
        await phones.register(seat_name(seat), seat_password(own_pair.config, seat), server)
    async with office_on(own_pair) as office:
        people = await office.operators(SEATS)
        await office.campaign("talks", numbers(40))
        await office.start()
        with desks_that_can_be_cut(office, people):
            ringing = await until(lambda: rings(office), lambda found: len(found) >= SEATS, 60.0)
        await phones.aclose()
        await until(lambda: living(office), lambda count: count == 0, 60.0)
        left_at = sum(invites(own_pair.config.data).values())
        await asyncio.sleep(6)
        assert sum(invites(own_pair.config.data).values()) == left_at < 40, "nobody is dialled for nobody"
        await reconciled(office, own_pair)
        attempts, unready_at = await office.attempts(), await last_ready(office)
    # A claim that was on its way goes out; no other does.
    assert max(attempt.claimed_at for attempt in attempts) < unready_at + 2.0
    for attempt in attempts:
        met = RINGS.behaviour.expected(attempt.phone.lstrip("+")).kind
        by_rule = {Outcome.BUSY} if met == "busy" else {Outcome.ABANDONED, Outcome.CANCELLED}
        assert attempt.outcome in by_rule, (met, attempt.outcome)
        assert attempt.joined_at is None
    assert ringing <= {attempt.id for attempt in attempts if attempt.outcome != Outcome.BUSY}


async def rings(office: Office) -> set[str]:
    """Attempts that ring now."""
    return {row.id for row in await office.attempts() if row.ringing_at is not None and row.ended_at is None}


async def last_ready(office: Office) -> float:
    """When the last seat was found to be ready no longer."""
    async with office.database.reading() as rows:
        ready = list(await rows.scalars(select(SeatPeriod.to_at).where(SeatPeriod.state == "ready")))
    return max(ready)


async def living(office: Office) -> int:
    return sum(row.ended_at is None for row in await office.attempts())
