"""The districts whose reports are taken in, known by their public keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update

from db.reports import DistrictKey
from db.session import Database
from dialer.core.words import N_
from dialer.daily.keys import key_id, key_text, read_key
from dialer.errors import InputError, NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit

_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class District:
    """A district with a key of its; ``removed_at``: since when reports with this key are refused."""

    code: str
    name: str
    key_id: str
    public_key: str
    created_at: float
    removed_at: float | None


class Districts:
    """The districts of one database; every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(self, code: str, key: Ed25519PublicKey, name: str, by: str, now: float) -> None:
        """From now on reports of this district that this key signed are taken in.

        ``InputError`` for a wrong code, or a key that is another district's.
        """
        if not _CODE.fullmatch(code):
            raise InputError(N_("{code!r} is no code of a district; write it like durg"), code=code[:40])
        id_, text = key_id(key), key_text(key)

        def work(connection: Connection) -> None:
            known = connection.scalar(select(DistrictKey.district).where(DistrictKey.key_id == id_))
            if known is not None and known != code:
                raise InputError(N_("this key is the one of {district}"), district=known)
            if known is None:
                row = {"district": code, "key_id": id_, "public_key": text, "name": name[:120]}
                connection.execute(insert(DistrictKey).values(**row, created_at=now, created_by=by[:80]))
            else:
                values = {"removed_at": None, **({"name": name[:120]} if name else {})}
                connection.execute(update(DistrictKey).where(DistrictKey.key_id == id_).values(**values))
            write_audit(connection, AuditEntry(now, by, "district add", code, {"key": id_}))

        await self._access.transact(work)

    async def remove(self, code: str, by: str, now: float) -> None:
        """From now on nothing of this district is taken in; what was received stays."""

        def work(connection: Connection) -> None:
            living = DistrictKey.district == code, DistrictKey.removed_at.is_(None)
            if not connection.execute(update(DistrictKey).where(*living).values(removed_at=now)).rowcount:
                raise NotFoundError(N_("there is no district {code}"), code=code[:40])
            write_audit(connection, AuditEntry(now, by, "district remove", code))

        await self._access.transact(work)

    async def all(self) -> Sequence[District]:
        """Every key there ever was, by district."""
        columns = (
            DistrictKey.district, DistrictKey.name, DistrictKey.key_id, DistrictKey.public_key,
            DistrictKey.created_at, DistrictKey.removed_at,
        )  # fmt: skip
        query = select(*columns).order_by(DistrictKey.district, DistrictKey.id)
        async with self._access.reading() as connection:
            return [District(*row) for row in await connection.execute(query)]

    async def name(self, code: str) -> str:
        """What the district is called; its code when nobody said."""
        query = select(DistrictKey.name).where(DistrictKey.district == code, DistrictKey.name != "")
        async with self._access.reading() as connection:
            return await connection.scalar(query.order_by(DistrictKey.id.desc()).limit(1)) or code

    async def signer(self, id_: str) -> tuple[str, Ed25519PublicKey] | None:
        """The district and the key of this id, if its reports are taken in."""
        query = select(DistrictKey.district, DistrictKey.public_key).where(
            DistrictKey.key_id == id_, DistrictKey.removed_at.is_(None)
        )
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (row.district, read_key(row.public_key))
