"""An engine of paper: the real table of seats; phones answer at once, calls come from the test."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from dialer.core import seats as table
from dialer.core.desk_events import (
    CallbackPromised,
    CampaignsChanged,
    LineCheckEnds,
    OperatorHangsUp,
    TalkProgress,
)
from dialer.core.live import CampaignLive, LiveSnapshot, SeatLive
from dialer.core.picking import Pick
from dialer.core.telephony_events import Joined, LineChecked
from dialer.errors import IllegalTransition, StoreBusy
from dialer.store.port import CallContext, DispositionGiven, NoteWritten

ATTEMPT = "a" + "0" * 24
SURVEY = """
survey: awareness
title: {hi: जानकारी, en: Awareness}
languages: [hi, en]
nodes:
  ujjwala:
    kind: choice
    say: {hi: क्या आपने उज्ज्वला के बारे में सुना है?, en: Have you heard of Ujjwala?}
    options:
      1: {value: used, say: {hi: लाभ लिया है, en: I use it}}
      2: {value: heard, say: {hi: सुना है, en: I have heard of it}}
    next: age
  age:
    kind: number
    say: {hi: आपकी उम्र क्या है?, en: How old are you?}
    min: 18
    max: 120
    next: end
"""


def context(attempt_id: str = ATTEMPT, **changes: Any) -> CallContext:
    """A person on the line."""
    person = CallContext(
        attempt_id=attempt_id,
        campaign_id=1,
        campaign_name="योजना",
        contact_id=1,
        phone="+919876543210",
        name="सीता साहू",
        language="hi",
        constituency=64,
        booth="12",
        kind="beneficiary",
        role="",
        schemes=("ujjwala",),
        attributes={"village": "पाटन"},
        survey_version_id=1,
        survey_source=SURVEY,
        answers={},
    )
    return dataclasses.replace(person, **changes)


def with_words(known: CallContext, fact: NoteWritten | DispositionGiven) -> CallContext:
    """As the store tells the call after that."""
    if isinstance(fact, DispositionGiven):
        return dataclasses.replace(known, disposition=fact)
    others = tuple(note for note in known.notes if note.operator_id != fact.operator_id)
    return dataclasses.replace(known, notes=(*others, fact))


class PaperEngine:
    """``DeskEngine`` with the real table of seats; phones answer at once, calls come from the test."""

    def __init__(self, seats: int = 36) -> None:
        self.ready = True
        self.busy = False
        self.facts: list[Any] = []
        self.events: list[Any] = []
        self.contexts: dict[str, CallContext] = {ATTEMPT: context()}
        self.context_delay_s = 0.0
        self.heard_packets = 150
        self.picks = Pick(ATTEMPT)
        self.asked_for: list[tuple[int, str]] = []
        self.campaigns = [campaign_live(1)]
        self._seats = {number: table.Seat(number, nailed_up=False) for number in range(1, seats + 1)}
        self._listeners: list[Callable[[SeatLive], None]] = []

    def post(self, event: Any) -> None:
        self.events.append(event)
        asyncio.get_running_loop().call_soon(self._apply, event)

    def _apply(self, event: Any) -> None:
        if isinstance(event, LineCheckEnds):
            event = LineChecked(event.seat, "", event.at, self.heard_packets, 0, 0.5)
        if isinstance(event, (OperatorHangsUp, TalkProgress, CallbackPromised, CampaignsChanged)):
            if isinstance(event, OperatorHangsUp):
                self.change(table.TalkEnded(event.seat, event.at))
            return
        self.change(event)

    def nail_up(self, seat: int) -> None:
        """The seat's phone must be called and answer, as with a real Asterisk."""
        self._seats[seat] = dataclasses.replace(self._seats[seat], nailed_up=True)

    def change(self, event: Any) -> None:
        before = self._seats[event.seat]
        try:
            self._seats[event.seat] = table.apply(before, event)
        except IllegalTransition:
            return
        if self._seats[event.seat] != before:
            for listener in tuple(self._listeners):
                listener(self.seat(event.seat))

    def talk(self, seat: int, attempt_id: str = ATTEMPT, at: float = 0.0) -> None:
        """A person answered and is joined to the seat."""
        self.change(table.Reserved(seat, attempt_id, 1, at))
        self.change(Joined(attempt_id, seat, f"seat-{seat:02d}-0", at))

    def person_hangs_up(self, seat: int, at: float = 0.0) -> None:
        self.change(table.TalkEnded(seat, at))

    def seat(self, seat: int) -> SeatLive:
        found = self._seats[seat]
        return SeatLive(
            seat=found.number,
            state=found.state,
            since=found.since,
            operator_id=found.operator_id,
            reason=found.reason,
            draining=bool(found.drain),
            attempt_id=found.attempt_id,
            campaign_id=found.campaign_id,
            held=found.held,
            consults=found.consults,
            interrupted=found.interrupted,
            guest_of=found.guest_of,
            asks_help=found.asks_help,
            reachable=found.reachable,
            campaigns=found.campaigns,
            line=found.line,
        )

    def snapshot(self) -> LiveSnapshot:
        return LiveSnapshot(
            at=0.0,
            started_at=0.0,
            asterisk="up",
            store="ok",
            draining=False,
            seats=tuple(self.seat(number) for number in self._seats),
            campaigns=tuple(self.campaigns),
            trunks=(),
        )

    def subscribe(self, listener: Callable[[SeatLive], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def record(self, facts: Sequence[Any]) -> None:
        if self.busy:
            raise StoreBusy("locked")
        self.facts.extend(facts)
        for fact in facts:
            if isinstance(fact, (NoteWritten, DispositionGiven)) and fact.attempt_id in self.contexts:
                self.contexts[fact.attempt_id] = with_words(self.contexts[fact.attempt_id], fact)

    async def pick(self, seat: int, phone: str) -> Pick:
        self.asked_for.append((seat, phone))
        if self.picks.attempt_id is not None:
            self.change(table.Offered(seat, self.picks.attempt_id, 1, 0.0))
        return self.picks

    async def call_context(self, attempt_id: str) -> CallContext | None:
        await asyncio.sleep(self.context_delay_s)
        return self.contexts.get(attempt_id)


def campaign_live(campaign_id: int, kind: str = "operators") -> CampaignLive:
    return CampaignLive(
        campaign_id=campaign_id,
        name=f"campaign {campaign_id}",
        kind=kind,
        state="running",
        mode="progressive",
        ringing=0,
        waiting_for_operator=0,
        talking=0,
        in_survey=0,
        contacts_waiting=10,
        outcomes={"connected": 3},
    )
