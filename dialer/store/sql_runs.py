"""The daemon's lives in the database: how one begins, ends, and what it tidies up after a crash."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, insert, select, update

from db.models import Attempt, AttemptEvent, CampaignContact, DaemonRun, PacingDecision, SeatPeriod


@dataclass(frozen=True, slots=True)
class Run:
    """Who serves a database; ``started_at`` in epoch seconds."""

    host: str
    pid: int
    started_at: float


_LIVING = (
    select(DaemonRun.host, DaemonRun.pid, DaemonRun.started_at)
    .where(DaemonRun.ended_at.is_(None))
    .order_by(DaemonRun.id.desc())
    .limit(1)
)
_GIVE_BACK = (
    update(CampaignContact)
    .where(
        CampaignContact.state == "claimed",
        ~select(Attempt.id)
        .where(
            Attempt.contact_id == CampaignContact.contact_id,
            Attempt.campaign_id == CampaignContact.campaign_id,
            Attempt.ended_at.is_(None),
        )
        .exists(),
    )
    .values(state="waiting")
)
_SIGNS_OF_LIFE = (
    select(AttemptEvent.at).order_by(AttemptEvent.id.desc()).limit(1),
    select(SeatPeriod.from_at).order_by(SeatPeriod.id.desc()).limit(1),
    select(PacingDecision.at).order_by(PacingDecision.id.desc()).limit(1),
)
_END_PERIODS = (
    update(SeatPeriod)
    .where(SeatPeriod.to_at.is_(None))
    .values(
        to_at=case(
            (SeatPeriod.from_at < bindparam("last_sign"), bindparam("last_sign")), else_=SeatPeriod.from_at
        )
    )
)


def begin(connection: Connection, now: float) -> int:
    """Begin a life and return its number.

    Contacts that are claimed without an open attempt wait again. Periods of seats that nobody ended end
    with the last thing the earlier life wrote, so that nobody is credited with the time in between.
    """
    connection.execute(_GIVE_BACK)
    signs = [sign for query in _SIGNS_OF_LIFE if (sign := connection.scalar(query)) is not None]
    if signs:
        connection.execute(_END_PERIODS, {"last_sign": max(signs)})
    run = {"host": socket.gethostname()[:80], "pid": os.getpid(), "started_at": now}
    key = connection.execute(insert(DaemonRun).values(run)).inserted_primary_key
    assert key is not None
    return int(key[0])


def end(connection: Connection, run_id: int, now: float) -> None:
    """End a life in good order."""
    connection.execute(update(DaemonRun).where(DaemonRun.id == run_id).values(ended_at=now))


def living(connection: Connection) -> Run | None:
    """The last life that has no end, if any."""
    row = connection.execute(_LIVING).first()
    return None if row is None else Run(*row)
