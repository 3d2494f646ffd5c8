"""The parts of cards that facts alone decide, kept as they are shown until somebody changes the war room.

What is kept is HTML for a role in a language: telephones masked, nothing of a sign-in, no figure of calls.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

MOST_KEPT: Final = 32
"""About 100 kB each."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that decides what is kept. ``version``: of the war room; ``on``: as of which day, or empty;
    ``today``: the office's day, by which posts are held and responsibilities are late.
    """

    version: int
    number: int
    on: str
    today: str
    language: str
    may_edit: bool
    may_call: bool


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card without what calls said. ``schemes``: code to name and short name."""

    number: int
    title: str
    schemes: Mapping[str, tuple[str, str]]
    head: Markup
    tiles: Markup
    results: Markup
    electors: Markup
    people: Markup


class KeptCards:
    """Those looked at last, of the newest version only."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._version = -1
        self._kept: OrderedDict[Sight, KeptCard] = OrderedDict()

    def get(self, sight: Sight) -> KeptCard | None:
        """What was kept for this sight, if anything."""
        kept = self._kept.get(sight)
        if kept is not None:
            self._kept.move_to_end(sight)
        return kept

    def forget(self) -> None:
        """Everything."""
        self._kept.clear()

    def put(self, sight: Sight, card: KeptCard) -> None:
        """Keep it; what belongs to earlier versions is forgotten, and not taken any more."""
        if sight.version < self._version:
            return
        if sight.version > self._version:
            self._kept.clear()
            self._version = sight.version
        self._kept[sight] = card
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
