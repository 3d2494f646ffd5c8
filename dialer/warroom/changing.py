"""Transactions that change the war room, and the number by which others see that it was changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, insert, select, update

from db.warroom import WarroomVersion
from dialer.store.access import Access

Result = TypeVar("Result")
_ROW = 1


class ChangingAccess(Access):
    """As ``Access``; everything that cards show, besides what calls said, is written by ``change``."""

    async def change(self, work: Callable[[Connection], Result]) -> Result:
        """As ``transact``, and the war room has another version afterwards."""

        def whole(connection: Connection) -> Result:
            result = work(connection)
            # Last: whoever changes something else at the same time waits for this row until the commit.
            _raise_version(connection)
            return result

        return await self.transact(whole)


def version(connection: Connection) -> int:
    """Grows with every change; read it before what it is to stand for."""
    return connection.scalar(_version()) or 0


def _raise_version(connection: Connection) -> None:
    raised = update(WarroomVersion).where(WarroomVersion.id == _ROW).values(number=WarroomVersion.number + 1)
    if not connection.execute(raised).rowcount:
        connection.execute(insert(WarroomVersion).values(id=_ROW, number=1))


@cache
def _version() -> Select[*tuple[Any, ...]]:
    return select(WarroomVersion.number).where(WarroomVersion.id == _ROW)
