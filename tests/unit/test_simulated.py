"""The simulated telephone world: faults on request, the same fates as the carrier's, keys at their time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dialer.core.channels import OutgoingCall, Place
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    LinkLost,
    LinkUp,
    Parted,
    PhoneReachable,
    SeatLegEnded,
    TelephonyEvent,
    TrunkReachable,
)
from dialer.errors import AgiHangup, LinkDown, TelephonyError
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile
from dialer.telephony.simulated import OriginateFault, SimulatedTelephony
from dialer.telephony.simulated_fates import Fate, Fates, ended, rings_out
from dialer.telephony.simulated_keypad import SimulatedKeypad
from tests.engine.virtual_time import run
from tests.originating import originate

ATTEMPTS = [f"a{number:024x}" for number in range(50)]
LEG = "seat-01-0000beef"


class Stage:
    """A telephony on virtual time, with what it told."""

    def __init__(self, **options: object) -> None:
        self.telephony = SimulatedTelephony(
            clock=lambda: asyncio.get_running_loop().time(),
            **options,  # type: ignore[arg-type]
        )
        self.told: list[TelephonyEvent] = []

    async def start(self) -> None:
        await self.telephony.start(self.told.append)

    async def call(
        self, number: int = 0, phone: str = "+919000001000", place: Place = Place.WAIT_FOR_OPERATOR
    ) -> str:
        order = OutgoingCall(ATTEMPTS[number], 1, phone, "carrier", "+917880000000", 30.0, place)
        await originate(self.telephony, order)
        return order.attempt_id

    def of(self, kind: type[TelephonyEvent]) -> list[TelephonyEvent]:
        return [event for event in self.told if isinstance(event, kind)]


def play(scene: Callable[[Stage], Awaitable[None]], **options: object) -> Stage:
    """Run a scene on a new stage."""

    async def performed() -> Stage:
        stage = Stage(**options)
        await stage.start()
        await scene(stage)
        await stage.telephony.world.end_all()
        return stage

    return run(performed())


ANSWERS = {"fates": lambda dialled, earlier: Fate(5.0, talk_s=30.0)}


def test_a_link_lost_before_sending_dials_nobody_and_comes_back() -> None:
    async def scene(stage: Stage) -> None:
        stage.telephony.fail_originates(OriginateFault.LINK_LOST_BEFORE_SENDING)
        with pytest.raises(LinkDown):
            await stage.call()
        with pytest.raises(LinkDown):
            await stage.telephony.live_channels()
        await asyncio.sleep(1)
        assert await stage.telephony.live_channels() == []

    stage = play(scene, **ANSWERS)
    assert [type(event) for event in stage.told if not isinstance(event, TrunkReachable)] == [
        LinkUp, LinkLost, LinkUp
    ]  # fmt: skip
    assert stage.telephony.invites.total() == 0


def test_a_link_lost_after_sending_has_dialled_and_the_call_is_found_alive() -> None:
    async def scene(stage: Stage) -> None:
        stage.telephony.fail_originates(OriginateFault.LINK_LOST_AFTER_SENDING)
        with pytest.raises(LinkDown):
            await stage.call()
        await asyncio.sleep(1)
        assert [channel.channel_id for channel in await stage.telephony.live_channels()] == [ATTEMPTS[0]]

    assert play(scene, **ANSWERS).telephony.invites == {ATTEMPTS[0]: 1}


def test_orders_can_be_refused_or_find_no_endpoint() -> None:
    async def scene(stage: Stage) -> None:
        stage.telephony.fail_originates(OriginateFault.REFUSED, OriginateFault.NO_ENDPOINT)
        with pytest.raises(TelephonyError):
            await stage.call(0)
        await stage.call(1)
        await asyncio.sleep(1)

    stage = play(scene, **ANSWERS)
    assert [event.attempt_id for event in stage.told if isinstance(event, CallNotPlaced)] == [ATTEMPTS[1]]
    assert stage.telephony.invites.total() == 0


def test_an_id_used_twice_is_refused_and_dialled_once() -> None:
    async def scene(stage: Stage) -> None:
        await stage.call(0)
        with pytest.raises(TelephonyError):
            await stage.call(0)

    assert play(scene, **ANSWERS).telephony.invites == {ATTEMPTS[0]: 1}


def test_calls_go_on_unseen_while_the_link_is_down() -> None:
    async def scene(stage: Stage) -> None:
        await stage.call()
        stage.telephony.lose_link(for_s=10)
        await asyncio.sleep(11)
        (channel,) = await stage.telephony.live_channels()
        assert channel.answered
        assert channel.place == Place.ABANDONED

    stage = play(scene, **ANSWERS)
    assert stage.of(CallAnswered) == stage.of(AbandonedMessageStarted) == []


def test_a_silent_link_swallows_commands_until_it_is_noticed_and_made_anew() -> None:
    async def scene(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        stage.telephony.fall_silent()
        began = loop.time()
        with pytest.raises(LinkDown):
            await stage.call()
        assert 5 < loop.time() - began < 15
        await asyncio.sleep(1)
        await stage.call()

    stage = play(scene, **ANSWERS)
    assert len(stage.of(LinkLost)) == 1
    assert len(stage.of(LinkUp)) == 2


def test_a_restart_takes_every_call_without_a_word() -> None:
    async def scene(stage: Stage) -> None:
        await stage.call()
        await stage.telephony.call_seat(1, LEG, 15)
        await asyncio.sleep(1)
        stage.telephony.restart()
        await asyncio.sleep(30)
        assert await stage.telephony.live_channels() == []

    stage = play(scene, **ANSWERS)
    assert [getattr(event, "restarted", None) for event in stage.of(LinkUp)] == [False, True]
    assert stage.of(CallEnded) == stage.of(SeatLegEnded) == []


def test_a_congested_trunk_answers_503_to_everything() -> None:
    async def scene(stage: Stage) -> None:
        stage.telephony.world.congested = True
        for number in range(3):
            await stage.call(number)
        await asyncio.sleep(1)

    stage = play(scene, **ANSWERS)
    assert [getattr(event, "tech_cause", 0) for event in stage.of(CallEnded)] == [503, 503, 503]


def test_a_dropped_leg_parts_the_citizen_who_hears_an_apology_if_nobody_comes() -> None:
    async def scene(stage: Stage) -> None:
        await stage.telephony.call_seat(1, LEG, 15)
        attempt_id = await stage.call()
        await asyncio.sleep(5.2)
        await stage.telephony.join(attempt_id, LEG)
        await asyncio.sleep(1)
        assert stage.telephony.leg_of(1) == LEG
        stage.telephony.drop(LEG)
        await asyncio.sleep(14)
        (channel,) = await stage.telephony.live_channels()
        assert channel.place == Place.APOLOGY

    stage = play(scene, fates=lambda dialled, earlier: Fate(5.0))
    kinds = [
        type(event) for event in stage.told if isinstance(event, Parted | SeatLegEnded | CallEnded)
    ]
    assert kinds == [Parted, SeatLegEnded]


def test_phones_come_and_go_and_may_not_pick_up() -> None:
    async def scene(stage: Stage) -> None:
        stage.telephony.set_phone(1, False)
        assert 1 not in await stage.telephony.reachable_seats()
        stage.telephony.world.phones_answer = False
        await stage.telephony.call_seat(2, "seat-02-0000beef", 15)
        await asyncio.sleep(16)

    stage = play(scene)
    assert stage.of(PhoneReachable) == [PhoneReachable(1, False, 0.0)]
    assert [getattr(event, "cause", 0) for event in stage.of(SeatLegEnded)] == [19]


def test_the_deck_decides_as_on_the_carrier_and_a_second_call_meets_another_card() -> None:
    behaviour = CarrierBehaviour(seed=7, default=Profile(key_count=3))
    numbers = [f"9190{number:08d}" for number in range(12345678, 12345978)]
    fates = Fates(behaviour)
    for number in numbers[:20]:
        card, fate = behaviour.expected(number), fates(number)
        assert fate.answers == (card.kind in ("answer", "short", "silent", "machine"))
        assert fate.keys == card.keys
    assert any(fates(number, 0) != fates(number, 1) for number in numbers)


@pytest.mark.parametrize(
    ("tail", "fate"),
    [("0017", ended(17, 0.3)), ("0019", rings_out()), ("1312", Fate(3.0, talk_s=12.0)), ("1100", Fate(1.0))],
)
def test_scripted_numbers_say_themselves_what_happens(tail: str, fate: Fate) -> None:
    assert Fates(CarrierBehaviour())(f"91900{'000'}{tail}") == fate


def survey(handler: Callable[[SimulatedKeypad], Awaitable[None]], phone: str) -> Stage:
    async def scene(stage: Stage) -> None:
        await stage.call(0, phone, Place.SURVEY)
        await asyncio.sleep(60)

    return play(scene, keypad=handler, behaviour=CarrierBehaviour(key_first_s=1.0, key_gap_s=2.0))


def test_a_simulated_citizen_presses_keys_into_prompts_and_pauses() -> None:
    heard: list[str | None] = []

    async def handler(keypad: SimulatedKeypad) -> None:
        heard.append(await keypad.get_variable("SAMPARK_ATTEMPT"))
        heard.append(await keypad.stream_file("q1"))
        heard.append(await keypad.stream_file("q2", ""))
        heard.append(await keypad.wait_for_digit(5.0))
        heard.append(await keypad.wait_for_digit(5.0))

    stage = survey(handler, "+919000002123")
    assert heard == [ATTEMPTS[0], "1", None, "3", None]
    assert [getattr(event, "cause", 0) for event in stage.of(CallEnded)] == [16]


def test_a_simulated_listener_presses_after_the_prompt_however_long_it_is() -> None:
    heard: list[str | None] = []

    async def handler(keypad: SimulatedKeypad) -> None:
        for prompt in ("q1", "q2", "q3"):
            await keypad.stream_file(prompt)
            heard.append(await keypad.wait_for_digit(5.0))

    survey(handler, "+919000004201")
    assert heard == ["2", None, "1"]


def test_a_simulated_citizen_who_hangs_up_ends_the_session() -> None:
    ends: list[str] = []

    async def handler(keypad: SimulatedKeypad) -> None:
        try:
            while True:
                await keypad.stream_file("q1")
        except AgiHangup:
            ends.append("hang-up")
            raise

    survey(handler, "+919000003004")
    assert ends == ["hang-up"]
