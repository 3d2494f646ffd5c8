"""``dialer seats checks`` as a supervisor reads it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from db.models import OperatorSession
from db.session import Database
from dialer.core.seat_check import Heard, PhoneKind, judge
from dialer.core.telephony_events import LineChecked
from dialer.passwords import hash_password
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.seat_checks import SeatChecks
from tests.integration.cli_office import Office, open_office

LINE = LineChecked(1, "seat-01-00000000", 0.0, 150, 0, 42.0)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path, capsys)


async def two_checks(database: Database) -> None:
    people = [NewOperator("sita", "सीता", Role.OPERATOR, hash_password("neem pipal bargad"))]
    await Operators(database).add(people, "test", 1.0)
    session = {"operator_id": 1, "token_sha256": "0" * 64, "csrf": "c", "started_at": 1.0, "seen_at": 1.0}
    await database.transact(lambda connection: connection.execute(insert(OperatorSession).values(session)))
    checks, now = SeatChecks(database), time.time()
    good = Heard(PhoneKind.BROWSER, True, -30.0, -31.0, lost_share=0.001, round_trip_ms=3.0)
    deaf = Heard(PhoneKind.TABLE, False)
    for seat, heard, at in ((1, deaf, now - 90), (1, good, now - 60), (2, deaf, now - 30)):
        await checks.add(1, seat, at, heard, 150, judge(heard, LINE))


def test_the_last_check_of_each_seat_is_shown(office: Office) -> None:
    assert "No operator has checked a phone today." in office.do("seats", "checks").err
    office.query(two_checks)
    shown = office.do("seats", "checks").out
    assert "good, but: unsteady line" in shown and "operator hears nothing, unsteady line" in shown
    assert [(one["seat"], one["passed"]) for one in office.do("seats", "checks", "--json").json] == [
        (1, True),
        (2, False),
    ]
