"""Rows of a CSV or XLSX file as text cells, streamed; what cannot be read says where and how to mend it."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from dialer.errors import InputError
from dialer.i18n import N_

MAX_FILE_BYTES: Final = 200 * 1024 * 1024
MAX_COLUMNS: Final = 200

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``line``: its line in the file, or its row number in the sheet, counted from 1."""

    line: int
    cells: Sequence[str]


class RowSource(Protocol):
    """An opened table. ``format``: how it was understood, to be shown to the person."""

    format: str

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, the header too; ``InputError`` names file and line."""

    def share_read(self) -> float:
        """How much of the file has been read, 0..1."""

    def close(self) -> None:
        """Give the file back."""


def open_table(path: Path, sheet: str | None = None) -> AbstractContextManager[RowSource]:
    """Open a file by what it holds, not by its name.

    ``sheet``: the worksheet of an XLSX file; without it the first one that holds anything. ``InputError``
    when the file is missing, empty, above ``MAX_FILE_BYTES`` or neither CSV nor XLSX; of an oversized file
    nothing is read.
    """
    return _opened(path, sheet)


@contextmanager
def _opened(path: Path, sheet: str | None) -> Iterator[RowSource]:
    first_bytes = _check(path)
    source: RowSource
    if first_bytes.startswith(_ZIP):
        from dialer.contacts.reader_xlsx import XlsxSource

        source = XlsxSource(path, sheet)
    else:
        from dialer.contacts.reader_csv import CsvSource

        if sheet is not None:
            raise InputError(N_("{file}: is no XLSX file, so it has no sheets; leave --sheet out"), file=path)
        source = CsvSource(path)
    with closing(source):
        yield source


def _check(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(N_("{file}: is no file; name a CSV or XLSX file"), file=path)
        if status.st_size > MAX_FILE_BYTES:
            raise InputError(
                N_("{file}: has {size} MB, the limit is {limit} MB; split it into smaller files"),
                file=path,
                size=-(-status.st_size // 2**20),
                limit=MAX_FILE_BYTES // 2**20,
            )
        with path.open("rb") as file:
            first_bytes = file.read(8)
    except FileNotFoundError as fault:
        raise InputError(N_("{file}: no such file; check its path"), file=path) from fault
    except OSError as fault:
        raise InputError(
            N_("{file}: cannot be read: {why}; check its permissions"), file=path, why=fault.strerror
        ) from fault
    if not first_bytes:
        raise InputError(N_("{file}: is empty; export the list again"), file=path)
    if first_bytes.startswith(_OLD_EXCEL):
        text = N_("{file}: is an old or a locked Excel file; save it as .xlsx or CSV UTF-8")
        raise InputError(text, file=path)
    return first_bytes
