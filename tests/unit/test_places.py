"""Constituencies by number and by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.contacts.places import Constituencies, UnknownPlace, load_constituencies
from dialer.errors import InputError

DURG = load_constituencies()


@pytest.mark.parametrize(
    "cell",
    ["62", "६२", "62.0", " 62 ", "AC 62", "62-पाटन", "62 Patan", "पाटन", "patan", "Patan (62)", "062"],
)
def test_a_constituency_is_read_by_number_or_name(cell: str) -> None:
    assert DURG.read(cell) == 62


def test_a_reservation_in_brackets_does_not_matter() -> None:
    assert DURG.read("Ahiwara (SC)") == 67
    assert DURG.read("दुर्ग-ग्रामीण") == 63


def test_a_number_without_a_known_name_is_taken() -> None:
    assert DURG.read("45") == 45


def test_an_empty_cell_says_nothing() -> None:
    assert DURG.read("  ") is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0", "between 1 and 403"),
        ("404", "between 1 and 403"),
        ("2023", "between 1 and 403"),
        ("62/63", "between 1 and 403"),
        ("Raipur", "no constituency is called so"),
        ("63 पाटन", "belongs to constituency 62"),
    ],
)
def test_what_is_no_constituency_says_why(cell: str, reason: str) -> None:
    read = DURG.read(cell)
    assert isinstance(read, UnknownPlace)
    assert reason in read.reason


def test_without_names_only_numbers_are_read() -> None:
    read = Constituencies().read("पाटन")
    assert isinstance(read, UnknownPlace) and "number" in read.reason


def test_names_are_shown_in_the_language() -> None:
    assert DURG.name(66, "hi") == "वैशाली नगर"
    assert DURG.name(66, "en") == "Vaishali Nagar"
    assert DURG.name(45, "hi") == "" and DURG.name(None, "hi") == ""


def test_an_office_elsewhere_brings_its_own_names(tmp_path: Path) -> None:
    file = tmp_path / "constituencies.csv"
    file.write_text("number,name_en,name_hi\n51,Raipur City West,रायपुर शहर पश्चिम\n")
    assert load_constituencies(tmp_path).read("रायपुर शहर पश्चिम") == 51


def test_a_broken_file_of_names_says_its_line(tmp_path: Path) -> None:
    (tmp_path / "constituencies.csv").write_text("number,name_en,name_hi\n51,a,b\nx,c,d\n")
    with pytest.raises(InputError, match="line 3"):
        load_constituencies(tmp_path)
