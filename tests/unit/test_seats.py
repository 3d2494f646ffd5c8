"""A seat's life: signing in, talking, wrap-up, pausing and leaving without dropping anybody."""

from __future__ import annotations

import pytest

from dialer.core import seats
from dialer.core.desk_events import (
    LineCheckBegins,
    OperatorPaused,
    OperatorReady,
    OperatorSignedIn,
    OperatorSignedOut,
    WrapUpDone,
)
from dialer.core.live import Interruption, SeatState
from dialer.core.seats import Seat
from dialer.core.telephony_events import Joined, LineChecked, SeatLegEnded, SeatLegUp
from dialer.errors import IllegalTransition

LEG = "seat-03-00000001"
SIGN_IN = OperatorSignedIn(3, 11, 1.0)
LEG_UP = SeatLegUp(3, LEG, 2.0)
READY = OperatorReady(3, frozenset({1}), 3.0)
RESERVE = seats.Reserved(3, "a1", 1, 4.0)
JOIN = Joined("a1", 3, LEG, 4.1)
TALK_ENDED = seats.TalkEnded(3, 60.0)
WRAPPED = WrapUpDone(3, 70.0)
PAUSE = OperatorPaused(3, "tea", 50.0)
OFFER = seats.Offered(3, "a1", 1, 3.5)
DIAL = seats.DialOrdered(3, 3.8)
NO_ANSWER = seats.OfferEnded(3, 40.0)
SIGN_OUT = OperatorSignedOut(3, 50.0)
LEG_GONE = SeatLegEnded(3, LEG, 55.0, 16)


def after(*events: seats.SeatEvent, seat: Seat | None = None) -> Seat:
    subject = seat or Seat(3)
    for event in events:
        subject = seats.apply(subject, event)
    return subject


def test_ready_before_the_phone_is_there_takes_effect_when_it_is() -> None:
    assert after(SIGN_IN, READY).state is SeatState.CONNECTING
    assert after(SIGN_IN, READY, LEG_UP).state is SeatState.READY


def test_a_talk_leads_through_wrap_up_back_to_ready() -> None:
    talking = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN)
    assert (talking.state, talking.attempt_id) == (SeatState.TALKING, "a1")
    assert after(TALK_ENDED, seat=talking).state is SeatState.WRAP_UP
    ready = after(TALK_ENDED, WRAPPED, seat=talking)
    assert (ready.state, ready.attempt_id, ready.since) == (SeatState.READY, None, 70.0)


def test_a_pause_asked_for_in_a_talk_waits_for_its_end_and_stops_being_counted_at_once() -> None:
    talking = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN, PAUSE)
    assert talking.state is SeatState.TALKING
    assert not talking.counts
    rested = after(TALK_ENDED, WRAPPED, seat=talking)
    assert (rested.state, rested.reason) == (SeatState.PAUSED, "tea")


def test_signing_out_in_a_talk_drains_the_seat_first() -> None:
    talking = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN, SIGN_OUT)
    assert talking.state is SeatState.TALKING
    gone = after(TALK_ENDED, WRAPPED, seat=talking)
    assert (gone.state, gone.operator_id, gone.leg_id) == (SeatState.SIGNED_OUT, None, LEG)


def test_ready_again_takes_back_a_pause_that_was_asked_for() -> None:
    talking = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN, PAUSE, READY)
    assert after(TALK_ENDED, WRAPPED, seat=talking).state is SeatState.READY


def test_a_leg_that_drops_in_a_talk_is_wanted_again_and_the_person_waits_for_it() -> None:
    dropped = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN, LEG_GONE)
    assert (dropped.state, dropped.attempt_id) == (SeatState.TALKING, "a1")
    assert dropped.lacks_leg and dropped.is_waited_for
    back = after(LEG_UP, JOIN, seat=dropped)
    assert (back.state, back.interrupted, back.since) == (SeatState.TALKING, Interruption.NONE, 4.1)
    ended = after(TALK_ENDED, seat=dropped)
    assert (ended.state, ended.interrupted) == (SeatState.WRAP_UP, Interruption.ENDED)
    assert after(WRAPPED, seat=ended).state is SeatState.CONNECTING
    assert after(seats.TalkEnded(3, 60.0, given_on=True), seat=dropped).interrupted is Interruption.GIVEN_ON


def test_nobody_waits_for_the_phone_of_one_who_leaves_or_of_a_guest_or_that_rings_per_person() -> None:
    leaving = after(SIGN_IN, LEG_UP, READY, RESERVE, JOIN, SIGN_OUT, LEG_GONE)
    assert not leaving.lacks_leg and not leaving.is_waited_for
    guest = after(SIGN_IN, LEG_UP, READY, RESERVE, seats.GuestCame(3, 1, 5.0), LEG_GONE)
    plain = after(SIGN_IN, READY, RESERVE, LEG_UP, JOIN, LEG_GONE, seat=Seat(3, nailed_up=False))
    for seat in (guest, plain):
        assert (seat.state, seat.is_waited_for) == (SeatState.WRAP_UP, False)


def test_a_failed_join_frees_the_operator() -> None:
    failed = seats.ReservationFailed(3, 5.0)
    assert after(SIGN_IN, LEG_UP, READY, RESERVE, failed).state is SeatState.READY


def test_a_lost_phone_is_not_counted_and_comes_back_ready() -> None:
    lost = after(SIGN_IN, LEG_UP, READY, seats.PhoneLost(3, 9.0))
    assert lost.state is SeatState.UNREACHABLE
    assert after(seats.PhoneBack(3, 12.0), seat=lost).state is SeatState.READY


def test_a_phone_without_a_nailed_up_leg_is_ready_without_one() -> None:
    plain = Seat(3, nailed_up=False)
    assert after(SIGN_IN, seat=plain).state is SeatState.PAUSED
    ready = after(SIGN_IN, READY, seat=plain)
    assert (ready.state, ready.takes_a_person) == (SeatState.READY, True)
    assert after(RESERVE, LEG_UP, JOIN, seat=ready).state is SeatState.TALKING


@pytest.mark.parametrize("event", [JOIN, TALK_ENDED, WRAPPED, RESERVE, READY, PAUSE])
def test_nothing_but_signing_in_happens_to_an_empty_seat(event: seats.SeatEvent) -> None:
    empty = Seat(3)
    with pytest.raises(IllegalTransition, match="seat 3 is signed_out"):
        seats.apply(empty, event)


def test_a_person_is_looked_at_called_and_talked_to() -> None:
    looking = after(SIGN_IN, LEG_UP, READY, OFFER)
    assert (looking.state, looking.attempt_id, looking.campaign_id) == (SeatState.PREVIEW, "a1", 1)
    calling = after(DIAL, seat=looking)
    assert (calling.state, calling.attempt_id) == (SeatState.DIALLING, "a1")
    assert after(RESERVE, JOIN, seat=calling).state is SeatState.TALKING
    free = after(NO_ANSWER, seat=calling)
    assert (free.state, free.attempt_id) == (SeatState.READY, None)


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (PAUSE, SeatState.PAUSED),
        (SIGN_OUT, SeatState.SIGNED_OUT),
        (LEG_GONE, SeatState.CONNECTING),
        (seats.PhoneLost(3, 9.0), SeatState.UNREACHABLE),
    ],
)
def test_whatever_ends_a_look_forgets_the_person(event: seats.SeatEvent, state: SeatState) -> None:
    left = after(SIGN_IN, LEG_UP, READY, OFFER, event)
    assert (left.state, left.attempt_id) == (state, None)


def test_a_pause_asked_for_while_the_person_is_called_waits_for_what_comes_of_it() -> None:
    calling = after(SIGN_IN, LEG_UP, READY, OFFER, DIAL, PAUSE)
    assert calling.state is SeatState.DIALLING
    rested = after(NO_ANSWER, seat=calling)
    assert (rested.state, rested.reason) == (SeatState.PAUSED, "tea")
    assert after(RESERVE, JOIN, TALK_ENDED, WRAPPED, seat=calling).state is SeatState.PAUSED


def test_who_looks_at_somebody_in_a_break_returns_to_the_break() -> None:
    resting = after(SIGN_IN, LEG_UP, READY, PAUSE)
    looking = after(OFFER, seat=resting)
    assert (looking.state, looking.attempt_id) == (SeatState.PREVIEW, "a1")
    talked = (DIAL, RESERVE, JOIN, TALK_ENDED, WRAPPED)
    for course in ((seats.OfferEnded(3, 9.0),), (DIAL, NO_ANSWER), talked):
        rested = after(*course, seat=looking)
        assert (rested.state, rested.reason, rested.attempt_id) == (SeatState.PAUSED, "tea", None)
    assert after(READY, DIAL, NO_ANSWER, seat=looking).state is SeatState.READY


def test_who_only_looks_at_somebody_may_be_given_a_person_who_answered() -> None:
    given = after(SIGN_IN, LEG_UP, READY, OFFER, seats.Reserved(3, "a2", 2, 9.0))
    assert (given.state, given.attempt_id, given.campaign_id) == (SeatState.RESERVED, "a2", 2)


def test_what_a_check_heard_is_kept_until_the_next_one_or_the_end_of_the_sign_in() -> None:
    heard = LineChecked(3, LEG, 3.0, 150, 0, 0.5)
    checked = after(SIGN_IN, LEG_UP, heard)
    assert (checked.state, checked.line) == (SeatState.PAUSED, heard)
    assert after(READY, RESERVE, JOIN, seat=checked).line == heard
    assert after(LineCheckBegins(3, 9.0), seat=checked).line is None
    assert after(SIGN_OUT, seat=checked).line is None
    with pytest.raises(IllegalTransition):
        seats.apply(after(SIGN_IN, LEG_UP, READY), LineCheckBegins(3, 9.0))
