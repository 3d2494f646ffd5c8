"""A call and a store for tests of keypad sessions: scripted keys, a database that can be locked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dialer.core.events import Event
from dialer.core.ivr_events import SurveyEnded
from dialer.errors import AgiHangup, StoreBusy, StoreError, TelephonyError
from dialer.store.port import AnswerGiven, CallContext, EventNoted, Fact, OptedOut, SpoolRecordDrained
from dialer.telephony.fastagi import ALL_KEYS


def records(spool: Path) -> list[Path]:
    """The records that wait in a spool."""
    return sorted(spool.glob("*.json"))


ATTEMPT = "a" + "0" * 23 + "7"
PHONE = "+919876543210"

SURVEY = """
survey: test
title: {hi: त, en: t}
languages: [hi, en]
nodes:
  hello: {kind: info, say: {hi: न, en: Hello}, next: a}
  a: {kind: yes_no, say: {hi: अ, en: A}, next: b}
  b: {kind: choice, say: {hi: ब, en: B}, options: {1: x, 2: y, 3: z}, next: c}
  c: {kind: number, say: {hi: स, en: C}, min: 1, max: 99, next: bye, skip_when: {contact.kind: worker}}
  bye: {kind: info, say: {hi: ध, en: Bye}}
"""


def context_of(attempt_id: str = ATTEMPT, **changes: object) -> CallContext:
    """The person on the line."""
    whole = CallContext(
        attempt_id=attempt_id, campaign_id=1, campaign_name="c", contact_id=5, phone=PHONE, name="न",
        language="hi", constituency=62, booth="14", kind="citizen", role="", schemes=("PMJAY",),
        attributes={"village": "Utai"}, survey_version_id=3, survey_source=SURVEY, answers={},
    )  # fmt: skip
    return replace(whole, **changes)  # type: ignore[arg-type]


class FakePhone:
    """``script``: one sign for each wait: a key, ``.`` heard to the end, ``_`` silence, ``H`` hang-up."""

    def __init__(self, script: str, channel_id: str = ATTEMPT) -> None:
        self.channel_id = channel_id
        self.script = deque(script)
        self.played: list[str] = []
        self.stops: list[str] = []
        self.variables: dict[str, str] = {}
        self.arguments: tuple[str, ...] = ()
        self.missing: set[str] = set()
        self.hung_up = False
        self.recorded_s = 4.0

    async def get_variable(self, name: str) -> str | None:
        return self.variables.get(name)

    async def set_variable(self, name: str, value: str) -> None:
        if self.hung_up or "".join(self.script)[:1] == "H":
            raise AgiHangup("gone")
        self.variables[name] = value

    async def stream_file(self, prompt: str, escape_digits: str) -> str | None:
        name = prompt.split("/")[-1]
        self.played.append(name)
        self.stops.append(escape_digits)
        if name in self.missing:
            raise TelephonyError(f"prompt {prompt!r} cannot be played")
        sign = self._next()
        return sign if sign in escape_digits else None

    async def wait_for_digit(self, timeout_s: float) -> str | None:
        sign = self._next()
        return None if sign in "._" else sign

    async def get_option(self, prompt: str, timeout_s: float) -> str | None:
        return await self.stream_file(prompt, ALL_KEYS) or await self.wait_for_digit(timeout_s)

    async def record_file(self, file: str, longest_s: float) -> float:
        self._next()
        return self.recorded_s

    async def hangup(self) -> None:
        self.hung_up = True

    def _next(self) -> str:
        sign = self.script.popleft() if self.script else "H"
        if sign == "H":
            raise AgiHangup("gone")
        return sign


@dataclass
class FakeStore:
    """A store that may be ``locked`` or slow; ``refuses`` names questions it never takes."""

    contexts: dict[str, CallContext] = field(default_factory=dict)
    answers: dict[tuple[str, str], AnswerGiven] = field(default_factory=dict)
    opted_out: dict[str, OptedOut] = field(default_factory=dict)
    events: list[EventNoted] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    locked: bool = False
    slow_s: float = 0.0
    refuses: set[str] = field(default_factory=set)
    posted: list[Event] = field(default_factory=list)
    now: float = 1000.0

    def clock(self) -> float:
        """Every look at the clock is a little later."""
        self.now += 0.001
        return self.now

    async def call_context(self, attempt_id: str) -> CallContext | None:
        if self.locked:
            raise StoreBusy("locked")
        return self.contexts.get(attempt_id)

    async def drained(self, record_ids: Sequence[str]) -> frozenset[str]:
        if self.locked:
            raise StoreBusy("locked")
        return frozenset(self.known & set(record_ids))

    async def write(self, facts: Sequence[Fact]) -> None:
        await asyncio.sleep(self.slow_s)
        if self.locked:
            raise StoreBusy("locked")
        if any(isinstance(fact, AnswerGiven) and fact.question in self.refuses for fact in facts):
            raise StoreError("no such thing")
        for fact in facts:
            self._take(fact)

    def _take(self, fact: Fact) -> None:
        match fact:
            case AnswerGiven():
                before = self.answers.get((fact.attempt_id, fact.question))
                if before is None or fact.at > before.at:
                    self.answers[fact.attempt_id, fact.question] = fact
            case OptedOut():
                self.opted_out.setdefault(fact.phone, fact)
            case EventNoted():
                self.events.append(fact)
            case SpoolRecordDrained():
                self.known.add(fact.record_id)

    @property
    def values(self) -> dict[str, str]:
        """Question -> answer."""
        return {question: fact.value for (_attempt, question), fact in self.answers.items()}

    @property
    def ending(self) -> SurveyEnded:
        """How the engine heard of the end."""
        endings = [event for event in self.posted if isinstance(event, SurveyEnded)]
        assert len(endings) == 1
        return endings[0]
