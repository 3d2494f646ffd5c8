"""Checked people between reading a file and storing it: on disk, so that a long list needs little memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dialer.core.people import Person


class Spool:
    """People in the order they were added, readable any number of times.

    The file has no name: it vanishes with the process, whatever ends it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder)
        self._count = 0

    def add(self, person: Person) -> None:
        """Keep one more."""
        self._file.write(json.dumps(_as_row(person), ensure_ascii=False, separators=(",", ":")))
        self._file.write("\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Person]:
        self._file.seek(0)
        for line in self._file:
            row = json.loads(line)
            row[8] = tuple(row[8])
            yield Person(*row)

    def close(self) -> None:
        """Forget them."""
        self._file.close()


def _as_row(person: Person) -> tuple[object, ...]:
    return (
        person.line,
        person.phone,
        person.name,
        person.language,
        person.constituency,
        person.booth,
        person.kind,
        person.role,
        person.schemes,
        person.attributes,
    )
