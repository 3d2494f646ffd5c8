"""One row of a file by its fields: read as text, days, numbers, places, with whatever is wrong gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dialer.contacts.numbers import Number, ascii_digits, read_number
from dialer.contacts.people import RowFault, tidy
from dialer.contacts.places import Constituencies, UnknownPlace
from dialer.contacts.reader import Row
from dialer.i18n import translate
from dialer.warroom.sheets import Columns, Kind
from dialer.warroom.statements import (
    NUMERIC_FACTS,
    PERCENT_FACTS,
    UNSOURCED,
    place_identity,
    read_count,
    read_day,
    read_percent,
)

_ = translate

_TRUE: Final = frozenset(("1", "yes", "y", "true", "x", "हाँ", "हां", "ha", "done", "पूर्ण", "preferred"))
LONGEST: Final = 300
"""Characters of a field that are kept."""


@dataclass(frozen=True, slots=True)
class Office:
    """What reading needs to know: places by identity, and what holds where a row says nothing."""

    places: Mapping[str, int]
    constituencies: Constituencies
    source: str = ""
    stated_on: str = ""
    invented: bool = False
    country_state: str = "chhattisgarh"


@dataclass(slots=True)
class Cells:
    """One row of a file of this kind, by fields; what is wrong with it is added to ``faults``.

    ``namesakes``: how often each candidacy stood in the file so far.
    """

    kind: Kind
    columns: Columns
    office: Office
    faults: list[RowFault]
    namesakes: Counter[str]
    row: Row

    @property
    def line(self) -> int:
        """Where the row stands in the file."""
        return self.row.line

    def at(self, column: int | None) -> str:
        """The cell of a column; empty when there is none."""
        return tidy(self.row.cells[column]) if column is not None and column < len(self.row.cells) else ""

    def text(self, name: str, most: int = LONGEST) -> str:
        """A field's text; a fault when it is longer than ``most`` characters."""
        value = self.at(self.columns.fields.get(name))
        if len(value) > most:
            text = _("{length} characters, at most {most} are kept; shorten it")
            self.fault(name, text.format(length=len(value), most=most))
        return value

    def fault(self, name: str, reason: str) -> None:
        """Say what is wrong with a field of this row."""
        column = self.columns.fields.get(name)
        heading = self.columns.headings[column] if column is not None else name
        self.faults.append(RowFault(self.line, heading, self.at(column)[:100], reason))

    def need(self, name: str, most: int = LONGEST) -> str:
        """As ``text``, but a fault when it is empty."""
        value = self.text(name, most)
        if not value:
            self.fault(name, _("is empty; fill it in"))
        return value

    def source(self, name: str = "") -> str:
        """Of a field if it has its own, else of the row, else of the file.

        In a file that gives sources field by field, a figure without one is from memory.
        """
        own = self.at(self.columns.sources.get(name))
        stated = own or self.at(self.columns.fields.get("source")) or self.office.source
        return stated or (UNSOURCED if self.columns.sources else "")

    @property
    def stated_on(self) -> str:
        """The source's day."""
        return self.day("source_date") or self.office.stated_on

    @property
    def invented(self) -> bool:
        """Whether the row was made up."""
        return self.office.invented or self.yes("invented")

    def yes(self, name: str) -> bool:
        """Whether a field says yes."""
        return self.text(name).casefold() in _TRUE

    def day(self, name: str) -> str:
        """An ISO day, empty when the field is."""
        text = self.text(name)
        day = read_day(text) if text else ""
        if day is None:
            self.fault(name, _("is no date; write it like 17.11.2023 or 2023-11-17"))
        return day or ""

    def number(self) -> int:
        """The constituency, which must be known unless constituencies are what is imported."""
        text = self.need("number")
        read = self.office.constituencies.read(text)
        if isinstance(read, UnknownPlace):
            self.fault("number", read.reason)
            return 0
        is_new = self.kind is Kind.CONSTITUENCIES
        if read is not None and not is_new and f"constituency:{read}" not in self.office.places:
            text = _("constituency {number} is not known here; import the constituencies first")
            self.fault("number", text.format(number=read))
        return read or 0

    def count(self, name: str) -> int | None:
        """A whole number, None when the field is empty."""
        text = ascii_digits(self.text(name))
        count = read_count(text) if text else None
        if text and count is None:
            self.fault(name, _("is no whole number; write it in digits"))
        return count

    def figure(self, name: str) -> str:
        """A fact's value in its plain form."""
        text = self.text(name)
        if not text:
            return ""
        return self.check(name, name.removesuffix("_en"), text)

    def check(self, name: str, key: str, text: str) -> str:
        """A fact's value in its plain form; a fault when it does not fit its key."""
        if key in NUMERIC_FACTS:
            count = read_count(ascii_digits(text))
            if count is None:
                self.fault(name, _("is no whole number; write it in digits"))
            return str(count)
        if key in PERCENT_FACTS:
            share = read_percent(ascii_digits(text))
            if share is None:
                self.fault(name, _("is no per cent between 0 and 100"))
            return f"{share:g}" if share is not None else ""
        return text

    def place(self, kind: str, name: str, constituency: int) -> str:
        """The identity of a place of this constituency that must be known; empty when the cell is."""
        text = ascii_digits(self.text(name))
        if not text:
            return ""
        identity = place_identity(kind, constituency, whole(text))
        if identity not in self.office.places:
            text = _("{what} is not known in constituency {number}; import it first")
            self.fault(name, text.format(what=self.text(name), number=constituency))
        return identity

    def phone(self) -> str:
        """A telephone in E.164, empty when the cell is."""
        cell = self.text("phone")
        if not cell:
            return ""
        read = read_number(cell)
        if isinstance(read, Number):
            return read.phone
        self.fault("phone", read.reason)
        return ""


def whole(text: str) -> str:
    """A number as a spreadsheet may give it, 12.0, without its point."""
    return text[:-2] if text.endswith(".0") else text
