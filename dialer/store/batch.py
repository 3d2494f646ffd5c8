"""A batch of facts, folded into what it changes; both stores apply it in the same order.

Times first, then endings, then callbacks, then opt-outs, so that a contact that leaves for good stays away
whatever the order in which the facts of one batch came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, assert_never

from dialer.core.model import Done, NextStep, Outcome, Refused, RetryAt
from dialer.store.port import (
    COMPLETE,
    SURVEY_ENDED,
    AnswerGiven,
    AttemptClosed,
    AttemptTimes,
    AttemptWithdrawn,
    CallbackAgreed,
    DecisionNoted,
    DispositionGiven,
    EventNoted,
    Fact,
    NoteWritten,
    OptedOut,
    SeatStateNoted,
    SpoolRecordDrained,
)

TIME_FIELDS = tuple(each.name for each in fields(AttemptTimes) if each.name != "attempt_id")
SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ends and where its contact goes. ``refused``: the rule that withdrew it.

    ``inbound``: it was a call to us.
    """

    attempt_id: str
    campaign_id: int
    contact_id: int
    ended_at: float
    outcome: Outcome
    step: NextStep
    cause: int | None = None
    tech_cause: int | None = None
    note: str = ""
    refused: Refused | None = None
    inbound: bool = False

    @property
    def uses_attempt(self) -> bool:
        """Whether it counts against the contact's limits, and keeps a promised callback."""
        return self.outcome.uses_attempt and not self.inbound

    @property
    def is_untouched(self) -> bool:
        """Whether nobody was dialled and no rule speaks: the contact waits as before, not sooner."""
        return self.outcome is Outcome.WITHDRAWN and self.refused is None

    @property
    def is_last(self) -> bool:
        """Whether the contact's place is to show this outcome."""
        return self.outcome.answered if self.inbound else self.outcome.was_placed


@dataclass(slots=True)
class Period:
    """A seat's time in a state; ``to_at`` is None while it lasts."""

    seat: int
    operator_id: int
    state: str
    reason: str
    from_at: float
    to_at: float | None = None


@dataclass(slots=True)
class Batch:
    """What a batch changes. ``seats_left``: when the period that a seat was in before the batch ended."""

    times: dict[str, dict[str, Any]] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)
    opted_out: dict[str, OptedOut] = field(default_factory=dict)
    events: list[EventNoted] = field(default_factory=list)
    answers: dict[tuple[str, str], AnswerGiven] = field(default_factory=dict)
    dispositions: dict[str, DispositionGiven] = field(default_factory=dict)
    notes: dict[tuple[str, int], NoteWritten] = field(default_factory=dict)
    callbacks: dict[tuple[int, int], CallbackAgreed] = field(default_factory=dict)
    seats_left: dict[int, float] = field(default_factory=dict)
    periods: list[Period] = field(default_factory=list)
    decisions: list[DecisionNoted] = field(default_factory=list)
    drained: dict[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> list[str]:
        """The attempts whose interview came to be complete."""
        return [
            event.attempt_id
            for event in self.events
            if event.event == SURVEY_ENDED and event.detail == COMPLETE
        ]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Batch:
        """Fold facts: the first ending of an attempt holds, the latest answer, the last disposition."""
        batch = cls()
        for fact in facts:
            batch._add(fact)
        return batch

    def _add(self, fact: Fact) -> None:
        match fact:
            case AttemptTimes():
                self._add_times(fact)
            case AttemptClosed() | AttemptWithdrawn():
                self.endings.setdefault(fact.attempt_id, _ending(fact))
            case EventNoted():
                self.events.append(fact)
            case AnswerGiven():
                self._add_answer(fact)
            case OptedOut():
                self.opted_out.setdefault(fact.phone, fact)
            case DispositionGiven():
                self.dispositions[fact.attempt_id] = fact
            case NoteWritten():
                self.notes[fact.attempt_id, fact.operator_id] = fact
            case CallbackAgreed():
                self.callbacks[fact.campaign_id, fact.contact_id] = fact
            case SeatStateNoted():
                self._add_seat_state(fact)
            case DecisionNoted():
                self.decisions.append(fact)
            case SpoolRecordDrained():
                self.drained.setdefault(fact.record_id, fact.at)
            case _:
                assert_never(fact)

    def _add_times(self, fact: AttemptTimes) -> None:
        if fact.attempt_id in self.endings:
            return
        known = self.times.setdefault(fact.attempt_id, dict.fromkeys(TIME_FIELDS))
        for name in TIME_FIELDS:
            value = getattr(fact, name)
            if value is not None:
                known[name] = value

    def _add_answer(self, fact: AnswerGiven) -> None:
        known = self.answers.get((fact.attempt_id, fact.question))
        if known is None or fact.at > known.at:
            self.answers[fact.attempt_id, fact.question] = fact

    def _add_seat_state(self, fact: SeatStateNoted) -> None:
        before = next((each for each in reversed(self.periods) if each.seat == fact.seat), None)
        if before is not None and before.to_at is None:
            before.to_at = fact.at
        self.seats_left.setdefault(fact.seat, fact.at)
        if fact.state != SIGNED_OUT:
            self.periods.append(Period(fact.seat, fact.operator_id, fact.state, fact.reason, fact.at))


def _ending(fact: AttemptClosed | AttemptWithdrawn) -> Ending:
    if isinstance(fact, AttemptClosed):
        return Ending(
            fact.attempt_id,
            fact.campaign_id,
            fact.contact_id,
            fact.ended_at,
            fact.outcome,
            fact.next_step,
            fact.cause,
            fact.tech_cause,
            fact.note,
            inbound=fact.inbound,
        )
    return Ending(
        fact.attempt_id,
        fact.campaign_id,
        fact.contact_id,
        fact.at,
        Outcome.WITHDRAWN,
        step_after_refusal(fact.refused, fact.at),
        note=fact.note,
        refused=fact.refused,
    )


def step_after_refusal(refused: Refused | None, now: float) -> NextStep:
    """Where a contact goes that was not dialled: it waits, or leaves with the rule as the reason."""
    if refused is None:
        return RetryAt(now)
    if refused.until is None:
        return Done(refused.reason.value)
    return RetryAt(refused.until)
