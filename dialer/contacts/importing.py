"""A file of people, from its first byte to the database: checked wholly, then stored wholly."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dialer.contacts.mapping import Mapped, map_columns
from dialer.contacts.numbers import Number, read_number
from dialer.contacts.people import OTHER_NUMBERS, PersonReader, RowFault
from dialer.contacts.places import Constituencies
from dialer.contacts.reader import Row, open_table
from dialer.contacts.reporting import RowReport
from dialer.contacts.spool import Spool
from dialer.core.people import Person
from dialer.errors import InputError, StoreBusy
from dialer.i18n import N_, translate
from dialer.store.lists import ImportedFile, Lists, ListTerms, Receipt

_ = translate

SHOWN_FAULTS: Final = 10
PROGRESS_ROWS: Final = 500
BUSY_TRIES: Final = 6
BUSY_PAUSE_S: Final = 1.0

Progress = Callable[[float], None]
"""Takes the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the file is to be read. ``columns``: field to heading; ``kind``: of rows that state none."""

    columns: Mapping[str, str] = field(default_factory=dict)
    drop: Sequence[str] = ()
    kind: str | None = None
    sheet: str | None = None


@dataclass(slots=True)
class Checked:
    """A file that was read to its end.

    ``rows``: without headings and blank rows. ``rejected``: rows with a fault. ``duplicates``: rows with a
    number of an earlier row. ``several``: rows with several numbers, of which the first is called.
    ``reasons``: how often each (heading, reason) came. ``people``: what is good, each number once.
    """

    file: Path
    format: str
    mapped: Mapped
    people: Spool
    report: RowReport
    rows: int = 0
    rejected: int = 0
    duplicates: int = 0
    several: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_faults: list[RowFault] = field(default_factory=list)

    def refuse_unless_usable(self, skip_bad: bool) -> None:
        """``InputError`` when a row was rejected and ``skip_bad`` is not set, or when nobody is left."""
        if not len(self.people):
            text = N_(
                "{file}: not one of {rows} rows can be used; first, line {line}: {reason}; all: {report}"
            )
        elif self.rejected and not skip_bad:
            text = N_(
                "{file}: {bad} of {rows} rows cannot be used, so nothing was stored; first, line {line}: "
                "{reason}; correct those in {report}, or add --skip-bad to leave them out"
            )
        else:
            return
        first = self.first_faults[0]
        reason = f"{first.column}: {first.reason}" if first.column else first.reason
        raise InputError(
            text,
            file=self.file,
            bad=self.rejected,
            rows=self.rows,
            line=first.line,
            reason=reason,
            report=self.report.path,
        )


@contextmanager
def check_file(
    file: Path, wishes: Wishes, places: Constituencies, data: Path, list_name: str, progress: Progress
) -> Iterator[Checked]:
    """Read and judge the whole file; nothing is stored yet. ``data``: where report and spool go.

    ``InputError`` when the file as a whole cannot be used; faults of rows are in what is yielded.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open_table(file, wishes.sheet) as table:
        rows = table.rows()
        mapped = map_columns(file, read_headings(file, rows), wishes.columns, wishes.drop)
        checked = Checked(
            file=file,
            format=table.format,
            mapped=mapped,
            people=Spool(data),
            report=RowReport(report_folder(data, list_name)),
        )
        try:
            reader = PersonReader(mapped, places, wishes.kind)
            with _disk_faults(file, data):
                _judge_rows(checked, rows, reader, lambda: progress(table.share_read()))
            progress(1.0)
            yield checked
        finally:
            checked.people.close()
            checked.report.close()


@contextmanager
def _disk_faults(file: Path, data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        text = N_("{file}: checking it stopped: {why}; look at its disk and at the room left in {data}")
        raise InputError(text, file=file, why=fault.strerror, data=data) from fault


def read_headings(file: Path, rows: Iterator[Row]) -> Sequence[str]:
    """The first row that is not blank; ``InputError`` when it is missing or holds a telephone number."""
    heading = next(rows, None)
    if heading is None:
        raise InputError(N_("{file}: holds only blank lines; export the list again"), file=file)
    if any(isinstance(read_number(cell), Number) for cell in heading.cells):
        text = N_(
            "{file}: line {line} holds a telephone number where the headings should be; put a line like "
            "name,phone,constituency above it"
        )
        raise InputError(text, file=file, line=heading.line)
    return heading.cells


def _judge_rows(
    checked: Checked, rows: Iterator[Row], reader: PersonReader, tell_progress: Callable[[], None]
) -> None:
    first_line_of: dict[int, int] = {}
    for row in rows:
        checked.rows += 1
        if checked.rows % PROGRESS_ROWS == 0:
            tell_progress()
        read = reader.read(row)
        if isinstance(read, Person):
            _take(checked, read, first_line_of)
        else:
            _reject(checked, read)
    if not checked.rows:
        raise InputError(N_("{file}: holds headings but no rows; export the list again"), file=checked.file)


def _take(checked: Checked, person: Person, first_line_of: dict[int, int]) -> None:
    number = int(person.phone)  # half the memory of the text, for lists of a million
    first_line = first_line_of.setdefault(number, person.line)
    if first_line != person.line:
        checked.duplicates += 1
        reason = _("the same number as in line {line}; that row is kept").format(line=first_line)
        checked.report.add(person.line, "duplicate", "", "", reason)
        return
    checked.several += OTHER_NUMBERS in person.attributes
    checked.people.add(person)


def _reject(checked: Checked, faults: Sequence[RowFault]) -> None:
    checked.rejected += 1
    for fault in faults:
        checked.reasons[fault.column, fault.reason] += 1
        checked.report.add(fault.line, "rejected", fault.column, fault.value, fault.reason)
        if len(checked.first_faults) < SHOWN_FAULTS:
            checked.first_faults.append(fault)


async def store_checked(
    lists: Lists, terms: ListTerms, checked: Checked, language: str, by: str, now: float
) -> Receipt:
    """Put everyone of a checked file on the list, or nobody. Conflicts are added to the report.

    A database that is busy is asked again for some seconds before ``StoreBusy`` is raised.
    """
    file = ImportedFile(
        name=checked.file.name,
        sha256=await asyncio.to_thread(_sha256, checked.file),
        rows_read=checked.rows,
        rows_rejected=checked.rejected,
    )
    for further_tries in reversed(range(BUSY_TRIES)):
        try:
            receipt = await lists.import_people(terms, file, lambda: checked.people, language, by, now)
            break
        except StoreBusy:
            if not further_tries:
                raise
            await asyncio.sleep(BUSY_PAUSE_S)
    for conflict in receipt.conflicts:
        reason = _("known as {known}; the known value is kept").format(known=conflict.known[:60])
        checked.report.add(conflict.line, "conflict", conflict.field, conflict.stated, reason)
    return receipt


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def report_folder(data: Path, list_name: str) -> Path:
    """A folder for the report of this import, named by the time and the list; it is not made yet."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    slug = re.sub(r"[^\w-]+", "-", list_name).strip("-")[:40]
    return data / "imports" / (f"{stamp}-{slug}" if slug else stamp)
