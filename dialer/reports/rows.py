"""What a report is made of, as the database counts it. Seconds; shares 0..1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dialer.core.model import Outcome


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """``count`` attempts of a campaign with this outcome; ``outcome`` is None while they live.

    ``day``: days since 1970-01-01 on the calendar of Asia/Kolkata. ``cap``: the campaign's.
    """

    campaign: str
    cap: float
    day: int
    constituency: int | None
    outcome: Outcome | None
    count: int


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many people gave ``value`` to ``question``."""

    survey: str
    question: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatTime:
    """How long an operator was in a seat state, clipped to the report's period (seconds)."""

    operator_id: int
    operator: str
    state: str
    seconds: float


@dataclass(frozen=True, slots=True)
class OperatorCalls:
    """How many people an operator spoke with."""

    operator_id: int
    operator: str
    calls: int


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """Contacts that a rule kept from being dialled, and how often it was asked about them."""

    reason: str
    contacts: int
    times: int


@dataclass(frozen=True, slots=True)
class Rows:
    """All that a report is made of. The histograms are ``(value, count)``; milliseconds for ``join_ms``.

    ``inbound``: ended calls to us with an operator wanted or a survey asked, by outcome; ``outcomes`` are
    calls by us.
    ``dial_s``: from the order to the answer or the end; ``ring_s``: from the first ring on.
    """

    outcomes: Sequence[OutcomeCount] = ()
    answers: Sequence[AnswerCount] = ()
    seat_times: Sequence[SeatTime] = ()
    operator_calls: Sequence[OperatorCalls] = ()
    dispositions: Mapping[str, int] = field(default_factory=dict)
    refusals: Sequence[RefusalCount] = ()
    opt_outs: Mapping[str, int] = field(default_factory=dict)
    inbound: Mapping[str, int] = field(default_factory=dict)
    surveys_started: int = 0
    surveys_complete: int = 0
    dial_s: Sequence[tuple[float, int]] = ()
    ring_s: Sequence[tuple[float, int]] = ()
    talk_s: Sequence[tuple[float, int]] = ()
    survey_s: Sequence[tuple[float, int]] = ()
    join_ms: Sequence[tuple[float, int]] = ()
