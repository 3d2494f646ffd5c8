"""The calls that desks see: whose they are, who is on the line, and what was answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from dialer.core.live import SeatLive, SeatState
from dialer.errors import StoreBusy
from dialer.store.port import CallContext, DispositionGiven, NoteWritten
from dialer.web.endpoint import Reply
from dialer.web.port import DeskEngine
from dialer.web.survey_form import SurveyView, only, survey_of, survey_view

log = structlog.get_logger("web")

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_CALLS: Final = 1_000
MOST_SURVEYS: Final = 50
RETRY_S: Final = (0.1, 0.3, 1.0, 2.0, 2.0, 2.0)


class NoteView(Reply):
    """What an operator of the call wrote. ``at``: UTC epoch seconds."""

    operator_id: int
    name: str
    notes: str
    at: float


class ResultView(Reply):
    """The result that stands, and who chose it. ``at``: UTC epoch seconds."""

    operator_id: int
    name: str
    code: str
    at: float


class CallView(Reply):
    """The person on the line. ``phone`` is masked; ``attributes`` are the list's extra columns.

    ``inbound``: they called us. ``notes``: of each operator who spoke in this call, the reader's own too;
    ``result``: what was recorded of it so far, by whomever.
    """

    attempt_id: str
    campaign_id: int
    campaign: str
    contact_id: int
    phone: str
    name: str
    language: str
    constituency: int | None
    booth: str
    kind: str
    role: str
    schemes: list[str]
    attributes: dict[str, Any]
    survey: SurveyView | None
    answers: dict[str, str]
    inbound: bool
    notes: list[NoteView]
    result: ResultView | None


def masked(phone: str) -> str:
    """``+919876543210`` -> ``+91••••••3210``: enough to recognise, too little to call."""
    hidden = max(0, len(phone) - 7)
    return phone[:3] + "•" * hidden + phone[3 + hidden :]


class CallBook:
    """What is known of recent calls, and which operator spoke in them; bounded, newest kept."""

    def __init__(
        self, engine: DeskEngine, read_names: Callable[[], Awaitable[Mapping[int, str]]]
    ) -> None:
        self._engine = engine
        self._read_names = read_names
        self._names: dict[int, str] = {}
        self._contexts: OrderedDict[str, CallContext] = OrderedDict()
        self._speakers: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._last: OrderedDict[str, int] = OrderedDict()
        self._surveys: OrderedDict[int, SurveyView | None] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[None]] = {}

    def note(self, live: SeatLive) -> None:
        """Remember who speaks with whom."""
        before_the_call = live.state in (SeatState.PREVIEW, SeatState.DIALLING)
        if live.attempt_id is not None and live.operator_id is not None and not before_the_call:
            _keep(self._speakers, (live.attempt_id, live.operator_id), None, MOST_CALLS)
            if live.state is SeatState.TALKING and live.guest_of is None:
                _keep(self._last, live.attempt_id, live.operator_id, MOST_CALLS)

    def spoke(self, attempt_id: str, operator_id: int) -> bool:
        """Whether the operator is known to have been joined to this call."""
        return (attempt_id, operator_id) in self._speakers

    def spoke_last(self, attempt_id: str) -> int | None:
        """The operator who spoke last in this call, or does now; None when the daemon began after that."""
        return self._last.get(attempt_id)

    def known(self, attempt_id: str) -> CallContext | None:
        """The call's context if it was read already."""
        return self._contexts.get(attempt_id)

    async def context(self, attempt_id: str) -> CallContext | None:
        """The call's context; None when there is no such call."""
        found = self._contexts.get(attempt_id)
        if found is None:
            found = await self._engine.call_context(attempt_id)
            if found is not None:
                await self._read_survey(found)
                await self._know_names(found)
        if found is not None:
            _keep(self._contexts, attempt_id, found, MOST_CALLS)
        return found

    def fetch(self, attempt_id: str, then: Callable[[], None], *, afresh: bool = False) -> None:
        """Read the context beside whatever goes on, then call ``then``; at once when it is known."""
        if afresh:
            self._contexts.pop(attempt_id, None)
        if attempt_id in self._contexts:
            then()
        elif (running := self._fetching.get(attempt_id)) is not None:
            running.add_done_callback(lambda _task: then())
        else:
            task = asyncio.create_task(self._fetch(attempt_id), name=f"context of {attempt_id}")
            self._fetching[attempt_id] = task
            task.add_done_callback(lambda _task: self._fetching.pop(attempt_id, None))
            task.add_done_callback(lambda _task: then())

    async def _fetch(self, attempt_id: str) -> None:
        for pause_s in RETRY_S:
            try:
                if await self.context(attempt_id) is None:
                    log.warning("a seat talks in a call the store does not know", attempt=attempt_id)
                return
            except StoreBusy:
                await asyncio.sleep(pause_s)
            except Exception as fault:
                log.error("call context failed", attempt=attempt_id, kind=type(fault).__name__)
                return
        log.error("the person on the line could not be shown", attempt=attempt_id)

    def answered(self, attempt_id: str, question: str, value: str) -> None:
        """An answer was stored: a desk that loads anew shows it."""
        context = self._contexts.get(attempt_id)
        if context is not None:
            noted = {**context.noted, question: value}
            self._contexts[attempt_id] = replace(context, noted=noted)

    def recorded(self, facts: Sequence[NoteWritten | DispositionGiven], name: str) -> None:
        """The operator of this name stored these: whoever else is on the call sees them."""
        for fact in facts:
            context = self._contexts.get(fact.attempt_id)
            if context is None:
                continue
            self._names[fact.operator_id] = name
            if isinstance(fact, NoteWritten):
                others = tuple(one for one in context.notes if one.operator_id != fact.operator_id)
                context = replace(context, notes=(*others, fact))
            else:
                context = replace(context, disposition=fact)
            self._contexts[fact.attempt_id] = context

    async def _know_names(self, context: CallContext) -> None:
        """Read the names of those who wrote, if one of them is new here."""
        writers = {note.operator_id for note in context.notes}
        if context.disposition is not None:
            writers.add(context.disposition.operator_id)
        if not writers <= self._names.keys():
            self._names |= await self._read_names()

    def view(self, context: CallContext) -> CallView:
        """The call as a desk shows it."""
        return CallView(
            attempt_id=context.attempt_id,
            campaign_id=context.campaign_id,
            campaign=context.campaign_name,
            contact_id=context.contact_id,
            phone=masked(context.phone),
            name=context.name,
            language=context.language,
            constituency=context.constituency,
            booth=context.booth,
            kind=context.kind,
            role=context.role,
            schemes=list(context.schemes),
            attributes=dict(context.attributes),
            survey=self.survey(context),
            answers={**context.answers, **context.noted},
            inbound=context.inbound,
            notes=[
                NoteView(
                    operator_id=one.operator_id,
                    name=self.name_of(one.operator_id),
                    notes=one.notes,
                    at=one.at,
                )
                for one in context.notes
            ],
            result=self._result(context.disposition),
        )

    def name_of(self, operator_id: int) -> str:
        """Of an operator who wrote in a call; empty when it was not read."""
        return self._names.get(operator_id, "")

    def _result(self, given: DispositionGiven | None) -> ResultView | None:
        if given is None:
            return None
        name = self.name_of(given.operator_id)
        return ResultView(operator_id=given.operator_id, name=name, code=given.code, at=given.at)

    def survey(self, context: CallContext) -> SurveyView | None:
        """The survey of its campaign, None when it asks nothing; of a sample check its questions only."""
        view = self._surveys.get(context.survey_version_id or 0)
        return only(view, context.asked) if view is not None and context.asked else view

    async def _read_survey(self, context: CallContext) -> None:
        """Each version once, in a thread: a long survey takes longer to read than a desk may wait."""
        version_id, source = context.survey_version_id, context.survey_source
        if version_id is None or source is None or version_id in self._surveys:
            return
        view = await asyncio.to_thread(_survey_view, source, version_id)
        _keep(self._surveys, version_id, view, MOST_SURVEYS)

    async def aclose(self) -> None:
        """Give up what is still being read."""
        tasks = tuple(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _survey_view(source: str, version_id: int) -> SurveyView | None:
    survey = survey_of(source, version_id)
    return None if survey is None else survey_view(survey, version_id)


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
