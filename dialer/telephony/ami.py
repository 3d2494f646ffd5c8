"""Real Asterisk behind the telephony port: commands as manager actions, manager events as core events."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence

from dialer.core.channels import LiveChannel, OutgoingCall, Place
from dialer.core.seats import MOST_SEATS
from dialer.core.telephony_events import LinkLost, LinkUp, TelephonyEvent
from dialer.errors import LinkDown, SamparkError, TelephonyError
from dialer.settings.trunks import Trunk
from dialer.telephony.ami_link import AmiLink, LinkTiming, ManagerUser
from dialer.telephony.browser_phones import BrowserPhones
from dialer.telephony.port import EventSink, browser_endpoint
from dialer.telephony.tracking import asterisk_id, dialled, is_attempt, our_id, seat_of_leg, seconds
from dialer.telephony.translate import WANTED_EVENTS, Translator

log = logging.getLogger(__name__)

SEATS = range(1, MOST_SEATS + 1)
"""Seats an endpoint name can stand for; the office's number of seats may be smaller."""

_AUTO_ANSWER = r"PJSIP_HEADER(add,Call-Info)=<sip:sampark>\;answer-after=0"
"""Tells the seat's phone to pick up at once; the semicolon is escaped for Asterisk's variable parser."""

_AT_ONCE = {"Exten": "s", "Priority": "1", "Async": "true"}
"""Begins where the context begins, and is answered before the phone rings."""
_NORMAL_CLEARING = "16"
_DIGIT_S, _DIGIT_PAUSE_S = 0.12, 0.08
"""How long a key sounds, and the silence before the next: what every exchange understands."""
_DOUBT_S = 0.5
"""A failed order's Hangup comes within milliseconds of its failure, in either order."""


def seat_endpoints(seat: int) -> tuple[str, ...]:
    """The PJSIP endpoints of a seat: the browser before the desk phone."""
    return (browser_endpoint(seat), f"seat-{seat:02d}")


class AmiTelephony:
    """``Telephony`` over one manager link; see the port for what each method promises.

    ``host``, ``port``, ``username``, ``secret``: Asterisk's manager. ``trunks``: by name, as configured.
    ``endpoints_of_seat``: PJSIP endpoints of a seat, the preferred first; the first reachable one is rung.
    ``clock`` gives UTC epoch seconds for what Asterisk does not time itself.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        trunks: Mapping[str, Trunk],
        endpoints_of_seat: Callable[[int], Sequence[str]] = seat_endpoints,
        clock: Callable[[], float] = time.time,
        timing: LinkTiming | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._trunks = trunks
        self._endpoints_of_seat = endpoints_of_seat
        self._clock = clock
        self._sink: EventSink = _no_sink
        self._trunk_report: asyncio.Task[None] | None = None
        self._must_adopt = True
        self._translator = Translator(
            seat_of={endpoint: seat for seat in SEATS for endpoint in endpoints_of_seat(seat)},
            trunk_of={f"trunk-{name}": name for name in trunks},
            registrar_of={f"{trunk.host}:{trunk.port}": name for name, trunk in trunks.items()},
            doubt=self._doubt,
        )
        user = ManagerUser(host, port, username, secret)
        self._link = AmiLink(
            user, WANTED_EVENTS, self._on_event, self._on_up, self._on_lost, timing=timing, jitter=jitter
        )
        self.browser_phones = BrowserPhones(self._link, self.reachable_seats)

    async def start(self, sink: EventSink) -> None:
        """See the port; ``LinkRefused`` when Asterisk does not accept the manager user."""
        self._sink = sink
        await self._link.start()

    async def aclose(self) -> None:
        """See the port. Nothing is told to the sink after this."""
        self._sink = _no_sink
        if self._trunk_report is not None:
            self._trunk_report.cancel()
        await self._link.aclose()

    async def originate(self, calls: Sequence[OutgoingCall]) -> Mapping[str, SamparkError]:
        """See the port. ``InputError`` of one whose number or text cannot be sent; it was not sent then."""
        orders: dict[str, Mapping[str, str | Sequence[str]]] = {}
        faults: dict[str, SamparkError] = {}
        for call in calls:
            try:
                orders[call.attempt_id] = self._order_of(call)
            except SamparkError as fault:
                faults[call.attempt_id] = fault
        return {**faults, **await self._send(orders)}

    def _order_of(self, call: OutgoingCall) -> Mapping[str, str | Sequence[str]]:
        trunk = self._trunks.get(call.trunk)
        if trunk is None:
            raise TelephonyError(f"no trunk is named {call.trunk!r}; name it in config.yaml")
        variables = [
            f"SAMPARK_ATTEMPT={call.attempt_id}",
            f"SAMPARK_CAMPAIGN={call.campaign_id}",
            f"CHANNEL(language)={call.language}",
        ]
        if call.survey:
            variables.append(f"SAMPARK_SURVEY={call.survey}")
        return {
            "Channel": f"PJSIP/{dialled(call.phone, trunk.dial_pattern)}@trunk-{call.trunk}",
            "Context": call.place.value,
            "Timeout": str(round(call.ring_s * 1000)),
            "CallerID": f"<{call.caller_id}>",
            "Variable": variables,
        }

    async def call_seat(self, seat: int, leg_id: str, ring_s: float) -> None:
        """See the port."""
        endpoints = self._endpoints_of_seat(seat)
        reachable = (name for name in endpoints if self._translator.contacts.is_reachable(name))
        order = {
            "Channel": f"PJSIP/{next(reachable, endpoints[-1])}",
            "Context": "seat",
            "Timeout": str(round(ring_s * 1000)),
            "CallerID": '"Sampark" <sampark>',
            "Variable": [f"SAMPARK_SEAT={seat:02d}", _AUTO_ANSWER],
        }
        for fault in (await self._send({leg_id: order})).values():
            raise fault

    async def _send(
        self, orders: Mapping[str, Mapping[str, str | Sequence[str]]]
    ) -> Mapping[str, SamparkError]:
        """Originates whose channel ids and action ids are ours, so that every event can be matched."""
        actions = {}
        for channel_id, order in orders.items():
            self._translator.expect(channel_id)
            actions[channel_id] = {**order, "ChannelId": channel_id, **_AT_ONCE}
        faults = await self._link.act_each("Originate", actions)
        for channel_id in faults:
            self._translator.forget(channel_id)
        return faults

    async def join(self, attempt_id: str, leg_id: str) -> None:
        """See the port; ``TelephonyError`` when either is gone. The beep sounds on phones without a desk."""
        both = {"Channel1": asterisk_id(attempt_id), "Channel2": leg_id}
        await self._link.act("Bridge", {**both, "Tone": "Channel2"})

    async def hang_up(self, channel_id: str) -> None:
        """See the port."""
        try:
            await self._link.act("Hangup", {"Channel": asterisk_id(channel_id), "Cause": _NORMAL_CLEARING})
        except LinkDown:
            raise
        except TelephonyError as fault:
            if "No such channel" not in str(fault):
                raise

    async def send_to(self, channel_id: str, place: Place) -> None:
        """See the port; ``TelephonyError`` when the channel is gone."""
        where = {"Context": place.value, "Exten": "s", "Priority": "1"}
        await self._link.act("Redirect", {"Channel": asterisk_id(channel_id), **where})

    async def gather(self, attempt_id: str, leg_id: str) -> None:
        """See the port; ``TelephonyError`` when the citizen is gone."""
        who = {"Channel": asterisk_id(attempt_id), "Variable": "SAMPARK_WITH", "Value": leg_id}
        await self._link.act("Setvar", who)
        await self.send_to(attempt_id, Place.THREE_WAY)

    async def send_digits(self, channel_id: str, digits: str) -> None:
        """See the port; ``TelephonyError`` when the channel is gone."""
        for place, digit in enumerate(digits):
            if place:
                await asyncio.sleep(_DIGIT_S + _DIGIT_PAUSE_S)
            duration = str(round(_DIGIT_S * 1000))
            key = {"Channel": asterisk_id(channel_id), "Digit": digit, "Duration": duration}
            await self._link.act("PlayDTMF", key)

    async def packets_from(self, channel_id: str) -> int:
        """See the port; ``TelephonyError`` when the channel is gone."""
        count = {"Channel": asterisk_id(channel_id), "Variable": "CHANNEL(rtcp,rxcount)"}
        told = (await self._link.act("Getvar", count)).get("Value", "")
        if not told.isdigit():
            raise TelephonyError(f"Asterisk does not count the sound of {channel_id}: {told!r}")
        return int(told)

    async def live_channels(self) -> Sequence[LiveChannel]:
        """See the port. The age of a channel that was joined counts from the joining."""
        listed = await self._link.ask_list("CoreShowChannels", {})
        named = [{**row, "Uniqueid": our_id(row.get("Uniqueid", ""))} for row in listed]
        rows = [row for row in named if is_attempt(row["Uniqueid"]) or seat_of_leg(row["Uniqueid"])]
        channels = [self._live_channel(row, rows) for row in rows]
        self._must_adopt = False
        return channels

    def _live_channel(self, row: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> LiveChannel:
        channel_id, bridge_id = row["Uniqueid"], row.get("BridgeId", "")
        state = row.get("ChannelState", "")
        partners = [
            other["Uniqueid"]
            for other in rows
            if bridge_id
            and other.get("BridgeId") == bridge_id
            and is_attempt(other["Uniqueid"]) != is_attempt(channel_id)
        ]
        if self._must_adopt:
            self._translator.adopt(channel_id, state, bridge_id if partners else "")
        return LiveChannel(
            channel_id,
            state == "6",
            partners[0] if partners else None,
            seconds(row.get("Duration", "")),
            row.get("Context", ""),
        )

    async def reachable_seats(self) -> frozenset[int]:
        """See the port."""
        rows = await self._link.contacts()
        listed = [(row.get("Endpoint", ""), row.get("Uri", ""), row.get("Status", "")) for row in rows]
        self._tell(self._translator.phones(listed, self._clock()))
        is_reachable = self._translator.contacts.is_reachable
        return frozenset(
            seat for seat in SEATS if any(is_reachable(name) for name in self._endpoints_of_seat(seat))
        )

    def _doubt(self, channel_id: str) -> None:
        asyncio.get_running_loop().call_later(_DOUBT_S, self._settle, channel_id)

    def _settle(self, channel_id: str) -> None:
        self._tell(self._translator.settle(channel_id, self._clock()))

    def _on_event(self, name: str, fields: Mapping[str, str]) -> None:
        stamp = fields.get("Timestamp")
        at = float(stamp) if stamp else self._clock()
        self._tell(self._translator.events_of(name, fields, at))

    def _tell(self, events: Sequence[TelephonyEvent]) -> None:
        for event in events:
            self._sink(event)

    def _on_up(self, restarted: bool) -> None:
        self._translator.forget_all()
        self._must_adopt = True
        self._sink(LinkUp(self._clock(), restarted))
        self._trunk_report = asyncio.create_task(self._report_trunks(), name="trunk-report")

    def _on_lost(self, why: str) -> None:
        self._sink(LinkLost(self._clock(), why))

    async def _report_trunks(self) -> None:
        """Tell what state the trunks are in: events come only when it changes."""
        try:
            for name in self._trunks:
                await self._report_trunk(name)
            if any(trunk.kind == "register" for trunk in self._trunks.values()):
                for row in await self._link.ask_list("PJSIPShowRegistrationsOutbound", {}):
                    state = {"Domain": row.get("ServerUri", ""), "Status": row.get("Status", "")}
                    self._tell(self._translator.events_of("Registry", state, self._clock()))
        except TelephonyError as fault:
            log.warning("the state of the trunks is unknown: %s", fault)

    async def _report_trunk(self, name: str) -> None:
        try:
            rows = await self._link.ask_list("PJSIPShowEndpoint", {"Endpoint": f"trunk-{name}"})
        except LinkDown:
            raise
        except TelephonyError as fault:
            log.error("trunk %s is not in Asterisk; run `dialer asterisk conf`: %s", name, fault)
            self._tell(self._translator.trunk(name, False, self._clock()))
            return
        for row in rows:
            if row.get("Event") == "ContactStatusDetail":
                contact = row.get("URI", ""), row.get("Status", "")
                self._tell(self._translator.contact(f"trunk-{name}", *contact, self._clock()))


def _no_sink(event: TelephonyEvent) -> None:
    """Before the start and after the end nobody listens."""
