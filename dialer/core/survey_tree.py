"""The tree of a survey's file, and reading fields from it with every fault collected, line and node named.

The tree comes from YAML or JSON; its scalars are all text, so that ``no`` and ``09`` stay what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

LONGEST_NAME = 40
"""Characters of a name; the store keeps no more."""
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    line: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order of the file, duplicate keys kept."""

    line: int
    rows: tuple[tuple[Text, Item], ...]


Item = Text | Listing | Table


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where. ``node`` is empty outside the nodes."""

    line: int
    node: str
    what: str


class SurveyFaults(Exception):
    """A survey that cannot be asked; ``faults`` in the order of the file."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults in a survey")
        self.faults = sorted(faults, key=lambda fault: fault.line)


def tree_of(value: Any) -> Item:
    """The tree of plain data (as JSON gives it), without lines."""
    if isinstance(value, dict):
        return Table(0, tuple((Text(0, str(key)), tree_of(part)) for key, part in value.items()))
    if isinstance(value, list):
        return Listing(0, tuple(tree_of(part) for part in value))
    return Text(0, str(value))


def plain(item: Item) -> Any:
    """Plain data of a tree, for JSON; ``tree_of`` leads back."""
    if isinstance(item, Table):
        return {key.text: plain(part) for key, part in item.rows}
    if isinstance(item, Listing):
        return [plain(part) for part in item.items]
    return item.text


def rows_of(item: Item) -> tuple[tuple[Text, Item], ...]:
    """The rows of a mapping; none of anything else."""
    return item.rows if isinstance(item, Table) else ()


@dataclass(slots=True)
class Row:
    """A mapping with the right to ask for each field once."""

    line: int
    fields: dict[str, Item] = field(default_factory=dict)


class FieldReader:
    """Reads fields of mappings; a wrong one is a fault and counts as its default, so that reading goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.node = ""

    def fault(self, line: int, what: str) -> None:
        """Remember a fault of the node that is being read."""
        self.faults.append(Fault(line, self.node, what))

    def row(self, item: Item, where: str, allowed: set[str], line: int | None = None) -> Row:
        """The fields of a mapping; those that are not ``allowed`` are faults."""
        row = Row(item.line if line is None else line)
        if not isinstance(item, Table):
            self.fault(row.line, f"{where}: a mapping is needed")
            return row
        for key, part in item.rows:
            if key.text not in allowed:
                known = ", ".join(sorted(allowed))
                self.fault(key.line, f"{key.text}: unknown in {where}; there may be {known}")
            elif key.text in row.fields:
                self.fault(key.line, f"{key.text}: stands twice in {where}")
            else:
                row.fields[key.text] = part
        return row

    def text(self, row: Row, name: str, default: str) -> str:
        """One word or sentence."""
        item = row.fields.get(name)
        if item is None:
            return default
        if not isinstance(item, Text):
            self.fault(item.line, f"{name}: one word is needed")
            return default
        return item.text.strip()

    def words(self, item: Item, name: str) -> Iterator[str]:
        """A word, or each of a list."""
        parts = item.items if isinstance(item, Listing) else (item,)
        for part in parts:
            if isinstance(part, Text):
                yield part.text.strip()
            else:
                self.fault(part.line, f"{name}: a word or a list of words is needed")

    def word(self, row: Row, name: str, form: re.Pattern[str], what: str) -> str:
        """A word of a form; ``what`` names the form."""
        word = self.text(row, name, "")
        if not form.fullmatch(word) or len(word) > LONGEST_NAME:
            item = row.fields.get(name)
            self.fault(item.line if item else row.line, f"{name}: {word!r} is not {what}")
        return word

    def number(self, row: Row, name: str, default: float, low: float, high: float) -> float:
        """A number within ``[low, high]``."""
        found = self._number(row, name, low, high, float)
        return default if found is None else found

    def whole(self, row: Row, name: str, default: int, low: int, high: int) -> int:
        """A whole number within ``[low, high]``."""
        found = self._number(row, name, low, high, int)
        return default if found is None else int(found)

    def bound(self, row: Row, name: str) -> float | None:
        """A number, or None when nothing is said."""
        return self._number(row, name, -1e12, 1e12, float)

    def _number(
        self, row: Row, name: str, low: float, high: float, form: Callable[[str], float]
    ) -> float | None:
        item = row.fields.get(name)
        if item is None:
            return None
        word = item.text if isinstance(item, Text) else ""
        try:
            value = form(word)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            self.fault(item.line, f"{name}: {word!r} is not a number from {low:g} to {high:g}")
            return None
        return value

    def truth(self, row: Row, name: str, default: bool) -> bool:
        """Yes or no."""
        item = row.fields.get(name)
        if item is None:
            return default
        word = item.text.lower() if isinstance(item, Text) else ""
        if word not in _BOOLEANS:
            self.fault(item.line, f"{name}: {word!r} is not yes or no")
        return _BOOLEANS.get(word, default)
