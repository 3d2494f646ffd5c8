"""What the operators of a call wrote, as it is read later: each one's last words, one under the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select, union_all

from db.models import CallNote, Disposition


def words_of(connection: Connection, attempt_ids: Sequence[str]) -> Mapping[str, str]:
    """The words of those of the calls that have any."""
    if not attempt_ids:
        return {}
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for row in connection.execute(_query(), {"attempts": list(attempt_ids)}):
        found[row.attempt_id][row.operator_id] = row.notes
    return {attempt_id: "\n".join(by_operator.values()) for attempt_id, by_operator in found.items()}


@cache
def _query() -> Select[*tuple[Any, ...]]:
    """Those sent with the result, and those written while they talked; the oldest first."""
    attempts: BindParameter[Any] = bindparam("attempts", expanding=True)
    written = union_all(
        *(
            select(table.attempt_id, table.operator_id, table.notes, at.label("at")).where(
                table.attempt_id.in_(attempts), table.notes != ""
            )
            for table, at in ((CallNote, CallNote.written_at), (Disposition, Disposition.given_at))
        )
    ).subquery()
    return select(written).order_by(written.c.at)
