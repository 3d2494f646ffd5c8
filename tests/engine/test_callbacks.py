"""Who asked to be called is called at that time, before the others, and once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dialer.core.desk_events import CallbackPromised
from dialer.core.live import SeatState
from dialer.core.model import Outcome
from dialer.store.port import CallbackAgreed
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import on_virtual_time


@on_virtual_time
async def test_a_callback_is_kept_by_a_campaign_that_has_nobody_else_left() -> None:
    office = Office(seats=1, fate=lambda _dialled, _earlier: answers(talk_s=30.0))
    office.enlist(replace(CAMPAIGN, max_attempts=1), 2)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        attempt = office.store.attempts[engine.seat(1).attempt_id or ""].claimed
        due_at = office.now() + 1800
        agreed = CallbackAgreed(attempt.id, 1, attempt.contact.id, due_at, office.now())
        await engine.record([agreed])
        engine.post(CallbackPromised(1, due_at, office.now()))
        await asyncio.sleep(1790)
        assert office.outcomes == {Outcome.CONNECTED: 2} and not office.finished
        await office.until(engine, lambda: office.finished, 120)
        calls = [each for each in office.store.attempts.values() if each.claimed.contact == attempt.contact]
        assert [each.outcome for each in calls] == [Outcome.CONNECTED] * 2
        assert due_at <= calls[1].claimed.claimed_at < due_at + 5


@on_virtual_time
async def test_who_wants_their_own_operator_gets_them_if_they_are_free() -> None:
    office = Office(seats=3, fate=lambda _dialled, _earlier: answers(talk_s=30.0))
    office.enlist(replace(CAMPAIGN, max_attempts=1), 1)
    async with office.open() as engine:
        office.sign_in(engine, 3)
        await office.until(engine, lambda: engine.seat(3).state is SeatState.TALKING, 60)
        attempt = office.store.attempts[engine.seat(3).attempt_id or ""].claimed
        due_at = office.now() + 600
        ids = attempt.id, 1, attempt.contact.id
        await engine.record([CallbackAgreed(*ids, due_at, office.now(), operator_id=103)])
        engine.post(CallbackPromised(1, due_at, office.now()))
        office.sign_in(engine, 1, 2)
        await asyncio.sleep(590)
        assert all(engine.seat(number).state is SeatState.READY for number in (1, 2, 3))
        await office.until(engine, lambda: engine.seat(3).state is SeatState.TALKING, 60)
        await office.until(engine, lambda: office.finished, 120)
