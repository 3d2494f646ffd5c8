"""Asterisk's manager events -> core events. Pure: the time of an event is an argument, nothing is awaited.

One event of Asterisk rarely says all: whether an order ever got a channel, whether the phone rang before
it was cut off, who shares a bridge. ``Translator`` keeps just that, for calls of ours that live now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    CallRinging,
    Held,
    Joined,
    LineChecked,
    OperatorMissed,
    OperatorWanted,
    Parted,
    PhoneReachable,
    SeatLegEnded,
    SeatLegUp,
    TelephonyEvent,
    TrunkReachable,
)
from dialer.telephony.tracking import Bridges, Contacts, is_attempt, our_id, seat_of_leg

Fields = Mapping[str, str]
"""The headers of one manager event by name, as Asterisk spells them."""

SUBSCRIBER_ABSENT = 20
"""Q.850 cause given to a seat's leg for which Asterisk could make no channel: its phone is not there."""

WANTED_EVENTS = frozenset(
    {
        "Newstate",
        "DialState",
        "Hangup",
        "OriginateResponse",
        "BridgeEnter",
        "BridgeLeave",
        "UserEvent",
        "ContactStatus",
        "Registry",
    }
)
"""The manager events that mean something here; Asterisk need not send others, but for FullyBooted."""

_RINGING, _UP = "5", "6"
_NOTHING: tuple[TelephonyEvent, ...] = ()


@dataclass(slots=True)
class _Call:
    """What is known of a channel of ours while it lives."""

    has_channel: bool = False
    rang: bool = False
    told_ringing: bool = False
    told_up: bool = False
    failed_reason: int | None = None


class Translator:
    """Manager events in, core events out, in the same order.

    ``seat_of``: PJSIP endpoint -> seat (a seat may have several endpoints). ``trunk_of``: PJSIP endpoint ->
    trunk name. ``registrar_of``: ``host:port`` of a registrar -> name of the trunk that signs in there.
    ``doubt`` is told a channel id whose order failed while nothing was heard of a channel: busy and the like
    end in a ``Hangup`` within milliseconds, an order without an endpoint in nothing. ``settle`` decides.
    """

    def __init__(
        self,
        seat_of: Mapping[str, int],
        trunk_of: Mapping[str, str],
        registrar_of: Mapping[str, str],
        doubt: Callable[[str], None],
    ) -> None:
        self._seat_of = seat_of
        self._endpoints_of: dict[int, list[str]] = {}
        for endpoint, seat in seat_of.items():
            self._endpoints_of.setdefault(seat, []).append(endpoint)
        self._trunk_of = trunk_of
        self._registrar_of = registrar_of
        self._doubt = doubt
        self._reachable: dict[str | int, bool] = {}
        self._signs: dict[str, dict[str, bool]] = {}
        self._translators: dict[str, Callable[[Fields, float], Sequence[TelephonyEvent]]] = {
            "Newstate": self._new_state,
            "DialState": self._dial_state,
            "Hangup": self._hangup,
            "OriginateResponse": self._originate_response,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "UserEvent": self._user_event,
            "ContactStatus": self._contact_status,
            "Registry": self._registry,
        }
        self.forget_all()

    def forget_all(self) -> None:
        """Another link: what was known of calls, bridges and contacts may be out of date."""
        self._calls: dict[str, _Call] = {}
        self._bridges = Bridges()
        self.contacts = Contacts()
        self._reachable.clear()
        self._signs.clear()

    def expect(self, channel_id: str) -> None:
        """A channel with this id is about to be ordered."""
        self._calls[channel_id] = _Call()

    def forget(self, channel_id: str) -> None:
        """The order was refused: no channel will come of it."""
        self._calls.pop(channel_id, None)

    def adopt(self, channel_id: str, state: str, bridge_id: str) -> None:
        """Take on a channel found alive with this ChannelState, as if its events so far had been seen.

        ``bridge_id``: of the bridge where it talks, else empty.
        """
        rang, up = state in (_RINGING, _UP), state == _UP
        self._calls.setdefault(channel_id, _Call(rang=rang, told_ringing=rang, told_up=up)).has_channel = True
        if bridge_id:
            self._bridges.enter(bridge_id, channel_id)

    def events_of(self, name: str, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        """The core events of one manager event: none, one, or a few. A missing header reads as empty."""
        translator = self._translators.get(name)
        return translator(fields, at) if translator else _NOTHING

    def _new_state(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        channel_id, state = _channel(fields), fields.get("ChannelState", "")
        if state == _RINGING and is_attempt(channel_id):
            return self._ringing(channel_id, at, alerted=True)
        if state == _UP and is_attempt(channel_id):
            return self._answered(channel_id, at)
        return _NOTHING

    def _dial_state(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        channel_id, status = fields.get("DestUniqueid", ""), fields.get("DialStatus", "")
        if status in ("RINGING", "PROGRESS") and channel_id in self._calls and is_attempt(channel_id):
            return self._ringing(channel_id, at, alerted=status == "RINGING")
        return _NOTHING

    def _ringing(self, channel_id: str, at: float, alerted: bool) -> Sequence[TelephonyEvent]:
        call = self._living(channel_id)
        call.rang = call.rang or alerted
        if call.told_ringing or call.told_up:
            return _NOTHING
        call.told_ringing = True
        return (CallRinging(channel_id, at),)

    def _living(self, channel_id: str) -> _Call:
        call = self._calls.setdefault(channel_id, _Call())
        call.has_channel = True
        return call

    def _answered(self, channel_id: str, at: float) -> Sequence[TelephonyEvent]:
        call = self._living(channel_id)
        if call.told_up:
            return _NOTHING
        call.rang = call.told_up = True
        return (CallAnswered(channel_id, at),)

    def _hangup(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        channel_id = _channel(fields)
        cause = _number(fields.get("Cause", "")) or 0
        if is_attempt(channel_id):
            call = self._calls.pop(channel_id, None)
            rang = call.rang if call else fields.get("ChannelState") in (_RINGING, _UP)
            return (CallEnded(channel_id, at, cause, _number(fields.get("TechCause", "")), rang),)
        seat = seat_of_leg(channel_id)
        if seat is None:
            return _NOTHING
        self._calls.pop(channel_id, None)
        return (SeatLegEnded(seat, channel_id, at, cause),)

    def _originate_response(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        """A failed order: of one that had a channel ``Hangup`` tells, now or soon, with the true cause.

        The id is the ActionID: without a channel ``Uniqueid`` is ``<unknown>`` in some versions.
        """
        channel_id = fields.get("ActionID", "")
        call = self._calls.get(channel_id)
        if call is not None and not call.has_channel and fields.get("Response") == "Failure":
            call.failed_reason = _number(fields.get("Reason", "")) or 0
            self._doubt(channel_id)
        return _NOTHING

    def settle(self, channel_id: str, at: float) -> Sequence[TelephonyEvent]:
        """A while after ``doubt`` was told: if no channel of this id was heard of, there never was one."""
        call = self._calls.get(channel_id)
        if call is None or call.has_channel or call.failed_reason is None:
            return _NOTHING
        del self._calls[channel_id]
        seat = seat_of_leg(channel_id)
        if seat is not None:
            return (SeatLegEnded(seat, channel_id, at, SUBSCRIBER_ABSENT),)
        return (CallNotPlaced(channel_id, at, call.failed_reason),)

    def _bridge_enter(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        channel_id = _channel(fields)
        if fields.get("BridgeTechnology") == "holding_bridge" or not _is_ours(channel_id):
            return _NOTHING
        pairs = self._bridges.enter(fields.get("BridgeUniqueid", ""), channel_id)
        return [Joined(attempt, seat_of_leg(leg) or 0, leg, at) for attempt, leg in pairs]

    def _bridge_leave(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        pairs = self._bridges.leave(fields.get("BridgeUniqueid", ""), _channel(fields))
        return [Parted(attempt, seat_of_leg(leg) or 0, leg, at) for attempt, leg in pairs]

    def _user_event(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        kind, channel_id = fields.get("UserEvent", ""), _channel(fields)
        if is_attempt(channel_id):
            return self._of_citizen(kind, channel_id, fields, at)
        seat = seat_of_leg(channel_id)
        if kind == "LineChecked" and seat is not None:
            return (_line_checked(seat, channel_id, fields, at),)
        if kind != "SeatWaiting" or seat is None:
            return _NOTHING
        call = self._living(channel_id)
        if call.told_up:
            return _NOTHING
        call.told_up = True
        return (SeatLegUp(seat, channel_id, at),)

    def _of_citizen(self, kind: str, channel_id: str, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        match kind:
            case "AbandonedMessage":
                return (AbandonedMessageStarted(channel_id, at),)
            case "OperatorWanted":
                return (OperatorWanted(channel_id, at, fields.get("Campaign", "")),)
            case "OnHold":
                return (Held(channel_id, at),)
            case "OperatorMissed":
                return (OperatorMissed(channel_id, at),)
        return _NOTHING

    def _contact_status(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        endpoint = fields.get("EndpointName") or fields.get("AOR", "")
        return self.contact(endpoint, fields.get("URI", ""), fields.get("ContactStatus", ""), at)

    def contact(self, endpoint: str, uri: str, status: str, at: float) -> Sequence[TelephonyEvent]:
        """One contact's status, from an event or from a list; speaks when its seat or trunk changes."""
        if not self.contacts.update(endpoint, uri, status):
            return _NOTHING
        if trunk := self._trunk_of.get(endpoint):
            return self.trunk(trunk, self.contacts.is_reachable(endpoint), at)
        seat = self._seat_of.get(endpoint)
        if seat is None:
            return _NOTHING
        reachable = any(map(self.contacts.is_reachable, self._endpoints_of[seat]))
        if self._reachable.get(seat) == reachable:
            return _NOTHING
        self._reachable[seat] = reachable
        return (PhoneReachable(seat, reachable, at),)

    def phones(self, listed: Sequence[tuple[str, str, str]], at: float) -> Sequence[TelephonyEvent]:
        """Every phone's contact there is, as (endpoint, URI, status): those not listed are gone."""
        here = {(endpoint, uri) for endpoint, uri, _ in listed}
        gone = [
            (endpoint, uri, "Removed")
            for endpoint in self._seat_of
            for uri in self.contacts.present(endpoint)
            if (endpoint, uri) not in here
        ]
        return [event for entry in (*listed, *gone) for event in self.contact(*entry, at)]

    def _registry(self, fields: Fields, at: float) -> Sequence[TelephonyEvent]:
        registrar = fields.get("Domain", "").removeprefix("sip:").partition(";")[0]
        trunk = self._registrar_of.get(registrar) or self._registrar_of.get(f"{registrar}:5060")
        registered = fields.get("Status") == "Registered"
        return self.trunk(trunk, registered, at, "registration") if trunk else _NOTHING

    def trunk(
        self, trunk: str, good: bool, at: float, sign: Literal["contact", "registration"] = "contact"
    ) -> Sequence[TelephonyEvent]:
        """One sign of a trunk: all that are known must be good; speaks when that changes."""
        signs = self._signs.setdefault(trunk, {})
        signs[sign] = good
        reachable = all(signs.values())
        if self._reachable.get(trunk) == reachable:
            return _NOTHING
        self._reachable[trunk] = reachable
        return (TrunkReachable(trunk, reachable, at),)


def _channel(fields: Fields) -> str:
    return our_id(fields.get("Uniqueid", ""))


def _is_ours(channel_id: str) -> bool:
    return is_attempt(channel_id) or seat_of_leg(channel_id) is not None


def _line_checked(seat: int, leg_id: str, fields: Fields, at: float) -> LineChecked:
    received, lost = (_number(fields.get(name, "")) or 0 for name in ("Received", "Lost"))
    try:
        jitter_ms = float(fields.get("Jitter", "")) * 1000
    except ValueError:
        jitter_ms = 0.0
    return LineChecked(seat, leg_id, at, received, lost, jitter_ms)


def _number(text: str) -> int | None:
    """The digits at the end of ``"486"`` or ``"SIP 486"``; None when there are none."""
    match = re.search(r"(\d+)\s*$", text)
    return int(match[1]) if match else None
