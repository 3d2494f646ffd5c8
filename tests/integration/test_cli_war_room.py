"""``dialer warroom`` as the war-room desk uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.warroom.beginning import FACTS
from tests.integration.cli_office import Office, open_office

BOOTHS = "विधानसभा,बूथ,नाम,पुरुष,महिला\n62,1,शाला भवन,450,430\n62,2,पंचायत भवन,500,510\n"
PEOPLE = (
    "नाम,मोबाइल,पद,विधानसभा,बूथ\n"
    "सीता साहू,9876500001,बूथ अध्यक्ष,62,1\n"
    "राम वर्मा,9876500002,कार्यकर्ता,62,2\n"
    "Seeta Saahu,9876500003,कार्यकर्ता,62,2\n"
)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    opened = open_office(tmp_path / "office", capsys)
    opened.do("warroom", "begin")
    for kind, text in (("booths", BOOTHS), ("people", PEOPLE)):
        file = tmp_path / f"{kind}.csv"
        file.write_text(text, encoding="utf-8")
        opened.do("warroom", "import", kind, str(file), "--source", "register", "--invented")
    return opened


def test_the_real_facts_are_imported_with_their_conflicts_shown(office: Office) -> None:
    for number, kind, name in ((1, "constituencies", "constituencies"), (2, "elections", "elections")):
        done = office.do("warroom", "import", kind, str(FACTS / f"{name}.csv"), "--dry-run", "--json").json
        assert done["added"] == done["changed"] == 0 and done["import"] is None, number
    disputed = office.do("warroom", "facts", "पाटन", "--disputed", "--json").json
    margin = next(one for one in disputed if one["subject"] == "election:62:2023" and one["key"] == "margin")
    assert margin["preferred"]["value"] == "19723" and margin["others"][0]["value"] == "19543"
    assert "final one" in margin["others"][0]["preferred_why"]
    shown = office.do("warroom", "facts", "62", "--disputed").out
    assert "livemint.com" in shown and "≠" in shown


def test_a_card_for_people_and_for_programs(office: Office) -> None:
    card = office.do("warroom", "card", "Patan", "--json").json
    assert (card["booths"], card["people_by_level"]) == (2, {"7": 3})
    assert card["elections"][0]["candidates"][0]["name_en"] == "Bhupesh Baghel"
    assert "9876500001" not in str(card)
    hindi = office.run("warroom", "card", "62", language="hi").out
    assert "पाटन" in hindi and "भूपेश बघेल" in hindi
    then = office.do("warroom", "card", "62", "--on", "2018-12-31", "--json").json
    assert then["facts"]["electors_total"]["value"] == "179243" and len(then["elections"]) == 3
    assert "no date" in office.refused(2, "warroom", "card", "62", "--on", "soon")
    assert "no constituency is called so" in office.refused(2, "warroom", "card", "Nowhere")


def test_search_in_the_terminal(office: Office) -> None:
    hits = office.do("warroom", "search", "seeta sah", "--json").json
    assert {hit["name"] for hit in hits if hit["kind"] == "person"} == {"सीता साहू", "Seeta Saahu"}
    assert "(invented)" in office.do("warroom", "search", "Sita").out


def test_people_are_selected_given_a_responsibility_called_and_done(office: Office) -> None:
    people = office.do("warroom", "people", "62", "--booth", "2", "--json").json
    assert [one["phone"] for one in people] == ["+91 98••••0002", "+91 98••••0003"]
    duty = ("पर्ची बाँटना", "--booth", "2", "--due", "31.12.2026")
    given = office.do("warroom", "assign", "62", *duty, "--json").json
    assert len(given["responsibilities"]) == 2
    terms = ("--purpose", "organisation", "--consent", "members")
    made = office.do("warroom", "call", "62", "--campaign", "Booth 2", *terms, "--open", "--json").json
    assert (made["queued"], made["asked_to_confirm"]) == (2, 2)
    (draft,) = office.do("campaign", "list", "--json").json
    assert draft["state"] == "draft" and draft["survey"].startswith("responsibility_confirm")
    assert "prompts are missing" in office.refused(4, "campaign", "start", "Booth 2")
    office.do("warroom", "done", str(given["responsibilities"][0]))
    (answers,) = office.do("warroom", "duties", "62", "--json").json
    counts = {key: answers[key] for key in ("people", "open", "done", "accepted", "declined", "silent")}
    assert counts == {"people": 2, "open": 1, "done": 1, "accepted": 0, "declined": 0, "silent": 1}
    assert "राम वर्मा" in office.do("warroom", "duties", "62", "--what", "पर्ची बाँटना").out
    assert "choose yes, no or silent" in office.refused(2, "warroom", "duties", "62", "--answer", "maybe")
    card = office.do("warroom", "card", "62", "--json").json
    assert card["responsibilities"] == {"open": 1, "done": 1}


def test_posts_are_given_ended_and_taken_back_and_all_of_it_is_told(office: Office) -> None:
    first = str(office.do("warroom", "people", "62", "--json").json[0]["id"])
    where = ("--at", "booth:2", "--source", "letter")
    made = office.do("warroom", "give-post", first, "बूथ सह-अध्यक्ष", *where, "--json").json["post"]
    office.do("warroom", "end-post", str(made), "--source", "his word")
    story = office.do("warroom", "person", first, "--json").json
    assert [(one["id"], bool(one["to_on"])) for one in story["posts"]][-1] == (made, True)
    office.do("warroom", "take-back", str(story["changes"][0]["id"]))
    assert "बूथ सह-अध्यक्ष" in office.do("warroom", "person", first).out
    assert len(office.do("warroom", "changes", "62", "--json").json) == 3
    assert "write KIND:NAME" in office.refused(2, "warroom", "give-post", first, "x", "--at", "", *where[2:])
    logged = office.do("audit", "list", "--action", "post", "--json").json
    assert [one["action"] for one in logged] == ["post end", "post give"]
    assert office.do("audit", "list", "--who", "nobody", "--json").json == []
    assert "post give" in office.do("audit", "list", "--what", f"person {first}").out
    assert office.do("audit", "list", "--until", "2020-01-01", "--json").json == []
    assert "write a day" in office.refused(2, "audit", "list", "--since", "soon")


def test_duplicates_are_found_by_sound_and_merged(office: Office) -> None:
    (pair,) = office.do("warroom", "duplicates", "--json").json
    assert pair["by"] == "name" and {one["name"] for one in pair["people"]} == {"सीता साहू", "Seeta Saahu"}
    first, second = (str(one["id"]) for one in pair["people"])
    office.do("warroom", "merge", first, second)
    assert office.do("warroom", "duplicates", "--json").json == []


def test_stale_facts_are_a_reminder_with_an_exit_code(office: Office) -> None:
    done = office.run("warroom", "stale", "--days", "365", "--json")
    assert done.code == 1 and any(one["key"] == "electors_total" for one in done.json)
    assert office.do("warroom", "stale", "--days", "36500").out == ""


def test_a_card_is_printed_and_a_map_taken(office: Office) -> None:
    file = office.folder / "card.pdf"
    office.run("warroom", "pdf", "62", str(file), language="hi")
    assert file.read_bytes().startswith(b"%PDF")
    office.do("warroom", "map", str(FACTS / "map.geojson"))
    assert (office.data / "constituencies.geojson").exists()
    assert "no such file" in office.refused(2, "warroom", "map", "nowhere.geojson")


def test_imports_are_listed_and_taken_back(office: Office) -> None:
    records = office.do("warroom", "imports", "--json").json
    assert [one["kind"] for one in records][:2] == ["people", "booths"]
    office.do("warroom", "undo", str(records[0]["id"]))
    assert office.do("warroom", "people", "62", "--json").json == []
    assert "taken back already" in office.refused(2, "warroom", "undo", str(records[0]["id"]))
    assert "there is no import 99" in office.refused(3, "warroom", "undo", "99")
    assert "people.csv" in office.do("warroom", "imports").out


def test_faults_of_a_file_are_shown_and_nothing_is_stored(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("नाम,मोबाइल,विधानसभा,बूथ\nराम,12,62,9\n", encoding="utf-8")
    done = office.run("warroom", "import", "people", str(file), "--source", "x", "--dry-run")
    assert done.code == 2 and "import it first" in done.out
    assert "line 2" in office.refused(2, "warroom", "import", "people", str(file), "--source", "x", "--json")
