"""The people and surveys behind attempts, in SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, bindparam, cast, select

from db.models import Answer, Attempt, CallNote, Campaign, Contact, Disposition, SampleCheck, SurveyVersion
from dialer.core.survey_results import BY_OPERATOR
from dialer.store.dialects import PerDialect, many
from dialer.store.direct import fetch
from dialer.store.port import CallContext, DispositionGiven, NoteWritten

_KNOWN = PerDialect(
    lambda dialect: select(
        Attempt.id,
        Attempt.inbound,
        Campaign.id,
        Campaign.name,
        Contact.id,
        Contact.phone,
        Contact.name,
        Contact.language,
        Contact.constituency,
        Contact.booth,
        Contact.kind,
        Contact.role,
        cast(Contact.schemes, String),
        cast(Contact.attributes, String),
        Campaign.survey_version_id,
        cast(SampleCheck.questions, String),
        Attempt.operator_id,
        Disposition.operator_id,
        Disposition.code,
        Disposition.notes,
        Disposition.given_at,
    )
    .select_from(Attempt)
    .join(Contact, Contact.id == Attempt.contact_id)
    .join(Campaign, Campaign.id == Attempt.campaign_id)
    .outerjoin(SampleCheck, SampleCheck.campaign_id == Attempt.campaign_id)
    .outerjoin(Disposition, Disposition.attempt_id == Attempt.id)
    .where(dialect.among(Attempt.id, "attempts"))
)
_NOTES = PerDialect(
    lambda dialect: select(CallNote.attempt_id, CallNote.operator_id, CallNote.notes, CallNote.written_at)
    .where(dialect.among(CallNote.attempt_id, "attempts"))
    .order_by(CallNote.written_at)
)
_SOURCE = select(SurveyVersion.source).where(SurveyVersion.id == bindparam("version"))
_answer = (Answer.question, Answer.value, Answer.attempt_id, Answer.via)
_ANSWERS = PerDialect(
    lambda dialect: select(Answer.contact_id, Answer.survey_version_id, *_answer)
    .where(dialect.among(Answer.contact_id, "contacts"))
    .order_by(Answer.answered_at, Answer.id)
)
_ANSWERS_IN_CAMPAIGN = (
    select(*_answer)
    .join(Attempt, Attempt.id == Answer.attempt_id)
    .where(Answer.contact_id == bindparam("contact"), Attempt.campaign_id == bindparam("campaign"))
    .order_by(Answer.answered_at, Answer.id)
)


class _Known(NamedTuple):
    """A row of ``_KNOWN``. ``schemes``, ``attributes`` and ``asked`` are JSON text."""

    attempt_id: str
    inbound: bool
    campaign_id: int
    campaign_name: str
    contact_id: int
    phone: str
    name: str
    language: str
    constituency: int | None
    booth: str
    kind: str
    role: str
    schemes: str
    attributes: str
    survey_version_id: int | None
    asked: str | None
    spoke: int | None
    given_by: int | None
    given_code: str
    given_notes: str
    given_at: float


class _Given(NamedTuple):
    question: str
    value: str
    attempt_id: str
    via: str


def call_contexts(
    connection: Connection, attempt_ids: Sequence[str], sources: dict[int, str]
) -> Mapping[str, Callable[[], CallContext]]:
    """What makes the person and survey behind each attempt that there is; few of many calls are answered.

    ``sources`` keeps the texts of the survey versions, which never change: they are long, and read once.
    """
    attempts = {"attempts": many(connection, attempt_ids)}
    rows = [_Known(*row) for row in fetch(connection, _KNOWN.on(connection), attempts)]
    contacts = [row.contact_id for row in rows if row.survey_version_id is not None]
    answers: defaultdict[tuple[int, int], list[_Given]] = defaultdict(list)
    if contacts:
        of_contacts = {"contacts": many(connection, contacts)}
        for contact_id, version, *given in fetch(connection, _ANSWERS.on(connection), of_contacts):
            answers[contact_id, version].append(_Given(*given))
    notes = _notes(connection, [row.attempt_id for row in rows if row.spoke is not None])
    versions = {row.survey_version_id for row in rows if row.survey_version_id is not None}
    for version in versions - sources.keys():
        ((sources[version],),) = fetch(connection, _SOURCE, {"version": version})
    return {
        row.attempt_id: partial(
            _context,
            row,
            sources.get(row.survey_version_id or 0),
            # Whoever asks a sample again must not see what was answered before.
            _answers_in_campaign(connection, row)
            if _asked(row)
            else answers.get((row.contact_id, row.survey_version_id or 0), ()),
            tuple([note for note in notes if note.attempt_id == row.attempt_id]),
        )
        for row in rows
    }


def _asked(row: _Known) -> Sequence[str]:
    asked: Sequence[str] = json.loads(row.asked) if row.asked else ()
    return asked


def _answers_in_campaign(connection: Connection, row: _Known) -> Sequence[_Given]:
    of_campaign = {"contact": row.contact_id, "campaign": row.campaign_id}
    return [_Given(*each) for each in fetch(connection, _ANSWERS_IN_CAMPAIGN, of_campaign)]


def _notes(connection: Connection, attempt_ids: Sequence[str]) -> Sequence[NoteWritten]:
    """Those of calls that nobody spoke in are not asked for."""
    if not attempt_ids:
        return ()
    attempts = {"attempts": many(connection, attempt_ids)}
    return [NoteWritten(*row) for row in fetch(connection, _NOTES.on(connection), attempts)]


def _disposition(row: _Known) -> DispositionGiven | None:
    if row.given_by is None:
        return None
    return DispositionGiven(row.attempt_id, row.given_by, row.given_code, row.given_notes, row.given_at)


def _context(
    row: _Known, source: str | None, answers: Sequence[_Given], notes: tuple[NoteWritten, ...]
) -> CallContext:
    noted = {(row.attempt_id, BY_OPERATOR)}
    attributes: Mapping[str, Any] = json.loads(row.attributes)
    return CallContext(
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        campaign_name=row.campaign_name,
        contact_id=row.contact_id,
        phone=row.phone,
        name=row.name,
        language=row.language,
        constituency=row.constituency,
        booth=row.booth,
        kind=row.kind,
        role=row.role,
        schemes=tuple(json.loads(row.schemes)),
        attributes=attributes,
        survey_version_id=row.survey_version_id,
        survey_source=source,
        answers={each.question: each.value for each in answers if (each.attempt_id, each.via) not in noted},
        inbound=bool(row.inbound),
        asked=tuple(_asked(row)),
        noted={each.question: each.value for each in answers if (each.attempt_id, each.via) in noted},
        notes=notes,
        disposition=_disposition(row),
    )
