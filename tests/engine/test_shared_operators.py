"""Campaigns that share operators, on virtual time: nobody is dialled for twice, who waits comes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dialer.core.desk_events import OperatorPaused, OperatorSignedOut
from dialer.core.live import SeatState
from dialer.core.model import Outcome
from dialer.core.pacing import Decision, Pacer, PacingSnapshot
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import run

SECOND = replace(CAMPAIGN, id=2, name="second")
OWN, SHARED = 1, 2


def test_calls_on_their_way_never_outnumber_the_operators_of_both_campaigns() -> None:
    office = Office(seats=6)
    office.enlist(CAMPAIGN, 60)
    office.enlist(SECOND, 60, first=1001)
    most = 0

    async def story() -> None:
        nonlocal most
        async with office.open() as engine:
            office.sign_in(engine, campaigns=(1, 2))
            for _ in range(1500):
                await asyncio.sleep(0.2)
                room = engine.snapshot()
                free = sum(seat.state is SeatState.READY for seat in room.seats)
                most = max(most, sum(live.ringing for live in room.campaigns) - free)

    run(story())
    assert most <= 0
    assert office.outcomes[Outcome.ABANDONED] == 0


def test_an_operator_of_one_campaign_only_does_not_sit_idle_while_the_others_caller_is_lost() -> None:
    office = Office(seats=2, fate=lambda d, _e: answers(6.0 if d.endswith("1001") else 5.0, 60.0))
    office.enlist(CAMPAIGN, 1)
    office.enlist(SECOND, 1, first=1001)

    async def story() -> None:
        async with office.open() as engine:
            # Who takes both has waited longer, and is yet kept for the campaign that has nobody else.
            office.sign_in(engine, SHARED, campaigns=(1, 2))
            await asyncio.sleep(0.1)
            office.sign_in(engine, OWN, campaigns=(1,))
            await office.until(engine, lambda: office.finished, 600)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 2}


def test_who_waits_for_an_operator_is_taken_off_what_the_other_campaign_may_expect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office(seats=4, fate=lambda _d, _e: answers(5.0, 300.0))
    office.enlist(CAMPAIGN, 4)
    office.enlist(SECOND, 40, first=1001)
    seen: list[int] = []
    decide = Pacer.decide

    def watched(pacer: Pacer, snapshot: PacingSnapshot, now: float) -> Decision:
        seen.append(snapshot.reserved)
        return decide(pacer, snapshot, now)

    monkeypatch.setattr(Pacer, "decide", watched)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine, campaigns=(1,))
            await asyncio.sleep(3)
            for seat in (1, 2):
                engine.post(OperatorPaused(seat, "tea", office.now()))
            await asyncio.sleep(0.5)
            assert max(seen) == 0
            for seat in (3, 4):
                engine.post(OperatorSignedOut(seat, office.now()))
            office.sign_in(engine, 3, 4, campaigns=(2,))
            office.sign_in(engine, 3, campaigns=(1, 2))
            await asyncio.sleep(8)

    run(story())
    assert max(seen) == 1
