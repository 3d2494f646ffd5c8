"""The file that tells of every row of a list that was not taken as it stood."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import IO, Any, Final

MAX_VALUE: Final = 60
_FORMULA: Final = ("=", "+", "-", "@", "\t")


class RowReport:
    """``rows.csv`` in a folder of its own, made with the first line; only its owner may read it.

    Columns: line, what (rejected, duplicate, conflict), column, value, reason. A spreadsheet opens it: it
    begins with a byte order mark, and a value that would be taken for a formula gets an apostrophe.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "rows.csv"
        self._out: IO[str] | None = None
        self._rows: Any = None

    @property
    def path(self) -> Path | None:
        """Where the report is, None when there was nothing to tell."""
        return self._file if self._rows is not None else None

    def add(self, line: int, what: str, column: str, value: str, reason: str) -> None:
        """Tell of one cell, or of one row with ``column`` empty."""
        if self._rows is None:
            self._open()
        self._rows.writerow([line, what, _safe(column), _safe(value[:MAX_VALUE]), reason])

    def close(self) -> None:
        """Write what is still held back."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def _open(self) -> None:
        self._file.parent.mkdir(parents=True, mode=0o700)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._out)
        self._rows.writerow(["line", "what", "column", "value", "reason"])


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
