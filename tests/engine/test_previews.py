"""Preview in a whole office on virtual time: seen first, then called or passed over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from dialer.core.desk_events import (
    CampaignsChanged,
    OperatorDials,
    OperatorPaused,
    OperatorSignedOut,
    OperatorSkips,
)
from dialer.core.live import SeatState
from dialer.core.model import CampaignState, Outcome, PacingMode, RefusalReason
from dialer.engine import Engine
from dialer.store.port import OptedOut
from tests.engine.office import CAMPAIGN, RINGS_OUT, Office, answers
from tests.engine.virtual_time import on_virtual_time

PREVIEW = replace(CAMPAIGN, mode=PacingMode.PREVIEW)


@dataclass
class Room:
    """Operators who look at people."""

    office: Office
    engine: Engine

    def shown(self, seat: int = 1) -> str:
        live = self.engine.seat(seat)
        assert live.state is SeatState.PREVIEW and live.attempt_id is not None
        return live.attempt_id

    async def look(self, seat: int = 1) -> str:
        await self.until(SeatState.PREVIEW, seat)
        return self.shown(seat)

    async def until(self, state: SeatState, seat: int = 1, within_s: float = 60) -> None:
        await self.office.until(self.engine, lambda: self.engine.seat(seat).state is state, within_s)

    def dial(self, seat: int = 1) -> None:
        self.engine.post(OperatorDials(seat, self.shown(seat), self.office.now()))

    def skip(self, reason: str = "later", seat: int = 1) -> None:
        self.engine.post(OperatorSkips(seat, self.shown(seat), reason, self.office.now()))

    def contact(self, attempt_id: str) -> int:
        return self.office.store.attempts[attempt_id].claimed.contact.id

    @property
    def invited(self) -> int:
        assert self.office.telephony is not None
        return sum(self.office.telephony.invites.values())


@asynccontextmanager
async def room(office: Office, *seats: int, people: int = 3) -> AsyncIterator[Room]:
    office.enlist(PREVIEW, people)
    async with office.open() as engine:
        office.sign_in(engine, *(seats or (1,)))
        yield Room(office, engine)


@on_virtual_time
async def test_a_person_is_seen_called_and_talked_to_by_the_operator_who_asked() -> None:
    async with room(Office(fate=lambda _dialled, _earlier: answers()), 1, 2) as desk:
        first = await desk.look(1)
        second = await desk.look(2)
        assert first != second and desk.invited == 0
        desk.dial(1)
        await desk.until(SeatState.DIALLING)
        await desk.until(SeatState.TALKING)
        assert desk.engine.seat(1).attempt_id == first
        assert desk.shown(2) == second and desk.invited == 1
        await desk.until(SeatState.WRAP_UP)
        assert await desk.look(1) not in (first, second)


@on_virtual_time
async def test_who_does_not_answer_makes_room_for_the_next() -> None:
    async with room(Office(fate=lambda _dialled, _earlier: RINGS_OUT)) as desk:
        first = await desk.look()
        desk.dial()
        await desk.until(SeatState.DIALLING)
        assert await desk.look() != first
        await asyncio.sleep(1)
        assert desk.office.store.attempts[first].outcome is Outcome.NO_ANSWER


@on_virtual_time
async def test_who_is_passed_over_is_not_called_and_comes_again_when_it_was_said() -> None:
    async with room(Office(), people=2) as desk:
        first = await desk.look()
        person = desk.contact(first)
        desk.skip("later")
        await asyncio.sleep(1)
        second = await desk.look()
        assert desk.contact(second) != person
        assert desk.office.store.attempts[first].outcome is Outcome.WITHDRAWN
        place = desk.office.store.places[1, person]
        assert (place.state, place.refusal) == ("waiting", RefusalReason.SKIPPED)
        assert 7_100 < place.next_at - desk.office.now() < 7_300
        desk.skip("unsuitable")
        await asyncio.sleep(1)
        assert desk.office.store.places[1, desk.contact(second)].state == "done"
        assert desk.engine.seat(1).state is SeatState.READY and desk.invited == 0


@on_virtual_time
async def test_an_operator_who_pauses_or_goes_leaves_the_person_to_others() -> None:
    async with room(Office(), 1, people=1) as desk:
        first = await desk.look()
        desk.engine.post(OperatorPaused(1, "meal", desk.office.now()))
        await desk.until(SeatState.PAUSED)
        desk.office.sign_in(desk.engine, 2)
        assert desk.contact(await desk.look(2)) == desk.contact(first)
        desk.engine.post(OperatorSignedOut(2, desk.office.now()))
        await desk.until(SeatState.SIGNED_OUT, 2)
        await asyncio.sleep(1)
        assert desk.office.store.places[1, desk.contact(first)].state == "waiting" and desk.invited == 0


@on_virtual_time
async def test_who_opted_out_while_they_were_looked_at_is_not_called() -> None:
    async with room(Office()) as desk:
        first = await desk.look()
        phone = desk.office.store.attempts[first].claimed.contact.phone
        desk.office.store.suppression[phone] = OptedOut(phone, "keypad", desk.office.now(), "keypad")
        desk.dial()
        await asyncio.sleep(1)
        assert await desk.look() != first
        assert desk.invited == 0 and desk.office.store.places[1, desk.contact(first)].state == "done"


@on_virtual_time
async def test_a_campaign_that_stops_takes_its_people_back_and_ends() -> None:
    async with room(Office(), 1, 2) as desk:
        await desk.look(1)
        desk.office.store.add_campaign(replace(PREVIEW, state=CampaignState.STOPPING))
        desk.engine.post(CampaignsChanged(desk.office.now()))
        await desk.until(SeatState.READY)
        await desk.office.until(desk.engine, lambda: desk.office.finished, 30)
        assert desk.invited == 0


@on_virtual_time
async def test_the_last_person_is_called_too_and_then_the_campaign_is_finished() -> None:
    async with room(Office(fate=lambda _dialled, _earlier: answers()), people=1) as desk:
        await desk.look()
        await asyncio.sleep(20)
        assert not desk.office.finished
        desk.dial()
        await desk.until(SeatState.TALKING)
        await desk.office.until(desk.engine, lambda: desk.office.finished, 120)


@on_virtual_time
async def test_a_leg_that_drops_while_the_person_is_called_sends_them_to_another_operator() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers(after_s=8.0))
    async with room(office, 1, 2) as desk:
        first = await desk.look(1)
        await desk.look(2)
        desk.dial(1)
        await desk.until(SeatState.DIALLING)
        desk.skip(seat=2)
        await asyncio.sleep(0.1)
        assert office.telephony is not None
        office.telephony.world.phones_answer = False
        office.telephony.drop(office.telephony.leg_of(1) or "")
        await office.until(desk.engine, lambda: office.store.attempts[first].outcome is not None, 120)
        assert office.store.attempts[first].outcome in (Outcome.CONNECTED, Outcome.ABANDONED)


@on_virtual_time
async def test_a_person_who_is_looked_at_when_the_daemon_dies_waits_again() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers())
    async with room(office) as desk:
        first = await desk.look()
        person = desk.contact(first)
    async with office.open() as engine:
        again = Room(office, engine)
        await office.until(engine, lambda: office.store.attempts[first].outcome is Outcome.WITHDRAWN, 90)
        assert office.store.places[1, person].state == "waiting" and again.invited == 0


@on_virtual_time
async def test_a_phone_that_rings_for_each_person_rings_when_they_have_answered() -> None:
    async with room(Office(nailed_up=False, fate=lambda _dialled, _earlier: answers())) as desk:
        await desk.look()
        desk.dial()
        await desk.until(SeatState.TALKING)
