"""From a file to the war room: read, compare, show, store; and back again."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import select

from db.session import Database
from db.warroom import Place, WarroomImport
from dialer.contacts.headings import plain_heading
from dialer.contacts.people import RowFault
from dialer.contacts.places import Constituencies, load_constituencies
from dialer.contacts.reader import Row, open_table
from dialer.errors import InputError
from dialer.i18n import N_
from dialer.warroom.cells import Office
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.comparing import Comparison, compare
from dialer.warroom.reading import RowReader
from dialer.warroom.sheets import Columns, Kind, match_columns
from dialer.warroom.statements import Statement, read_day
from dialer.warroom.storing import File, store, undo

SAMPLE_ROWS: Final = 5
MOST_FAULTS: Final = 200
PROGRESS_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a file is to be read. ``source`` and ``stated_on``: of rows that state none."""

    kind: Kind
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    source: str = ""
    stated_on: str = ""
    invented: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A file that was read to its end. ``sample``: its first rows as they stand there."""

    file: File
    format: str
    columns: Columns
    rows: int
    sample: Sequence[Sequence[str]]
    faults: Sequence[RowFault]
    found: Comparison

    def refuse_unless_usable(self) -> None:
        """``InputError`` with the first fault, when there is one: then nothing is stored."""
        if self.faults:
            first = self.faults[0]
            raise InputError(
                N_(
                    "{file}: {count} faults, so nothing was stored; first, line {line}, {column}: {reason}"
                ),
                file=self.file.name, count=len(self.faults), line=first.line, column=first.column or "-",
                reason=first.reason,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """An import that was stored, and whether it was taken back (epoch seconds)."""

    id: int
    kind: Kind
    file_name: str
    imported_at: float
    imported_by: str
    counts: Mapping[str, int]
    undone_at: float | None
    undone_by: str | None


class Imports:
    """Takes files into one database. ``data``: the office's folder."""

    def __init__(self, database: Database, data: Path) -> None:
        self._access = ChangingAccess(database)
        self._data = data

    async def preview(
        self,
        file: Path,
        wishes: Wishes,
        progress: Callable[[float], None] = lambda share: None,
        *,
        name: str = "",
    ) -> Preview:
        """Read and compare; nothing is stored. ``InputError`` when the file as a whole cannot be used.

        ``name``: what the file is called, when it lies here under another name.
        """
        day = read_day(wishes.stated_on) if wishes.stated_on else ""
        if day is None:
            raise InputError(N_("--date {text}: is no date; write it like 2023-11-17"), text=wishes.stated_on)
        async with self._access.reading() as connection:
            rows = await connection.execute(
                select(Place.identity, Place.id, Place.number, Place.name_en, Place.name_hi, Place.kind)
                .where(Place.retired_at.is_(None))
            )  # fmt: skip
            known = rows.all()
        places = load_constituencies(self._data)
        own = [row for row in known if row.kind == "constituency"]
        office = Office(
            places={row.identity: row.id for row in known},
            constituencies=Constituencies(
                {**places.names, **{int(row.number): (row.name_en, row.name_hi) for row in own}},
                {
                    **places.by_name,
                    **{plain_heading(row.name_en): int(row.number) for row in own if row.name_en},
                    **{plain_heading(row.name_hi): int(row.number) for row in own if row.name_hi},
                },
            ),
            source=wishes.source.strip(), stated_on=day, invented=wishes.invented,
        )  # fmt: skip
        read = await asyncio.to_thread(_read, file, wishes, office, progress)
        async with self._access.reading() as connection:
            found = await connection.run_sync(compare, wishes.kind, read.statements)
        faults = sorted((*read.faults, *found.faults), key=lambda fault: fault.line)
        return Preview(
            File(name or file.name, read.sha256),
            read.format,
            read.columns,
            read.rows,
            read.sample,
            faults,
            found,
        )

    async def store(self, preview: Preview, by: str, now: float, *, retire_gone: bool = False) -> int:
        """Store all of it or nothing; returns the import's number."""
        preview.refuse_unless_usable()
        return await self._access.change(
            lambda connection: store(
                connection, preview.found, preview.file, by, now, retire_gone=retire_gone
            )
        )

    async def undo(self, import_id: int, by: str, now: float) -> Mapping[str, int]:
        """As ``storing.undo``."""
        return await self._access.change(lambda connection: undo(connection, import_id, by, now))

    async def all(self, limit: int = 50) -> Sequence[ImportRecord]:
        """The last imports, newest first."""
        query = select(WarroomImport).order_by(WarroomImport.id.desc()).limit(limit)
        async with self._access.reading() as connection:
            return [
                ImportRecord(
                    row.id, Kind(row.kind), row.file_name, row.imported_at, row.imported_by, row.counts,
                    row.undone_at, row.undone_by,
                )
                for row in await connection.execute(query)
            ]  # fmt: skip


@dataclass(slots=True)
class _Read:
    format: str
    columns: Columns
    sha256: str
    rows: int = 0
    sample: list[Sequence[str]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


def _read(file: Path, wishes: Wishes, office: Office, progress: Callable[[float], None]) -> _Read:
    with open_table(file, wishes.sheet) as table:
        rows = table.rows()
        heading = next(rows, None)
        if heading is None:
            raise InputError(N_("{file}: holds only blank lines; export the list again"), file=file)
        columns = match_columns(file, wishes.kind, heading.cells, wishes.columns)
        with file.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        read = _Read(table.format, columns, sha256)
        reader = RowReader(wishes.kind, columns, office)
        for row in rows:
            _take(read, reader, row)
            if read.rows % PROGRESS_ROWS == 0:
                progress(table.share_read())
    read.faults = reader.faults
    if not read.rows:
        raise InputError(N_("{file}: holds headings but no rows; export the list again"), file=file)
    if any(not statement.source for statement in read.statements):
        raise InputError(
            N_("{file}: some rows name no source; say where the figures come from with --source"), file=file
        )
    return read


def _take(read: _Read, reader: RowReader, row: Row) -> None:
    read.rows += 1
    if len(read.sample) < SAMPLE_ROWS:
        read.sample.append(row.cells)
    if len(reader.faults) < MOST_FAULTS:
        read.statements += reader.read(row)


_NAMES: Final = {
    "result": Kind.ELECTIONS, "election": Kind.ELECTIONS, "candidate": Kind.CANDIDATES,
    "elector": Kind.ELECTORS, "booth": Kind.BOOTHS, "people": Kind.PEOPLE, "worker": Kind.PEOPLE,
    "responsib": Kind.RESPONSIBILITIES, "scheme": Kind.SCHEMES, "fact": Kind.FACTS, "conflict": Kind.FACTS,
    "mandal": Kind.PLACES, "place": Kind.PLACES, "constituenc": Kind.CONSTITUENCIES,
}  # fmt: skip


def file_kind(name: str) -> Kind | None:
    """What a file's name promises, for the form to begin with."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    return next((kind for word, kind in _NAMES.items() if word in plain), None)
