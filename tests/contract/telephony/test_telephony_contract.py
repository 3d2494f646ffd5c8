"""What the engine may rely on, whatever is behind the telephony port."""

from __future__ import annotations

import pytest

from dialer.core.channels import LiveChannel, Place
from dialer.core.model import Outcome
from dialer.core.outcomes import outcome_of
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    CallRinging,
    Held,
    Joined,
    LineChecked,
    LinkUp,
    Parted,
    SeatLegEnded,
    SeatLegUp,
)
from dialer.errors import TelephonyError
from tests.contract.telephony.worlds import World

TALKS_ON, RINGS_OUT, SWITCHED_OFF, REJECTS = "1000", "0019", "0020", "0021"


async def living(world: World) -> dict[str, LiveChannel]:
    return {channel.channel_id: channel for channel in await world.telephony.live_channels()}


async def answered(world: World, place: Place = Place.WAIT_FOR_OPERATOR) -> str:
    """A citizen who has just answered and will not hang up."""
    order = world.order(TALKS_ON, place=place)
    await world.originate(order)
    await world.until(CallAnswered, good=lambda event: event.attempt_id == order.attempt_id)
    return order.attempt_id


async def seated(world: World, seat: int = 1) -> str:
    """A leg that is up."""
    leg_id = world.new_leg(seat)
    await world.telephony.call_seat(seat, leg_id, 15.0)
    await world.until(SeatLegUp, good=lambda event: event.leg_id == leg_id)
    return leg_id


async def talking(world: World) -> tuple[str, str]:
    leg_id = await seated(world)
    attempt_id = await answered(world)
    await world.telephony.join(attempt_id, leg_id)
    await world.until(Joined)
    return attempt_id, leg_id


async def test_the_first_event_is_that_the_link_is_up(world: World) -> None:
    assert isinstance(world.told[0], LinkUp)
    assert not world.told[0].restarted


@pytest.mark.parametrize(
    ("script", "rings", "outcome"),
    [
        ("0017", False, Outcome.BUSY),
        ("0001", False, Outcome.INVALID),
        ("0034", False, Outcome.CONGESTION),
        ("0027", False, Outcome.UNREACHABLE),
        ("0018", False, Outcome.UNREACHABLE),
        (REJECTS, True, Outcome.REJECTED),
        (SWITCHED_OFF, True, Outcome.SWITCHED_OFF),
    ],
)
async def test_a_call_that_fails_ends_once_with_a_cause_that_tells_the_outcome(
    world: World, script: str, rings: bool, outcome: Outcome
) -> None:
    order = world.order(script)
    await world.originate(order)
    ended = await world.until(CallEnded)
    await world.sleep(0.3)
    assert ended.attempt_id == order.attempt_id
    assert outcome_of(ended.cause, ended.tech_cause, rang=ended.rang) is outcome
    assert world.count(CallRinging) == int(rings)
    assert [world.count(kind) for kind in (CallAnswered, CallNotPlaced, CallEnded)] == [0, 0, 1]
    assert world.invited(order.phone) == 1


async def test_a_phone_that_nobody_picks_up_stops_ringing_at_the_ring_time(world: World) -> None:
    order = world.order(RINGS_OUT, ring_s=2.0)
    await world.originate(order)
    ringing = await world.until(CallRinging)
    ended = await world.until(CallEnded)
    assert 1.5 < ended.at - ringing.at < 2.5
    assert ended.rang
    assert outcome_of(ended.cause, ended.tech_cause, rang=True) is Outcome.NO_ANSWER


async def test_a_citizen_who_answers_rings_first_and_may_hang_up_by_themself(world: World) -> None:
    order = world.order("1101", place=Place.APOLOGY)
    await world.originate(order)
    answer = await world.until(CallAnswered)
    ended = await world.until(CallEnded)
    kinds = [type(event) for event in world.told if getattr(event, "attempt_id", "") == order.attempt_id]
    assert kinds == [CallRinging, CallAnswered, CallEnded]
    assert ended.at - answer.at < 1.5
    assert ended.cause == 16


async def test_whom_nobody_joins_hears_the_message_within_two_seconds(world: World) -> None:
    attempt_id = await answered(world)
    message = await world.until(AbandonedMessageStarted)
    answer = await world.until(CallAnswered)
    assert message.attempt_id == attempt_id
    assert 1.5 < message.at - answer.at < 2.0


async def test_a_citizen_is_joined_to_a_seat_and_both_are_seen_as_partners(world: World) -> None:
    attempt_id, leg_id = await talking(world)
    joined = await world.until(Joined)
    assert (joined.attempt_id, joined.seat, joined.leg_id) == (attempt_id, 1, leg_id)
    channels = await living(world)
    assert channels[attempt_id].bridged_with == leg_id
    assert channels[leg_id].bridged_with == attempt_id
    await world.sleep(3.0)
    assert world.count(AbandonedMessageStarted) == 0
    assert world.count(Parted) == 0


async def test_a_leg_outlives_its_talks(world: World) -> None:
    attempt_id, leg_id = await talking(world)
    await world.telephony.hang_up(attempt_id)
    parted = await world.until(Parted)
    await world.until(CallEnded)
    assert (parted.attempt_id, parted.leg_id, parted.seat) == (attempt_id, leg_id, 1)
    assert (await living(world))[leg_id].bridged_with is None
    second = await answered(world)
    await world.telephony.join(second, leg_id)
    await world.until(Joined, good=lambda event: event.attempt_id == second)
    assert [world.count(kind) for kind in (SeatLegUp, SeatLegEnded)] == [1, 0]


async def test_a_citizen_outlives_the_leg_and_may_be_joined_to_another(world: World) -> None:
    other = await seated(world, seat=2)
    attempt_id, leg_id = await talking(world)
    await world.telephony.hang_up(leg_id)
    await world.until(Parted)
    ended = await world.until(SeatLegEnded, good=lambda event: event.leg_id == leg_id)
    assert ended.seat == 1
    await world.telephony.join(attempt_id, other)
    joined = await world.until(Joined, good=lambda event: event.leg_id == other)
    assert (joined.attempt_id, joined.seat) == (attempt_id, 2)
    assert world.count(CallEnded) == 0


async def test_the_sound_that_comes_from_a_phone_is_counted_in_a_talk_too(world: World) -> None:
    _attempt, leg_id = await talking(world)
    before = await world.telephony.packets_from(leg_id)
    await world.sleep(1.0)
    assert 25 <= await world.telephony.packets_from(leg_id) - before <= 100
    with pytest.raises(TelephonyError):
        await world.telephony.packets_from(world.new_leg(2))


async def test_hanging_up_what_is_gone_is_no_error(world: World) -> None:
    attempt_id = await answered(world)
    await world.telephony.hang_up(attempt_id)
    await world.until(CallEnded)
    await world.telephony.hang_up(attempt_id)
    await world.telephony.hang_up(world.new_id())
    assert world.count(CallEnded) == 1


async def test_a_ringing_call_can_be_cancelled(world: World) -> None:
    order = world.order(RINGS_OUT)
    await world.originate(order)
    await world.until(CallRinging)
    await world.telephony.hang_up(order.attempt_id)
    ended = await world.until(CallEnded)
    assert ended.rang
    assert world.count(CallAnswered) == 0


async def test_joining_needs_both_sides(world: World) -> None:
    leg_id = await seated(world)
    with pytest.raises(TelephonyError):
        await world.telephony.join(world.new_id(), leg_id)
    attempt_id = await answered(world)
    with pytest.raises(TelephonyError):
        await world.telephony.join(attempt_id, world.new_leg(2))
    await world.telephony.join(attempt_id, leg_id)
    await world.until(Joined)


async def test_an_answered_citizen_can_be_sent_to_another_place(world: World) -> None:
    attempt_id = await answered(world)
    await world.telephony.send_to(attempt_id, Place.ABANDONED)
    await world.until(AbandonedMessageStarted)
    with pytest.raises(TelephonyError):
        await world.telephony.send_to(world.new_id(), Place.APOLOGY)


async def test_a_person_on_hold_parts_from_the_leg_and_is_taken_back(world: World) -> None:
    attempt_id, leg_id = await talking(world)
    await world.telephony.send_to(attempt_id, Place.ON_HOLD)
    held = await world.until(Held)
    parted = await world.until(Parted)
    assert held.attempt_id == parted.attempt_id == attempt_id
    channels = await living(world)
    assert channels[attempt_id].place == Place.ON_HOLD
    assert channels[attempt_id].bridged_with is channels[leg_id].bridged_with is None
    world.told.clear()
    await world.telephony.join(attempt_id, leg_id)
    joined = await world.until(Joined)
    assert (joined.attempt_id, joined.leg_id) == (attempt_id, leg_id)
    await world.telephony.hang_up(leg_id)
    await world.until(Parted)
    assert attempt_id in await living(world)


async def test_a_person_goes_from_one_leg_to_the_other(world: World) -> None:
    other = await seated(world, seat=2)
    attempt_id, leg_id = await talking(world)
    await world.telephony.join(attempt_id, other)
    parted = await world.until(Parted)
    joined = await world.until(Joined, good=lambda event: event.leg_id == other)
    assert (parted.leg_id, joined.seat) == (leg_id, 2)
    channels = await living(world)
    assert channels[attempt_id].bridged_with == other
    assert channels[leg_id].bridged_with is None
    assert world.count(SeatLegEnded) == 0


async def test_three_talk_and_two_go_on_when_a_leg_goes_home(world: World) -> None:
    other = await seated(world, seat=2)
    attempt_id, leg_id = await talking(world)
    await world.telephony.send_to(attempt_id, Place.ON_HOLD)
    await world.until(Held)
    await world.telephony.join(leg_id, other)
    await world.sleep(0.5)
    world.told.clear()
    await world.telephony.gather(attempt_id, leg_id)
    for leg in (leg_id, other):
        await world.until(Joined, good=lambda event, leg=leg: event.leg_id == leg)  # type: ignore[misc]
    await world.telephony.send_to(leg_id, Place.SEAT)
    parted = await world.until(Parted)
    assert (parted.attempt_id, parted.leg_id) == (attempt_id, leg_id)
    channels = await living(world)
    assert channels[attempt_id].bridged_with == other
    assert channels[leg_id].bridged_with is None
    assert [world.count(kind) for kind in (CallEnded, SeatLegEnded, SeatLegUp)] == [0, 0, 0]
    await world.telephony.hang_up(other)
    await world.until(Parted, good=lambda event: event.leg_id == other)
    assert attempt_id in await living(world)


async def test_keys_need_a_living_line(world: World) -> None:
    attempt_id, _leg_id = await talking(world)
    await world.telephony.send_digits(attempt_id, "1#")
    with pytest.raises(TelephonyError):
        await world.telephony.send_digits(world.new_id(), "1")


async def test_a_seat_without_a_phone_is_not_reachable_and_its_leg_ends(world: World) -> None:
    assert await world.telephony.reachable_seats() == frozenset({1, 2, 3, 4})
    leg_id = world.new_leg(50)
    await world.telephony.call_seat(50, leg_id, 15.0)
    ended = await world.until(SeatLegEnded)
    assert (ended.seat, ended.leg_id, ended.cause) == (50, leg_id, 20)


async def test_an_unknown_trunk_is_refused_before_anything_is_sent(world: World) -> None:
    order = world.order(TALKS_ON, trunk="elsewhere")
    with pytest.raises(TelephonyError, match="elsewhere"):
        await world.originate(order)
    assert world.invited(order.phone) == 0


async def test_an_order_that_is_refused_harms_no_other_of_those_sent_with_it(world: World) -> None:
    good, bad = world.order(TALKS_ON, place=Place.APOLOGY), world.order(TALKS_ON, trunk="elsewhere")
    faults = await world.telephony.originate([bad, good])
    assert [(attempt_id, type(fault)) for attempt_id, fault in faults.items()] == [
        (bad.attempt_id, TelephonyError)
    ]
    await world.until(CallAnswered, good=lambda event: event.attempt_id == good.attempt_id)
    assert world.invited(bad.phone) == 0


async def test_the_next_life_of_the_daemon_finds_the_talk_and_hears_its_end(world: World) -> None:
    attempt_id, leg_id = await talking(world)
    await world.next_life()
    channels = await living(world)
    assert channels[attempt_id].answered
    assert channels[attempt_id].bridged_with == leg_id
    await world.telephony.hang_up(attempt_id)
    await world.until(Parted, good=lambda event: (event.attempt_id, event.leg_id) == (attempt_id, leg_id))
    await world.until(CallEnded, good=lambda event: event.attempt_id == attempt_id)
    assert world.count(CallAnswered) == world.count(Joined) == 0


async def test_a_phone_that_is_tried_is_heard_and_takes_people_afterwards(world: World) -> None:
    leg_id = await seated(world)
    await world.telephony.send_to(leg_id, Place.SEAT_CHECK)
    await world.sleep(2.0)
    await world.telephony.send_to(leg_id, Place.SEAT_CHECKED)
    checked = await world.until(LineChecked)
    assert (checked.seat, checked.leg_id) == (1, leg_id)
    assert 70 <= checked.received <= 130
    assert (checked.lost, world.count(SeatLegUp), world.count(SeatLegEnded)) == (0, 1, 0)
    assert 0 <= checked.jitter_ms < 30
    attempt_id = await answered(world)
    await world.telephony.join(attempt_id, leg_id)
    await world.until(Joined, good=lambda event: event.attempt_id == attempt_id)


async def test_a_phone_in_the_middle_of_a_trial_can_be_joined(world: World) -> None:
    leg_id = await seated(world)
    await world.telephony.send_to(leg_id, Place.SEAT_CHECK)
    attempt_id = await answered(world)
    await world.telephony.join(attempt_id, leg_id)
    await world.until(Joined)
    await world.telephony.hang_up(attempt_id)
    await world.until(Parted)
    await world.sleep(0.5)
    assert (await living(world))[leg_id].place == "seat"
