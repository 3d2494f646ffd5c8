"""Which column of a list means what: guessed from its heading, corrected by the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dialer.contacts.headings import FIELD_OF, RANK, UNKEPT, Field, plain_heading
from dialer.errors import InputError
from dialer.i18n import N_

MAX_HEADING: Final = 60


@dataclass(frozen=True, slots=True)
class Mapped:
    """What each column becomes.

    ``fields``: field to column index. ``attributes``: column index to the attribute's name.
    ``dropped``: headings that are not kept. ``headings``: as in the file, by column index.
    """

    headings: tuple[str, ...]
    fields: Mapping[Field, int]
    attributes: Mapping[int, str]
    dropped: tuple[str, ...] = ()

    def heading(self, field: Field) -> str:
        """The heading of the column that a field is read from."""
        return self.headings[self.fields[field]]


def map_columns(
    file: Path, headings: Sequence[str], wishes: Mapping[str, str], drop: Sequence[str] = ()
) -> Mapped:
    """Give every column a meaning.

    ``wishes``: field to heading (or ``#3`` for the third column), they win over the guess; ``drop``:
    headings to leave out. Other columns become attributes under their own headings. ``InputError`` when a
    wish names no field or column, when two fields want one column, or when no column is the telephone.
    """
    names = tuple(heading.strip()[:MAX_HEADING] for heading in headings)
    wished = {_field(name): _column(file, names, heading) for name, heading in wishes.items()}
    dropped = {_column(file, names, heading) for heading in drop}
    harmful = {i for i, name in enumerate(names) if plain_heading(name) in UNKEPT}
    dropped |= harmful - set(wished.values())
    fields = _guess(names, wished, dropped)
    _refuse_shared_columns(file, names, fields)
    if Field.PHONE not in fields:
        raise InputError(
            N_(
                "{file}: no column is a telephone number; name it with --map phone=COLUMN; columns: {columns}"
            ),
            file=file,
            columns=", ".join(name or f"#{i}" for i, name in enumerate(names, start=1)),
        )
    others = [i for i in range(len(names)) if i not in fields.values() and i not in dropped]
    return Mapped(
        headings=names,
        fields=fields,
        attributes=_attribute_names(names, others),
        dropped=tuple(names[i] for i in sorted(dropped)),
    )


def _field(name: str) -> Field:
    try:
        return Field(name.strip().lower())
    except ValueError as fault:
        text = N_("--map {name}=...: there is no field {name!r}; fields: {fields}")
        raise InputError(text, name=name, fields=", ".join(Field)) from fault


def _column(file: Path, names: Sequence[str], wanted: str) -> int:
    if wanted.startswith("#") and wanted[1:].isdigit() and 0 < int(wanted[1:]) <= len(names):
        return int(wanted[1:]) - 1
    plain = plain_heading(wanted)
    found = [i for i, name in enumerate(names) if name == wanted] or [
        i for i, name in enumerate(names) if plain and plain_heading(name) == plain
    ]
    if len(found) == 1:
        return found[0]
    if found:
        text = N_("{file}: {count} columns are called {wanted!r}; name one by its place, like #{place}")
        raise InputError(text, file=file, count=len(found), wanted=wanted, place=found[0] + 1)
    near = get_close_matches(wanted, names, n=1, cutoff=0.6)
    raise InputError(
        N_("{file}: has no column {wanted!r}{near}; columns: {columns}"),
        file=file,
        wanted=wanted,
        near=f" ({near[0]}?)" if near else "",
        columns=", ".join(name or f"#{i}" for i, name in enumerate(names, start=1)),
    )


def _guess(names: Sequence[str], wished: Mapping[Field, int], dropped: set[int]) -> dict[Field, int]:
    fields = dict(wished)
    taken = dropped | set(wished.values())
    candidates = [(i, plain_heading(name)) for i, name in enumerate(names) if i not in taken]
    ranked = sorted((RANK[plain], i, plain) for i, plain in candidates if plain in FIELD_OF)
    for _rank, i, plain in ranked:
        fields.setdefault(FIELD_OF[plain], i)
    if Field.PHONE not in fields:
        _guess_by_beginning(fields, candidates)
    return fields


def _guess_by_beginning(fields: dict[Field, int], candidates: Sequence[tuple[int, str]]) -> None:
    # "Mobile 1", "मोबाइल नंबर (मुख्य)": only for the one field that must be there, and leftmost.
    phones = (plain for plain, field in FIELD_OF.items() if field is Field.PHONE)
    beginnings = tuple(plain for plain in phones if len(plain) > 2)
    for i, plain in candidates:
        if i not in fields.values() and plain.startswith(beginnings):
            fields[Field.PHONE] = i
            return


def _refuse_shared_columns(file: Path, names: Sequence[str], fields: Mapping[Field, int]) -> None:
    by_column: dict[int, Field] = {}
    for field, column in fields.items():
        if column in by_column:
            raise InputError(
                N_("{file}: column {column!r} is mapped to {first} and to {second}; give each its own"),
                file=file,
                column=names[column],
                first=by_column[column].value,
                second=field.value,
            )
        by_column[column] = field


def _attribute_names(names: Sequence[str], columns: Sequence[int]) -> dict[int, str]:
    given: dict[int, str] = {}
    used: set[str] = set()
    for i in columns:
        name = names[i]
        if not name:
            continue
        unique, number = name, 2
        while unique in used:
            unique, number = f"{name} ({number})", number + 1
        used.add(unique)
        given[i] = unique
    return given
