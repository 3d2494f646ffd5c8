"""Manual dialling in a whole office on virtual time: looked up, seen, called within the rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from dialer.core.desk_events import OperatorDials, OperatorPaused, OperatorSkips
from dialer.core.live import SeatState
from dialer.core.model import CampaignState, DialPolicy, Outcome, PacingMode, RefusalReason, Window
from dialer.core.picking import NotPicked, Pick
from dialer.engine import Engine
from dialer.store.port import OptedOut
from dialer.telephony.simulated_fates import Fate
from tests.engine.office import CAMPAIGN, RINGS_OUT, Office, answers, person
from tests.engine.virtual_time import on_virtual_time

MANUAL = replace(CAMPAIGN, mode=PacingMode.MANUAL, max_attempts=2)
PREDICTIVE = replace(CAMPAIGN, id=2, name="second", mode=PacingMode.PREDICTIVE)
PROGRESSIVE = replace(PREDICTIVE, mode=PacingMode.PROGRESSIVE)


def phone(number: int) -> str:
    return person(number).contact.phone


@dataclass
class Room:
    """Operators who look people up."""

    office: Office
    engine: Engine

    async def pick(self, number: int, seat: int = 1) -> Pick:
        return await self.engine.pick(seat, phone(number))

    async def until(self, state: SeatState, seat: int = 1, within_s: float = 60) -> None:
        await self.office.until(self.engine, lambda: self.engine.seat(seat).state is state, within_s)

    def dial(self, seat: int = 1) -> None:
        attempt_id = self.engine.seat(seat).attempt_id or ""
        self.engine.post(OperatorDials(seat, attempt_id, self.office.now()))

    def contact(self, seat: int = 1) -> int:
        attempt_id = self.engine.seat(seat).attempt_id or ""
        return self.office.store.attempts[attempt_id].claimed.contact.id

    @property
    def invited(self) -> int:
        assert self.office.telephony is not None
        return sum(self.office.telephony.invites.values())


@asynccontextmanager
async def room(office: Office, *seats: int, people: int = 5) -> AsyncIterator[Room]:
    office.enlist(MANUAL, people)
    async with office.open() as engine:
        office.sign_in(engine, *(seats or (1,)))
        desk = Room(office, engine)
        await desk.until(SeatState.READY)
        yield desk


def why(pick: Pick) -> NotPicked | RefusalReason | None:
    assert pick.attempt_id is None
    return pick.refused.reason if pick.refused is not None else pick.why


@on_virtual_time
async def test_a_campaign_by_hand_never_shows_or_dials_anybody_by_itself() -> None:
    async with room(Office(), 1, 2) as desk:
        await asyncio.sleep(120)
        assert desk.office.states(desk.engine)[SeatState.READY] == 2
        assert desk.invited == 0 and not desk.office.store.attempts
        [live] = desk.engine.snapshot().campaigns
        assert (live.mode, live.reason_code, live.contacts_waiting) == ("manual", "by_hand", 5)


@on_virtual_time
async def test_who_is_looked_up_is_seen_called_and_talked_to() -> None:
    async with room(Office(fate=lambda _dialled, _earlier: answers()), 1, 2) as desk:
        pick = await desk.pick(4)
        assert pick.attempt_id is not None and desk.engine.seat(1).state is SeatState.PREVIEW
        assert desk.contact() == 4
        await asyncio.sleep(5)
        assert desk.invited == 0
        desk.dial()
        await desk.until(SeatState.TALKING)
        assert desk.engine.seat(1).attempt_id == pick.attempt_id and desk.invited == 1
        await desk.until(SeatState.READY, within_s=120)
        await asyncio.sleep(1)
        stored = desk.office.store.attempts[pick.attempt_id]
        assert (stored.outcome, stored.seat) == (Outcome.CONNECTED, 1)
        assert [each.event for each in desk.office.store.events][:2] == ["asked_for", "dialled"]
        assert why(await desk.pick(4)) is RefusalReason.SPACING


@on_virtual_time
async def test_who_does_not_answer_leaves_the_operator_free_and_the_rules_say_when_again() -> None:
    async with room(Office(fate=lambda _dialled, _earlier: RINGS_OUT)) as desk:
        await desk.pick(2)
        desk.dial()
        await desk.until(SeatState.DIALLING)
        await desk.until(SeatState.READY)
        await asyncio.sleep(1)
        again = await desk.pick(2)
        assert why(again) is RefusalReason.SPACING and again.refused is not None
        assert again.refused.until is not None and desk.invited == 1
        await asyncio.sleep(again.refused.until - desk.office.now())
        assert (await desk.pick(2)).attempt_id is not None


@on_virtual_time
async def test_only_people_of_running_campaigns_that_the_operator_takes_may_be_seen() -> None:
    office = Office()
    office.enlist(replace(MANUAL, id=2, name="other"), 1, first=1001)
    office.enlist(replace(MANUAL, id=3, name="paused", state=CampaignState.PAUSED), 1, first=2001)
    office.store.add_person(person(9))
    async with room(office) as desk:
        for number in (9, 77, 1001, 2001):
            assert why(await desk.pick(number)) is NotPicked.NOT_ON_A_LIST
        office.sign_in(desk.engine, 1, campaigns=(1, 2, 3))
        await asyncio.sleep(0.1)
        assert why(await desk.pick(2001)) is NotPicked.NOT_ON_A_LIST
        assert (await desk.pick(1001)).attempt_id is not None
        assert desk.invited == 0 and len(office.store.attempts) == 1


@on_virtual_time
async def test_campaigns_that_dial_by_themselves_show_nobody_who_was_asked_for() -> None:
    office = Office()
    office.enlist(replace(PREDICTIVE, max_channels=1), 3, first=1001)
    async with office.open() as engine:
        office.sign_in(engine, 1, campaigns=(2,))
        engine.post(OperatorPaused(1, "meal", office.now()))
        await asyncio.sleep(1)
        assert why(await engine.pick(1, phone(1001))) is NotPicked.NO_CAMPAIGN


@on_virtual_time
async def test_every_rule_refuses_and_each_refusal_is_kept() -> None:
    policy = DialPolicy(window=Window(9 * 60, 12 * 60))
    async with room(Office(policy=policy)) as desk:
        opted_out = OptedOut(phone(1), "keypad", desk.office.now(), "keypad")
        await desk.office.store.write([opted_out])
        assert why(await desk.pick(1)) is RefusalReason.SUPPRESSED
        await asyncio.sleep(3600)
        late = await desk.pick(2)
        assert why(late) is RefusalReason.OUTSIDE_WINDOW
        kept = {(contact, reason) for _campaign, contact, reason in desk.office.store.refusals}
        assert kept == {(1, RefusalReason.SUPPRESSED), (2, RefusalReason.OUTSIDE_WINDOW)}
        assert desk.invited == 0 and not desk.office.store.attempts


@on_virtual_time
async def test_who_opts_out_while_they_are_looked_at_is_not_called() -> None:
    async with room(Office()) as desk:
        await desk.pick(1)
        opted_out = OptedOut(phone(1), "keypad", desk.office.now(), "keypad")
        desk.office.store.suppression[opted_out.phone] = opted_out
        desk.dial()
        await desk.until(SeatState.READY)
        await asyncio.sleep(1)
        assert desk.invited == 0
        assert (1, 1, RefusalReason.SUPPRESSED) in desk.office.store.refusals


@on_virtual_time
async def test_one_person_is_seen_by_one_operator() -> None:
    async with room(Office(), 1, 2) as desk:
        picks = await asyncio.gather(desk.pick(1, 1), desk.pick(1, 2))
        assert sorted(pick.attempt_id is None for pick in picks) == [False, True]
        [left] = [pick for pick in picks if pick.attempt_id is None]
        assert why(left) is RefusalReason.CALL_IN_PROGRESS


@on_virtual_time
async def test_two_wishes_of_one_operator_show_one_person_and_the_other_waits_again() -> None:
    async with room(Office()) as desk:
        picks = await asyncio.gather(desk.pick(1), desk.pick(2))
        assert [pick.why for pick in picks] == [None, NotPicked.SEAT_NOT_FREE]
        await asyncio.sleep(1)
        assert desk.office.store.places[1, 2].state == "waiting"
        assert why(await desk.pick(3)) is NotPicked.SEAT_NOT_FREE


@on_virtual_time
async def test_in_a_break_somebody_may_be_called_and_the_break_goes_on_afterwards() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers(talk_s=10.0))
    async with room(office) as desk:
        desk.engine.post(OperatorPaused(1, "paperwork", office.now()))
        await desk.until(SeatState.PAUSED)
        attempt_id = (await desk.pick(1)).attempt_id or ""
        desk.engine.post(OperatorSkips(1, attempt_id, "later", office.now()))
        await desk.until(SeatState.PAUSED)
        await desk.pick(2)
        desk.dial()
        await desk.until(SeatState.TALKING)
        await desk.until(SeatState.PAUSED, within_s=120)
        assert desk.engine.seat(1).reason == "paperwork" and desk.invited == 1


@on_virtual_time
async def test_in_a_preview_campaign_the_operator_may_ask_for_somebody_instead_of_the_next() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers())
    office.enlist(replace(MANUAL, mode=PacingMode.PREVIEW), 5)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        desk = Room(office, engine)
        await desk.until(SeatState.PREVIEW)
        engine.post(OperatorPaused(1, "paperwork", office.now()))
        await desk.until(SeatState.PAUSED)
        await desk.pick(5)
        assert desk.contact() == 5
        desk.dial()
        await desk.until(SeatState.TALKING)


@on_virtual_time
async def test_a_person_who_is_seen_when_the_daemon_dies_waits_again() -> None:
    office = Office()
    async with room(office) as desk:
        attempt_id = (await desk.pick(1)).attempt_id or ""
    async with office.open() as engine:
        await office.until(engine, lambda: office.store.attempts[attempt_id].outcome is not None, 90)
        assert office.store.attempts[attempt_id].outcome is Outcome.WITHDRAWN
        assert office.store.places[1, 1].state == "waiting"


# --- operators who take campaigns of both kinds


@on_virtual_time
async def test_beside_a_predictive_campaign_both_go_on_and_nobody_is_dialled_for_who_looks() -> None:
    def fate(dialled: str, _earlier: int) -> Fate:
        number = int(dialled[-4:])
        return answers(3.0 + number % 9, talk_s=20.0) if number < 1001 or number % 3 == 0 else RINGS_OUT

    office = Office(seats=4, fate=fate)
    office.enlist(MANUAL, 100)
    office.enlist(PREDICTIVE, 1000, first=1001)
    async with office.open() as engine:
        office.sign_in(engine, campaigns=(1, 2))
        desk, seen = Room(office, engine), 0
        for number in range(1, 13):
            await desk.until(SeatState.READY, within_s=300)
            pick = await desk.pick(number)
            await asyncio.sleep(3)
            if pick.attempt_id is None or engine.seat(1).attempt_id != pick.attempt_id:
                continue  # the operator was needed for somebody who had answered
            desk.dial()
            await desk.until(SeatState.WRAP_UP)
            seen += 1
        await asyncio.sleep(60)
        connected = Counter(
            stored.claimed.campaign_id
            for stored in office.store.attempts.values()
            if stored.outcome is Outcome.CONNECTED
        )
        assert connected[1] == seen >= 6 and connected[2] > seen
        assert office.outcomes[Outcome.ABANDONED] <= 2


@on_virtual_time
async def test_who_answers_finds_the_operator_who_only_looks_at_somebody() -> None:
    office = Office(seats=1, fate=lambda _dialled, _earlier: answers(after_s=8.0))
    office.enlist(MANUAL, 3)
    office.enlist(PROGRESSIVE, 1, first=1001)
    async with office.open() as engine:
        office.sign_in(engine, 1, campaigns=(1, 2))
        desk = Room(office, engine)
        await office.until(engine, lambda: desk.invited == 1, 20)
        attempt_id = (await desk.pick(1)).attempt_id or ""
        await desk.until(SeatState.TALKING)
        assert desk.contact() == 1001
        await asyncio.sleep(1)
        assert office.store.attempts[attempt_id].outcome is Outcome.WITHDRAWN
        assert office.store.places[1, 1].state == "waiting"
        assert office.outcomes[Outcome.ABANDONED] == 0


@on_virtual_time
async def test_an_operator_by_hand_only_is_no_operator_of_the_other_campaign() -> None:
    office = Office(seats=2)
    office.enlist(MANUAL, 3)
    office.enlist(PROGRESSIVE, 10, first=1001)
    async with office.open() as engine:
        office.sign_in(engine, 1, campaigns=(1,))
        desk = Room(office, engine)
        await asyncio.sleep(30)
        assert desk.invited == 0
        office.sign_in(engine, 2, campaigns=(2,))
        await desk.until(SeatState.TALKING, 2)
        assert engine.seat(1).state is SeatState.READY
