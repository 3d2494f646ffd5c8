"""What a column means is guessed from its heading and corrected by the person."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.contacts.headings import Field, plain_heading
from dialer.contacts.mapping import Mapped, map_columns
from dialer.errors import InputError

FILE = Path("people.csv")


def mapped(*headings: str, drop: tuple[str, ...] = (), **wishes: str) -> Mapped:
    return map_columns(FILE, headings, wishes, drop)


def test_hindi_headings_are_understood() -> None:
    found = mapped("नाम", "मोबाइल नंबर", "विधानसभा", "बूथ क्रमांक", "योजना का नाम", "दायित्व", "भाषा")
    assert found.fields == {
        Field.NAME: 0,
        Field.PHONE: 1,
        Field.CONSTITUENCY: 2,
        Field.BOOTH: 3,
        Field.SCHEMES: 4,
        Field.ROLE: 5,
        Field.LANGUAGE: 6,
    }


@pytest.mark.parametrize(
    "heading",
    ["Mobile No.", "mobile_no", "MobileNo", " MOBILE  NO ", "फ़ोन", "फोन", "मो. नं.", "सम्पर्क नंबर"],
)
def test_spelling_does_not_matter(heading: str) -> None:
    assert mapped("Name", heading).fields[Field.PHONE] == 1


def test_the_surer_heading_wins_and_the_other_is_kept_beside() -> None:
    found = mapped("Number", "Phone", "Mobile")
    assert found.heading(Field.PHONE) == "Phone"
    assert found.attributes == {0: "Number", 2: "Mobile"}


def test_a_numbered_telephone_column_serves_when_no_other_is_there() -> None:
    assert mapped("Name", "Mobile 1", "Mobile 2").heading(Field.PHONE) == "Mobile 1"


def test_a_wish_wins_over_the_guess() -> None:
    found = mapped("Mobile", "Mob2", "Name", phone="Mob2")
    assert found.heading(Field.PHONE) == "Mob2"
    assert found.attributes == {0: "Mobile"}


def test_a_column_can_be_named_by_its_place() -> None:
    assert mapped("Name", "", "Mobile", phone="#2").fields[Field.PHONE] == 1


def test_other_columns_become_attributes_each_with_its_own_name() -> None:
    assert mapped("Mobile", "Ward", "Ward", "").attributes == {1: "Ward", 2: "Ward (2)"}


def test_what_would_harm_the_person_and_row_numbers_are_not_kept() -> None:
    found = mapped("क्र.", "Mobile", "Aadhaar No", "जाति", "Ward")
    assert found.attributes == {4: "Ward"}
    assert found.dropped == ("क्र.", "Aadhaar No", "जाति")


def test_a_column_can_be_dropped() -> None:
    found = mapped("Mobile", "Ward", drop=("Ward",))
    assert found.attributes == {} and found.dropped == ("Ward",)


@pytest.mark.parametrize(
    ("headings", "wishes", "words"),
    [
        (("Name", "City"), {}, ["no column is a telephone number", "--map phone=COLUMN", "Name, City"]),
        (("Name", "Mobile"), {"phon": "Mobile"}, ["no field 'phon'", "phone"]),
        (("Name", "Mobile"), {"phone": "Mobil"}, ["no column 'Mobil'", "(Mobile?)"]),
        (("Mobile", "Mobile"), {"phone": "Mobile"}, ["2 columns", "#1"]),
        (("Mobile", "Name"), {"phone": "Mobile", "name": "Mobile"}, ["mapped to phone and to name"]),
    ],
)
def test_a_mapping_that_cannot_be_names_file_and_fix(
    headings: tuple[str, ...], wishes: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(InputError) as fault:
        map_columns(FILE, headings, wishes)
    for word in words:
        assert word in str(fault.value)


def test_no_heading_means_two_things() -> None:
    from dialer.contacts.headings import HEADINGS, NEVER_KEPT, SERIALS

    plain = [plain_heading(h) for headings in HEADINGS.values() for h in headings]
    by_field = {(plain_heading(h), field) for field, headings in HEADINGS.items() for h in headings}
    assert len({name for name, _field in by_field}) == len(by_field)
    assert not set(plain) & {plain_heading(h) for h in (*NEVER_KEPT, *SERIALS)}
