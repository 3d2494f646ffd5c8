"""The war room's drawings as numbers for SVG: results of elections, the map."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from db.session import Database
from dialer.store.access import Access
from dialer.warroom.awareness import awareness
from dialer.warroom.card import Election
from dialer.warroom.facts import facts_of, hold, names_of_constituencies
from dialer.warroom.tallies import Counts, heard_everywhere
from dialer.web.survey_map import WIDTH, shapes_of

CHART_WIDTH: Final = 640
CHART_HEIGHT: Final = 190
_BASE: Final = 150
ANSWERED: Final = ("connected", "surveyed")


@dataclass(frozen=True, slots=True)
class Column:
    """An election in the chart. Bars of winner and runner-up; ``turnout_y``: a point of the line, or None."""

    name: str
    x: float
    width: float
    winner: float
    runner_up: float
    winner_says: str
    runner_up_says: str
    party: str
    turnout: float | None
    turnout_y: float


def result_columns(elections: Sequence[Election]) -> list[Column]:
    """Oldest first; heights in drawing units, the tallest bar fills the chart."""
    shown = list(reversed(elections))
    votes = [each["votes"] or 0 for one in shown for each in one.candidates[:2]]
    most, step = max([*votes, 1]), CHART_WIDTH / max(1, len(shown))
    columns = []
    for place, election in enumerate(shown):
        pair = [*election.candidates[:2], None, None][:2]
        heights = [round(120 * ((each["votes"] or 0) if each else 0) / most, 1) for each in pair]
        says = [_says(each) for each in pair]
        turnout = election.turnout
        columns.append(
            Column(
                election.name, round(place * step, 1), round(step, 1), heights[0], heights[1], says[0],
                says[1], pair[0]["party"] if pair[0] else "", turnout,
                round(_BASE - 1.2 * turnout, 1) if turnout is not None else 0.0,
            )
        )  # fmt: skip
    return columns


def _says(candidate: Mapping[str, object] | None) -> str:
    if candidate is None:
        return ""
    return (
        f"{candidate['name_hi'] or candidate['name_en']} ({candidate['party']}): {candidate['votes'] or '–'}"
    )


# --- the map --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MapTile:
    """A constituency on the map. ``value`` None: not known; ``strength``: opacity of its colour."""

    number: int
    name_hi: str
    name_en: str
    path: str
    x: float
    y: float
    value: float | None
    strength: float


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """All of them. ``credit``: whose drawing it is, in a language.

    ``measures``: what it can be coloured by; ``unit``: % or empty.
    """

    tiles: Sequence[MapTile]
    width: int
    height: int
    credit: Callable[[str], str]
    roomy: bool
    measure: str
    measures: Sequence[str]
    unit: str


async def draw_map(database: Database, data: Path, measure: str, today: str) -> DrawnMap:
    """Coloured by a measure: turnout, margin, electors, calls today, calls, awareness:SCHEME."""
    async with Access(database).reading() as connection:
        places, values, measures = await connection.run_sync(_measured, measure, today)
    chosen = measure if measure in measures else measures[0]
    drawn = await asyncio.to_thread(shapes_of, [number for number, _hi, _en in places], data)
    known = [value for value in values.values() if value is not None]
    lowest, highest = min(known, default=0.0), max(known, default=1.0)
    tiles = []
    for number, name_hi, name_en in places:
        shape, value = drawn.shapes[number], values.get(number)
        place_between = (value - lowest) / ((highest - lowest) or 1) if value is not None else 0.0
        strength = round(0.15 + 0.75 * place_between, 2) if value is not None else 0.0
        tiles.append(MapTile(number, name_hi, name_en, shape.path, shape.x, shape.y, value, strength))
    unit = "%" if chosen == "turnout" or chosen.startswith("awareness:") else ""
    return DrawnMap(tiles, WIDTH, drawn.height, drawn.credit, drawn.roomy, chosen, measures, unit)


def _measured(
    connection: Connection, measure: str, today: str
) -> tuple[list[tuple[int, str, str]], dict[int, float | None], list[str]]:
    names = names_of_constituencies(connection)
    places = [(number, name_hi, name_en) for number, (name_en, name_hi) in names.items()]
    everywhere = heard_everywhere(connection)
    aware = {
        number: {each.scheme: each for each in awareness(connection, counts)}
        for number, counts in everywhere.items()
    }
    known = sorted({scheme for by_scheme in aware.values() for scheme in by_scheme})
    measures = [
        "turnout",
        "margin",
        "electors",
        "calls_today",
        "calls",
        *(f"awareness:{each}" for each in known),
    ]
    chosen = measure if measure in measures else measures[0]
    if chosen in ("calls", "calls_today"):
        counts = heard_everywhere(connection, today) if chosen == "calls_today" else everywhere
        return places, {number: _calls(counts.get(number, {})) for number, _h, _e in places}, measures
    if chosen.startswith("awareness:"):
        found = {number: aware.get(number, {}).get(chosen.partition(":")[2]) for number, _h, _e in places}
        return places, {n: 100 * each.share if each and each.share is not None else None
                        for n, each in found.items()}, measures  # fmt: skip
    return places, {number: _of_elections(connection, number, chosen) for number, _h, _e in places}, measures


def _calls(counts: Counts) -> float:
    return float(sum(count for (measure, _item), count in counts.items() if measure == "outcome"))


def _of_elections(connection: Connection, number: int, measure: str) -> float | None:
    """The newest election that states it."""
    held = hold(facts_of(connection, number, ("constituency", "election")))
    key = {"turnout": "turnout_pct", "margin": "margin", "electors": "electors_total"}[measure]
    if measure == "electors":
        fact = held.get(f"constituency:{number}", {}).get(key)
        return float(fact.chosen.value) if fact else None
    names = sorted((subject for subject in held if subject.startswith("election:")), reverse=True)
    for subject in names:
        election = Election(subject.rpartition(":")[2], held[subject], ())
        value = election.turnout if measure == "turnout" else election.number(key)
        if value is not None:
            return value
    return None
