"""A random sample that anybody can draw again: from the same people, size and seed comes the same sample.

People stand in the order of the SHA-256 of ``seed:id``, which nobody can bend; the first ones are drawn
(simple random sampling without replacement). Stratified, each stratum is drawn by itself, with a part of the
sample like its part of the people, by largest remainders (Hamilton).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the people: how many there are, and how many of them were drawn."""

    people: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """``ids``: who was drawn, in that order; ``strata``: by name, also when they decided nothing."""

    ids: tuple[int, ...]
    strata: Mapping[str, Stratum]


def wanted_of(people: int, share: float | None, count: int | None) -> int:
    """How many to draw: of a share 0..1 at least so many, never more than there are."""
    wanted = count if count is not None else ceil(round(people * (share or 0.0), 6))
    return max(0, min(people, wanted))


def draw(stratum_of: Mapping[int, str], wanted: int, seed: str, stratified: bool) -> Sample:
    """Draw ``wanted`` of the people, whose ids are the keys. ``stratum_of``: the part each belongs to."""
    ordered = sorted(stratum_of, key=lambda id_: (sha256(f"{seed}:{id_}".encode()).digest(), id_))
    parts: dict[str, list[int]] = {name: [] for name in sorted(set(stratum_of.values()))}
    for id_ in ordered:
        parts[stratum_of[id_]].append(id_)
    sizes = {name: len(ids) for name, ids in parts.items()}
    if stratified:
        shares = allotted(sizes, wanted)
        drawn = {id_ for name, ids in parts.items() for id_ in ids[: shares[name]]}
    else:
        drawn = set(ordered[:wanted])
    strata = {name: Stratum(len(ids), len(drawn.intersection(ids))) for name, ids in parts.items()}
    return Sample(tuple(id_ for id_ in ordered if id_ in drawn), strata)


def allotted(sizes: Mapping[str, int], wanted: int) -> Mapping[str, int]:
    """``wanted`` places among strata in proportion to their sizes; none gets more than it has people."""
    people = sum(sizes.values())
    wanted = min(wanted, people)
    if not people:
        return dict.fromkeys(sizes, 0)
    places = {name: size * wanted // people for name, size in sizes.items()}
    left = wanted - sum(places.values())
    for name in _by_remainder(sizes, wanted, people)[:left]:
        places[name] += 1
    return places


def _by_remainder(sizes: Mapping[str, int], wanted: int, people: int) -> Sequence[str]:
    return sorted(sizes, key=lambda name: (-(sizes[name] * wanted % people), name))
