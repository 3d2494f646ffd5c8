"""The kinds of files the war room takes in, and the headings by which their columns are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Final

from dialer.contacts.headings import UNKEPT, plain_heading
from dialer.errors import InputError
from dialer.i18n import N_

SOURCE_SUFFIXES: Final = ("_src", "_source", " source", " src", " स्रोत")
"""A column ``electors_src`` holds the source of the column ``electors``."""


class Kind(StrEnum):
    """What a file holds, a row of it each."""

    CONSTITUENCIES = "constituencies"
    ELECTIONS = "elections"
    CANDIDATES = "candidates"
    ELECTORS = "electors"
    PLACES = "places"
    BOOTHS = "booths"
    PEOPLE = "people"
    RESPONSIBILITIES = "responsibilities"
    SCHEMES = "schemes"
    FACTS = "facts"


KIND_WORDS: Final[Mapping[Kind, str]] = {
    Kind.CONSTITUENCIES: N_("Constituencies"),
    Kind.ELECTIONS: N_("Elections and results"),
    Kind.CANDIDATES: N_("Results by candidate"),
    Kind.ELECTORS: N_("Electors"),
    Kind.PLACES: N_("Mandals and shakti kendras"),
    Kind.BOOTHS: N_("Booths"),
    Kind.PEOPLE: N_("Office-bearers and workers"),
    Kind.RESPONSIBILITIES: N_("Responsibilities"),
    Kind.SCHEMES: N_("Schemes"),
    Kind.FACTS: N_("Single facts with sources"),
}

_NUMBER: Final = (
    "number", "ac no", "ac number", "ac", "constituency", "constituency number", "constituency no",
    "assembly", "assembly constituency", "vidhansabha", "vidhan sabha", "विधानसभा", "विधान सभा",
    "विधानसभा क्रमांक", "विधानसभा क्षेत्र",
)  # fmt: skip
_YEAR: Final = ("election year", "year", "election", "वर्ष", "चुनाव वर्ष", "चुनाव")
_NAME_EN: Final = ("name en", "english name", "name in english", "अंग्रेजी नाम")
_NAME_HI: Final = ("name hi", "hindi name", "name in hindi", "नाम", "name", "हिंदी नाम", "हिन्दी नाम")
_BOOTH: Final = ("booth", "booth no", "booth number", "part no", "part number", "polling station", "बूथ",
                 "बूथ क्रमांक", "बूथ नंबर", "मतदान केंद्र", "भाग संख्या")  # fmt: skip
_MANDAL: Final = ("mandal", "mandal name", "मंडल", "मण्डल")
_KENDRA: Final = ("shakti kendra", "kendra", "cluster", "शक्ति केंद्र", "शक्ति केन्द्र")
_ELECTORS: Final[Mapping[str, Sequence[str]]] = {
    "electors_male": ("electors male", "male", "male electors", "men", "पुरुष", "पुरुष मतदाता"),
    "electors_female": ("electors female", "female", "female electors", "women", "महिला", "महिला मतदाता"),
    "electors_third_gender": ("electors third gender", "third gender", "other", "others", "अन्य", "तृतीय लिंग"),
    "electors_total": ("electors total", "electors", "total electors", "total", "मतदाता", "कुल मतदाता", "कुल"),
}
_COMMON: Final[Mapping[str, Sequence[str]]] = {
    "source": ("source", "src", "sources", "source urls", "स्रोत", "names src"),
    "source_date": ("source date", "dated", "stated on", "स्रोत दिनांक"),
    "invented": ("invented", "काल्पनिक"),
}
_TERM: Final[Mapping[str, Sequence[str]]] = {
    "from": ("from", "since", "term from", "से", "दिनांक से", "कार्यकाल से"),
    "to": ("to", "until", "term to", "तक", "दिनांक तक", "कार्यकाल तक"),
}

FIELDS: Final[Mapping[Kind, Mapping[str, Sequence[str]]]] = {
    Kind.CONSTITUENCIES: {
        "number": _NUMBER, "name_en": _NAME_EN, "name_hi": _NAME_HI,
        "other_names": ("other names", "name en alt", "other spellings", "अन्य नाम"),
        "reservation": ("reservation", "category", "आरक्षण"),
        "district_en": ("district en", "district"), "district_hi": ("district hi", "जिला", "ज़िला"),
        "lok_sabha_en": ("lok sabha en", "lok sabha"), "lok_sabha_hi": ("lok sabha hi", "लोकसभा"),
        "note": ("notes", "note", "remarks", "टिप्पणी"), **_COMMON,
    },
    Kind.ELECTIONS: {
        "number": _NUMBER, "year": _YEAR,
        "poll_date": ("poll date", "date of poll", "मतदान दिनांक"),
        "candidates": ("candidates", "number of candidates", "प्रत्याशी संख्या"),
        **_ELECTORS,
        "polling_stations": ("polling stations", "booths", "मतदान केंद्र"),
        "votes_polled": ("votes polled", "votes", "polled", "डाले गए मत", "मतदान"),
        "turnout_pct": ("turnout pct", "turnout", "turnout %", "मतदान प्रतिशत"),
        "winner_en": ("winner en", "winner", "विजेता"), "winner_hi": ("winner hi",),
        "winner_party": ("winner party", "विजेता दल"), "winner_votes": ("winner votes", "विजेता मत"),
        "runner_up_en": ("runner up en", "runner up", "second", "उपविजेता"), "runner_up_hi": ("runner up hi",),
        "runner_up_party": ("runner up party",), "runner_up_votes": ("runner up votes",),
        "margin": ("margin", "जीत का अंतर", "अंतर"),
        "confidence": ("confidence",),
        "note": ("conflicts and notes", "notes", "note", "टिप्पणी"), **_COMMON,
    },
    Kind.CANDIDATES: {
        "number": _NUMBER, "year": _YEAR, "name_en": ("candidate en", "candidate", *_NAME_EN),
        "name_hi": ("candidate hi", "प्रत्याशी", *_NAME_HI), "party": ("party", "दल", "पार्टी"),
        "votes": ("votes", "votes polled", "मत", "वोट"), "rank": ("rank", "position", "स्थान"), **_COMMON,
    },
    Kind.ELECTORS: {
        "number": _NUMBER, "booth": _BOOTH, **_ELECTORS, **_COMMON,
        "year": ("as on", "year", "roll", "date", "वर्ष", "दिनांक"),
    },
    Kind.PLACES: {
        "place_kind": ("kind", "type", "प्रकार"), "number": _NUMBER, "name_en": _NAME_EN, "name_hi": _NAME_HI,
        "code": ("code", "place number"), "mandal": _MANDAL, **_COMMON,
    },
    Kind.BOOTHS: {
        "number": _NUMBER, "booth": _BOOTH, "name_en": ("booth name en", *_NAME_EN),
        "name_hi": ("booth name", "booth name hi", *_NAME_HI),
        "address": ("address", "building", "पता", "भवन"),
        "mandal": _MANDAL, "kendra": _KENDRA, **_ELECTORS, **_COMMON,
    },
    Kind.PEOPLE: {
        "name": ("name", "full name", "name hi", "नाम", "पूरा नाम"),
        "other_name": ("other name", "name en", "english name", "name in english", "अंग्रेजी नाम"),
        "phone": ("phone", "mobile", "mobile number", "mobile no", "phone number", "मोबाइल",
                  "मोबाइल नंबर", "फोन", "फ़ोन", "दूरभाष"),
        "address": ("address", "पता", "निवास"), "languages": ("language", "languages", "भाषा"),
        "code": ("membership no", "membership number", "member id", "code", "सदस्यता क्रमांक"),
        "post": ("post", "designation", "position", "role", "पद", "दायित्व"),
        "bearer": ("office bearer", "पदाधिकारी"), "number": _NUMBER, "mandal": _MANDAL, "kendra": _KENDRA,
        "booth": _BOOTH, **_TERM, **_COMMON,
    },
    Kind.RESPONSIBILITIES: {
        "phone": ("phone", "mobile", "mobile number", "मोबाइल", "मोबाइल नंबर", "फोन"),
        "name": ("name", "person", "नाम"), "code": ("membership no", "code", "सदस्यता क्रमांक"),
        "what": ("responsibility", "task", "what", "जिम्मेदारी", "ज़िम्मेदारी", "कार्य"), "number": _NUMBER,
        "booth": _BOOTH, "given_by": ("given by", "assigned by", "किसने दी"),
        "due": ("due", "due on", "by when", "deadline", "कब तक"),
        "done": ("done", "status", "state", "पूर्ण", "स्थिति"),
        **_TERM, **_COMMON,
    },
    Kind.SCHEMES: {
        "code": ("code", "scheme", "कोड"), "name_en": _NAME_EN, "name_hi": _NAME_HI,
        "short_name": ("short name", "abbreviation"), "description_en": ("description en", "description"),
        "description_hi": ("description hi", "विवरण"), "helpline": ("helpline", "हेल्पलाइन"),
        "helpline_status": ("helpline status",), **_COMMON,
    },
    Kind.FACTS: {
        "number": _NUMBER, "year": _YEAR, "booth": _BOOTH, "key": ("fact", "key", "तथ्य"),
        "value": ("value", "मान"), "valid_from": ("valid from", "true on", "from"),
        "valid_to": ("valid to", "until"),
        "preferred": ("preferred", "मान्य"), "why": ("why", "reason", "कारण"),
        "note": ("note", "notes", "टिप्पणी"), **_COMMON,
    },
}  # fmt: skip

REQUIRED: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.CONSTITUENCIES: ("number", "name_hi|name_en"),
    Kind.ELECTIONS: ("number", "year"),
    Kind.CANDIDATES: ("number", "year", "name_hi|name_en"),
    Kind.ELECTORS: ("number", "electors_total|electors_male"),
    Kind.PLACES: ("place_kind", "name_hi|name_en"),
    Kind.BOOTHS: ("number", "booth"),
    Kind.PEOPLE: ("name", "number"),
    Kind.RESPONSIBILITIES: ("what", "phone|code"),
    Kind.SCHEMES: ("code", "name_hi|name_en"),
    Kind.FACTS: ("number", "key", "value"),
}
"""Columns that must be there; ``a|b``: one of them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column of a file means. ``sources``: field to the column that holds its source.

    ``extra``: heading to column of columns that no field took; ``dropped``: headings that are not kept.
    """

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    sources: Mapping[str, int]
    extra: Mapping[str, int]
    dropped: tuple[str, ...]


def match_columns(file: Path, kind: Kind, headings: Sequence[str], wishes: Mapping[str, str]) -> Columns:
    """Give every column a meaning; ``wishes``: field to heading, they win over the guess.

    ``InputError`` for an unknown field or column, and when a column that must be there is missing.
    """
    names = tuple(heading.strip()[:80] for heading in headings)
    known = FIELDS[kind]
    fields: dict[str, int] = {}
    for field, heading in wishes.items():
        if field not in known:
            text = N_("--map {name}=...: there is no field {name!r}; fields: {fields}")
            raise InputError(text, name=field, fields=", ".join(known))
        fields[field] = _wished_column(file, names, heading)
    plain = [plain_heading(name) for name in names]
    harmful = {i for i, name in enumerate(plain) if name in UNKEPT} - set(fields.values())
    taken = set(fields.values()) | harmful
    _guess(known, plain, fields, taken)
    _require(file, kind, fields, names)
    sources = _sources(names, fields)
    left = [i for i in range(len(names)) if i not in taken and i not in sources.values() and names[i]]
    return Columns(
        headings=names,
        fields=fields,
        sources=sources,
        extra={names[i]: i for i in left},
        dropped=tuple(names[i] for i in sorted(harmful)),
    )


def _guess(
    known: Mapping[str, Sequence[str]], plain: Sequence[str], fields: dict[str, int], taken: set[int]
) -> None:
    """The surest heading of any field first, so that ``name`` does not take what ``name_hi`` means."""
    longest = max(len(headings) for headings in known.values())
    for rank in range(longest):
        for field, headings in known.items():
            if field in fields or rank >= len(headings):
                continue
            wanted = plain_heading(headings[rank])
            column = next((i for i, name in enumerate(plain) if name == wanted and i not in taken), None)
            if column is not None:
                fields[field] = column
                taken.add(column)


def _sources(names: Sequence[str], fields: Mapping[str, int]) -> dict[str, int]:
    by_name = {name.casefold(): i for i, name in enumerate(names)}
    found: dict[str, int] = {}
    for field, column in fields.items():
        heading = names[column].casefold()
        for base in (heading, heading.removesuffix("_en"), heading.rsplit("_", 1)[0]):
            source = next((by_name[base + end] for end in SOURCE_SUFFIXES if base + end in by_name), None)
            if source is not None:
                found[field] = source
                break
    return found


def _wished_column(file: Path, names: Sequence[str], wanted: str) -> int:
    if wanted.startswith("#") and wanted[1:].isdigit() and 0 < int(wanted[1:]) <= len(names):
        return int(wanted[1:]) - 1
    plain = plain_heading(wanted)
    column = next((i for i, name in enumerate(names) if plain_heading(name) == plain), None)
    if column is not None:
        return column
    near = get_close_matches(wanted, names, n=1, cutoff=0.6)
    raise InputError(
        N_("{file}: has no column {wanted!r}{near}; columns: {columns}"),
        file=file,
        wanted=wanted,
        near=f" ({near[0]}?)" if near else "",
        columns=", ".join(name or f"#{i}" for i, name in enumerate(names, start=1)),
    )


def _require(file: Path, kind: Kind, fields: Mapping[str, int], names: Sequence[str]) -> None:
    for wanted in REQUIRED[kind]:
        if not any(field in fields for field in wanted.split("|")):
            raise InputError(
                N_("{file}: no column is {field}; name it with --map {field}=COLUMN; columns: {columns}"),
                file=file,
                field=wanted.split("|")[0],
                columns=", ".join(name or f"#{i}" for i, name in enumerate(names, start=1)),
            )
