"""Manager events become core events; the few things that need a memory, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    CallRinging,
    Joined,
    OperatorWanted,
    Parted,
    PhoneReachable,
    SeatLegUp,
    TelephonyEvent,
    TrunkReachable,
)
from dialer.errors import InputError
from dialer.telephony.tracking import (
    Bridges,
    asterisk_id,
    dialled,
    is_attempt,
    our_id,
    seat_of_leg,
    seconds,
)
from dialer.telephony.translate import WANTED_EVENTS, Translator

ATTEMPT, OTHER, LEG = "a" + "1" * 24, "a" + "2" * 24, "seat-07-0000beef"


@pytest.fixture
def doubted() -> list[str]:
    return []


@pytest.fixture
def translator(doubted: list[str]) -> Translator:
    return Translator(
        {"seat-07": 7, "seat-07-web": 7},
        {"trunk-carrier": "carrier", "trunk-bsnl": "bsnl"},
        {"sip.example:5060": "bsnl"},
        doubted.append,
    )


def say(translator: Translator, name: str, **fields: str) -> list[TelephonyEvent]:
    return list(translator.events_of(name, fields, 5.0))


def test_ringing_is_told_once_whether_it_rang_or_played_an_announcement(translator: Translator) -> None:
    translator.expect(ATTEMPT)
    assert say(translator, "DialState", DestUniqueid=ATTEMPT, DialStatus="PROGRESS") == [
        CallRinging(ATTEMPT, 5.0)
    ]
    assert say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="5") == []
    assert say(translator, "DialState", DestUniqueid=ATTEMPT, DialStatus="RINGING") == []


def test_only_alerting_counts_as_having_rung(translator: Translator) -> None:
    for attempt, status, rang in ((ATTEMPT, "PROGRESS", False), (OTHER, "RINGING", True)):
        translator.expect(attempt)
        say(translator, "DialState", DestUniqueid=attempt, DialStatus=status)
        ended = say(translator, "Hangup", Uniqueid=attempt, Cause="19", ChannelState="0")
        assert ended == [CallEnded(attempt, 5.0, 19, None, rang)]


def test_an_answer_is_told_once_and_nothing_rings_after_it(translator: Translator) -> None:
    assert say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="6") == [CallAnswered(ATTEMPT, 5.0)]
    assert say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="6") == []
    assert say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="5") == []


@pytest.mark.parametrize("tech_cause", ["486", "SIP 486"])
def test_the_end_carries_cause_and_sip_status(translator: Translator, tech_cause: str) -> None:
    ended = say(translator, "Hangup", Uniqueid=ATTEMPT, Cause="17", TechCause=tech_cause, ChannelState="5")
    assert ended == [CallEnded(ATTEMPT, 5.0, 17, 486, True)]


FAILURE = {"Response": "Failure", "Reason": "0", "Uniqueid": "<unknown>"}


def test_a_failed_order_of_which_no_channel_was_heard_was_never_placed(
    translator: Translator, doubted: list[str]
) -> None:
    translator.expect(ATTEMPT)
    assert say(translator, "OriginateResponse", ActionID=ATTEMPT, **FAILURE) == []
    assert doubted == [ATTEMPT]
    assert translator.settle(ATTEMPT, 6.0) == (CallNotPlaced(ATTEMPT, 6.0, 0),)
    assert translator.settle(ATTEMPT, 7.0) == ()


@pytest.mark.parametrize("hangup_first", [True, False])
def test_a_failed_order_whose_channel_hangs_up_is_told_by_the_hang_up_alone(
    translator: Translator, hangup_first: bool
) -> None:
    translator.expect(ATTEMPT)
    both = [
        ("Hangup", {"Uniqueid": ATTEMPT, "Cause": "17"}),
        ("OriginateResponse", {"ActionID": ATTEMPT, **FAILURE}),
    ]
    told = [
        event
        for name, fields in both[:: 1 if hangup_first else -1]
        for event in say(translator, name, **fields)
    ]
    assert told == [CallEnded(ATTEMPT, 5.0, 17, None, False)]
    assert translator.settle(ATTEMPT, 6.0) == ()


def test_a_failed_order_of_a_call_that_rang_is_not_doubted(
    translator: Translator, doubted: list[str]
) -> None:
    translator.expect(ATTEMPT)
    say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="5")
    say(translator, "OriginateResponse", ActionID=ATTEMPT, **FAILURE)
    assert doubted == []


def test_a_citizen_and_a_leg_in_one_bridge_are_joined_until_either_leaves(translator: Translator) -> None:
    bridge = {"BridgeUniqueid": "b1", "BridgeTechnology": "simple_bridge"}
    assert say(translator, "BridgeEnter", Uniqueid=ATTEMPT, **bridge) == []
    assert say(translator, "BridgeEnter", Uniqueid=LEG, **bridge) == [Joined(ATTEMPT, 7, LEG, 5.0)]
    assert say(translator, "BridgeLeave", Uniqueid=LEG, **bridge) == [Parted(ATTEMPT, 7, LEG, 5.0)]
    assert say(translator, "BridgeLeave", Uniqueid=ATTEMPT, **bridge) == []


def test_waiting_in_a_holding_bridge_is_no_joining(translator: Translator) -> None:
    holding = {"BridgeUniqueid": "h1", "BridgeTechnology": "holding_bridge"}
    for channel in (ATTEMPT, LEG):
        assert say(translator, "BridgeEnter", Uniqueid=channel, **holding) == []
        assert say(translator, "BridgeLeave", Uniqueid=channel, **holding) == []


def test_strangers_and_two_citizens_in_a_bridge_are_no_talk() -> None:
    bridges = Bridges()
    assert list(bridges.enter("b1", ATTEMPT)) == []
    assert list(bridges.enter("b1", OTHER)) == []
    assert list(bridges.enter("b1", ATTEMPT)) == []
    assert list(bridges.leave("b1", "1795.1")) == []
    assert list(bridges.leave("b2", ATTEMPT)) == []


def test_a_channel_found_alive_is_not_announced_again_but_its_end_is(translator: Translator) -> None:
    translator.adopt(ATTEMPT, "6", "b1")
    translator.adopt(LEG, "6", "b1")
    assert say(translator, "Newstate", Uniqueid=ATTEMPT, ChannelState="6") == []
    assert say(translator, "BridgeLeave", Uniqueid=ATTEMPT, BridgeUniqueid="b1") == [
        Parted(ATTEMPT, 7, LEG, 5.0)
    ]
    assert say(translator, "Hangup", Uniqueid=ATTEMPT, Cause="16") == [
        CallEnded(ATTEMPT, 5.0, 16, None, True)
    ]


def test_a_seat_that_waits_again_after_a_talk_is_not_up_anew(translator: Translator) -> None:
    assert say(translator, "UserEvent", UserEvent="SeatWaiting", Uniqueid=LEG) == [SeatLegUp(7, LEG, 5.0)]
    assert say(translator, "UserEvent", UserEvent="SeatWaiting", Uniqueid=LEG) == []


def test_the_message_to_an_abandoned_person_is_told(translator: Translator) -> None:
    started = say(translator, "UserEvent", UserEvent="AbandonedMessage", Uniqueid=ATTEMPT)
    assert started == [AbandonedMessageStarted(ATTEMPT, 5.0)]
    assert say(translator, "UserEvent", UserEvent="SomethingElse", Uniqueid=ATTEMPT) == []


def contact(translator: Translator, endpoint: str, uri: str, status: str) -> list[TelephonyEvent]:
    return say(translator, "ContactStatus", EndpointName=endpoint, URI=uri, ContactStatus=status)


def test_a_phone_that_registers_anew_before_its_old_contact_goes_stays_reachable(
    translator: Translator,
) -> None:
    assert contact(translator, "seat-07", "sip:old", "Reachable") == [PhoneReachable(7, True, 5.0)]
    assert contact(translator, "seat-07", "sip:new", "Created") == []
    assert contact(translator, "seat-07", "sip:new", "Reachable") == []
    assert contact(translator, "seat-07", "sip:old", "Removed") == []
    assert contact(translator, "seat-07", "sip:new", "Unreachable") == [PhoneReachable(7, False, 5.0)]


def test_a_seat_is_reachable_while_either_of_its_endpoints_is(translator: Translator) -> None:
    contact(translator, "seat-07-web", "sip:web", "Reachable")
    assert contact(translator, "seat-07", "sip:desk", "Reachable") == []
    assert contact(translator, "seat-07-web", "sip:web", "Removed") == []
    assert contact(translator, "seat-07", "sip:desk", "Removed") == [PhoneReachable(7, False, 5.0)]
    assert contact(translator, "stranger", "sip:x", "Reachable") == []


def test_a_phone_that_is_listed_no_more_is_gone(translator: Translator) -> None:
    listed = [("seat-07", "sip:desk", "Reachable"), ("stranger", "sip:x", "Reachable")]
    assert translator.phones(listed, 5.0) == [PhoneReachable(7, True, 5.0)]
    assert translator.phones(listed, 6.0) == []
    assert translator.phones([], 7.0) == [PhoneReachable(7, False, 7.0)]


def test_a_trunk_is_told_by_its_contact_or_its_registration_when_it_changes(translator: Translator) -> None:
    assert contact(translator, "trunk-carrier", "sip:c", "Unreachable") == [
        TrunkReachable("carrier", False, 5.0)
    ]
    assert contact(translator, "trunk-carrier", "sip:c", "Unreachable") == []
    registered = say(translator, "Registry", Domain="sip:sip.example", Status="Registered")
    assert registered == [TrunkReachable("bsnl", True, 5.0)]
    rejected = say(translator, "Registry", Domain="sip:sip.example:5060", Status="Rejected")
    assert rejected == [TrunkReachable("bsnl", False, 5.0)]
    assert say(translator, "Registry", Domain="sip:elsewhere", Status="Registered") == []


def test_a_trunk_that_answers_is_no_way_out_while_it_refuses_our_registration(translator: Translator) -> None:
    def registry(status: str) -> list[TelephonyEvent]:
        return say(translator, "Registry", Domain="sip:sip.example", Status=status)

    assert registry("Registered") == [TrunkReachable("bsnl", True, 5.0)]
    assert registry("Rejected") == [TrunkReachable("bsnl", False, 5.0)]
    assert contact(translator, "trunk-bsnl", "sip:b", "Unreachable") == []
    assert contact(translator, "trunk-bsnl", "sip:b", "Reachable") == []
    assert registry("Registered") == [TrunkReachable("bsnl", True, 5.0)]
    assert contact(translator, "trunk-bsnl", "sip:b", "Unreachable") == [TrunkReachable("bsnl", False, 5.0)]
    assert registry("Registered") == []


def test_another_link_starts_without_memory(translator: Translator) -> None:
    translator.expect(ATTEMPT)
    contact(translator, "seat-07", "sip:x", "Reachable")
    translator.forget_all()
    assert say(translator, "OriginateResponse", ActionID=ATTEMPT, Response="Failure", Reason="0") == []
    assert contact(translator, "seat-07", "sip:x", "Reachable") == [PhoneReachable(7, True, 5.0)]


HEADERS = (
    "Uniqueid DestUniqueid ActionID ChannelState DialStatus Response Cause TechCause BridgeUniqueid "
    "UserEvent EndpointName URI ContactStatus Domain"
).split()
VALUES = [ATTEMPT, OTHER, LEG, *"5 6 RINGING Failure SeatWaiting b1 seat-07 Reachable दुर्ग".split(), ""]
MANAGER_EVENT = st.tuples(
    st.sampled_from([*sorted(WANTED_EVENTS), "Unknown"]),
    st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(VALUES)),
)


@given(st.lists(MANAGER_EVENT, max_size=30))
def test_no_event_however_odd_raises_and_joins_and_partings_alternate(
    events: list[tuple[str, dict[str, str]]],
) -> None:
    translator = Translator({"seat-07": 7}, {}, {}, lambda channel_id: None)
    joined: set[tuple[str, str]] = set()
    for name, fields in events:
        for event in translator.events_of(name, fields, 1.0):
            if isinstance(event, Joined):
                joined.add((event.attempt_id, event.leg_id))
            if isinstance(event, Parted):
                assert (event.attempt_id, event.leg_id) in joined


@pytest.mark.parametrize(
    ("pattern", "number"),
    [("{digits}", "917000000000"), ("{e164}", "+917000000000"), ("0{national}", "07000000000")],
)
def test_a_number_is_dialled_as_the_trunk_wants_it(pattern: str, number: str) -> None:
    assert dialled("+917000000000", pattern) == number


def test_a_foreign_number_has_no_national_form_here() -> None:
    with pytest.raises(InputError, match="national"):
        dialled("+9779800000000", "{national}")


def test_channel_ids_say_whose_they_are() -> None:
    assert is_attempt(ATTEMPT) and not is_attempt(ATTEMPT + ";2") and not is_attempt(LEG)
    assert seat_of_leg(LEG) == 7 and seat_of_leg("seat-07") is None and seat_of_leg(ATTEMPT) is None
    assert seat_of_leg("seat-107-0000beef") == 107 and seat_of_leg("seat-1-0000beef") is None


@pytest.mark.parametrize("chosen", ["sampark-1795500000.7", "sampark-999999999.0", "sampark-4102444800.9999"])
def test_a_channel_whose_id_asterisk_chose_is_named_like_an_attempt_and_found_again(chosen: str) -> None:
    assert is_attempt(our_id(chosen)) and asterisk_id(our_id(chosen)) == chosen


def test_other_channels_keep_their_name() -> None:
    for channel_id in (ATTEMPT, LEG, "", "1795500000.7", "sampark-1795500000.7;2", "carrier-1795500000.7"):
        assert our_id(channel_id) == asterisk_id(channel_id) == channel_id


def test_a_call_to_us_is_joined_and_ends_like_any(translator: Translator) -> None:
    chosen, called_in = "sampark-1795500000.7", our_id("sampark-1795500000.7")
    bridge = {"BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"}
    wanted = say(translator, "UserEvent", Uniqueid=chosen, UserEvent="OperatorWanted", Campaign="")
    assert wanted == [OperatorWanted(called_in, 5.0)]
    say(translator, "BridgeEnter", Uniqueid=LEG, **bridge)
    assert say(translator, "BridgeEnter", Uniqueid=chosen, **bridge) == [Joined(called_in, 7, LEG, 5.0)]
    assert say(translator, "BridgeLeave", Uniqueid=chosen, **bridge) == [Parted(called_in, 7, LEG, 5.0)]
    (ended,) = say(translator, "Hangup", Uniqueid=chosen, Cause="16", ChannelState="6")
    assert ended == CallEnded(called_in, 5.0, 16)


def test_durations_are_seconds() -> None:
    assert seconds("01:02:03") == 3723.0
    assert seconds("") == 0.0
