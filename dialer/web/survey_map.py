"""Constituencies as shapes for a small map: the office's own borders if it has them, else a grid of tiles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, radians
from pathlib import Path
from typing import Any, Final

from dialer.errors import InputError
from dialer.i18n import LANGUAGES, N_

WIDTH: Final = 480
_TILE: Final = (150, 78)
_GAP: Final = 10
_MARGIN: Final = 10.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One constituency: an SVG path, and the point where its words stand."""

    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class MapShapes:
    """All of them, by number, in a drawing of ``WIDTH`` by ``height``.

    ``credits``: whose drawing it is, by language, ``""`` for every other.
    ``roomy``: names fit into the shapes; towns on a map of a district are too small for theirs.
    """

    shapes: Mapping[int, Shape]
    height: int
    credits: Mapping[str, str] = field(default_factory=dict)
    roomy: bool = True

    def credit(self, language: str) -> str:
        """In this language if the file says it so; empty for tiles."""
        return self.credits.get(language) or self.credits.get("", "")


def shapes_of(numbers: Sequence[int], data: Path) -> MapShapes:
    """From ``DATA/constituencies.geojson``, if it draws all of them; otherwise tiles in their order."""
    file = data / "constituencies.geojson"
    drawn = _from_geojson(file) if file.exists() else None
    if drawn is not None and set(numbers) <= drawn.shapes.keys():
        return drawn
    return _tiles(numbers)


def _tiles(numbers: Sequence[int]) -> MapShapes:
    width, height = _TILE
    shapes = {}
    for place, number in enumerate(numbers):
        x, y = (place % 3) * (width + _GAP), (place // 3) * (height + _GAP)
        path = f"M{x},{y}h{width}v{height}h-{width}z"
        shapes[number] = Shape(path, x + width / 2, y + height / 2)
    return MapShapes(shapes, max(1, ceil(len(numbers) / 3)) * (height + _GAP))


def _from_geojson(file: Path) -> MapShapes:
    """Polygons of features whose ``id`` or ``ac_no`` is the constituency's number."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        rings = {_number(each): _rings(each["geometry"]) for each in content["features"]}
    except (OSError, ValueError, KeyError, TypeError, IndexError) as fault:
        text = N_("{file}: needs GeoJSON polygons whose id is the constituency's number")
        raise InputError(text, file=file) from fault
    points = [point for of_one in rings.values() for ring in of_one for point in ring]
    if not points:
        raise InputError(N_("{file}: has no polygon"), file=file)
    project, height = _projection(points)
    shapes = {
        number: _shape([[project(point) for point in ring] for ring in of_one])
        for number, of_one in rings.items()
    }
    said = {"": "attribution", **{language: f"attribution_{language}" for language in LANGUAGES}}
    credits = {language: str(content.get(key, "")) for language, key in said.items()}
    return MapShapes(shapes, height, credits, roomy=False)


def _number(feature: Mapping[str, Any]) -> int:
    properties = feature.get("properties") or {}
    return int(properties["ac_no"] if "ac_no" in properties else feature["id"])


def _rings(geometry: Mapping[str, Any]) -> list[list[Point]]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [[(float(lon), float(lat)) for lon, lat, *_ in ring] for polygon in polygons for ring in polygon]


def _projection(points: Iterable[Point]) -> tuple[Any, int]:
    """Degrees to drawing units; over a district the equirectangular projection is true enough."""
    lons, lats = zip(*points, strict=True)
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * _MARGIN) / max(1e-9, (east - west) * squeeze)

    def project(point: Point) -> Point:
        return (
            _MARGIN + (point[0] - west) * squeeze * scale,
            _MARGIN + (north - point[1]) * scale,
        )

    return project, ceil((north - south) * scale + 2 * _MARGIN)


def _shape(rings: Sequence[Sequence[Point]]) -> Shape:
    path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "z" for ring in rings)
    x, y = _middle(max(rings, key=lambda ring: abs(_area(ring))))
    return Shape(path, round(x, 1), round(y, 1))


def _area(ring: Sequence[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _middle(ring: Sequence[Point]) -> Point:
    """The centroid of a ring's area."""
    area = _area(ring)
    if not area:
        return ring[0]
    x = y = 0.0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        x += (a[0] + b[0]) * cross
        y += (a[1] + b[1]) * cross
    return x / (6 * area), y / (6 * area)
