"""Rows of a file -> statements, or all that is wrong with them: line, column, value, and the fix."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dialer.contacts.numbers import ascii_digits
from dialer.contacts.people import RowFault
from dialer.contacts.reader import Row
from dialer.core.sound import sound_of, sound_words
from dialer.i18n import N_, translate
from dialer.warroom.cells import LONGEST, Cells, Office, whole
from dialer.warroom.sheets import Columns, Kind
from dialer.warroom.statements import LEVELS, Statement, fact, person_identity, place_identity

_ = translate

_YEARED = re.compile(
    r"(?P<key>electors|polling_stations|mla)_(?P<year>\d{4})(?:_(?P<part>male|female|third_gender|total|alt|en|party))?"
)
_EARLIER = re.compile(r"(?P<key>polling_stations|electors)_earlier")
_ELECTORS: Final = ("electors_male", "electors_female", "electors_third_gender", "electors_total")
_ELECTION_FACTS: Final = (
    "candidates", *_ELECTORS, "polling_stations", "votes_polled", "turnout_pct", "winner_en", "winner_votes",
    "runner_up_en", "runner_up_votes", "margin",
)  # fmt: skip
OTHER_FIGURE: Final = "(other figure)"
GIVEN_SECOND: Final = N_("the file gives it as the other figure")
"""Why such a figure is not preferred; stored in English, shown in the reader's language."""
_PLACE_WORDS: Final[Mapping[str, str]] = {
    "मंडल": "mandal", "मण्डल": "mandal", "शक्ति_केंद्र": "shakti_kendra", "kendra": "shakti_kendra",
    "cluster": "shakti_kendra", "जिला": "district", "संभाग": "division", "राज्य": "state",
}  # fmt: skip


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one kind of file. ``faults`` gathers what is wrong, row by row."""

    kind: Kind
    columns: Columns
    office: Office
    faults: list[RowFault] = field(default_factory=list)
    namesakes: Counter[str] = field(default_factory=Counter)

    def read(self, row: Row) -> list[Statement]:
        """What the row states; nothing when it has a fault."""
        before = len(self.faults)
        cells = Cells(self.kind, self.columns, self.office, self.faults, self.namesakes, row)
        if len(row.cells) > len(self.columns.headings) and any(row.cells[len(self.columns.headings) :]):
            cells.fault("", _("more cells than headings; look for a stray separator"))
        statements = list(_READERS[self.kind](cells))
        return [] if len(self.faults) > before else statements


def _place(
    cells: Cells, kind: str, identity: str, within: int | None, parent: str, **columns: Any
) -> Statement:
    row = {"kind": kind, "constituency": within, "invented": cells.invented, **columns}
    refers = {"parent_id": parent} if parent else {}
    return Statement("place", identity, cells.line, within, row, cells.source(), cells.stated_on, refers)


def _constituency(cells: Cells) -> Iterator[Statement]:
    number = cells.number()
    district_en, district_hi = cells.text("district_en", 120), cells.text("district_hi", 120)
    parent = ""
    if district_en or district_hi:
        parent = place_identity("district", None, district_en or district_hi)
        names = {"name_en": district_en, "name_hi": district_hi, "number": ""}
        yield _place(cells, "district", parent, None, "", **names)
    identity = f"constituency:{number}"
    yield _place(
        cells, "constituency", identity, number, parent, number=str(number),
        name_en=cells.text("name_en", 120), name_hi=cells.text("name_hi", 120),
        other_names=cells.text("other_names"),
    )  # fmt: skip
    for name in ("reservation", "lok_sabha_en", "lok_sabha_hi", "note"):
        if value := cells.text(name, 2000):
            yield _about(cells, identity, name, value, number, cells.source(name))
    yield from _yeared(cells, identity, number)


def _about(
    cells: Cells, subject: str, key: str, value: str, number: int, source: str, **more: Any
) -> Statement:
    if key == "note" and len(value) > LONGEST:
        more["note"], value = value, value[: LONGEST - 1] + "…"
    return fact(
        subject, key, value, line=cells.line, constituency=number, source=source,
        stated_on=cells.stated_on, **more,
    )  # fmt: skip


def _yeared(cells: Cells, subject: str, number: int) -> Iterator[Statement]:
    """Columns like ``electors_2023``, ``electors_2023_alt``, ``polling_stations_earlier``."""
    extra = cells.columns.extra
    years = {found["key"]: found["year"] for name in extra if (found := _YEARED.fullmatch(name.casefold()))}
    for heading, column in extra.items():
        value, name = cells.at(column), heading.casefold()
        found, earlier = _YEARED.fullmatch(name), _EARLIER.fullmatch(name)
        if not value or not (found or earlier):
            continue
        part = found["part"] if found else "earlier"
        key = (found or earlier)["key"]  # type: ignore[index]
        year = found["year"] if found else years.get(key, "")
        key = _fact_key(key, part)
        base = f"{name.removesuffix('_alt')}_src" if part != "earlier" else f"{name}_src"
        source = _source_like(cells, base) or cells.source()
        if part == "alt":
            source = f"{source} {OTHER_FIGURE}"  # not translated: it tells one source from another
        value = cells.check(heading, key, value)
        second = part in ("alt", "earlier")
        why = GIVEN_SECOND if second else ""
        yield _about(cells, subject, key, value, number, source, valid_from=year,
                     preferred=False if second else None, why=why)  # fmt: skip


def _fact_key(key: str, part: str | None) -> str:
    if key == "electors":
        return f"electors_{part}" if part in ("male", "female", "third_gender") else "electors_total"
    return "mla_party" if part == "party" else key


def _source_like(cells: Cells, heading: str) -> str:
    """``electors_2014_male`` has its source in ``electors_2014_src``: the nearest heading that ends so."""
    extra = {name.casefold(): column for name, column in cells.columns.extra.items()}
    base = heading.removesuffix("_src")
    while base:
        if f"{base}_src" in extra:
            return cells.at(extra[f"{base}_src"])
        base = base.rpartition("_")[0]
    return ""


def _election(cells: Cells) -> Iterator[Statement]:
    number, year = cells.number(), whole(ascii_digits(cells.need("year", 16)))
    subject = f"election:{number}:{year}"
    day = cells.day("poll_date") or year
    for name in _ELECTION_FACTS:
        if value := cells.figure(name):
            key = name.removesuffix("_en")
            yield _about(cells, subject, key, value, number, cells.source(name), valid_from=day)
    for name, at_day in (("poll_date", cells.day("poll_date")), ("confidence", ""), ("note", "")):
        if value := at_day or cells.text(name, 2000):
            source = cells.source(name) or cells.source("winner_en")
            yield _about(cells, subject, name, value, number, source, valid_from=day)
    for rank, who in ((1, "winner"), (2, "runner_up")):
        if cells.text(f"{who}_en") or cells.text(f"{who}_hi"):
            votes = f"{who}_votes"
            source = cells.source(votes if cells.text(votes) else f"{who}_en")
            yield _candidacy(cells, number, year, f"{who}_", rank, votes, source)


def _candidacy(
    cells: Cells, number: int, year: str, prefix: str, rank: int, votes: str, source: str
) -> Statement:
    name_en, name_hi = cells.text(f"{prefix}name_en" if not prefix else f"{prefix}en", 120), ""
    name_hi = cells.text(f"{prefix}name_hi" if not prefix else f"{prefix}hi", 120)
    columns = {
        "constituency": number, "election": year, "rank": rank, "name_en": name_en, "name_hi": name_hi,
        "party": cells.text(f"{prefix}party", 40), "votes": cells.count(votes),
    }  # fmt: skip
    identity = f"{number}:{year}:{sound_of(name_en or name_hi)[:100]}:{columns['party']}"
    # Namesakes stand against each other on purpose; the order of the file tells them apart.
    cells.namesakes[identity] += 1
    if (place := cells.namesakes[identity]) > 1:
        identity += f"#{place}"
    return Statement("candidacy", identity, cells.line, number, columns, source, cells.stated_on)


def _candidate(cells: Cells) -> Iterator[Statement]:
    number, year = cells.number(), whole(ascii_digits(cells.need("year", 16)))
    yield _candidacy(cells, number, year, "", cells.count("rank") or 0, "votes", cells.source())


def _electors(cells: Cells) -> Iterator[Statement]:
    number = cells.number()
    subject = cells.place("booth", "booth", number) or f"constituency:{number}"
    yield from _elector_facts(cells, subject, number, cells.day("year"))


def _elector_facts(cells: Cells, subject: str, number: int, day: str) -> Iterator[Statement]:
    counts = {name: cells.count(name) for name in _ELECTORS}
    parts = [count for name, count in counts.items() if name != "electors_total" and count is not None]
    if counts["electors_total"] is None and len(parts) >= 2:
        counts["electors_total"] = sum(parts)
    total = counts["electors_total"]
    if total is not None and sum(parts) > total:
        text = _("men, women and others are {sum}, more than the total {total}; correct one of them")
        cells.fault("electors_total", text.format(sum=sum(parts), total=total))
    for name, count in counts.items():
        if count is not None:
            source = cells.source(name)
            yield _about(cells, subject, name, str(count), number, source, valid_from=day)


def _any_place(cells: Cells) -> Iterator[Statement]:
    kind = cells.need("place_kind").casefold().replace(" ", "_")
    kind = _PLACE_WORDS.get(kind, kind)
    known = [each for each in LEVELS if each not in ("constituency", "booth")]
    if kind not in known:
        cells.fault("place_kind", _("is not one of: {known}").format(known=", ".join(known)))
        return
    number = cells.number() if LEVELS[kind] > LEVELS["constituency"] else None
    name = cells.text("name_en", 120) or cells.text("name_hi", 120)
    parent = f"constituency:{number}" if number is not None else ""
    if kind == "shakti_kendra" and number is not None:
        parent = cells.place("mandal", "mandal", number) or parent
    yield _place(
        cells, kind, place_identity(kind, number, name), number, parent, number=cells.text("code", 16),
        name_en=cells.text("name_en", 120), name_hi=cells.text("name_hi", 120),
    )  # fmt: skip


def _booth(cells: Cells) -> Iterator[Statement]:
    number = cells.number()
    booth = whole(ascii_digits(cells.need("booth", 16)))
    above = cells.place("mandal", "mandal", number) or f"constituency:{number}"
    above = cells.place("shakti_kendra", "kendra", number) or above
    identity = place_identity("booth", number, booth)
    yield _place(
        cells, "booth", identity, number, above, number=booth, name_en=cells.text("name_en", 120),
        name_hi=cells.text("name_hi", 120), address=cells.text("address"),
    )  # fmt: skip
    yield from _elector_facts(cells, identity, number, cells.stated_on)


def _person(cells: Cells) -> Iterator[Statement]:
    number, name = cells.number(), cells.need("name", 120)
    place = cells.place("mandal", "mandal", number) or f"constituency:{number}"
    place = cells.place("shakti_kendra", "kendra", number) or place
    place = cells.place("booth", "booth", number) or place
    title, phone = cells.text("post", 80), cells.phone()
    if name and not sound_words(name):
        cells.fault("name", _("holds no name"))
    identity = person_identity(cells.text("code", 40), phone, name, place, title)
    source, stated_on = cells.source(), cells.stated_on
    columns = {
        "code": cells.text("code", 40), "name": name, "other_name": cells.text("other_name", 120),
        "sound": sound_of(name), "phone": phone, "address": cells.text("address"),
        "languages": cells.text("languages", 40) or "hi", "constituency": number, "invented": cells.invented,
    }  # fmt: skip
    yield Statement("person", identity, cells.line, number, columns, source, stated_on)
    if title:
        level = LEVELS[place.partition(":")[0]]
        post = {
            "constituency": number, "title": title, "level": level,
            "is_office_bearer": cells.yes("bearer") or level < LEVELS["booth"],
            "from_on": cells.day("from"), "to_on": cells.day("to") or None,
        }  # fmt: skip
        refers = {"person_id": identity, "place_id": place}
        sign = f"{identity}|{place}|{sound_of(title)}"
        yield Statement("post", sign, cells.line, number, post, source, stated_on, refers)


def _responsibility(cells: Cells) -> Iterator[Statement]:
    number, what = cells.number(), cells.need("what")
    phone, code, name = cells.phone(), cells.text("code", 40), cells.text("name", 120)
    if not phone and not code:
        cells.fault("phone", _("give the telephone or the membership number of the person"))
    place = cells.place("booth", "booth", number) or f"constituency:{number}"
    done = cells.yes("done")
    columns = {
        "constituency": number, "what": what, "from_on": cells.day("from"),
        "due_on": cells.day("due") or None,
        "given_by": cells.text("given_by", 120), "state": "done" if done else "open",
    }  # fmt: skip
    person = f"code:{code.casefold()}" if code else f"phone:{phone}:{sound_of(name) if name else ''}"
    refers = {"person_id": person, "place_id": place}
    identity = f"{person}|{place}|{sound_of(what)}"
    yield Statement(
        "responsibility", identity, cells.line, number, columns, cells.source(), cells.stated_on, refers
    )


def _scheme(cells: Cells) -> Iterator[Statement]:
    code = cells.need("code", 20)
    columns = {
        "name_en": cells.text("name_en", 120), "name_hi": cells.text("name_hi", 120),
        "short_name": cells.text("short_name", 40), "description_en": cells.text("description_en", 2000),
        "description_hi": cells.text("description_hi", 2000), "helpline": cells.text("helpline", 40),
        "helpline_checked": cells.text("helpline_status").casefold() == "sourced",
    }  # fmt: skip
    yield Statement("scheme", code, cells.line, None, columns, cells.source(), cells.stated_on)


def _single_fact(cells: Cells) -> Iterator[Statement]:
    number, key = cells.number(), cells.need("key", 40).casefold().replace(" ", "_")
    year = whole(ascii_digits(cells.text("year", 16)))
    subject = cells.place("booth", "booth", number) or f"constituency:{number}"
    if year:
        subject = f"election:{number}:{year}"
    value = cells.need("value")
    preferred = cells.yes("preferred") if cells.text("preferred") else None
    yield _about(
        cells, subject, key, cells.check("value", key, value) if value else "", number, cells.source(),
        valid_from=cells.day("valid_from") or year, valid_to=cells.day("valid_to") or None,
        preferred=preferred, why=cells.text("why"), note=cells.text("note", 2000),
    )  # fmt: skip


_READERS: Final[Mapping[Kind, Callable[[Cells], Iterator[Statement]]]] = {
    Kind.CONSTITUENCIES: _constituency,
    Kind.ELECTIONS: _election,
    Kind.CANDIDATES: _candidate,
    Kind.ELECTORS: _electors,
    Kind.PLACES: _any_place,
    Kind.BOOTHS: _booth,
    Kind.PEOPLE: _person,
    Kind.RESPONSIBILITIES: _responsibility,
    Kind.SCHEMES: _scheme,
    Kind.FACTS: _single_fact,
}
