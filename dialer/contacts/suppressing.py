"""A file of numbers that are not to be called: the formats of contact lists, one column of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from dialer.contacts.headings import Field
from dialer.contacts.importing import PROGRESS_ROWS, Progress, read_headings, report_folder
from dialer.contacts.mapping import map_columns
from dialer.contacts.numbers import NotANumber, read_number
from dialer.contacts.reader import Row, open_table
from dialer.contacts.reporting import RowReport
from dialer.errors import InputError
from dialer.i18n import N_


@dataclass(slots=True)
class CheckedNumbers:
    """A file that was read to its end. ``phones``: E.164, each once; of a cell with several, all of them."""

    file: Path
    report: RowReport
    phones: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    rejected: int = 0
    first_fault: tuple[int, str] = (0, "")

    def refuse_unless_usable(self, skip_bad: bool) -> None:
        """``InputError`` when a row was rejected and ``skip_bad`` is not set, or when no number is left."""
        if self.phones and (skip_bad or not self.rejected):
            return
        text = N_(
            "{file}: {bad} of {rows} rows hold no number, so nothing was stored; first, line {line}: "
            "{reason}; correct those in {report}, or add --skip-bad to leave them out"
        )
        line, reason = self.first_fault
        raise InputError(
            text,
            file=self.file,
            bad=self.rejected,
            rows=self.rows,
            line=line,
            reason=reason,
            report=self.report.path,
        )


@contextmanager
def check_numbers(
    file: Path, column: str, sheet: str | None, data: Path, progress: Progress
) -> Iterator[CheckedNumbers]:
    """Read the whole file; nothing is stored yet. ``column``: the heading of the numbers, empty to guess.

    A file of one column needs no heading.
    """
    with open_table(file, sheet) as table:
        first, rows = _first_and_all(table.rows())
        index, heading = 0, ""
        if first is None or len(first.cells) > 1 or isinstance(read_number(first.cells[0]), NotANumber):
            wishes = {Field.PHONE.value: column} if column else {}
            mapped = map_columns(file, read_headings(file, rows), wishes)
            index, heading = mapped.fields[Field.PHONE], mapped.heading(Field.PHONE)
        checked = CheckedNumbers(file, RowReport(report_folder(data, "suppress")))
        try:
            _judge(checked, rows, index, heading, lambda: progress(table.share_read()))
            yield checked
        finally:
            checked.report.close()


def _first_and_all(rows: Iterator[Row]) -> tuple[Row | None, Iterator[Row]]:
    first = next(rows, None)
    return first, chain(() if first is None else (first,), rows)


def _judge(
    checked: CheckedNumbers, rows: Iterator[Row], index: int, heading: str, tell_progress: Callable[[], None]
) -> None:
    for row in rows:
        checked.rows += 1
        if checked.rows % PROGRESS_ROWS == 0:
            tell_progress()
        cell = row.cells[index] if index < len(row.cells) else ""
        read = read_number(cell)
        if isinstance(read, NotANumber):
            checked.rejected += 1
            checked.first_fault = checked.first_fault if checked.rejected > 1 else (row.line, read.reason)
            checked.report.add(row.line, "rejected", heading, cell, read.reason)
        else:
            checked.phones |= dict.fromkeys((read.phone, *read.others))
    if not checked.rows:
        raise InputError(N_("{file}: holds headings but no rows; export the list again"), file=checked.file)
