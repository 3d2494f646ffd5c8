"""Writing a batch of facts in SQL: one executemany for each kind of change, whatever the batch's length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from db.models import (
    Answer,
    Attempt,
    AttemptEvent,
    Callback,
    CallNote,
    CampaignContact,
    Contact,
    Disposition,
    PacingDecision,
    SeatPeriod,
    SpooledRecord,
    Suppression,
)
from dialer.core.retry import OPTED_OUT
from dialer.store.batch import TIME_FIELDS, Batch, Ending, Period
from dialer.store.dialects import WAITING, Dialect, PerDialect, Upsert, fit, many
from dialer.store.direct import run_for_each
from dialer.store.port import (
    AnswerGiven,
    CallbackAgreed,
    DecisionNoted,
    DispositionGiven,
    EventNoted,
    NoteWritten,
    OptedOut,
)
from dialer.store.quotas import told_apart
from dialer.store.sql_claim import note_refusals, place_after, refusal_row

_of_attempt = (Attempt.id == bindparam("attempt"), Attempt.ended_at.is_(None))

_SET_TIMES = (
    update(Attempt)
    .where(*_of_attempt)
    .values({name: func.coalesce(bindparam(f"to_{name}"), getattr(Attempt, name)) for name in TIME_FIELDS})
)
_STILL_OPEN = PerDialect(
    lambda dialect: select(Attempt.id)
    .where(dialect.among(Attempt.id, "attempts"), Attempt.ended_at.is_(None))
    .with_for_update()
)
_END_ATTEMPT = (
    update(Attempt)
    .where(*_of_attempt)
    .values(
        ended_at=bindparam("at"),
        outcome=bindparam("to_outcome"),
        cause=bindparam("to_cause"),
        tech_cause=bindparam("to_tech_cause"),
        note=bindparam("to_note"),
    )
)
# An opt-out may have sent it away while it was called: only another farewell may change that.
_leaves = literal_column("'done'") == bindparam("to_state", type_=String())
_goes = or_(CampaignContact.state == "claimed", _leaves)
# What was agreed in this call comes after it; what was agreed before has been kept by it, but for a call that
# was no attempt: a fault of the trunk or ours.
_agreed_for_later = CampaignContact.callback_at > bindparam("at")
_not_tried = bindparam("used", type_=Integer()) == 0
# Who was asked for by name may have been put off until a time that is still to come.
_put_off = and_(
    bindparam("untouched", type_=Integer()) == 1, CampaignContact.next_at > bindparam("to_next_at")
)
_comes_back = and_(CampaignContact.state != "done", _agreed_for_later)
_SEND_ON = (
    update(CampaignContact)
    .where(
        CampaignContact.campaign_id == bindparam("campaign"),
        CampaignContact.contact_id == bindparam("contact"),
    )
    .values(
        state=case((_comes_back, WAITING), (_goes, bindparam("to_state")), else_=CampaignContact.state),
        next_at=case(
            (_comes_back, CampaignContact.callback_at),
            (_put_off, CampaignContact.next_at),
            (_goes, bindparam("to_next_at")),
            else_=CampaignContact.next_at,
        ),
        done_why=case(
            (_comes_back, None), (_goes, bindparam("to_done_why")), else_=CampaignContact.done_why
        ),
        callback_at=case((or_(_agreed_for_later, _not_tried), CampaignContact.callback_at), else_=None),
        callback_with=case((or_(_agreed_for_later, _not_tried), CampaignContact.callback_with), else_=None),
        attempts=CampaignContact.attempts + bindparam("used"),
        last_outcome=func.coalesce(bindparam("to_outcome"), CampaignContact.last_outcome),
        refusal=func.coalesce(bindparam("why"), CampaignContact.refusal),
        refused_at=func.coalesce(bindparam("refused"), CampaignContact.refused_at),
    )
)
_CALL_BACK = (
    update(CampaignContact)
    .where(
        CampaignContact.campaign_id == bindparam("campaign"),
        CampaignContact.contact_id == bindparam("contact"),
        func.coalesce(CampaignContact.done_why, "") != OPTED_OUT,
    )
    .values(
        callback_at=bindparam("due"),
        callback_with=bindparam("with"),
        # Still on the line: the end of the call sends the contact back.
        state=case((CampaignContact.state == "claimed", CampaignContact.state), else_=WAITING),
        next_at=case((CampaignContact.state == "claimed", CampaignContact.next_at), else_=bindparam("due")),
        done_why=None,
    )
)


def _agree(dialect: Dialect) -> Upsert:
    callback = dialect.insert(Callback).inline()
    replaced = ("due_at", "operator_id", "agreed_at", "cancelled_at", "cancelled_by", "cancelled_why")
    return callback.on_conflict_do_update(
        index_elements=["attempt_id"], set_={name: callback.excluded[name] for name in replaced}
    )


_AGREE = PerDialect(_agree)
_own = select(Attempt.campaign_id, Attempt.contact_id).where(Attempt.id == bindparam("attempt"))
_COMPLETE = PerDialect(
    lambda dialect: update(CampaignContact)
    .where(
        CampaignContact.campaign_id == _own.with_only_columns(Attempt.campaign_id).scalar_subquery(),
        CampaignContact.contact_id == _own.with_only_columns(Attempt.contact_id).scalar_subquery(),
        CampaignContact.complete_as.is_(None),
    )
    .values(complete_as=told_apart(dialect, CampaignContact.contact_id))
)
_LEAVE_ALL_QUEUES = (
    update(CampaignContact)
    .where(
        CampaignContact.contact_id.in_(select(Contact.id).where(Contact.phone == bindparam("number"))),
        CampaignContact.state != "done",
    )
    .values(state="done", done_why=OPTED_OUT)
)
_LEAVE_STATE = (
    update(SeatPeriod)
    .where(SeatPeriod.seat == bindparam("number"), SeatPeriod.to_at.is_(None))
    .values(to_at=bindparam("at"))
)


def _suppress(dialect: Dialect) -> Upsert:
    return dialect.insert(Suppression).inline().on_conflict_do_nothing(
        index_elements=["phone"], index_where=Suppression.lifted_at.is_(None)
    )


def _answer(dialect: Dialect) -> Upsert:
    answer = dialect.insert(Answer).inline()
    replaced = ("contact_id", "survey_version_id", "value", "via", "language", "answered_at")
    return answer.on_conflict_do_update(
        index_elements=["attempt_id", "question"],
        set_={name: answer.excluded[name] for name in replaced},
        where=answer.excluded.answered_at > Answer.answered_at,
    )


def _dispose(dialect: Dialect) -> Upsert:
    disposition = dialect.insert(Disposition).inline()
    replaced = ("operator_id", "code", "notes", "given_at")
    return disposition.on_conflict_do_update(
        index_elements=["attempt_id"], set_={name: disposition.excluded[name] for name in replaced}
    )


def _note(dialect: Dialect) -> Upsert:
    note = dialect.insert(CallNote).inline()
    return note.on_conflict_do_update(
        index_elements=["attempt_id", "operator_id"],
        set_={name: note.excluded[name] for name in ("notes", "written_at")},
        where=note.excluded.written_at > CallNote.written_at,
    )


_NOTE = PerDialect(_note)
_SUPPRESS = PerDialect(_suppress)
_ANSWER = PerDialect(_answer)
_DISPOSE = PerDialect(_dispose)
_DRAINED = PerDialect(lambda dialect: dialect.insert(SpooledRecord).inline().on_conflict_do_nothing())
_NOTE_EVENTS = insert(AttemptEvent).inline()  # nobody asks for the new row's id
_NOTE_PERIODS = insert(SeatPeriod).inline()
_NOTE_DECISIONS = insert(PacingDecision).inline()


def write(connection: Connection, batch: Batch) -> None:
    """Apply the batch; all inside the caller's transaction."""
    run = partial(run_for_each, connection)
    run(_SET_TIMES, [_times_row(attempt_id, times) for attempt_id, times in batch.times.items()])
    _end_attempts(connection, list(batch.endings.values()))
    run(_CALL_BACK, [_callback_row(fact) for fact in batch.callbacks.values()])
    run(_AGREE.on(connection), [_agreement_row(fact) for fact in batch.callbacks.values()])
    run(_SUPPRESS.on(connection), [_suppression_row(fact) for fact in batch.opted_out.values()])
    run(_LEAVE_ALL_QUEUES, [{"number": phone} for phone in batch.opted_out])
    run(_COMPLETE.on(connection), [{"attempt": attempt_id} for attempt_id in batch.complete])
    run(_NOTE_EVENTS, [_event_row(fact) for fact in batch.events])
    run(_ANSWER.on(connection), [_answer_row(fact) for fact in batch.answers.values()])
    run(_DISPOSE.on(connection), [_disposition_row(fact) for fact in batch.dispositions.values()])
    run(_NOTE.on(connection), [_note_row(fact) for fact in batch.notes.values()])
    run(_LEAVE_STATE, [{"number": seat, "at": at} for seat, at in batch.seats_left.items()])
    run(_NOTE_PERIODS, [_period_row(period) for period in batch.periods])
    run(_NOTE_DECISIONS, [_decision_row(fact) for fact in batch.decisions])
    run(_DRAINED.on(connection), [{"id": name, "drained_at": at} for name, at in batch.drained.items()])


def _end_attempts(connection: Connection, endings: Sequence[Ending]) -> None:
    if not endings:
        return
    ids = [ending.attempt_id for ending in endings]
    still_open = set(connection.scalars(_STILL_OPEN.on(connection), {"attempts": many(connection, ids)}))
    endings = [ending for ending in endings if ending.attempt_id in still_open]
    run_for_each(connection, _END_ATTEMPT, [_ending_row(ending) for ending in endings])
    run_for_each(connection, _SEND_ON, [_place_row(ending) for ending in endings])
    refused = [
        refusal_row(ending.campaign_id, ending.contact_id, ending.refused, ending.ended_at)
        for ending in endings
        if ending.refused is not None
    ]
    if refused:
        note_refusals(connection, refused)


def _times_row(attempt_id: str, times: dict[str, Any]) -> dict[str, Any]:
    return {"attempt": attempt_id, **{f"to_{name}": value for name, value in times.items()}}


def _ending_row(ending: Ending) -> dict[str, Any]:
    return {
        "attempt": ending.attempt_id,
        "at": ending.ended_at,
        "to_outcome": ending.outcome.value,
        "to_cause": ending.cause,
        "to_tech_cause": ending.tech_cause,
        "to_note": fit(Attempt.note, ending.note),
    }


def _place_row(ending: Ending) -> dict[str, Any]:
    return {
        "campaign": ending.campaign_id,
        "contact": ending.contact_id,
        **place_after(ending.step),
        "at": ending.ended_at,
        "used": int(ending.uses_attempt),
        "untouched": int(ending.is_untouched),
        "to_outcome": ending.outcome.value if ending.is_last else None,
        "why": ending.refused.reason.value if ending.refused else None,
        "refused": ending.ended_at if ending.refused else None,
    }


def _callback_row(fact: CallbackAgreed) -> dict[str, Any]:
    place = {"campaign": fact.campaign_id, "contact": fact.contact_id}
    return {**place, "due": fact.due_at, "with": fact.operator_id}


def _agreement_row(fact: CallbackAgreed) -> dict[str, Any]:
    return {
        "campaign_id": fact.campaign_id,
        "contact_id": fact.contact_id,
        "attempt_id": fact.attempt_id,
        "due_at": fact.due_at,
        "operator_id": fact.operator_id,
        "agreed_at": fact.at,
    }


def _suppression_row(fact: OptedOut) -> dict[str, Any]:
    return {
        "phone": fact.phone,
        "source": fit(Suppression.source, fact.source),
        "note": fit(Suppression.note, fact.note),
        "attempt_id": fact.attempt_id,
        "created_at": fact.at,
        "created_by": fit(Suppression.created_by, fact.by),
    }


def _event_row(fact: EventNoted) -> dict[str, Any]:
    return {
        "attempt_id": fact.attempt_id,
        "at": fact.at,
        "event": fit(AttemptEvent.event, fact.event),
        "detail": fit(AttemptEvent.detail, fact.detail),
    }


def _answer_row(fact: AnswerGiven) -> dict[str, Any]:
    return {
        "attempt_id": fact.attempt_id,
        "contact_id": fact.contact_id,
        "survey_version_id": fact.survey_version_id,
        "question": fit(Answer.question, fact.question),
        "value": fit(Answer.value, fact.value),
        "via": fact.via,
        "language": fact.language,
        "answered_at": fact.at,
    }


def _disposition_row(fact: DispositionGiven) -> dict[str, Any]:
    return {
        "attempt_id": fact.attempt_id,
        "operator_id": fact.operator_id,
        "code": fit(Disposition.code, fact.code),
        "notes": fact.notes.replace("\x00", ""),
        "given_at": fact.at,
    }


def _note_row(fact: NoteWritten) -> dict[str, Any]:
    return {
        "attempt_id": fact.attempt_id,
        "operator_id": fact.operator_id,
        "notes": fact.notes.replace("\x00", ""),
        "written_at": fact.at,
    }


def _period_row(period: Period) -> dict[str, Any]:
    return {
        "seat": period.seat,
        "operator_id": period.operator_id,
        "state": period.state,
        "reason": fit(SeatPeriod.reason, period.reason),
        "from_at": period.from_at,
        "to_at": period.to_at,
    }


def _decision_row(fact: DecisionNoted) -> dict[str, Any]:
    return {
        "campaign_id": fact.campaign_id,
        "at": fact.at,
        "dials": fact.dials,
        "code": fit(PacingDecision.code, fact.code),
        "text": fit(PacingDecision.text, fact.text),
        "forecast": dict(fact.forecast),
    }
