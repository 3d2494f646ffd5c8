"""XLSX: one worksheet, its cells as the text a person reads in them."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import python_calamine

from dialer.contacts.reader import MAX_COLUMNS, Row
from dialer.errors import InputError
from dialer.i18n import N_, translate

_ = translate

MAX_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
"""What a worksheet may be once unpacked: a million rows fit, a bomb does not."""


class XlsxSource:
    """A worksheet of an XLSX file; see ``RowSource``."""

    def __init__(self, path: Path, sheet: str | None) -> None:
        self._path = path
        _check_archive(path)
        try:
            self._book = python_calamine.load_workbook(str(path))
            self._sheet = self._find(sheet)
        except (python_calamine.CalamineError, OSError) as fault:
            raise InputError(
                N_("{file}: cannot be read as XLSX ({why}); open it in the spreadsheet and save it again"),
                file=path,
                why=str(fault)[:80],
            ) from fault
        self._height = self._sheet.total_height
        self._read = 0
        self.format = _("XLSX, sheet {name}").format(name=repr(self._sheet.name))

    def rows(self) -> Iterator[Row]:
        for line, values in enumerate(self._sheet.iter_rows(), start=1):
            self._read = line
            if len(values) > MAX_COLUMNS:
                raise InputError(
                    N_("{file}: line {line}: {what}"),
                    file=self._path,
                    line=line,
                    what=_("has more than {most} columns").format(most=MAX_COLUMNS),
                )
            cells = [_text(value) for value in values]
            if any(cell and not cell.isspace() for cell in cells):
                yield Row(line, cells)

    def share_read(self) -> float:
        return self._read / self._height if self._height else 1.0

    def close(self) -> None:
        self._book.close()

    def _find(self, wanted: str | None) -> python_calamine.CalamineSheet:
        names: Sequence[str] = self._book.sheet_names
        if wanted is not None:
            if wanted not in names:
                raise InputError(
                    N_("{file}: has no sheet {name!r}; there are: {names}"),
                    file=self._path,
                    name=wanted,
                    names=", ".join(names),
                )
            return self._book.get_sheet_by_name(wanted)
        for name in names:
            found = self._book.get_sheet_by_name(name)
            if found.total_height:
                return found
        raise InputError(N_("{file}: all its sheets are empty; export the list again"), file=self._path)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            is_workbook = "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError) as fault:
        raise InputError(N_("{file}: is a broken ZIP or XLSX file; export it again"), file=path) from fault
    if not is_workbook:
        raise InputError(
            N_("{file}: is a ZIP archive but no XLSX file; unpack it and name the file inside"), file=path
        )
    if unpacked > MAX_UNPACKED_BYTES:
        raise InputError(
            N_("{file}: holds {size} MB once unpacked, the limit is {limit} MB; split it into smaller files"),
            file=path,
            size=unpacked // 2**20,
            limit=MAX_UNPACKED_BYTES // 2**20,
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
