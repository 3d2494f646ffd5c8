"""The borders of constituencies, from GeoJSON that the office imports, for every map."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from db.session import Database
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.store.access import Access, AuditEntry, write_audit

LARGEST: Final = 20 * 1024 * 1024
FILE: Final = "constituencies.geojson"


async def take_borders(database: Database, data: Path, file: Path, by: str, now: float) -> int:
    """Check the file and put it in place of the last one, which is kept beside it; returns how many."""
    content = await asyncio.to_thread(_checked, file)
    count = len(content["features"])
    await asyncio.to_thread(_replace, data / FILE, content)
    entry = AuditEntry(now, by, "warroom map", FILE, {"constituencies": count})
    await Access(database).transact(lambda connection: write_audit(connection, entry))
    return count


def _checked(file: Path) -> Any:
    if file.stat().st_size > LARGEST:
        raise InputError(N_("{file}: is larger than 20 MB; simplify the borders"), file=file.name)
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        features = content["features"]
        numbers = [_number(feature) for feature in features]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        text = N_("{file}: needs GeoJSON polygons whose id is the constituency's number")
        raise InputError(text, file=file.name) from fault
    if not numbers or len(set(numbers)) != len(numbers):
        raise InputError(N_("{file}: each constituency must be there once"), file=file.name)
    return content


def _number(feature: Any) -> int:
    """The number of a feature whose every point has a longitude and a latitude."""
    geometry = feature["geometry"]
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(geometry["type"])
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        for ring in polygon:
            if len(ring) < 4 or not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat, *_ in ring):
                raise ValueError("ring")
    properties = feature.get("properties") or {}
    return int(properties["ac_no"] if "ac_no" in properties else feature["id"])


def _replace(target: Path, content: Any) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False)
    if target.exists():
        os.replace(target, target.with_suffix(".geojson.before"))
    os.replace(name, target)
