"""What real Asterisk said in each situation, replayed: see ``tests/fixtures/ami/record.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.core.telephony_events import TelephonyEvent
from dialer.telephony.ami_wire import parse_event
from dialer.telephony.translate import Translator

RECORDINGS = Path(__file__).parents[1] / "fixtures/ami"


def replay(name: str) -> list[TelephonyEvent]:
    """The core events of a recording's calls; what was ordered in it is expected, as it was then."""
    messages = [
        parse_event(raw) for raw in (RECORDINGS / f"{name}.txt").read_bytes().split(b"\r\n\r\n") if raw
    ]
    doubted: list[str] = []
    translator = Translator({"seat-01": 1}, {}, {}, doubted.append)
    for fields in messages:
        if fields.get("Message") == "Originate successfully queued":
            translator.expect(fields["ActionID"])
    events = [
        event
        for fields in messages
        if "Event" in fields
        for event in translator.events_of(fields["Event"], fields, float(fields.get("Timestamp", 0)))
    ]
    return events + [event for channel_id in doubted for event in translator.settle(channel_id, 0.0)]


def told(name: str) -> list[str]:
    return [type(event).__name__ for event in replay(name)]


def end(name: str) -> tuple[int, int | None, bool]:
    """Cause, SIP status and whether it rang, of the recording's last event."""
    last = replay(name)[-1]
    return getattr(last, "cause", -1), getattr(last, "tech_cause", None), getattr(last, "rang", False)


def test_a_call_joined_to_an_operator() -> None:
    assert told("joined") == [
        "SeatLegUp", "CallRinging", "CallAnswered", "Joined", "Parted", "CallEnded", "SeatLegEnded"
    ]  # fmt: skip


def test_an_operator_whose_leg_is_lost_in_a_talk() -> None:
    assert told("leg_lost") == [
        "SeatLegUp", "CallRinging", "CallAnswered", "Joined", "Parted", "SeatLegEnded", "CallEnded"
    ]  # fmt: skip


def test_a_seat_without_a_phone() -> None:
    assert told("no_phone") == ["SeatLegEnded"]
    assert end("no_phone")[0] == 20


def test_nobody_joins_within_two_seconds() -> None:
    events = replay("abandoned")
    assert [type(event).__name__ for event in events] == [
        "CallRinging", "CallAnswered", "AbandonedMessageStarted", "CallEnded"
    ]  # fmt: skip
    assert 1.7 < events[2].at - events[1].at < 2.0


@pytest.mark.parametrize(
    ("name", "events", "ends"),
    [
        ("busy", ["CallEnded"], (17, 486, False)),
        ("no_answer", ["CallRinging", "CallEnded"], (19, 480, True)),
        ("switched_off", ["CallRinging", "CallEnded"], (19, 480, False)),
        ("rejected", ["CallRinging", "CallEnded"], (21, 403, True)),
        ("invalid", ["CallEnded"], (1, 404, False)),
        ("congestion", ["CallEnded"], (34, 503, False)),
        ("cancelled", ["CallRinging", "CallEnded"], (16, None, True)),
    ],
)
def test_a_call_that_is_never_answered(
    name: str, events: list[str], ends: tuple[int, int | None, bool]
) -> None:
    assert told(name) == events
    assert end(name) == ends


def test_an_order_to_an_endpoint_that_is_missing() -> None:
    assert told("no_endpoint") == ["CallNotPlaced"]
