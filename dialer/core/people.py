"""What a list says of a person, what is known already, and how the two become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

USUAL_KIND: Final = "citizen"
"""Everyone is one; a list that says more than this adds to it."""

_PLAIN_FIELDS: Final = ("name", "constituency", "booth", "role")


@dataclass(frozen=True, slots=True)
class Person:
    """What one row of a list says, at ``line`` of its file. ``phone`` is E.164.

    What the row does not say is None or empty, so that it never replaces what is known.
    """

    line: int
    phone: str
    name: str = ""
    language: str | None = None
    constituency: int | None = None
    booth: str = ""
    kind: str | None = None
    role: str = ""
    schemes: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A contact as the database has it."""

    id: int
    phone: str
    name: str
    language: str
    constituency: int | None
    booth: str
    kind: str
    role: str
    schemes: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A list says otherwise than the database; the database's word stands."""

    line: int
    field: str
    known: str
    stated: str


@dataclass(frozen=True, slots=True)
class Merged:
    """``changes``: column to new value, only of what was blank. ``conflicts``: what was kept as it was."""

    changes: Mapping[str, Any]
    conflicts: tuple[Conflict, ...]


def merge(known: KnownPerson, stated: Person) -> Merged:
    """Fill what is blank, add schemes and attributes, keep everything else and say where the list differs.

    ``citizen`` counts as a blank kind: a beneficiary or a worker is one too. The language is never blank.
    """
    changes: dict[str, Any] = {}
    conflicts: list[Conflict] = []

    def differs(name: str, old: object, new: object) -> None:
        conflicts.append(Conflict(stated.line, name, str(old), str(new)))

    for name in _PLAIN_FIELDS:
        old, new = getattr(known, name), getattr(stated, name)
        if new in ("", None) or new == old:
            continue
        if old in ("", None):
            changes[name] = new
        else:
            differs(name, old, new)
    if stated.language is not None and stated.language != known.language:
        differs("language", known.language, stated.language)
    if stated.kind not in (None, USUAL_KIND, known.kind):
        if known.kind == USUAL_KIND:
            changes["kind"] = stated.kind
        else:
            differs("kind", known.kind, stated.kind)
    if added := [scheme for scheme in stated.schemes if scheme not in known.schemes]:
        changes["schemes"] = [*known.schemes, *added]
    for name, new in stated.attributes.items():
        old = known.attributes.get(name)
        if old is not None and old != new:
            differs(name, old, new)
    if any(name not in known.attributes for name in stated.attributes):
        changes["attributes"] = {**stated.attributes, **known.attributes}
    return Merged(changes, tuple(conflicts))
