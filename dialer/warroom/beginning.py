"""The public facts of the six constituencies of Durg that come with the program, with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from db.session import Database
from dialer.warroom.imports import Imports, Wishes
from dialer.warroom.sheets import Kind

FACTS: Final = Path(__file__).parent / "durg"
FILES: Final = (
    ("constituencies.csv", Kind.CONSTITUENCIES),
    ("elections.csv", Kind.ELECTIONS),
    ("schemes.csv", Kind.SCHEMES),
    ("conflicts.csv", Kind.FACTS),
)
MAP: Final = FACTS / "map.geojson"


async def begin(database: Database, data: Path, by: str, now: float) -> Sequence[tuple[int, dict[str, int]]]:
    """Take them all in; returns each import's number and what it did. Taken in again, nothing changes."""
    imports = Imports(database, data)
    done = []
    for name, kind in FILES:
        preview = await imports.preview(FACTS / name, Wishes(kind))
        counts = preview.found.counts()
        if counts["added"] or counts["changed"]:
            done.append((await imports.store(preview, by, now), counts))
    return done
