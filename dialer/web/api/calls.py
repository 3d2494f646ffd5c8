"""What an operator records of a call. A reply means that it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import StringConstraints

from dialer.core.desk_events import WrapUpDone
from dialer.core.dispositions import DISPOSITION_CODES, DISPOSITIONS, PAUSE_REASONS, SKIP_REASONS, Label
from dialer.core.live import SeatState
from dialer.store.access import AuditEntry
from dialer.store.port import AnswerGiven, CallContext, DispositionGiven, NoteWritten, OptedOut
from dialer.web.api.replies import Saved
from dialer.web.endpoint import ANYBODY, DESK, AttemptId, Body, Call, Empty, Endpoint, Line, Notes, Reply
from dialer.web.problems import Problem
from dialer.web.survey_form import check_answer

SPOKE_WITHIN_S = 3600.0
"""How long after the join something may still be recorded of a call."""

DispositionCode = Literal[
    "informed", "answered_survey", "call_back", "not_interested", "wrong_person", "language", "complaint",
    "not_audible", "dropped", "opted_out",
]  # fmt: skip
assert frozenset(DispositionCode.__args__) == DISPOSITION_CODES  # type: ignore[attr-defined]


class DispositionBody(Body):
    """``done``: also end this call's wrap-up. A second disposition of a call replaces the first.

    But not that of a colleague who spoke with the person last: theirs stands. The notes are kept either way.
    """

    attempt_id: AttemptId
    code: DispositionCode
    notes: Notes = ""
    done: bool = False


class NoteBody(Body):
    """All that was written so far; a later text replaces it."""

    attempt_id: AttemptId
    notes: Notes


class AnswerBody(Body):
    """An answer to a question of the campaign's survey; a later one replaces it."""

    attempt_id: AttemptId
    question: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None


class OptOutBody(Body):
    """The person does not want to be called again, by any campaign."""

    attempt_id: AttemptId
    note: Line = ""


class NumberBody(Body):
    """``why`` goes into the audit log."""

    attempt_id: AttemptId
    why: Annotated[Line, StringConstraints(min_length=3)]


class Number(Reply):
    """A telephone number in full, E.164."""

    phone: str


class LabelView(Reply):
    """A code, its words, and the key that chooses it."""

    code: str
    hi: str
    en: str
    key: str


class Words(Reply):
    """The codes that may be sent, with labels in both languages, and the office's name as callers say it."""

    office: dict[str, str]
    dispositions: list[LabelView]
    pause_reasons: list[LabelView]
    skip_reasons: list[LabelView]


async def own_call(call: Call[Body], attempt_id: str) -> CallContext:
    """The call, which this operator spoke in within the last hour."""
    parts, operator_id = call.parts, call.session.operator.id
    if not parts.calls.spoke(attempt_id, operator_id):
        since = parts.clock() - SPOKE_WITHIN_S
        if not await parts.sessions.talked(attempt_id, operator_id, since):
            raise Problem("not_your_call")
    context = await parts.calls.context(attempt_id)
    if context is None:
        raise Problem("call_unknown")
    return context


async def _store(call: Call[Body], facts: Sequence[NoteWritten | DispositionGiven]) -> None:
    """Store what was recorded of a call, and show it to whoever else is on it."""
    if not facts:
        return
    parts, operator = call.parts, call.session.operator
    await parts.engine.record(facts)
    parts.calls.recorded(facts, operator.name)
    parts.desks.show_call(facts[0].attempt_id, but=call.seat)


async def _colleague_who_finished(call: Call[Body], context: CallContext) -> str | None:
    """The name of the operator whose result stands, because the person was with them last."""
    known = context.disposition
    if known is None or known.operator_id == call.session.operator.id:
        return None
    last = call.parts.calls.spoke_last(context.attempt_id)
    if last is None:
        finished = await call.parts.sessions.talked(context.attempt_id, known.operator_id, 0.0)
    else:
        finished = last == known.operator_id
    return call.parts.calls.name_of(known.operator_id) if finished else None


async def disposition(call: Call[DispositionBody]) -> Saved:
    """Store what became of the talk."""
    body, parts = call.body, call.parts
    context, now, me = await own_call(call, body.attempt_id), parts.clock(), call.session.operator
    notes = [NoteWritten(body.attempt_id, me.id, body.notes, now)] if body.notes else []
    finished_by = await _colleague_who_finished(call, context)
    if finished_by is not None:
        await _store(call, notes)
        raise Problem("finished_by_colleague", name=finished_by)
    await _store(call, [*notes, DispositionGiven(body.attempt_id, me.id, body.code, body.notes, now)])
    live = parts.engine.seat(call.seat)
    if body.done and live.state is SeatState.WRAP_UP and live.attempt_id == body.attempt_id:
        parts.engine.post(WrapUpDone(call.seat, parts.clock()))
    return Saved(at=now)


async def note(call: Call[NoteBody]) -> Saved:
    """Store the notes as they are written, whether or not a disposition follows."""
    body, now = call.body, call.parts.clock()
    await own_call(call, body.attempt_id)
    await _store(call, [NoteWritten(body.attempt_id, call.session.operator.id, body.notes, now)])
    return Saved(at=now)


async def answer(call: Call[AnswerBody]) -> Saved:
    """Store an answer as it is given."""
    body, parts = call.body, call.parts
    context = await own_call(call, body.attempt_id)
    survey = parts.calls.survey(context)
    if survey is None:
        raise Problem("no_survey")
    check_answer(survey, body.question, body.value)
    now = parts.clock()
    fact = AnswerGiven(
        attempt_id=body.attempt_id,
        contact_id=context.contact_id,
        survey_version_id=survey.version_id,
        question=body.question,
        value=body.value,
        via="operator",
        language=body.language or context.language,
        at=now,
    )
    await parts.engine.record([fact])
    parts.calls.answered(body.attempt_id, body.question, body.value)
    return Saved(at=now)


async def opt_out(call: Call[OptOutBody]) -> Saved:
    """Suppress the number at once, across all campaigns."""
    body, parts = call.body, call.parts
    context = await own_call(call, body.attempt_id)
    now = parts.clock()
    fact = OptedOut(context.phone, "operator", now, call.person.name, body.attempt_id, body.note)
    await parts.engine.record([fact])
    return Saved(at=now)


async def number(call: Call[NumberBody]) -> Number:
    """Show the number in full; that it was shown is stored first."""
    body, parts = call.body, call.parts
    context = await own_call(call, body.attempt_id)
    detail = {"attempt": body.attempt_id, "why": body.why}
    subject = f"contact {context.contact_id}"
    entry = AuditEntry(parts.clock(), call.person.name, "number show", subject, detail)
    await parts.sessions.audit([entry])
    return Number(phone=context.phone)


def _label(label: Label) -> LabelView:
    return LabelView(code=label.code, hi=label.hi, en=label.en, key=label.key)


async def words(call: Call[Empty]) -> Words:
    """Dispositions, reasons of pauses and of passing over, and who calls."""
    office = call.parts.config.office
    return Words(
        office={"hi": office.name_hi, "en": office.name_en},
        dispositions=[_label(label) for label in DISPOSITIONS],
        pause_reasons=[_label(label) for label in PAUSE_REASONS],
        skip_reasons=[_label(label) for label in SKIP_REASONS],
    )


_OF_CALL = ("not_your_call", "call_unknown", "store_busy")
ENDPOINTS = (
    Endpoint("GET", "/api/v1/words", words, ANYBODY, "Dispositions, pause reasons, who calls", "calls",
             reply=Words),
    Endpoint(
        "POST", "/api/v1/desk/disposition", disposition, DESK, "What became of the talk", "calls",
        body=DispositionBody, reply=Saved, problems=(*_OF_CALL, "finished_by_colleague"),
    ),
    Endpoint(
        "POST", "/api/v1/desk/note", note, DESK, "Notes while talking", "calls", body=NoteBody, reply=Saved,
        problems=_OF_CALL,
    ),
    Endpoint(
        "POST", "/api/v1/desk/answer", answer, DESK, "An answer to the survey", "calls", body=AnswerBody,
        reply=Saved, problems=(*_OF_CALL, "no_survey", "unknown_question", "answer_not_offered"),
    ),
    Endpoint(
        "POST", "/api/v1/desk/opt-out", opt_out, DESK, "Never call this person again", "calls",
        body=OptOutBody, reply=Saved, problems=_OF_CALL,
    ),
    Endpoint(
        "POST", "/api/v1/desk/number", number, DESK, "Show the number in full", "calls", body=NumberBody,
        reply=Number, problems=_OF_CALL, notes="Each look is written into the audit log.",
    ),
)  # fmt: skip
