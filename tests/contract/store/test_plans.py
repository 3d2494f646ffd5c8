"""Nothing that runs while calls are made reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from db.session import Database
from dialer.core.model import Outcome, Quota, QuotaBy, RetryAt
from dialer.store.port import (
    AnswerGiven,
    AttemptClosed,
    AttemptTimes,
    DispositionGiven,
    EventNoted,
    OptedOut,
    SeatStateNoted,
)
from tests.contract.store.worlds import NOW, SqlWorld

Statement = tuple[str, Any]


@pytest.fixture
def statements() -> Iterator[list[Statement]]:
    """Every statement that is executed during the test, with one set of its parameters."""
    seen: list[Statement] = []

    def note(_link: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        seen.append((text, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def test_claims_facts_and_reads_use_indexes(sqlite_url: str, statements: list[Statement]) -> None:
    database = Database(sqlite_url)
    world = SqlWorld(database)
    await world.prepare()
    quotas = (Quota(QuotaBy.CONSTITUENCY, "62", 5),)
    campaign = await world.campaign(survey_version_id=1, quotas=quotas)
    await world.people(20, campaign)
    statements.clear()
    attempt, *_others = (await world.claim(campaign)).attempts
    ids = (attempt.id, campaign.id, attempt.contact.id)
    store = world.store
    await store.write(
        [
            AttemptTimes(attempt.id, dialled_at=NOW),
            EventNoted(attempt.id, NOW, "dialled"),
            EventNoted(attempt.id, NOW, "survey_ended", "complete"),
            AnswerGiven(attempt.id, attempt.contact.id, 1, "q1", "1", "keypad", "hi", NOW),
            DispositionGiven(attempt.id, 1, "callback", "", NOW),
            SeatStateNoted(1, 1, "ready", "", NOW),
            OptedOut(attempt.contact.phone, "keypad", NOW, "citizen"),
            AttemptClosed(*ids, NOW, Outcome.BUSY, RetryAt(NOW)),
        ]
    )
    await store.suppressed([attempt.contact.phone])
    await store.call_context(attempt.id)
    await store.live_answers(campaign.id, NOW)
    await store.outcomes_since(campaign.id, NOW)
    await store.open_attempts()
    plans = await database.query(
        lambda connection: {
            (text, row[3])
            for text, parameters in statements
            if text.lstrip().startswith(("SELECT", "UPDATE", "INSERT"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)
        }
    )
    assert len(statements) > 20
    for index in ("ix_campaign_contact_waiting", "ix_campaign_contact_complete"):
        assert any(index in step for _text, step in plans)
    harmless = ("VIRTUAL TABLE", "SCAN anon_", "SCAN CONSTANT ROW", "USING INDEX uq_attempt_open")
    scans = [(text, step) for text, step in plans if step.startswith("SCAN")]
    assert [scan for scan in scans if not any(words in scan[1] for words in harmless)] == []
    await database.aclose()
