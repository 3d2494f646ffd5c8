"""Makes files of people as offices send them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter

from dialer.contacts.importing import Checked, Wishes, check_file
from dialer.contacts.places import load_constituencies

FIXTURES = Path(__file__).parents[1] / "fixtures" / "lists"

Rows = Iterable[Sequence[object]]


def write_csv(file: Path, rows: Rows, encoding: str = "utf-8") -> Path:
    """Rows as a spreadsheet exports them."""
    with file.open("w", newline="", encoding=encoding) as out:
        csv.writer(out).writerows(rows)
    return file


def write_xlsx(file: Path, sheets: dict[str, Rows]) -> Path:
    """Numbers stay numbers, as they do in Excel."""
    book = xlsxwriter.Workbook(str(file))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return file


def people(count: int, first: int = 9_826_000_000) -> Iterator[list[object]]:
    """A heading and ``count`` people, each with a number of their own."""
    yield ["name", "phone", "constituency"]
    for number in range(count):
        yield [f"Person {number}", first + number, 62 + number % 6]


@contextmanager
def checked(file: Path, data: Path, **wishes: object) -> Iterator[Checked]:
    """The file as ``check_file`` reads it, with the places of Durg."""
    wanted = Wishes(**wishes)  # type: ignore[arg-type]
    with check_file(file, wanted, load_constituencies(), data, "test", lambda share: None) as found:
        yield found
