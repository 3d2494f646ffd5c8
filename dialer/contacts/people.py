"""One row of a list -> one person, or everything that is wrong with the row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from dialer.contacts.headings import Field
from dialer.contacts.mapping import Mapped
from dialer.contacts.numbers import Number, ascii_digits, read_number
from dialer.contacts.places import Constituencies, UnknownPlace
from dialer.contacts.reader import Row
from dialer.core.people import Person
from dialer.i18n import translate

_ = translate

KINDS: Final = ("citizen", "beneficiary", "worker")
LANGUAGES: Final = ("hi", "en")
MAX_LENGTH: Final = {Field.NAME: 120, Field.BOOTH: 40, Field.ROLE: 80, Field.SCHEMES: 600}
MAX_ATTRIBUTE: Final = 300
MAX_SCHEMES: Final = 20
OTHER_NUMBERS: Final = "other_numbers"
"""The attribute that keeps further numbers of a cell; they are shown, never called."""

_LANGUAGE_WORDS: Final = {
    "hi": "hi", "hin": "hi", "hindi": "hi", "हिंदी": "hi", "हिन्दी": "hi",
    "en": "en", "eng": "en", "english": "en", "अंग्रेजी": "en", "अंग्रेज़ी": "en", "इंग्लिश": "en",
}  # fmt: skip
_KIND_WORDS: Final = {
    "citizen": "citizen", "voter": "citizen", "public": "citizen", "नागरिक": "citizen", "मतदाता": "citizen",
    "beneficiary": "beneficiary", "हितग्राही": "beneficiary", "लाभार्थी": "beneficiary",
    "worker": "worker", "office-bearer": "worker", "कार्यकर्ता": "worker", "पदाधिकारी": "worker",
}  # fmt: skip
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]+")
_SCHEME_SEPARATOR = re.compile(r"[,;|/\n]")
_WHOLE_AS_FRACTION = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell. ``column`` is its heading; ``reason`` in the selected language."""

    line: int
    column: str
    value: str
    reason: str


class PersonReader:
    """Reads rows by one mapping.

    ``kind``: of rows that state none; without it schemes make a beneficiary and a role a worker.
    """

    def __init__(self, mapped: Mapped, places: Constituencies, kind: str | None = None) -> None:
        self._mapped = mapped
        self._read_place = lru_cache(maxsize=4096)(places.read)
        self._kind = kind

    def read(self, row: Row) -> Person | list[RowFault]:
        """The person of the row, or all its faults in the order of the fields."""
        faults: list[RowFault] = []
        if len(row.cells) > len(self._mapped.headings) and any(row.cells[len(self._mapped.headings) :]):
            text = _("{cells} cells where the headings are {headings}; look for a stray separator")
            reason = text.format(cells=len(row.cells), headings=len(self._mapped.headings))
            return [RowFault(row.line, "", "", reason)]
        number = self._number(row, faults)
        name = self._words(row, Field.NAME, faults)
        booth = ascii_digits(self._words(row, Field.BOOTH, faults))
        role = self._words(row, Field.ROLE, faults)
        schemes = self._schemes(row, faults)
        person = Person(
            line=row.line,
            phone=number.phone if number else "",
            name=name,
            language=self._choice(row, Field.LANGUAGE, _LANGUAGE_WORDS, faults),
            constituency=self._constituency(row, faults),
            booth=whole[1] if (whole := _WHOLE_AS_FRACTION.fullmatch(booth)) else booth,
            kind=self._choice(row, Field.KIND, _KIND_WORDS, faults) or self._implied_kind(schemes, role),
            role=role,
            schemes=schemes,
            attributes=self._attributes(row, number, faults),
        )
        return faults or person

    def _cell(self, row: Row, column: int) -> str:
        if column >= len(row.cells):
            return ""
        return tidy(row.cells[column])

    def _field(self, row: Row, wanted: Field) -> str:
        column = self._mapped.fields.get(wanted)
        return "" if column is None else self._cell(row, column)

    def _fault(self, row: Row, wanted: Field, value: str, reason: str) -> RowFault:
        return RowFault(row.line, self._mapped.heading(wanted) or wanted.value, value, reason)

    def _number(self, row: Row, faults: list[RowFault]) -> Number | None:
        column = self._mapped.fields[Field.PHONE]
        cell = row.cells[column] if column < len(row.cells) else ""
        read = read_number(cell)
        if isinstance(read, Number):
            return read
        faults.append(self._fault(row, Field.PHONE, cell, read.reason))
        return None

    def _words(self, row: Row, wanted: Field, faults: list[RowFault]) -> str:
        text = self._field(row, wanted)
        if len(text) > MAX_LENGTH[wanted]:
            faults.append(self._fault(row, wanted, text, too_long(text, MAX_LENGTH[wanted])))
        return text

    def _choice(
        self, row: Row, wanted: Field, words: Mapping[str, str], faults: list[RowFault]
    ) -> str | None:
        text = self._field(row, wanted)
        if not text:
            return None
        found = words.get(text.casefold())
        if found is None:
            known = ", ".join(dict.fromkeys(words.values()))
            faults.append(self._fault(row, wanted, text, _("is not one of: {known}").format(known=known)))
        return found

    def _constituency(self, row: Row, faults: list[RowFault]) -> int | None:
        text = self._field(row, Field.CONSTITUENCY)
        read = self._read_place(text)
        if isinstance(read, UnknownPlace):
            faults.append(self._fault(row, Field.CONSTITUENCY, text, read.reason))
            return None
        return read

    def _schemes(self, row: Row, faults: list[RowFault]) -> tuple[str, ...]:
        text = self._words(row, Field.SCHEMES, faults)
        if not text:
            return ()
        schemes = tuple(dict.fromkeys(part.strip() for part in _SCHEME_SEPARATOR.split(text) if part.strip()))
        if len(schemes) > MAX_SCHEMES:
            reason = _("more than {most} schemes").format(most=MAX_SCHEMES)
            faults.append(self._fault(row, Field.SCHEMES, text, reason))
        return schemes

    def _implied_kind(self, schemes: Sequence[str], role: str) -> str | None:
        if self._kind is not None:
            return self._kind
        return "beneficiary" if schemes else "worker" if role else None

    def _attributes(self, row: Row, number: Number | None, faults: list[RowFault]) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        for column, name in self._mapped.attributes.items():
            text = self._cell(row, column)
            if len(text) > MAX_ATTRIBUTE:
                faults.append(RowFault(row.line, name, text, too_long(text, MAX_ATTRIBUTE)))
            elif text:
                attributes[name] = text
        if number and number.others:
            attributes[OTHER_NUMBERS] = list(number.others)
        return attributes


def tidy(cell: str) -> str:
    """The cell's text in composed form, on one line, without a spreadsheet's apostrophe."""
    if not cell:
        return cell
    text = cell if cell.isascii() else unicodedata.normalize("NFC", cell)
    return " ".join(_CONTROL.sub(" ", text).split()).removeprefix("'").strip()


def too_long(text: str, most: int) -> str:
    """The reason for a cell that is too long."""
    return _("{length} characters, at most {most} are kept; shorten it").format(length=len(text), most=most)
