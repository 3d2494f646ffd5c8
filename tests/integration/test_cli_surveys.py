"""``dialer survey`` and ``dialer prompts play`` on the surveys that come with the product."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from dialer.ivr.survey_diagram import edges
from dialer.ivr.survey_file import EXAMPLES, read_survey_file
from tests.integration.cli_office import Office, open_office

NAME = "scheme_awareness.yaml"
PATH = "{http://www.w3.org/2000/svg}path"
HINDI, ENGLISH = "1", "2"
ALL_ANSWERED = {
    "language": "hi", "knows_pmjay": "yes", "used_pmjay": "yes", "knows_pmkisan": "yes", "knows_pmuy": "yes",
    "reach": "1",
}  # fmt: skip


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path / "office", capsys)


def test_every_example_is_valid_and_a_fault_is_named_with_its_line_and_node(office: Office) -> None:
    files = [str(file) for file in sorted(EXAMPLES.glob("*.yaml"))]
    found = office.do("survey", "validate", *files, "--json").json
    assert len(found) == 3 and all(each["valid"] for each in found)
    broken = office.folder / "broken.yaml"
    broken.write_text((EXAMPLES / NAME).read_text(encoding="utf-8").replace("next: reach", "next: rech"))
    done = office.run("survey", "validate", str(broken))
    assert done.code == 2 and "node source: leads to 'rech'" in done.err


def test_show_names_every_node_with_its_words_and_where_it_leads(office: Office) -> None:
    survey, _source = read_survey_file(EXAMPLES / NAME)
    shown = office.do("survey", "show", NAME, "--json").json["nodes"]
    assert {each["name"]: set(each["leads_to"]) for each in shown} == {
        node.name: set(node.targets()) for node in survey.nodes.values()
    }
    assert "How well do the benefits" in office.do("survey", "show", NAME, "--language", "en").out


def test_a_call_is_walked_to_its_end_and_the_office_is_named(office: Office) -> None:
    names = {"name_hi": "कार्यालय दुर्ग", "name_en": "Durg office"}
    office.set(office={**names, "callback_number": "+917880000000"})
    done = office.do("survey", "simulate", NAME, "--keys", "1111111", "--json").json
    assert (done["reason"], done["complete"]) == ("completed", True)
    assert {name: value for name, value in done["answers"].items() if name != "source"} == ALL_ANSWERED
    told = office.do("survey", "simulate", NAME, "--keys", "1111111").out
    assert "कार्यालय दुर्ग" in told and "{office}" not in told and "→ reach = 1" in told
    assert "Durg office" in office.do("survey", "simulate", NAME, "--keys", ENGLISH).out
    assert "कार्यालय दुर्ग ले गोठियावत हन" in office.do("survey", "simulate", NAME, "--keys", "3").out
    left = office.do("survey", "simulate", NAME, "--keys", "1h", "--json").json
    assert (left["reason"], left["answers"]) == ("hung_up", {"language": "hi"})


def test_a_call_goes_on_where_an_earlier_one_ended(office: Office) -> None:
    given = [f"--answer={name}={value}" for name, value in ALL_ANSWERED.items() if name != "reach"]
    done = office.do("survey", "simulate", NAME, *given, "--answer=source=news", "--keys", "4", "--json").json
    assert (done["answers"]["reach"], done["complete"]) == ("4", True)
    assert "no question of this survey" in office.refused(2, "survey", "simulate", NAME, "--answer", "age=4")
    assert "write it as" in office.refused(2, "survey", "simulate", NAME, "--person", "worker")


def test_the_menu_tells_of_schemes_and_says_which_were_heard(office: Office) -> None:
    menu = ("survey", "simulate", "schemes_menu.yaml")
    told = office.do(*menu, "--keys", "1310")
    assert "→ pmuy = heard" in told.out and "→ pmjay = heard" in told.out and "pmkisan" not in told.out
    done = office.do(*menu, "--keys", "1310", "--json").json
    assert (done["reason"], done["answers"]) == ("completed", {"language": "hi"})
    assert office.do(*menu, "--keys", "19", "--json").json["reason"] == "opted_out"


@pytest.mark.parametrize(("keys", "answer"), [("1", "comes"), ("2", "does_not_come"), ("81", "comes")])
def test_a_worker_confirms_with_a_key(office: Office, keys: str, answer: str) -> None:
    done = office.do("survey", "simulate", "workers_meeting.yaml", "--keys", keys, "--json").json
    assert (done["complete"], done["answers"]) == (True, {"coming": answer})


@pytest.mark.parametrize("name", [file.name for file in sorted(EXAMPLES.glob("*.yaml"))])
def test_the_diagram_shows_every_node_and_way(office: Office, name: str) -> None:
    survey, _source = read_survey_file(EXAMPLES / name)
    file = office.folder / "survey.svg"
    office.do("survey", "diagram", name, "--format", "svg", "-o", str(file), "--language", "en")
    drawn = ElementTree.parse(file).getroot()
    boxes = {each.get("id"): "".join(each.itertext()) for each in drawn.iter() if each.get("id")}
    assert {f"node-{node}" for node in survey.nodes} == set(boxes) - {"a"}
    ways = {(each.get("data-from"), each.get("data-to"), each.get("data-when")) for each in drawn.iter(PATH)}
    wanted = {(each.origin, each.target, each.label) for each in edges(survey)}
    assert ways - {(None, None, None)} == wanted
    legend = [each.text for each in drawn.iter() if each.get("class") == "legend"]
    assert "9: no more calls" in legend and "8: hear it again" in legend
    for node in survey.nodes.values():
        if node.kind.waits:
            assert f"asked {node.asks}×: " in boxes[f"node-{node.name}"]
    mermaid = office.do("survey", "diagram", name, "--language", "en").out
    for each in edges(survey):
        label = f'|"{each.label}"|' if each.label else ""
        assert f"n_{each.origin} -->{label} n_{each.target}" in mermaid
    assert "no more calls" in mermaid


def test_the_diagram_says_who_is_passed_by_and_what_silence_means(office: Office) -> None:
    file = office.folder / "small.yaml"
    file.write_text(
        """
survey: small
title: {en: t}
languages: [en]
keys: {operator: "0"}
nodes:
  a: {kind: yes_no, asks: 2, no_answer: end, skip_when: {contact.kind: worker}, say: {en: x}, next: b}
  b: {kind: number, known: contact.age, no_answer: refused, say: {en: y}}
"""
    )
    drawn = office.do("survey", "diagram", str(file), "--format", "svg").out
    for words in (
        "passed by: contact.kind worker", "asked 2×: goodbye", "not asked if known: contact.age",
        "asked 3×: refused", "0: an operator",
    ):  # fmt: skip
        assert words in drawn, words


def test_a_prompt_is_played_as_it_was_built(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = office.refused(3, "prompts", "play", "hi/goodbye")
    assert "dialer prompts build" in missing
    file = office.data / "prompts" / "system" / "hi" / "goodbye.alaw"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xd5" * 80)
    programs, heard = office.folder / "bin", office.folder / "heard"
    programs.mkdir()
    (programs / "play").write_text(f'#!/bin/sh\necho "$@" > "{heard}"\n')
    (programs / "play").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    office.do("prompts", "play", "hi/goodbye")
    assert heard.read_text().split() == ["-q", "-t", "al", "-r", "8000", "-c", "1", str(file)]
    assert "there is no prompt hi/nothing" in office.refused(3, "prompts", "play", "hi/nothing")
