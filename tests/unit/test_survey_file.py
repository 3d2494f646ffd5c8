"""What is wrong in a survey's file is named with file, line and node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialer.core.survey_reader import read_tree
from dialer.core.survey_tree import tree_of
from dialer.errors import InputError
from dialer.ivr.survey_file import EXAMPLES, compiled, read_survey, read_survey_file
from tests.unit.survey_talk import survey_of

ASK = "kind: yes_no, say: {en: Ask}"


def test_the_shipped_surveys_are_right() -> None:
    for file in EXAMPLES.glob("*.yaml"):
        survey, _source = read_survey_file(file)
        assert set(survey.languages) >= {"hi", "en"}
        assert survey.questions()


def test_a_compiled_survey_reads_back_the_same() -> None:
    survey, source = read_survey_file(EXAMPLES / "scheme_awareness.yaml")
    again = read_tree(tree_of(json.loads(compiled(source, "x"))))
    assert [*again.nodes] == [*survey.nodes]
    assert again.nodes["source"].options == survey.nodes["source"].options
    assert again.nodes["knows_pmjay"].next == survey.nodes["knows_pmjay"].next


def test_words_stay_what_was_written() -> None:
    source = survey_of("  a: {kind: choice, say: {en: A}, options: {1: no, 2: off, 3: 007}}\n")
    assert [o.value for o in read_survey(source, "x").nodes["a"].options] == ["no", "off", "007"]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (f"  a: {{{ASK}, next: nowhere}}\n", "5: node a: leads to 'nowhere', which is not defined"),
        (f"  a: {{{ASK}}}\n  b: {{{ASK}}}\n", "6: node b: is never reached"),
        ("  a: {kind: info, say: {en: A}, next: b}\n  b: {kind: info, say: {en: B}, next: a}\n",
         "5: node a: the survey cannot end from here"),
        (f"  a: {{{ASK}, next: {{yes: b, else: end}}}}\n  b: {{kind: info, say: {{en: B}}, next: c}}\n"
         "  c: {kind: info, say: {en: C}, next: [{when: {a: yes}, go: b}, {go: end}]}\n",
         "6: node b: is in a loop that waits for no key"),
        ("  a: {kind: yes_no, say: {}}\n", "5: node a: say: the text in en is missing"),
        ("  a: {kind: yes_no}\n", "5: node a: say: missing"),
        ("  a: {kind: yes_no, say: {en: A, fr: B}}\n", "'fr' is none of the survey's languages"),
        (f"  a: {{{ASK}, options: {{1: yes, 1: no}}}}\n", "node a: key 1 stands for two answers"),
        (f"  a: {{{ASK}, options: {{1: yes, 9: no}}}}\n", "node a: key 9 is the survey's opt-out key"),
        (f"  a: {{{ASK}, options: {{1: yes, 12: no}}}}\n", "'12' is not one key"),
        (f"  a: {{{ASK}, options: {{1: yes, 2: yes}}}}\n", "answer yes stands twice"),
        (f"  a: {{{ASK}, colour: red}}\n", "5: node a: colour: unknown in a node of kind yes_no"),
        (f"  a: {{{ASK}, asks: 1, asks: 2}}\n", "node a: asks: stands twice"),
        (f"  a: {{{ASK}}}\n  a: {{{ASK}}}\n", "6: node a: this node stands twice"),
        (f"  a: {{{ASK}, asks: many}}\n", "asks: 'many' is not a number from 1 to 10"),
        (f"  a: {{{ASK}, next: {{yes: end}}}}\n", "`else` is missing"),
        (f"  a: {{{ASK}, next: {{maybe: end, else: end}}}}\n", "asks for a 'maybe', which it never is"),
        (f"  a: {{{ASK}, skip_when: {{ghost: yes}}}}\n", "asks for 'ghost', which is no question"),
        (f"  a: {{{ASK}, skip_when: {{language: fr}}}}\n", "asks for language 'fr'"),
        ("  a: {kind: riddle, say: {en: A}}\n", "kind: 'riddle' is none of info, language"),
        ("  a: {kind: choice, say: {en: A}}\n", "options: missing"),
        ("  a: {kind: number, say: {en: A}, min: 9, max: 3}\n", "min 9 is not below max 3"),
        ("  a: {kind: date, say: {en: A}, min: 2026-02-30}\n", "min: '2026-02-30' is not a date"),
        ("  a: {kind: choice, say: {en: A}, random_options: yes, options: {1: x, 2: y}}\n",
         "random_options: each option needs its own `say`"),
        (f"  a: {{kind: shuffle, of: [b, c], next: end}}\n  b: {{{ASK}, next: a}}\n  c: {{{ASK}}}\n",
         "5: node a: of: c does not lead back here"),
        (f"  end: {{{ASK}}}\n", "a node's name has small letters"),
        ("  a: {kind: language, say: {en: A}, options: {1: en, 2: ta}}\n", "answer ta is none of the"),
        ("  a: [1, 2]\n", "5: node a: kind: missing"),
    ],
)  # fmt: skip
def test_a_fault_names_line_and_node(nodes: str, expected: str) -> None:
    with pytest.raises(InputError) as fault:
        read_survey(survey_of(nodes), "test.yaml")
    assert "test.yaml:" in str(fault.value)
    assert expected in str(fault.value)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("start: nobody\n", "there is no node named 'nobody'"),
        ("keys: {opt_out: no}\n", "a person must always be able to stop the calls"),
        ("keys: {opt_out: '8', repeat: '8'}\n", "two of them are the same key"),
        ("patience: 0\n", "test.yaml:4: patience"),
        ("type_ahead: perhaps\n", "'perhaps' is not yes or no"),
        ("messages: {hello: {en: A}}\n", "hello: unknown in messages"),
        ("colours: 3\n", "colours: unknown in the file"),
    ],
)
def test_a_fault_outside_the_nodes_names_its_line(head: str, expected: str) -> None:
    with pytest.raises(InputError) as fault:
        read_survey(survey_of(f"  a: {{{ASK}}}\n", head), "test.yaml")
    assert expected in str(fault.value)


def test_every_fault_is_told_at_once() -> None:
    nodes = "  a: {kind: yes_no, asks: 0}\n  b: {kind: choice, say: {en: B}}\n"
    with pytest.raises(InputError) as fault:
        read_survey(survey_of(nodes), "t")
    assert len(str(fault.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"a: [1", "is not YAML"),
        (b"a: &x [*x]", "is not YAML|refers to itself"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"? [1, 2]\n: 3\n", "a key is one word"),
        (b"- 1\n", "a mapping is needed"),
    ],
)
def test_a_file_that_is_no_survey_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        read_survey_file(file)


def test_a_file_that_is_away_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_survey_file(tmp_path / "none.yaml")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_survey_file(large)
