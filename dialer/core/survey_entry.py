"""Digits typed at a question: numbers and dates. Keys that mean something else are preceded by a star."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dialer.core.survey_model import Kind, Node

DATE_DIGITS = 8
"""Day, month and year: ``15081947``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys typed so far; ``star``: the last key was a star, so the next one is no digit of the answer."""

    keys: str = ""
    star: bool = False

    def value(self, node: Node) -> str | None:
        """The answer as it is stored (a number, or an ISO date); None when it is none that ``node`` takes."""
        if not self.keys:
            return None
        number = int(self.keys)
        if node.kind is Kind.NUMBER:
            return str(number) if node.minimum <= number <= node.maximum else None
        return _day(self.keys, node)


def _day(keys: str, node: Node) -> str | None:
    if len(keys) != DATE_DIGITS:
        return None
    try:
        day = date(int(keys[4:]), int(keys[2:4]), int(keys[:2]))
    except ValueError:
        return None
    return day.isoformat() if node.minimum <= day.toordinal() <= node.maximum else None


def longest(node: Node) -> int:
    """How many digits the longest answer has."""
    return DATE_DIGITS if node.kind is Kind.DATE else len(str(node.maximum))


def take_digit(entry: Entry, key: str, node: Node) -> tuple[Entry, bool, str]:
    """``(entry, whether it is complete, the control key that was asked for or empty)``."""
    if entry.star:
        return Entry(entry.keys), False, key
    if key == "*":
        return Entry(entry.keys, star=True), False, ""
    if key == "#":
        return entry, True, ""
    grown = Entry(entry.keys + key)
    return grown, len(grown.keys) >= longest(node), ""
