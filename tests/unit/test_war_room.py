"""What the war room calculates without a database: numbers, days, identities, facts that hold, charts."""

from __future__ import annotations

import pytest

from dialer.ivr.survey_file import read_survey
from dialer.warroom.acting import confirming_survey
from dialer.warroom.awareness import Awareness
from dialer.warroom.card import Election
from dialer.warroom.facts import Held, StatedFact, conflicts, hold, short_source
from dialer.warroom.statements import person_identity, place_identity, read_count, read_day, read_percent
from dialer.web.warroom_charts import CHART_WIDTH, result_columns
from dialer.web.warroom_words import WarWords


@pytest.mark.parametrize(
    ("text", "count"),
    [("2,16,917", 216917), ("216917.0", 216917), ("0", 0), ("-1", None), ("12.5", None), ("many", None)],
)
def test_counts_are_read_as_offices_write_them(text: str, count: int | None) -> None:
    assert read_count(text) == count


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17.11.2023", "2023-11-17"), ("17/11/2023", "2023-11-17"), ("2023-11-17", "2023-11-17"),
        ("2023", "2023"), ("2023-11-17 00:00:00", "2023-11-17"), ("31.02.2023", None), ("soon", None),
    ],
)  # fmt: skip
def test_days_are_read_as_offices_write_them(text: str, day: str | None) -> None:
    assert read_day(text) == day


def test_a_turnout_lies_between_nothing_and_everybody() -> None:
    assert (read_percent("74.6 %"), read_percent("101"), read_percent("x")) == (74.6, None, None)


def test_one_place_and_one_person_are_known_again_however_they_are_written() -> None:
    assert place_identity("mandal", 62, "पाटन") == place_identity("mandal", 62, "Paatan") == "mandal:62:ptn"
    assert place_identity("booth", 62, "12") == "booth:62:12"
    sita = person_identity("", "+919876500001", "सीता साहू", "", "")
    assert sita == person_identity("", "+919876500001", "Sahu Seeta", "", "")
    assert sita != person_identity("", "+919876500001", "राम साहू", "", "")
    assert person_identity("M-7", "", "x", "", "") == person_identity("m-7", "+911", "y", "", "")


def fact(value: str, valid_from: str, preferred: bool = True, valid_to: str | None = None) -> StatedFact:
    source = f"source of {value}"
    about = ("constituency:62", "electors_total")
    return StatedFact(1, *about, value, valid_from, valid_to, source, "", "", preferred, "", 0.0, "t")


def test_what_held_on_a_day_is_the_newest_statement_before_it() -> None:
    last = "2023-11-17"
    facts = [fact("1", "2014"), fact("2", "2018-11-20"), fact("3", last), fact("9", last, False)]
    values = {
        day: hold(facts, day)["constituency:62"]["electors_total"].chosen.value
        for day in ("2015-01-01", "2018-11-20", "2023-11-16", "")
    }
    assert values == {"2015-01-01": "1", "2018-11-20": "2", "2023-11-16": "2", "": "3"}
    assert hold(facts, "2013-12-31") == {}
    assert hold([fact("1", "2014", valid_to="2016")], "2017-01-01") == {}


def test_only_different_values_of_one_day_are_a_conflict() -> None:
    same = [fact("3", "2023"), fact("3", "2023", False)]
    assert conflicts(same) == [] and not hold(same)["constituency:62"]["electors_total"].disputed
    (found,) = conflicts([*same, fact("4", "2023", False)])
    assert found.chosen.value == "3" and found.disputed


def test_sources_are_told_in_few_words() -> None:
    assert short_source("https://www.eci.gov.in/a/b ; https://x.org/y (page)") == "eci.gov.in, x.org"
    assert len(short_source("w" * 200)) == 60


def election(name: str, winner: int | None, second: int | None, **facts: str) -> Election:
    held = {key: Held(fact(value, name), ()) for key, value in facts.items()}
    people = [{"name_hi": "क", "name_en": "", "party": "BJP", "votes": votes} for votes in (winner, second)]
    return Election(name, held, people)


def test_turnout_comes_from_the_source_or_from_votes_and_electors() -> None:
    assert election("2018", 1, 1, turnout_pct="74.6", votes_polled="1", electors_total="2").turnout == 74.6
    assert election("2018", 1, 1, votes_polled="150", electors_total="200").turnout == 75.0
    assert election("2018", 1, 1, votes_polled="150").turnout is None


def test_the_chart_goes_from_old_to_new_and_the_tallest_bar_fills_it() -> None:
    columns = result_columns([election("2023", 100, 80), election("2018", 50, None)])
    assert [one.name for one in columns] == ["2018", "2023"] and columns[1].winner == 120.0
    assert columns[0].runner_up == 0.0 and columns[1].x + columns[1].width == CHART_WIDTH
    assert result_columns([]) == []


def test_awareness_of_nobody_asked_is_not_known() -> None:
    assert Awareness("PMJAY", 0, 0).share is None and Awareness("PMJAY", 1, 4).share == 0.25


def test_numbers_and_days_are_shown_as_in_india() -> None:
    words = WarWords("hi")
    assert [words.count(number) for number in (0, 999, 1000, 216917, "12345678", None, "x")] == [
        "0", "999", "1,000", "2,16,917", "1,23,45,678", "–", "x",
    ]  # fmt: skip
    assert (words.day("2023-11-17"), words.day("2023"), words.day(None)) == ("17.11.2023", "2023", "")
    before_it, after_it = {"phone": "+919876500001", "sound": "a"}, {"phone": "+919876500002", "sound": "b"}
    change = {"before": before_it, "after": after_it}
    ((field, before, after),) = words.change(change)
    assert field == "फ़ोन" and "•" in before and "•" in after


def test_the_confirming_survey_says_any_responsibility_whole() -> None:
    for what in ('"बैठक": # सब - {वार्ड 3}', "a" * 300, "- चंदा: 'हाँ' | नहीं"):
        survey = read_survey(confirming_survey("responsibility_confirm_x", what), "responsibility_confirm_x")
        said = [text for node in survey.nodes.values() for text in node.say.values()]
        assert all("{what}" not in text for text in said)
        assert sum(what.replace("{", "(").replace("}", ")") in text for text in said) == 2
