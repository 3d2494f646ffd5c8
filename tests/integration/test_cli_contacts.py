"""``dialer contacts`` and ``dialer suppress`` as a supervisor uses them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import Audit
from db.session import Database
from tests.integration.cli_office import Office, open_office
from tests.integration.list_files import FIXTURES, people, write_csv, write_xlsx
from tests.integration.survey_answers_world import START, Invented

TERMS = ("--purpose", "schemes", "--source", "register", "--consent", "form")
WORKERS = str(FIXTURES / "durg_workers.csv")


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path / "office", capsys)


async def audited(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(select(Audit.action).order_by(Audit.id)))


def test_an_import_shows_how_it_understood_the_file_and_what_became_of_it(office: Office) -> None:
    done = office.do("contacts", "import", WORKERS, "--list", "Workers", *TERMS)
    assert "मोबाइल नंबर" in done.err and "telephone number (phone)" in done.err
    counts = dict(line.strip().rsplit(maxsplit=1) for line in done.out.splitlines() if line.strip())
    assert counts["Rows read"] == "4" and counts["new"] == "4" and counts["put on the list now"] == "4"


def test_an_import_speaks_json(office: Office) -> None:
    result = office.do("contacts", "import", WORKERS, "--list", "Workers", *TERMS, "--json").json
    assert result["columns"] == {
        "phone": "मोबाइल नंबर",
        "name": "नाम",
        "constituency": "विधानसभा",
        "booth": "बूथ क्रमांक",
        "role": "दायित्व",
    }
    assert (result["rows"], result["new"], result["stored"], result["report"]) == (4, 4, True, None)
    again = office.do("contacts", "import", WORKERS, "--list", "Workers", "--json").json
    assert (again["new"], again["known"], again["joined"]) == (0, 4, 0)
    assert again["imported_before_at"] > 0


def test_a_broken_row_stops_the_file_unless_bad_rows_are_skipped(office: Office) -> None:
    rows = [*people(10), ["Ram", "123", 62]]
    file = str(write_csv(office.folder / "list.csv", rows))
    line = office.refused(2, "contacts", "import", file, "--list", "L", *TERMS)
    assert "1 of 11 rows cannot be used" in line and "only 3 digits" in line
    assert office.do("contacts", "list", "--json").json["total"] == 0
    done = office.do("contacts", "import", file, "--list", "L", *TERMS, "--skip-bad", "--json")
    assert (done.json["people"], done.json["rejected"]) == (10, 1)
    assert done.json["reasons"] == [{"column": "phone", "reason": "only 3 digits", "rows": 1}]
    report = Path(done.json["report"])
    assert stat.S_IMODE(report.stat().st_mode) == 0o600 and "only 3 digits" in report.read_text()


def test_reasons_are_shown_without_the_values(office: Office) -> None:
    file = str(write_csv(office.folder / "list.csv", [*people(3), ["Ram", "98260123456", 62]]))
    done = office.do("contacts", "import", file, "--list", "L", *TERMS, "--skip-bad")
    assert "11 digits are too many" in done.out and "98260123456" not in done.out + done.err


def test_a_dry_run_stores_nothing_and_tells_all(office: Office) -> None:
    file = str(write_csv(office.folder / "list.csv", [*people(3), ["Ram", "1", 62]]))
    done = office.run("contacts", "import", file, "--list", "L", *TERMS, "--dry-run")
    assert done.code == 2 and "nothing was stored" in done.err and "only 1 digit" in done.out
    assert office.run("contacts", "import", file, "--list", "L", *TERMS, "--dry-run", "--skip-bad").code == 0
    assert office.do("contacts", "lists", "--json").json == []


def test_columns_can_be_named_and_dropped_and_a_sheet_chosen(office: Office) -> None:
    rows = [["who", "m1", "m2", "ward"], ["राम", 9826012345, 9826123457, 4]]
    file = str(write_xlsx(office.folder / "list.xlsx", {"a": people(2), "b": rows}))
    options = ("--map", "phone=m2", "--map", "name=who", "--drop", "m1", "--sheet", "b", "--kind", "worker")
    office.do("contacts", "import", file, "--list", "L", *TERMS, *options, "--language", "en")
    (contact,) = office.do("contacts", "list", "--reveal", "--json").json["contacts"]
    assert (contact["phone"], contact["name"], contact["kind"]) == ("+919826123457", "राम", "worker")
    assert (contact["language"], contact["attributes"]) == ("en", {"ward": "4"})


def test_a_list_for_one_purpose_takes_no_people_for_another(office: Office) -> None:
    office.do("contacts", "import", WORKERS, "--list", "Workers", *TERMS)
    line = office.refused(4, "contacts", "import", WORKERS, "--list", "Workers", "--purpose", "election")
    assert "--purpose 'schemes', not 'election'" in line


def test_a_new_list_must_say_why_its_people_may_be_called(office: Office) -> None:
    line = office.refused(2, "contacts", "import", WORKERS, "--list", "L", "--purpose", "schemes")
    assert "say its --source" in line


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("absent.csv", "--list", "L", *TERMS), "absent.csv: no such file"),
        ((str(FIXTURES / "windows_1252.csv"), "--list", "L", *TERMS), "line 3, byte 30: not UTF-8"),
        ((WORKERS, "--list", "L", *TERMS, "--map", "phone"), "write FIELD=COLUMN"),
        ((WORKERS, "--list", "L", *TERMS, "--map", "phone=Mob"), "has no column 'Mob'"),
        ((WORKERS, *TERMS), "'--list' is missing; see `dialer contacts import --help`"),
        ((WORKERS, "--list", "L", *TERMS, "--kind", "alien"), "--kind"),
    ],
)
def test_what_cannot_be_imported_is_one_line_with_the_fix(
    office: Office, words: tuple[str, ...], text: str
) -> None:
    assert text in office.refused(2, "contacts", "import", *words)


def test_contacts_are_listed_with_their_numbers_masked(office: Office) -> None:
    office.do("contacts", "import", WORKERS, "--list", "Workers", *TERMS)
    done = office.do("contacts", "list", "--list", "Workers", "--constituency", "पाटन")
    assert "+91 98••••2345" in done.out and "62 Patan" in done.out and "1 of 1" in done.err
    assert "+919826012345" not in done.out
    assert office.query(audited)[-1] == "contacts import"
    assert "+919826012345" in office.do("contacts", "list", "--reveal").out
    assert office.query(audited)[-1] == "contacts reveal"


def test_long_lists_come_page_by_page(office: Office) -> None:
    file = str(write_csv(office.folder / "list.csv", people(25)))
    office.do("contacts", "import", file, "--list", "L", *TERMS)
    first = office.do("contacts", "list", "--limit", "20")
    assert "20 of 25; more: --after" in first.err
    after = first.err.split("--after ")[1].split()[0]
    rest = office.do("contacts", "list", "--limit", "20", "--after", after, "--json").json["contacts"]
    assert len(rest) == 5


def test_recorded_voices_are_erased_when_somebody_asks(office: Office) -> None:
    people = Invented()
    attempt = people.call(people.person(), {})

    async def answered(database: Database) -> None:
        people.rows.answers.append(
            {"attempt_id": attempt, "contact_id": 1, "survey_version_id": 900, "question": "complaint",
             "value": f"{attempt}-complaint", "via": "keypad", "language": "hi", "answered_at": START}
        )  # fmt: skip
        await people.store(database)

    office.query(answered)
    sound = office.data / f"voices/{attempt}-complaint.wav"
    sound.parent.mkdir()
    sound.write_bytes(b"RIFF")
    assert f"{attempt}-complaint" in office.do("contacts", "show", "1").out
    assert "--why" in office.refused(2, "contacts", "erase-voices", "1", "--why", " ")
    assert "no contact" in office.refused(3, "contacts", "erase-voices", "77", "--why", "letter")
    assert sound.exists()
    done = office.do("contacts", "erase-voices", "1", "--why", "letter", "--json").json
    assert done == {"answers": 1, "files": 1} and not sound.exists()
    assert "voice erased (" in office.do("contacts", "show", "1").out
    assert "आवाज़ मिटाई गई (" in office.run("contacts", "show", "1", language="hi").out
    [answer] = office.do("contacts", "show", "1", "--json").json["answers"]
    assert answer["erased_why"] == "request" and answer["erased_at"] > START
    assert "voice erase" in office.query(audited)


def test_everything_of_one_person_is_shown_by_number_or_id(office: Office) -> None:
    office.do("contacts", "import", WORKERS, "--list", "Workers", *TERMS)
    office.do("suppress", "add", "98260 12345", "--note", "asked by letter")
    done = office.do("contacts", "show", "०९८२६०१२३४५")
    for text in ("राम साहू", "+91 98••••2345", "62 Patan", "बूथ अध्यक्ष", "Workers", "Not called"):
        assert text in done.out
    story = office.do("contacts", "show", "1", "--reveal", "--json").json
    assert story["person"]["phone"] == "+919826012345"
    assert story["suppressed"]["note"] == "asked by letter" and story["lists"][0]["purpose"] == "schemes"
    assert office.query(audited)[-2:] == ["contact show", "contact show"]


def test_nobody_is_a_clear_answer(office: Office) -> None:
    assert "no contact has this number or id" in office.refused(3, "contacts", "show", "9826012345")
    assert "only 9 digits" not in office.refused(3, "contacts", "show", "826012345")
    assert "no letters" in office.refused(2, "contacts", "show", "ramesh")
    assert "no list is named 'X'" in office.refused(3, "contacts", "list", "--list", "X")
    assert "no constituency is called so" in office.refused(2, "contacts", "list", "--constituency", "Raipur")


def test_other_numbers_of_a_person_are_masked_too(office: Office) -> None:
    rows = [["name", "phone", "father"], ["Ram", "9826012345/9826123457", "Mohan 9827987654"]]
    office.do("contacts", "import", str(write_csv(office.folder / "l.csv", rows)), "--list", "L", *TERMS)
    shown = office.do("contacts", "show", "1").out
    assert "3457" in shown and "9826123457" not in shown and "9827987654" not in shown


def test_markup_in_a_name_is_shown_not_obeyed(office: Office) -> None:
    rows = [["name", "phone"], ["[bold]Ram[/bold] [/]", "9826012345"]]
    office.do("contacts", "import", str(write_csv(office.folder / "l.csv", rows)), "--list", "L", *TERMS)
    assert "[bold]Ram[/bold] [/]" in office.do("contacts", "list").out


# --- suppression ----------------------------------------------------------------------------------------


def test_a_number_is_suppressed_listed_and_lifted(office: Office) -> None:
    assert office.do("suppress", "add", "9826012345", "--json").json["new"] is True
    assert office.do("suppress", "add", "+919826012345", "--json").json["new"] is False
    done = office.do("suppress", "list")
    assert "+91 98••••2345" in done.out and "9826012345" not in done.out
    assert "--note" in office.refused(2, "suppress", "lift", "9826012345")
    office.do("suppress", "lift", "9826012345", "--note", "came to the office on 20 November")
    assert office.do("suppress", "list", "--json").json == {"total": 0, "numbers": []}
    assert office.do("suppress", "list", "--lifted", "--json").json["total"] == 1
    assert "not on the suppression list" in office.refused(3, "suppress", "lift", "9826012345", "--note", "x")
    assert office.query(audited)[-3:] == ["suppression add", "suppression add", "suppression lift"]


def test_a_whole_number_is_shown_only_when_asked_for_and_written_down(office: Office) -> None:
    office.do("suppress", "add", "9826012345")
    assert "+919826012345" in office.do("suppress", "list", "--reveal").out
    assert office.query(audited)[-1] == "suppression reveal"


@pytest.mark.parametrize("heading", [["मोबाइल"], []])
def test_a_file_of_numbers_is_suppressed_with_or_without_a_heading(
    office: Office, heading: list[str]
) -> None:
    rows = [[cell] for cell in (*heading, "9826012345", "98261 23457 / 9827987654", "9826012345")]
    file = str(write_csv(office.folder / "numbers.csv", rows))
    assert office.do("suppress", "import", file, "--note", "register", "--json").json["new"] == 3
    assert office.do("suppress", "import", file, "--json").json["known"] == 3


def test_a_broken_number_stops_the_whole_file(office: Office) -> None:
    file = str(write_csv(office.folder / "numbers.csv", [["phone"], ["9826012345"], ["12"]]))
    assert "1 of 2 rows hold no number" in office.refused(2, "suppress", "import", file)
    assert office.do("suppress", "list", "--json").json["total"] == 0
    done = office.do("suppress", "import", file, "--skip-bad", "--json").json
    assert (done["new"], done["rejected"]) == (1, 1)


def test_the_column_of_numbers_can_be_named(office: Office) -> None:
    file = str(write_csv(office.folder / "n.csv", [["a", "b"], ["x", "9826012345"]]))
    assert "--map phone=COLUMN" in office.refused(2, "suppress", "import", file)
    assert office.do("suppress", "import", file, "--map", "phone=b", "--json").json["new"] == 1
