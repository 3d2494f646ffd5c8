"""Each command of the telephony port as the manager action it becomes, and the answers it understands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from dialer.core.channels import LiveChannel, Place
from dialer.core.telephony_events import Joined, Parted, PhoneReachable, SeatLegEnded, TrunkReachable
from dialer.errors import InputError, TelephonyError
from dialer.settings.trunks import Trunk
from dialer.telephony.ami import AmiTelephony
from tests.integration.ami_world import ATTEMPT, LEG, Told, a_call, linked, until
from tests.integration.fake_ami import FakeAmi, fake_ami
from tests.originating import originate

CHANNEL_ROW = (
    "Event: CoreShowChannel\r\nUniqueid: {id}\r\nChannelState: {state}\r\nContext: {context}\r\n"
    "Duration: {duration}\r\nBridgeId: {bridge}"
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with fake_ami() as running:
        yield running


def rows(*events: str, complete: str = "CoreShowChannelsComplete") -> str:
    return "\r\n\r\n".join(
        ["Response: Success\r\nEventList: start\r\nMessage: will follow", *events,
         f"Event: {complete}\r\nEventList: Complete\r\nListItems: {len(events)}"]
    )  # fmt: skip


async def test_an_order_carries_all_that_asterisk_and_the_dialplan_need(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, _):
        await originate(telephony, replace(a_call(), survey="schemes", place=Place.SURVEY))
    (order,) = fake.named("Originate")
    assert order == {
        "Action": ["Originate"],
        "ActionID": [ATTEMPT],
        "ChannelId": [ATTEMPT],
        "Async": ["true"],
        "Channel": ["PJSIP/919000000011@trunk-carrier"],
        "Context": ["answered-survey"],
        "Exten": ["s"],
        "Priority": ["1"],
        "Timeout": ["30000"],
        "CallerID": ["<+917880000000>"],
        "Variable": [
            f"SAMPARK_ATTEMPT={ATTEMPT}",
            "SAMPARK_CAMPAIGN=3",
            "CHANNEL(language)=hi",
            "SAMPARK_SURVEY=schemes",
        ],
    }


@pytest.mark.parametrize("phone", ["9000000011", "+91900x", "+9190000&PJSIP/evil", "", "+0123456789"])
async def test_what_is_no_number_never_reaches_a_dial_string(fake: FakeAmi, phone: str) -> None:
    async with linked(fake) as (telephony, _):
        with pytest.raises(InputError) as fault:
            await originate(telephony, a_call(phone=phone))
    assert phone == "" or phone not in str(fault.value)
    assert fake.named("Originate") == []


async def test_an_unknown_trunk_is_refused_without_asking_asterisk(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, _):
        with pytest.raises(TelephonyError, match="elsewhere"):
            await originate(telephony, replace(a_call(), trunk="elsewhere"))
    assert fake.named("Originate") == []


async def test_a_seat_is_rung_in_its_browser_or_else_on_its_desk_phone(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, told):
        await telephony.call_seat(7, LEG, 20.0)
        fake.event("ContactStatus", URI="sip:x", ContactStatus="Reachable", EndpointName="seat-07-web")
        await until(lambda: told.of(PhoneReachable) != [])
        await telephony.call_seat(7, "seat-07-0000cafe", 20.0)
    first, second = fake.named("Originate")
    assert (first["Channel"], second["Channel"]) == (["PJSIP/seat-07"], ["PJSIP/seat-07-web"])
    assert first["ChannelId"] == first["ActionID"] == [LEG]
    assert first["Context"] == ["seat"]
    assert r"PJSIP_HEADER(add,Call-Info)=<sip:sampark>\;answer-after=0" in first["Variable"]


async def test_a_seat_whose_phone_is_not_there_ends_its_leg(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, told):
        await telephony.call_seat(7, LEG, 20.0)
        fake.event("OriginateResponse", ActionID=LEG, Response="Failure", Reason="0", Uniqueid=LEG)
        await until(lambda: told.of(SeatLegEnded) != [])
        ended = told.of(SeatLegEnded)[0]
        assert isinstance(ended, SeatLegEnded)
        assert (ended.seat, ended.leg_id, ended.cause) == (7, LEG, 20)


async def test_joining_sending_and_hanging_up_name_channels_by_their_ids(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, _):
        await telephony.join(ATTEMPT, LEG)
        await telephony.send_to(ATTEMPT, Place.APOLOGY)
        await telephony.hang_up(ATTEMPT)
    (bridge,), (redirect,), (hangup,) = map(fake.named, ("Bridge", "Redirect", "Hangup"))
    assert (bridge["Channel1"], bridge["Channel2"], bridge["Tone"]) == ([ATTEMPT], [LEG], ["Channel2"])
    assert (redirect["Channel"], redirect["Context"]) == ([ATTEMPT], ["apology"])
    assert (hangup["Channel"], hangup["Cause"]) == ([ATTEMPT], ["16"])


async def test_hanging_up_what_is_gone_is_no_error_but_any_other_refusal_is(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, _):
        fake.answers["Hangup"] = lambda action: "Response: Error\r\nMessage: No such channel"
        await telephony.hang_up(ATTEMPT)
        fake.answers["Hangup"] = lambda action: "Response: Error\r\nMessage: Permission denied"
        with pytest.raises(TelephonyError, match="Permission denied"):
            await telephony.hang_up(ATTEMPT)


async def test_living_channels_are_told_with_their_partners_and_without_strangers(fake: FakeAmi) -> None:
    talking = {"state": 6, "bridge": "b1"}
    fake.answers["CoreShowChannels"] = lambda action: rows(
        CHANNEL_ROW.format(id=ATTEMPT, context="answered-operators", duration="00:01:05", **talking),
        CHANNEL_ROW.format(id=LEG, state=6, context="seat", duration="01:00:00", bridge="b1"),
        CHANNEL_ROW.format(id="a" + "3" * 24, state=5, context="inbound", duration="00:00:07", bridge=""),
        CHANNEL_ROW.format(id="seat-08-0000beef", state=6, context="seat", duration="00:00:01", bridge="h1"),
        CHANNEL_ROW.format(id="1795486291.17", state=6, context="inbound", duration="00:00:01", bridge=""),
    )
    async with linked(fake) as (telephony, told):
        assert await telephony.live_channels() == [
            LiveChannel(ATTEMPT, True, LEG, 65.0, "answered-operators"),
            LiveChannel(LEG, True, ATTEMPT, 3600.0, "seat"),
            LiveChannel("a" + "3" * 24, False, None, 7.0, "inbound"),
            LiveChannel("seat-08-0000beef", True, None, 1.0, "seat"),
        ]
        fake.event("BridgeLeave", BridgeUniqueid="b1", Uniqueid=ATTEMPT)
        await until(lambda: told.of(Parted) != [])
        assert told.of(Joined) == []


async def test_reachable_seats_are_those_with_a_contact_that_answers(fake: FakeAmi) -> None:
    contact = "Event: ContactList\r\nEndpoint: {}\r\nUri: sip:{}\r\nStatus: {}"
    fake.answers["PJSIPShowContacts"] = lambda action: rows(
        contact.format("seat-01", "a", "Reachable"),
        contact.format("seat-02", "b", "Unreachable"),
        contact.format("seat-03-web", "c", "NonQualified"),
        contact.format("someone", "d", "Reachable"),
        complete="ContactListComplete",
    )
    async with linked(fake) as (telephony, _):
        assert await telephony.reachable_seats() == frozenset({1, 3})


async def test_a_trunk_that_signs_in_is_reachable_while_its_registration_holds(fake: FakeAmi) -> None:
    trunk = Trunk.model_construct(
        name="bsnl", kind="register", host="sip.example", port=5060, caller_id="+917880000000"
    )
    fake.answers["PJSIPShowRegistrationsOutbound"] = lambda action: rows(
        "Event: OutboundRegistrationDetail\r\nServerUri: sip:sip.example:5060\r\nStatus: Registered",
        complete="OutboundRegistrationDetailComplete",
    )
    telephony, told = AmiTelephony("127.0.0.1", fake.port, "sampark", "right", {"bsnl": trunk}), Told()
    await telephony.start(told)
    await until(lambda: len(told.of(TrunkReachable)) == 1)
    fake.event("Registry", ChannelType="PJSIP", Domain="sip:sip.example:5060", Status="Rejected")
    await until(lambda: len(told.of(TrunkReachable)) == 2)
    await telephony.aclose()
    assert [getattr(event, "reachable", None) for event in told.of(TrunkReachable)] == [True, False]
