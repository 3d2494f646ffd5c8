"""Files of people are read whatever wrote them, or refused with file, line, field and fix."""

from __future__ import annotations

import csv
import errno
import os
import stat
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dialer.contacts import reader_xlsx
from dialer.contacts.headings import Field
from dialer.contacts.importing import Checked
from dialer.contacts.spool import Spool
from dialer.core.people import Person
from dialer.errors import InputError
from tests.integration.list_files import FIXTURES, checked, people, write_csv, write_xlsx


def read(file: Path, data: Path, **wishes: Any) -> list[Person]:
    with checked(file, data, **wishes) as found:
        found.refuse_unless_usable(skip_bad=False)
        return list(found.people)


def refusal(file: Path, data: Path, **wishes: Any) -> str:
    with pytest.raises(InputError) as fault:
        read(file, data, **wishes)
    assert str(file) in str(fault.value)
    return str(fault.value)


def report_rows(found: Checked) -> list[list[str]]:
    found.report.close()
    assert found.report.path is not None
    with found.report.path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


# --- what is read -----------------------------------------------------------------------------------


def test_a_hindi_csv_is_read(tmp_path: Path) -> None:
    ram, _sita, mohan, gita = read(FIXTURES / "durg_workers.csv", tmp_path)
    assert (ram.name, ram.phone, ram.constituency, ram.booth) == ("राम साहू", "+919826012345", 62, "12")
    assert (ram.kind, ram.role, ram.attributes) == ("worker", "बूथ अध्यक्ष", {"पता": "वार्ड 3, पाटन"})
    assert mohan.name == 'मोहन लाल "गुड्डू" यादव' and mohan.attributes["पता"] == "सिविल लाइन दुर्ग"
    assert gita.phone == "+917882210000" and gita.line == 6


def test_a_byte_order_mark_and_semicolons_do_not_matter(tmp_path: Path) -> None:
    ram, sita = read(FIXTURES / "bom_semicolon.csv", tmp_path)
    assert ram.name == "Ram Sahu" and ram.schemes == ("PMAY", "PM-KISAN")
    assert ram.kind == "beneficiary" and sita.kind is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        f"name{delimiter}phone\nSahu, Ram{delimiter}9826012345\n".replace("Sahu, Ram", '"Sahu, Ram"')
    )
    assert read(file, tmp_path)[0].name == "Sahu, Ram"


def test_excel_numbers_are_numbers(tmp_path: Path) -> None:
    heading = ["Name", "Mobile", "Ward"]
    rows = [["राम", 9826012345, 3], ["सीता", 9826123457.0, 4.5], ["गीता", "'9827987654", ""]]
    file = write_xlsx(tmp_path / "list.xlsx", {"सूची": [heading, *rows]})
    phones = [(person.phone, person.attributes) for person in read(file, tmp_path)]
    assert phones == [
        ("+919826012345", {"Ward": "3"}),
        ("+919826123457", {"Ward": "4.5"}),
        ("+919827987654", {}),
    ]


def test_the_first_sheet_that_holds_anything_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    one, two = list(people(1)), list(people(1, first=9_827_000_000))
    file = write_xlsx(tmp_path / "list.xlsx", {"empty": [], "one": one, "two": two})
    assert read(file, tmp_path)[0].phone == "+919826000000"
    assert read(file, tmp_path, sheet="two")[0].phone == "+919827000000"
    assert "there are: empty, one, two" in refusal(file, tmp_path, sheet="three")


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "list.csv", {"one": people(1)})
    with checked(file, tmp_path) as found:
        assert found.format == "XLSX, sheet 'one'"


def test_rows_above_the_headings_and_between_may_be_blank(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("\n,,\nname,phone\n\nRam,9826012345\n,\n")
    (ram,) = read(file, tmp_path)
    assert ram.line == 5


# --- duplicates and rejected rows ---------------------------------------------------------------------


def test_a_number_that_came_before_is_told_with_its_first_line(tmp_path: Path) -> None:
    rows = [["name", "phone"], ["Ram", "9826012345"], ["Sita", "9826123457"], ["Ram", "+91 98260 12345"]]
    with checked(write_csv(tmp_path / "list.csv", rows), tmp_path) as found:
        assert (found.rows, found.duplicates, found.rejected, len(found.people)) == (3, 1, 0, 2)
        reason = "the same number as in line 2; that row is kept"
        assert report_rows(found) == [["4", "duplicate", "", "", reason]]


def test_one_percent_of_broken_numbers_stops_the_whole_file(tmp_path: Path) -> None:
    rows = list(people(500))
    for number in range(100, 500, 100):
        rows[number][1] = "12345"
    file = write_csv(tmp_path / "list.csv", rows)
    text = refusal(file, tmp_path)
    assert "4 of 500 rows cannot be used, so nothing was stored" in text
    assert "line 101: phone: only 5 digits" in text and "--skip-bad" in text
    with checked(file, tmp_path) as found:
        found.refuse_unless_usable(skip_bad=True)
        assert len(found.people) == 496
        assert [row[:4] for row in report_rows(found)] == [
            [str(line), "rejected", "phone", "12345"] for line in (101, 201, 301, 401)
        ]


def test_a_file_without_one_usable_row_is_refused_even_when_bad_rows_are_skipped(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "list.csv", [["name", "phone"], ["Ram", "1"], ["Sita", "2"]])
    with checked(file, tmp_path) as found, pytest.raises(InputError, match="not one of 2 rows"):
        found.refuse_unless_usable(skip_bad=True)


def test_the_report_is_for_its_owner_only_and_no_spreadsheet_runs_what_it_holds(tmp_path: Path) -> None:
    rows = [["name", "phone"], ["Ram", '=HYPERLINK("x")'], ["Sita", "+91 12"], ["Gita", 9826012345]]
    with checked(write_csv(tmp_path / "list.csv", rows), tmp_path / "data") as found:
        values = [row[3] for row in report_rows(found)]
        assert values == ["'=HYPERLINK(\"x\")", "'+91 12"]
        assert found.report.path is not None
        assert stat.S_IMODE(found.report.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(found.report.path.parent.stat().st_mode) == 0o700


def test_nothing_stays_behind_when_there_is_nothing_to_tell(tmp_path: Path) -> None:
    data = tmp_path / "data"
    read(write_csv(tmp_path / "list.csv", people(3)), data)
    assert list(data.iterdir()) == []


# --- files that cannot be used --------------------------------------------------------------------------


def test_another_encoding_is_refused_with_its_line_byte_and_fix(tmp_path: Path) -> None:
    text = refusal(FIXTURES / "windows_1252.csv", tmp_path)
    assert "line 3, byte 30: not UTF-8" in text and "CSV UTF-8" in text and "iconv" in text


def test_utf_16_is_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,phone\nराम,9826012345\n", encoding="utf-16")
    assert "is UTF-16; save it as 'CSV UTF-8'" in refusal(file, tmp_path)


def test_a_nul_byte_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"name,phone\nRam,9826012345\nSi\0ta,9826123457\n")
    assert "line 3, byte 29: a NUL byte" in refusal(file, tmp_path)


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.touch()
    os.truncate(file, 2**30)
    tracemalloc.start()
    text = refusal(file, tmp_path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "has 1024 MB, the limit is 200 MB; split it" in text
    assert peak < 2**20


def test_a_large_file_of_zeros_is_refused_at_its_first_byte(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.touch()
    os.truncate(file, 150 * 2**20)
    assert "line 1, byte 1: a NUL byte" in refusal(file, tmp_path)


def test_a_file_of_one_endless_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"x" * (5 * 2**20))
    assert "a line longer than 4 MB" in refusal(file, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n\n,,\n", "only blank lines"),
        ("name,phone\n", "headings but no rows"),
        ("name,city\nRam,Durg\n", "no column is a telephone number"),
        ("Ram,9826012345\nSita,9826123457\n", "line 1 holds a telephone number where the headings should be"),
        ('name,phone\n"Ram,9826012345\nSita,9826123457\n', "line 2: a quotation mark"),
        ('name,phone\n"Ram" Sahu,9826012345\n', "line 2: a quotation mark"),
        ("name,phone\rRam,9826012345\r", "line ends of an old kind"),
        ("a," * 300 + "\n", "more than 200 columns"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_reason(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content.encode())
    assert words in refusal(file, tmp_path)


def test_a_cell_of_a_megabyte_is_told_with_line_and_column(tmp_path: Path) -> None:
    rows = [["name", "phone", "note"], ["Ram", 9826012345, "x" * 1_000_000], ["Sita", 9826123457, ""]]
    text = refusal(write_csv(tmp_path / "list.csv", rows), tmp_path)
    assert "line 2: note: 1000000 characters, at most 300 are kept" in text


def test_a_cell_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    cell = "\n".join(["x" * 1000] * 3000)
    rows = [["name", "phone", "note"], ["Ram", 9826012345, cell]]
    assert "line 2: a quotation mark" in refusal(write_csv(tmp_path / "list.csv", rows), tmp_path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("list.csv", "name,phone\n")
    assert "is a ZIP archive but no XLSX file" in refusal(file, tmp_path)


def test_half_a_workbook_is_refused(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "whole.xlsx", {"one": people(50)})
    half = tmp_path / "half.xlsx"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "is a broken ZIP or XLSX file" in refusal(half, tmp_path)


def test_a_workbook_with_a_broken_part_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    assert "cannot be read as XLSX" in refusal(file, tmp_path)


def test_a_workbook_that_swells_when_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_xlsx, "MAX_UNPACKED_BYTES", 2**20)
    file = tmp_path / "list.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(3 * 2**20))
    assert "holds 3 MB once unpacked, the limit is 1 MB" in refusal(file, tmp_path)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    assert "all its sheets are empty" in refusal(write_xlsx(tmp_path / "list.xlsx", {"one": []}), tmp_path)


def test_an_old_workbook_is_refused_with_the_fix(tmp_path: Path) -> None:
    file = tmp_path / "list.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    assert "save it as .xlsx" in refusal(file, tmp_path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.csv", tmp_path)
    assert "is no file" in refusal(tmp_path, tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is no file" in refusal(pipe, tmp_path)


def test_a_sheet_of_a_csv_is_refused(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "list.csv", people(1))
    assert "leave --sheet out" in refusal(file, tmp_path, sheet="one")


def test_columns_are_shown_as_they_were_understood(tmp_path: Path) -> None:
    with checked(FIXTURES / "durg_workers.csv", tmp_path) as found:
        assert found.mapped.heading(Field.PHONE) == "मोबाइल नंबर"
        assert found.mapped.dropped == ("क्र.",)
        assert found.format == "CSV, UTF-8, comma"


def test_a_full_disk_while_checking_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Spool, person: Person) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Spool, "add", full)
    file = write_csv(tmp_path / "list.csv", people(3))
    assert "No space left on device; look at its disk" in refusal(file, tmp_path)
