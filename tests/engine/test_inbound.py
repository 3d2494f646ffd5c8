"""People who call us: an operator of their latest campaign, before anybody is dialled for that one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dialer.core.live import SeatState
from dialer.core.model import CampaignState, Outcome, Window
from dialer.engine import Engine
from dialer.ivr.inbound import InboundCalls
from dialer.store.memory_tables import StoredAttempt
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from dialer.telephony.tracking import our_id
from tests.engine.office import CAMPAIGN, MORNING, Office, answers
from tests.engine.virtual_time import run

CHANNEL = "sampark-1795500000.7"
CALLER, STRANGER = "09000000001", "09000000099"


class Reception:
    """An office that serves calls to it; person 1 is on its campaign and has been called through."""

    def __init__(self, folder: Path, seats: int = 1) -> None:
        self.office = Office(seats=seats, fate=lambda _dialled, _earlier: answers(5.0, 30.0))
        self.office.enlist(CAMPAIGN, 1)
        self.office.store.places[1, 1].state = "done"
        # Somebody else waits for tomorrow, so that the campaign goes on.
        self.office.enlist(CAMPAIGN, 1, first=2)
        self.office.store.places[1, 2].next_at = 9e9
        self.prompts = folder
        menu = folder / "system/hi/inbound_menu.alaw"
        menu.parent.mkdir(parents=True)
        menu.touch()
        self.engine: Engine
        self.heard: list[SimulatedKeypad] = []

    async def _answer(self, phone: SimulatedKeypad) -> None:
        self.heard.append(phone)
        await InboundCalls(self.office.store, self.engine, self.prompts, self.office.now).handle(phone)

    def prepare(self) -> None:
        office = self.office
        office.telephony = SimulatedTelephony(
            seats=office.seats, clock=office.now, fates=office.fate, keypad=self._answer
        )

    async def call_in(self, keys: Mapping[float, str], caller: str = CALLER, stays_s: float = 300.0) -> str:
        """Somebody calls and presses keys, so many seconds after the answer; returns the attempt's id."""
        assert self.office.telephony is not None
        times = [0.0, *sorted(keys)]
        delays = tuple(after - before for before, after in pairwise(times))
        fate = Fate(0.0, talk_s=stays_s, keys=tuple(keys[at] for at in times[1:]), delays_s=delays)
        self.office.telephony.world.call_in(our_id(CHANNEL), caller, fate)
        await asyncio.sleep(0)
        return our_id(CHANNEL)

    @property
    def events(self) -> list[str]:
        return [event.event for event in self.office.store.events]

    async def until(self, event: str, within_s: float = 100.0) -> None:
        await self.office.until(self.engine, lambda: event in self.events, within_s)

    def attempt(self) -> StoredAttempt:
        return self.office.store.attempts[our_id(CHANNEL)]


@pytest.fixture
def reception(tmp_path: Path) -> Reception:
    return Reception(tmp_path)


def test_who_presses_1_talks_with_an_operator_and_uses_up_no_attempt(reception: Reception) -> None:
    async def story() -> None:
        reception.prepare()
        async with reception.office.open() as reception.engine:
            reception.office.sign_in(reception.engine)
            await asyncio.sleep(5.0)
            attempt_id = await reception.call_in({2.0: "1"}, stays_s=60.0)
            await reception.until("joined")
            seat = reception.engine.seat(1)
            assert (seat.state, seat.attempt_id, seat.campaign_id) == (SeatState.TALKING, attempt_id, 1)
            await reception.until("ended")
            await asyncio.sleep(1.0)
            (campaign,) = reception.engine.snapshot().campaigns
            assert campaign.outcomes == {} and campaign.abandonment_rate == 0.0

    run(story())
    assert reception.attempt().claimed.inbound and reception.attempt().outcome is Outcome.CONNECTED
    assert reception.attempt().seat == 1 and reception.attempt().dialled_at is None
    place = reception.office.store.places[1, 1]
    assert (place.attempts, place.state, place.done_why) == (0, "done", "connected")
    assert reception.office.most_invites == 0


def test_who_waits_in_vain_is_no_abandoned_call_and_stays_in_the_queue(reception: Reception) -> None:
    reception.office.store.places[1, 1].state, reception.office.store.places[1, 1].next_at = "waiting", 9e9

    async def story() -> None:
        reception.prepare()
        async with reception.office.open() as reception.engine:
            reception.office.sign_in(reception.engine)
            await asyncio.sleep(5.0)
            reception.office.telephony.drop(reception.office.telephony.leg_of(1))  # type: ignore
            reception.office.telephony.set_phone(1, False)  # type: ignore
            await asyncio.sleep(1.0)
            await reception.call_in({2.0: "1"})
            await reception.until("operator_wanted")
            await reception.until("ended")
            await asyncio.sleep(1.0)
            assert (await reception.office.store.live_answers(1, 0.0)).answered_at == ()
            (campaign,) = reception.engine.snapshot().campaigns
            assert campaign.outcomes == {} and campaign.abandonment_rate == 0.0

    run(story())
    attempt = reception.attempt()
    assert attempt.outcome is Outcome.NO_ANSWER and attempt.ended_at and attempt.answered_at
    assert 60.0 < attempt.ended_at - attempt.answered_at < 80.0
    place = reception.office.store.places[1, 1]
    assert (place.attempts, place.state, place.last_outcome) == (0, "waiting", None)


def test_the_operator_who_comes_free_is_the_callers_before_anybody_is_dialled(reception: Reception) -> None:
    placed = 0
    # Due while the caller waits.
    reception.office.store.places[1, 2].next_at = MORNING + 15.0

    async def story() -> None:
        nonlocal placed
        reception.prepare()
        async with reception.office.open() as reception.engine:
            office = reception.office
            office.sign_in(reception.engine)
            await asyncio.sleep(5.0)
            office.telephony.drop(office.telephony.leg_of(1))  # type: ignore
            office.telephony.set_phone(1, False)  # type: ignore
            await asyncio.sleep(1.0)
            await reception.call_in({2.0: "1"})
            await reception.until("operator_wanted")
            await asyncio.sleep(20.0)
            office.telephony.set_phone(1, True)  # type: ignore
            await reception.until("joined")
            placed = office.most_invites
            await office.until(reception.engine, lambda: office.finished, 600)

    run(story())
    assert placed == 0, "nobody is dialled for the operator whom the caller waits for"
    assert reception.office.outcomes == {Outcome.CONNECTED: 2}


@pytest.mark.parametrize(
    ("caller", "changes"),
    [
        (STRANGER, {}),
        ("anonymous", {}),
        (CALLER, {"state": CampaignState.PAUSED}),
        (CALLER, {"window": Window(0, 1)}),
    ],
    ids=["unknown", "withheld", "paused", "closed"],
)
def test_nobody_else_is_asked_for_a_key_by_the_daemon(
    reception: Reception, caller: str, changes: dict[str, object]
) -> None:
    reception.office.store.add_campaign(replace(CAMPAIGN, **changes))  # type: ignore[arg-type]

    async def story() -> None:
        reception.prepare()
        async with reception.office.open() as reception.engine:
            reception.office.sign_in(reception.engine)
            await asyncio.sleep(5.0)
            await reception.call_in({2.0: "1"}, caller)
            await asyncio.sleep(20.0)

    run(story())
    assert reception.heard[0].prompts == [] and reception.office.store.attempts == {}


def test_a_caller_outlives_the_daemon_in_a_wait_and_in_a_talk(reception: Reception) -> None:
    async def story() -> None:
        reception.prepare()
        office = reception.office
        async with office.open() as reception.engine:
            office.sign_in(reception.engine)
            await asyncio.sleep(5.0)
            office.telephony.drop(office.telephony.leg_of(1))  # type: ignore
            await reception.call_in({2.0: "1"})
            await reception.until("operator_wanted")
        async with office.open() as reception.engine:
            office.sign_in(reception.engine)
            await reception.until("joined")
        async with office.open() as reception.engine:
            office.sign_in(reception.engine)
            await asyncio.sleep(10.0)
            seat = reception.engine.seat(1)
            assert (seat.state, seat.attempt_id) == (SeatState.TALKING, our_id(CHANNEL))
            await reception.until("ended", 400)

    run(story())
    assert reception.attempt().outcome is Outcome.CONNECTED
