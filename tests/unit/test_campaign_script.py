"""A campaign's script from its file to the desk."""

from __future__ import annotations

import pytest

from dialer.campaigns.scripts import read_script
from dialer.errors import InputError

GOOD = """
say: {hi: "नमस्ते {name} जी", en: "Namaste {name}, {operator} from {office}"}
facts:
  ujjwala: {hi: गैस कनेक्शन, en: A gas connection}
"""


def test_a_script_says_what_is_said_and_the_facts_of_each_scheme() -> None:
    script = read_script(GOOD, "s.yaml")
    assert script.say.en == "Namaste {name}, {operator} from {office}"
    assert script.facts["ujjwala"].hi == "गैस कनेक्शन"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("say: {hi: a}", r"s\.yaml, say\.en: Field required"),
        ("say: {hi: '{phone}', en: b}", r"say\.hi: .*only name, operator, office, campaign"),
        ("say: {hi: '{name!r}', en: b}", r"say\.hi: .*braces"),
        ("say: {hi: '{', en: b}", r"say\.hi: "),
        ("say: {hi: a, en: b}\nfacts: {Ujjwala Yojana: {hi: a, en: b}}", r"facts"),
        ("say: [", r"s\.yaml is not YAML"),
        ("", r"s\.yaml, file: "),
    ],
)
def test_a_fault_is_named_with_its_place(source: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_script(source, "s.yaml")
