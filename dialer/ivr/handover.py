"""What a call carries with it in channel variables, so that whoever asks next goes on where it stands.

Only the standard library and the core: the fallback script imports this.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from dialer.core.survey_path import Person

ANSWERS = "SAMPARK_ANSWERS"
"""The answers so far: the survey goes on at the first open question."""
PERSON = "SAMPARK_PERSON"
"""What the survey's branches ask of the person; never a name or a number."""
DONE = "SAMPARK_SURVEY_DONE"
"""Set when nothing is left to ask or to say on this call."""
WAIT = "SAMPARK_OPERATOR_WAIT"
"""Set when the person wants an operator: the seconds that the dialplan lets them wait for one."""
CAMPAIGN = "SAMPARK_OPERATOR_CAMPAIGN"
"""Whose operators are wanted, empty: the campaign's own."""
RANG = "SAMPARK_RANG"
"""Set when a ring of a line is kept."""
NOBODY = "nobody"
"""The second argument of a session whose person waited for an operator in vain."""
LONGEST = 1500
"""Characters of a variable; Asterisk reads commands into 2,048 bytes."""

_SEED, _LANGUAGE = "_seed", "_language"


def answers_text(answers: Mapping[str, str]) -> str:
    """The newest answers that fit into a variable."""
    kept = list(answers.items())
    while len(text := urlencode(kept)) > LONGEST:
        del kept[0]
    return text


def answers_of(text: str | None) -> dict[str, str]:
    """The answers in a variable; none when it is empty."""
    return dict(parse_qsl(text or ""))


def person_text(person: Person, asked: frozenset[str]) -> str:
    """The person as far as the survey asks; empty when it does not fit."""
    names = sorted(asked & set(person.attributes))
    pairs = [(name, value) for name in names for value in person.attributes[name]]
    text = urlencode([(_SEED, person.seed), (_LANGUAGE, person.language), *pairs])
    return text if len(text) <= LONGEST else ""


def person_of(text: str | None, language: str) -> Person:
    """The person in a variable, or one of whom only the language is known."""
    attributes: dict[str, list[str]] = {}
    for name, value in parse_qsl(text or ""):
        attributes.setdefault(name, []).append(value)
    seed = "".join(attributes.pop(_SEED, []))
    spoken = "".join(attributes.pop(_LANGUAGE, [])) or language
    return Person(spoken, attributes, seed)
