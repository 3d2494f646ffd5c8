"""Channels of Asterisk: where one may be sent, what it takes to place one, what is known of a living one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """The dialplan contexts a channel may be sent to."""

    WAIT_FOR_OPERATOR = "answered-operators"
    SURVEY = "answered-survey"
    ABANDONED = "abandoned"
    APOLOGY = "apology"
    WANTS_OPERATOR = "wants-operator"
    ON_HOLD = "on-hold"
    HANDBACK = "handback"
    THREE_WAY = "three-way"
    SEAT = "seat"
    SEAT_CHECK = "seat-check"
    SEAT_CHECKED = "seat-checked"


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """All that Asterisk needs to place one attempt; sent once, never again.

    ``phone`` is E.164; the trunk's dial pattern is applied by the adapter. ``ring_s`` seconds, >= 15.
    """

    attempt_id: str
    campaign_id: int
    phone: str
    trunk: str
    caller_id: str
    ring_s: float
    place: Place
    language: str = "hi"
    survey: str = ""


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel that Asterisk has now, as a recovering daemon sees it.

    ``bridged_with``: the id of the other channel of its bridge, if any.
    """

    channel_id: str
    answered: bool
    bridged_with: str | None
    age_s: float
    place: str
