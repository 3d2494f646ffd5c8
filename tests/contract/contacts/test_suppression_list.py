"""A suppressed number stays so across all campaigns, until the person opts in again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.models import Audit
from db.session import Database
from dialer.errors import NotFoundError
from dialer.store.suppression import SuppressionList

NOW = 1_800_000_000.0
RAM, SITA = "+919826012345", "+919826123457"


async def test_numbers_are_suppressed_once(database: Database) -> None:
    listed = SuppressionList(database)
    assert await listed.add(lambda: [RAM, SITA], "import", "register of 2026", "ram", NOW) == (2, 0)
    assert await listed.add(lambda: [RAM], "cli", "", "sita", NOW + 5) == (0, 1)
    first, second = await listed.page()
    assert {first.phone, second.phone} == {RAM, SITA}
    assert (first.source, first.note, first.created_by, first.created_at) == (
        "import",
        "register of 2026",
        "ram",
        NOW,
    )


async def test_many_numbers_go_in_at_once(database: Database) -> None:
    phones = [f"+{919_826_000_000 + number}" for number in range(5000)]
    listed = SuppressionList(database)
    assert await listed.add(lambda: phones, "import", "", "ram", NOW) == (5000, 0)
    assert await listed.count() == 5000


async def test_a_person_who_opts_in_again_may_be_called_and_may_opt_out_again(database: Database) -> None:
    listed = SuppressionList(database)
    await listed.add(lambda: [RAM], "keypad", "", "daemon", NOW)
    lifted = await listed.lift(RAM, "came to the office", "sita", NOW + 60)
    assert (lifted.lifted_at, lifted.lifted_by) == (NOW + 60, "sita")
    assert await listed.count() == 0 and await listed.count(lifted=True) == 1
    assert await listed.add(lambda: [RAM], "keypad", "", "daemon", NOW + 120) == (1, 0)
    assert [record.lifted_at for record in await listed.page(lifted=True)] == [None, NOW + 60]


async def test_a_number_that_is_not_suppressed_cannot_be_lifted(database: Database) -> None:
    with pytest.raises(NotFoundError, match="not on the suppression list"):
        await SuppressionList(database).lift(RAM, "", "sita", NOW)


async def test_the_newest_come_first_page_by_page(database: Database) -> None:
    listed = SuppressionList(database)
    for number in range(5):
        await listed.add(lambda n=number: [f"+91982600000{n}"], "cli", "", "ram", NOW + number)  # type: ignore[misc]
    first = await listed.page(limit=3)
    rest = await listed.page(limit=3, before_id=first[-1].id)
    assert [record.phone[-1] for record in (*first, *rest)] == ["4", "3", "2", "1", "0"]
    assert await listed.page(source="keypad") == []


async def test_every_change_is_written_down_without_a_number(database: Database) -> None:
    listed = SuppressionList(database)
    await listed.add(lambda: [RAM], "cli", "", "ram", NOW)
    await listed.lift(RAM, "wrote a letter", "ram", NOW)
    await listed.note_revealed(3, "ram", NOW)
    async with database.reading() as connection:
        rows = (await connection.execute(select(Audit).order_by(Audit.id))).all()
    assert [row.action for row in rows] == ["suppression add", "suppression lift", "suppression reveal"]
    assert not any(RAM[3:] in f"{row.subject} {row.detail}" for row in rows)
