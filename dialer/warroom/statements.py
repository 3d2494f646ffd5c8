"""What a row of a file states, ready to be held against what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dialer.core.sound import sound_of, sound_words

LEVELS: Final[Mapping[str, int]] = {
    "state": 1, "division": 2, "district": 3, "constituency": 4, "mandal": 5, "shakti_kendra": 6, "booth": 7,
}  # fmt: skip
"""Kinds of places from the whole to the smallest."""

NUMERIC_FACTS: Final = frozenset({
    "electors_male", "electors_female", "electors_third_gender", "electors_total", "polling_stations",
    "votes_polled", "candidates", "margin", "winner_votes", "runner_up_votes",
})  # fmt: skip
PERCENT_FACTS: Final = frozenset({"turnout_pct"})
UNSOURCED: Final = "unsourced"
"""What stands for a source when somebody wrote a figure down from memory."""

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_INDIAN_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of one table, as a file states it.

    ``identity``: what makes it the same thing next time. ``refers``: column to the identity of the place or
    person it points to. ``preferred``: True and False when the file decides between sources, else None.
    """

    entity: str
    identity: str
    line: int
    constituency: int | None
    columns: Mapping[str, Any]
    source: str
    stated_on: str = ""
    refers: Mapping[str, str] = field(default_factory=dict)
    preferred: bool | None = None
    why: str = ""


def place_identity(kind: str, constituency: int | None, name_or_number: str) -> str:
    """``constituency:62``, ``booth:62:12``, ``mandal:62:ptn``: names by their sound."""
    last = "-".join(sound_words(name_or_number)) if not name_or_number.isdigit() else name_or_number
    if kind == "constituency":
        return f"constituency:{constituency}"
    return f"{kind}:{constituency}:{last}" if constituency is not None else f"{kind}:{last}"


def person_identity(code: str, phone: str, name: str, place: str, title: str) -> str:
    """The membership number; else the telephone with the name; else name, place and post."""
    if code:
        return f"code:{code.casefold()}"
    sound = sound_of(name)[:100]
    return f"phone:{phone}:{sound}" if phone else f"name:{sound}:{place}:{sound_of(title)[:40]}"


def fact(
    subject: str,
    key: str,
    value: str,
    *,
    line: int,
    constituency: int,
    source: str,
    stated_on: str = "",
    valid_from: str = "",
    valid_to: str | None = None,
    preferred: bool | None = None,
    why: str = "",
    note: str = "",
) -> Statement:
    """A fact about a place or an election."""
    columns = {
        "subject": subject, "kind": subject.partition(":")[0], "constituency": constituency, "key": key,
        "value": value[:300], "valid_from": valid_from, "valid_to": valid_to, "note": note,
    }  # fmt: skip
    identity = f"{subject}|{key}|{valid_from}"
    return Statement(
        "fact", identity, line, constituency, columns, source, stated_on, preferred=preferred, why=why[:300]
    )


def read_day(text: str) -> str | None:
    """An ISO day, month or year, or an Indian ``17.11.2023``, as ISO; None when it is no date."""
    plain = text.strip().removesuffix(" 00:00:00")
    if indian := _INDIAN_DAY.fullmatch(plain):
        day, month, year = indian.groups()
        plain = f"{year}-{int(month):02d}-{int(day):02d}"
    found = _DAY.fullmatch(plain)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return plain


def read_count(text: str) -> int | None:
    """``2,16,917`` or ``216917.0`` -> 216917; None when it is no whole number from 0 on."""
    plain = text.replace(",", "").replace(" ", "")
    plain = plain[:-2] if plain.endswith(".0") else plain
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else None


def read_percent(text: str) -> float | None:
    """``74.6 %`` -> 74.6; None when it does not lie in 0..100."""
    try:
        value = float(text.replace("%", "").strip())
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None
