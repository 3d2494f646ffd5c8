"""All that a claim writes, in one PostgreSQL statement: each statement costs a way to the server and back.

It is a transaction of its own. What may have changed since the contacts were read is asked again in it:
whether the campaign still runs, and whether they still wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from dialer.core.model import ClaimedAttempt
from dialer.store.direct import fetch

_WRITE = text("""
WITH running AS (
    SELECT id FROM campaign WHERE id = :campaign AND state = 'running'
), allowed AS (
    -- as texts: to put an array together, the driver looks at each of its values more than once
    SELECT * FROM unnest(
        CAST(CAST(:ids AS text) AS varchar[]), CAST(CAST(:contacts AS text) AS bigint[]),
        CAST(CAST(:numbers AS text) AS integer[])
    ) AS each (id, contact_id, number)
), refused AS (
    SELECT * FROM unnest(
        CAST(:refused AS bigint[]), CAST(:to_state AS varchar[]), CAST(:to_next_at AS double precision[]),
        CAST(:to_done_why AS varchar[]), CAST(:reason AS varchar[]), CAST(:detail AS varchar[]),
        CAST(:until_at AS double precision[])
    ) AS each (contact_id, to_state, to_next_at, to_done_why, reason, detail, until_at)
), written AS (
    INSERT INTO attempt (id, campaign_id, contact_id, number_of_attempt, trunk, claimed_at, note)
    SELECT allowed.id, running.id, allowed.contact_id, allowed.number, CAST(:trunk AS varchar), :now, ''
    FROM running CROSS JOIN allowed
    JOIN campaign_contact AS place ON place.campaign_id = :campaign AND place.contact_id = allowed.contact_id
    WHERE place.state = 'waiting'
    ORDER BY allowed.contact_id -- two claims that meet wait for each other in one direction only
    ON CONFLICT (contact_id) WHERE ended_at IS NULL DO NOTHING
    RETURNING contact_id
), taken AS (
    UPDATE campaign_contact SET state = 'claimed', refusal = NULL, refused_at = NULL
    WHERE campaign_id = :campaign AND contact_id IN (SELECT contact_id FROM written)
    RETURNING contact_id
), sent_away AS (
    UPDATE campaign_contact AS place
    SET state = refused.to_state, next_at = refused.to_next_at, done_why = refused.to_done_why,
        refusal = refused.reason, refused_at = :now
    FROM refused, running
    WHERE place.campaign_id = :campaign AND place.contact_id = refused.contact_id AND place.state = 'waiting'
    RETURNING place.contact_id
), noted AS (
    INSERT INTO refusal (campaign_id, contact_id, reason, detail, until_at, first_at, last_at, times)
    SELECT :campaign, contact_id, reason, detail, until_at, :now, :now, 1
    FROM refused WHERE contact_id IN (SELECT contact_id FROM sent_away)
    ON CONFLICT (campaign_id, contact_id, reason) DO UPDATE
    SET detail = excluded.detail, until_at = excluded.until_at, last_at = excluded.last_at,
        times = refusal.times + 1
)
SELECT contact_id FROM taken
""")


def write(
    connection: Connection,
    attempts: Sequence[ClaimedAttempt],
    places: Sequence[Mapping[str, Any]],
    refusals: Sequence[Mapping[str, Any]],
    common: Mapping[str, Any],
) -> frozenset[int]:
    """Write attempts and refusals; the contacts whose attempt was written.

    ``places`` and ``refusals`` go in pairs: where a refused contact's place goes, and the row of its refusal.
    ``common``: ``campaign`` (id), ``trunk`` and ``now`` (UTC epoch seconds).
    """
    parameters = {
        **common,
        "ids": _array([attempt.id for attempt in attempts]),
        "contacts": _array([str(attempt.contact.id) for attempt in attempts]),
        "numbers": _array([str(attempt.number_of_attempt) for attempt in attempts]),
        "refused": [refusal["contact_id"] for refusal in refusals],
        **{name: [place[name] for place in places] for name in ("to_state", "to_next_at", "to_done_why")},
        **{name: [refusal[name] for refusal in refusals] for name in ("reason", "detail", "until_at")},
    }
    return frozenset([contact_id for (contact_id,) in fetch(connection, _WRITE, parameters)])


def _array(values: Sequence[str]) -> str:
    """Numbers, or ids of attempts, as an array's text."""
    return f"{{{','.join(values)}}}"
