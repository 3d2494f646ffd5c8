"""CSV: UTF-8 only, delimiter found on the first lines, faults with the line they are on."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dialer.contacts.reader import MAX_COLUMNS, Row
from dialer.errors import InputError
from dialer.i18n import N_, translate

_ = translate

MAX_CELL: Final = 2 * 1024 * 1024
MAX_LINE: Final = 2 * MAX_CELL
"""Above these a file is not worth judging row by row: it is no table, or a quotation mark is not closed."""

_DELIMITERS: Final = ",;\t|"
_DELIMITER_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|"}
_SAMPLE_BYTES: Final = 64 * 1024
_SAMPLE_ROWS: Final = 20
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _CheckedText(io.TextIOBase):
    """Lines of a UTF-8 file as text; stops at the first byte that is none and at a NUL."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        self._bytes_before = 0
        self._line = 0
        if self._file.read(3) != codecs.BOM_UTF8:
            self._file.seek(0)
        else:
            self._bytes_before = 3

    @property
    def bytes_read(self) -> int:
        return self._bytes_before

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        while raw := self._file.readline(MAX_LINE):
            self._line += 1
            if b"\0" in raw:
                raise self._fault(_("a NUL byte, so it is no text"), raw.index(b"\0"))
            if len(raw) == MAX_LINE:
                raise self._fault(_("a line longer than {limit} MB").format(limit=MAX_LINE // 2**20), 0)
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as fault:
                raise self._fault(_("not UTF-8"), fault.start) from fault
            self._bytes_before += len(raw)

    def _fault(self, what: str, offset: int) -> InputError:
        return InputError(
            N_(
                "{file}: line {line}, byte {byte}: {what}; save it as 'CSV UTF-8' in the spreadsheet, "
                "or convert it: iconv -f WINDOWS-1252 -t UTF-8 (use the encoding it was written in)"
            ),
            file=self._path,
            line=self._line,
            byte=self._bytes_before + offset + 1,
            what=what,
        )

    def close(self) -> None:
        self._file.close()
        super().close()


class CsvSource:
    """A CSV file; see ``RowSource``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
        if sample.startswith(_WIDE):
            raise InputError(N_("{file}: is UTF-16; save it as 'CSV UTF-8' in the spreadsheet"), file=path)
        self._delimiter = find_delimiter(sample.decode("utf-8-sig", errors="replace"))
        self._text = _CheckedText(path)
        self.format = f"CSV, UTF-8, {_DELIMITER_NAMES[self._delimiter]}"

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(MAX_CELL)
        # strict: a quotation mark out of place would otherwise swallow the rows behind it unseen
        reader = csv.reader(self._text, delimiter=self._delimiter, strict=True)
        first_line = 1
        try:
            for cells in reader:
                if len(cells) > MAX_COLUMNS:
                    raise self._fault(first_line, _("has more than {most} columns").format(most=MAX_COLUMNS))
                if any(cell and not cell.isspace() for cell in cells):
                    yield Row(first_line, cells)
                first_line = reader.line_num + 1
        except csv.Error as fault:
            raise self._fault(first_line, _explain(fault)) from fault

    def share_read(self) -> float:
        return self._text.bytes_read / self._size if self._size else 1.0

    def close(self) -> None:
        self._text.close()

    def _fault(self, line: int, what: str) -> InputError:
        return InputError(N_("{file}: line {line}: {what}"), file=self._path, line=line, what=what)


def _explain(fault: csv.Error) -> str:
    words = str(fault)
    if "new-line" in words:
        return _("has line ends of an old kind; save it as 'CSV UTF-8' in the spreadsheet")
    text = _("a quotation mark is out of place or never closed; correct the row there ({why})")
    return text.format(why=words)


def find_delimiter(sample: str) -> str:
    """The delimiter with which the first rows have the same number of columns, the most of them.

    A file of one column has no delimiter; a comma serves then.
    """
    lines = sample.splitlines(keepends=True)
    complete = lines[:-1] if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")) else lines
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(complete, delimiter)
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if (alike, widths[0]) > best_score:
            best, best_score = delimiter, (alike, widths[0])
    return best


def _widths(lines: list[str], delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # an overlong cell is told of, with its line, when the rows are read
    return widths
