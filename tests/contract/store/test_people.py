"""Operators and their sign-ins, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from db.models import Audit, OperatorSession
from db.session import Database
from dialer.errors import InputError, NotFoundError
from dialer.store.access import AuditEntry
from dialer.store.operators import NewOperator, OperatorRecord, Operators, Role, Totp
from dialer.store.seats import add_missing_seats
from dialer.store.sessions import NewSession, Session, Sessions


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await add_missing_seats(opened, 6, "test", 1.0)
    yield opened
    await opened.aclose()


async def person(database: Database, username: str, role: Role = Role.OPERATOR) -> OperatorRecord:
    """A stored operator."""
    operators = Operators(database)
    await operators.add([NewOperator(username, f"{username} नाम", role, f"hash of {username}")], "test", 1.0)
    found = await operators.credentials(username)
    assert found is not None
    return found[0]


def sign_in(operator: OperatorRecord, seat: int | None, token: str, at: float = 10.0) -> NewSession:
    return NewSession(operator, token, "csrf", seat, "10.0.0.1", at)


async def test_an_operator_is_found_by_name_with_the_hash(database: Database) -> None:
    await person(database, "op01", Role.SUPERVISOR)
    found = await Operators(database).credentials("op01")
    assert found is not None
    operator, stored = found
    assert (operator.name, operator.role, stored) == ("op01 नाम", Role.SUPERVISOR, "hash of op01")
    assert await Operators(database).credentials("op02") is None


async def test_a_step_of_the_second_factor_is_used_up_once(database: Database) -> None:
    operators = Operators(database)
    guide = await person(database, "guide", Role.SUPERVISOR)
    assert await operators.totp(guide.id) is None
    await operators.set_totp("guide", "SECRET", "boss", 5.0)
    assert await operators.totp(guide.id) == Totp("SECRET", None)
    used = await asyncio.gather(*(operators.use_totp_step(guide.id, 100) for _ in range(5)))
    assert sorted(used) == [False] * 4 + [True]
    assert not await operators.use_totp_step(guide.id, 99) and await operators.use_totp_step(guide.id, 101)
    assert await operators.totp(guide.id) == Totp("SECRET", 101)
    await operators.set_totp("guide", "ANOTHER", "boss", 6.0)
    assert await operators.totp(guide.id) == Totp("ANOTHER", None)


async def test_a_second_factor_for_an_operator_is_refused_and_leaves_nothing(database: Database) -> None:
    operators = Operators(database)
    operator = await person(database, "op01")
    with pytest.raises(InputError, match="only supervisors and admins"):
        await operators.set_totp("op01", "SECRET", "boss", 5.0)
    assert await operators.totp(operator.id) is None
    with pytest.raises(NotFoundError):
        await operators.set_totp("op99", "SECRET", "boss", 5.0)


async def test_several_are_made_all_or_none(database: Database) -> None:
    await person(database, "op02")
    new = [NewOperator(name, name, Role.OPERATOR, "hash") for name in ("op01", "op02", "op03")]
    with pytest.raises(InputError, match="op02"):
        await Operators(database).add(new, "test", 1.0)
    assert [one.operator.username for one in await Operators(database).all()] == ["op02"]


async def test_the_same_name_twice_in_one_order_is_refused(database: Database) -> None:
    new = [NewOperator("op01", "a", Role.OPERATOR, "hash"), NewOperator("op01", "b", Role.OPERATOR, "hash")]
    with pytest.raises(InputError, match="op01"):
        await Operators(database).add(new, "test", 1.0)


async def test_a_sign_in_is_found_by_its_token(database: Database) -> None:
    operator = await person(database, "op01")
    opened, ended = await Sessions(database).open(sign_in(operator, 3, "t1"))
    assert list(ended) == [] and await Sessions(database).find("t1") == opened
    assert await Sessions(database).on_seat(3) == opened
    assert await Sessions(database).find("t2") is None


async def test_a_second_sign_in_ends_those_in_its_way_and_no_other(database: Database) -> None:
    sessions = Sessions(database)
    one, two, three = [await person(database, name) for name in ("op01", "op02", "op03")]
    old_seat, _ = await sessions.open(sign_in(one, 1, "t1"))
    same_seat, _ = await sessions.open(sign_in(two, 2, "t2"))
    apart, _ = await sessions.open(sign_in(three, 3, "t3"))
    _new, ended = await sessions.open(sign_in(one, 2, "t4", 20.0))
    assert {each.id for each in ended} == {old_seat.id, same_seat.id}
    assert await sessions.find("t1") is None and await sessions.find("t2") is None
    assert await sessions.find("t3") == apart


async def test_a_wallboard_ends_nobodys_sign_in(database: Database) -> None:
    sessions = Sessions(database)
    guide = await person(database, "guide", Role.SUPERVISOR)
    await sessions.open(sign_in(guide, 1, "t1"))
    _wall, ended = await sessions.open(sign_in(guide, None, "t2"))
    assert list(ended) == [] and await sessions.find("t1") is not None


async def test_a_disabled_person_has_no_sign_in_left(database: Database) -> None:
    sessions, operators = Sessions(database), Operators(database)
    operator = await person(database, "op01")
    opened, _ = await sessions.open(sign_in(operator, 1, "t1"))
    await operators.set_active("op01", False, "boss", 20.0)
    assert await sessions.find("t1") is None
    assert await sessions.still_live([opened.id]) == frozenset()
    assert await operators.credentials("op01") is None
    with pytest.raises(NotFoundError):
        await operators.set_active("op99", False, "boss", 20.0)


async def test_idle_and_overlong_sign_ins_end(database: Database) -> None:
    sessions = Sessions(database)
    people = [await person(database, name) for name in ("op01", "op02", "op03")]
    opened: list[Session] = []
    for number, operator in enumerate(people, start=1):
        made, _ = await sessions.open(sign_in(operator, number, f"t{number}", at=100.0 * number))
        opened.append(made)
    await sessions.touch({opened[0].id: 900.0, opened[2].id: 900.0})
    ended = await sessions.end_idle(idle_before=500.0, started_before=150.0, now=1000.0)
    assert {one.id for one in ended} == {opened[0].id, opened[1].id}
    assert await sessions.end_idle(500.0, 150.0, 1001.0) == []


async def test_ending_twice_keeps_the_first_reason(database: Database) -> None:
    sessions = Sessions(database)
    opened, _ = await sessions.open(sign_in(await person(database, "op01"), 1, "t1"))
    assert len(await sessions.end(opened.id, "signed_out", "op01", 20.0)) == 1
    assert await sessions.end(opened.id, "idle", "clock", 30.0) == []
    async with database.reading() as connection:
        row = (await connection.execute(select(OperatorSession.end_reason, OperatorSession.ended_at))).one()
    assert tuple(row) == ("signed_out", 20.0)


async def test_who_sits_where_after_a_restart(database: Database) -> None:
    sessions = Sessions(database)
    for number in (2, 1):
        operator = await person(database, f"op0{number}")
        await sessions.open(sign_in(operator, number, f"t{number}"))
    guide = await person(database, "guide", Role.SUPERVISOR)
    await sessions.open(sign_in(guide, None, "t9"))
    seated = {one.seat: one.operator.username for one in await sessions.seated()}
    assert seated == {1: "op01", 2: "op02"}


async def test_the_list_shows_the_seat_and_when_somebody_was_seen(database: Database) -> None:
    sessions = Sessions(database)
    opened, _ = await sessions.open(sign_in(await person(database, "op01"), 4, "t1", at=50.0))
    await sessions.touch({opened.id: 80.0})
    await person(database, "op02")
    seen = await Operators(database).all()
    assert [(one.operator.username, one.seat, one.last_seen_at) for one in seen] == [
        ("op01", 4, 80.0),
        ("op02", None, None),
    ]


async def test_every_change_leaves_its_line_in_the_audit_log(database: Database) -> None:
    sessions, operators = Sessions(database), Operators(database)
    opened, _ = await sessions.open(sign_in(await person(database, "op01"), 1, "t1"))
    await sessions.end(opened.id, "signed_out", "op01", 20.0)
    await operators.set_password("op01", "new", "boss", 30.0)
    await sessions.audit([AuditEntry(40.0, "op01", "number show", "contact 1", {"why": "पूछा"})])
    async with database.reading() as connection:
        rows = await connection.execute(select(Audit.actor, Audit.action).order_by(Audit.id))
        lines = [tuple(row) for row in rows]
    assert lines[1:] == [
        ("test", "operator add"),
        ("op01", "session start"),
        ("op01", "session end"),
        ("boss", "operator password"),
        ("op01", "number show"),
    ]


async def test_many_sign_in_at_once(database: Database) -> None:
    people = [await person(database, f"op{number:02d}") for number in range(1, 7)]
    sessions = Sessions(database)
    await asyncio.gather(
        *(sessions.open(sign_in(each, number, f"t{number}")) for number, each in enumerate(people, start=1))
    )
    assert len(await sessions.seated()) == 6
