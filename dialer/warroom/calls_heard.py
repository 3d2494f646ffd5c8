"""What calls said of a constituency: it changes all day, and a card is shown with what it says now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import aliased

from db.models import Attempt, Campaign, Disposition
from db.session import Database
from db.warroom import ConstituencyVoice
from dialer.store.access import Access
from dialer.store.call_words import words_of
from dialer.warroom.awareness import Awareness, awareness
from dialer.warroom.changing import version
from dialer.warroom.tallies import Heard, day_of, heard

VOICES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class CallsHeard:
    """The counts, what citizens know of schemes, and the last talks to read.

    ``version``: of the war room, read before all else: what is read later is of this version or a newer one.
    """

    version: int
    heard: Heard
    aware: Sequence[Awareness]
    voices: Sequence[Mapping[str, Any]]


async def calls_heard(database: Database, number: int, now: float) -> CallsHeard:
    """Of a constituency, known or not, at this moment (epoch seconds)."""

    def work(connection: Connection) -> CallsHeard:
        current = version(connection)
        counts = heard(connection, number, day_of(now))
        return CallsHeard(current, counts, awareness(connection, counts.ever), voices(connection, number))

    return await Access(database).query(work)


def voices(connection: Connection, number: int) -> Sequence[Mapping[str, Any]]:
    """The last talks that left something to read: what was recorded, never who it was."""
    rows = connection.execute(_voice_query(), {"number": number}).mappings().all()
    words = words_of(connection, [row["attempt_id"] for row in rows])
    shown = ("code", "given_at", "campaign")
    return [{**{key: row[key] for key in shown}, "notes": words.get(row["attempt_id"], "")} for row in rows]


@cache
def _voice_query() -> Select[*tuple[Any, ...]]:
    newest = (
        select(ConstituencyVoice.disposition_id)
        .where(ConstituencyVoice.constituency == bindparam("number"))
        .order_by(ConstituencyVoice.given_at.desc())
        .limit(VOICES_SHOWN)
    )
    talk = aliased(Attempt)
    return (
        select(
            Disposition.attempt_id, Disposition.code, Disposition.given_at, Campaign.name.label("campaign")
        )
        .join(talk, talk.id == Disposition.attempt_id)
        .join(Campaign, Campaign.id == talk.campaign_id)
        .where(Disposition.id.in_(newest))
        .order_by(Disposition.given_at.desc())
    )
