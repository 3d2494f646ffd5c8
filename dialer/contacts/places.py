"""Constituencies by number and by name in Hindi or English."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dialer.contacts.headings import plain_heading
from dialer.contacts.numbers import ascii_digits
from dialer.errors import InputError
from dialer.i18n import N_, translate

_ = translate

HIGHEST_NUMBER: Final = 403
"""Seats of the largest legislative assembly of India, that of Uttar Pradesh."""

_NUMBER = re.compile(r"(?<!\d)(\d{1,3})(?:\.0+)?(?![\d.])")
_RESERVATION = re.compile(r"\((?:sc|st|gen|अजा|अजजा)\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """Why a cell names no constituency, in the selected language."""

    reason: str


@dataclass(frozen=True, slots=True)
class Constituencies:
    """The office's constituencies. ``names``: number to (English, Hindi); ``by_name``: spelling to number."""

    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    by_name: Mapping[str, int] = field(default_factory=dict)

    def read(self, cell: str) -> int | UnknownPlace | None:
        """``62``, ``६२``, ``62 - पाटन``, ``Patan`` -> 62; None for an empty cell.

        A number need not be known by name, but it must lie in 1..``HIGHEST_NUMBER``, and a known name
        beside it must be its own.
        """
        text = _RESERVATION.sub("", ascii_digits(cell)).strip()
        if not text:
            return None
        found = _NUMBER.findall(text)
        named = self.by_name.get(plain_heading(_NUMBER.sub(" ", text)))
        if not found and not any(character.isdigit() for character in text):
            return named if named is not None else self._unknown()
        number = int(found[0]) if len(found) == 1 else 0
        if not 1 <= number <= HIGHEST_NUMBER:
            reason = _("a constituency's number lies between 1 and {most}")
            return UnknownPlace(reason.format(most=HIGHEST_NUMBER))
        if named is not None and named != number:
            return UnknownPlace(_("the name belongs to constituency {number}").format(number=named))
        return number

    def name(self, number: int | None, language: str) -> str:
        """The name to show, empty when there is none."""
        names = self.names.get(number) if number is not None else None
        return "" if names is None else names[1 if language == "hi" else 0]

    def _unknown(self) -> UnknownPlace:
        if not self.names:
            return UnknownPlace(_("give the constituency's number"))
        known = ", ".join(f"{number} {hindi}" for number, (_english, hindi) in sorted(self.names.items()))
        reason = _("no constituency is called so; give its number or one of: {known}")
        return UnknownPlace(reason.format(known=known))


def load_constituencies(data: Path | None = None) -> Constituencies:
    """From ``DATA/constituencies.csv`` if the office has one, else those of Durg that come with the program.

    Columns: number, name_en, name_hi, other_names (separated by ``;``). ``InputError`` names the line.
    """
    own = data / "constituencies.csv" if data else None
    file = own if own and own.exists() else Path(__file__).with_name("constituencies.csv")
    names: dict[int, tuple[str, str]] = {}
    by_name: dict[str, int] = {}
    with file.open(encoding="utf-8-sig", newline="") as source:
        for line, row in enumerate(csv.DictReader(source), start=2):
            try:
                number = int(row["number"])
                spellings = (row["name_en"], row["name_hi"], *(row.get("other_names") or "").split(";"))
            except (KeyError, ValueError, TypeError) as fault:
                text = N_("{file}: line {line}: needs number, name_en and name_hi")
                raise InputError(text, file=file, line=line) from fault
            names[number] = (spellings[0], spellings[1])
            by_name |= {plain_heading(spelling): number for spelling in spellings if spelling}
    return Constituencies(names, by_name)
