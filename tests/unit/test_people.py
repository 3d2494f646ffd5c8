"""A row becomes a person or all its faults; a known person is filled up, never overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialer.contacts.mapping import map_columns
from dialer.contacts.people import PersonReader, RowFault, tidy
from dialer.contacts.places import load_constituencies
from dialer.contacts.reader import Row
from dialer.core.people import Conflict, KnownPerson, Person, merge

HEADINGS = ("नाम", "मोबाइल", "विधानसभा", "बूथ", "भाषा", "प्रकार", "दायित्व", "योजना", "पता")
GOOD = ("राम साहू", "9876543210", "62", "12", "", "", "", "", "वार्ड 3")


def read(*cells: str, kind: str | None = None) -> Person | list[RowFault]:
    reader = PersonReader(map_columns(Path("p.csv"), HEADINGS, {}), load_constituencies(), kind)
    return reader.read(Row(7, cells))


def person(**changed: str) -> Person:
    values = {**dict(zip(HEADINGS, GOOD, strict=True)), **changed}
    found = read(*values.values())
    assert isinstance(found, Person)
    return found


def faults(**changed: str) -> list[RowFault]:
    values = {**dict(zip(HEADINGS, GOOD, strict=True)), **changed}
    found = read(*values.values())
    assert isinstance(found, list)
    return found


def test_a_row_says_who_the_person_is() -> None:
    assert person() == Person(
        line=7,
        phone="+919876543210",
        name="राम साहू",
        constituency=62,
        booth="12",
        attributes={"पता": "वार्ड 3"},
    )


def test_missing_cells_at_the_end_are_blank() -> None:
    found = read("राम", "9876543210")
    assert isinstance(found, Person) and found.booth == ""


def test_more_cells_than_headings_are_a_fault_unless_they_are_blank() -> None:
    assert isinstance(read(*GOOD, ""), Person)
    (fault,) = read(*GOOD, "x")
    assert isinstance(fault, RowFault) and "10 cells" in fault.reason


@pytest.mark.parametrize("word", ["Hindi", "हिंदी", "हिन्दी", "HI"])
def test_a_language_is_read_by_its_name(word: str) -> None:
    assert person(भाषा=word).language == "hi"


def test_schemes_make_a_beneficiary_and_a_role_a_worker_when_the_row_states_no_kind() -> None:
    found = person(योजना="PMAY; उज्ज्वला, PMAY")
    assert found.kind == "beneficiary" and found.schemes == ("PMAY", "उज्ज्वला")
    assert person(दायित्व="बूथ अध्यक्ष").kind == "worker"
    assert person(दायित्व="बूथ अध्यक्ष", प्रकार="नागरिक").kind == "citizen"
    assert person().kind is None


def test_the_usual_kind_is_taken_where_the_row_states_none() -> None:
    found = read(*GOOD, kind="worker")
    assert isinstance(found, Person) and found.kind == "worker"


def test_every_fault_of_a_row_is_told_with_its_column() -> None:
    found = faults(मोबाइल="123", विधानसभा="Raipur", भाषा="Marathi", प्रकार="alien", नाम="क" * 121)
    assert {fault.column for fault in found} == {"मोबाइल", "विधानसभा", "भाषा", "प्रकार", "नाम"}
    assert all(fault.line == 7 and fault.reason for fault in found)


def test_a_cell_of_a_megabyte_is_told_with_its_column() -> None:
    (fault,) = faults(पता="x" * 1_000_000)
    assert fault.column == "पता" and "1000000 characters" in fault.reason


def test_further_numbers_are_kept_beside() -> None:
    assert person(मोबाइल="9876543210/9826012345").attributes["other_numbers"] == ["+919826012345"]


def test_text_is_composed_and_on_one_line_and_carries_no_control_characters() -> None:
    assert tidy("  राम\n\tसाहू \x00\x07") == "राम साहू"
    assert tidy("'0012") == "0012"
    assert tidy("\u202eevil") == "evil"
    assert tidy("क\u093c") == "क\u093c"


def test_a_joiner_within_a_hindi_word_stays() -> None:
    assert tidy("क\u094d\u200dष") == "क\u094d\u200dष"


# --- what is known already ------------------------------------------------------------------------

KNOWN = KnownPerson(
    id=1,
    phone="+919876543210",
    name="राम साहू",
    language="hi",
    constituency=None,
    booth="",
    kind="citizen",
    role="",
    schemes=("PMAY",),
    attributes={"पता": "वार्ड 3"},
)
STATED = Person(line=9, phone=KNOWN.phone)


def merged(**stated: Any) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    result = merge(KNOWN, replace(STATED, **stated))
    return dict(result.changes), [(c.field, c.known, c.stated) for c in result.conflicts]


def test_what_is_blank_is_filled() -> None:
    assert merged(constituency=62, booth="4") == ({"constituency": 62, "booth": "4"}, [])


def test_what_is_known_stays_and_the_difference_is_told() -> None:
    assert merge(KNOWN, replace(STATED, name="श्याम")).conflicts == (
        Conflict(9, "name", "राम साहू", "श्याम"),
    )
    assert merged(language="en", attributes={"पता": "वार्ड 5"}) == (
        {},
        [("language", "hi", "en"), ("पता", "वार्ड 3", "वार्ड 5")],
    )


def test_schemes_and_attributes_are_added() -> None:
    changes, conflicts = merged(schemes=("PMAY", "उज्ज्वला"), attributes={"पिता": "मोहन"})
    assert changes == {"schemes": ["PMAY", "उज्ज्वला"], "attributes": {"पता": "वार्ड 3", "पिता": "मोहन"}}
    assert not conflicts


def test_a_citizen_becomes_a_worker_but_a_worker_no_beneficiary() -> None:
    assert merged(kind="worker") == ({"kind": "worker"}, [])
    worker = replace(KNOWN, kind="worker")
    assert merge(worker, replace(STATED, kind="beneficiary")).changes == {}
    assert merge(worker, replace(STATED, kind="citizen")).conflicts == ()


def test_the_same_again_changes_nothing() -> None:
    assert merged(name="राम साहू", schemes=("PMAY",), attributes={"पता": "वार्ड 3"}) == ({}, [])
