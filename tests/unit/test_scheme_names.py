"""Words for schemes, as lists of people have them."""

from __future__ import annotations

from collections import namedtuple

import pytest

from dialer.warroom.scheme_names import names_among

Scheme = namedtuple("Scheme", "code short_name name_en name_hi")
SCHEMES = (
    Scheme("PMUY", "PMUY", "Pradhan Mantri Ujjwala Yojana", "प्रधानमंत्री उज्ज्वला योजना"),
    Scheme("PMAYG", "PMAY-G", "Pradhan Mantri Awas Yojana - Gramin", "प्रधानमंत्री आवास योजना - ग्रामीण"),
    Scheme("PMAYU", "PMAY-U", "Pradhan Mantri Awas Yojana - Urban", ""),
)


@pytest.mark.parametrize("word", ["pmuy", "PMUY", "ujjwala", "Ujjwala", "प्रधानमंत्री उज्ज्वला योजना"])
def test_a_scheme_is_known_by_its_code_and_by_the_word_that_only_its_name_has(word: str) -> None:
    names = names_among(SCHEMES, [word])
    assert names == {word: {"en": "Pradhan Mantri Ujjwala Yojana", "hi": "प्रधानमंत्री उज्ज्वला योजना"}}


def test_a_word_of_several_schemes_and_one_of_none_stay_as_they_are() -> None:
    assert names_among(SCHEMES, ["awas", "yojana", "pension", "-"]) == {}


def test_a_language_without_a_name_is_left_out() -> None:
    assert names_among(SCHEMES, ["pmay_u"]) == {"pmay_u": {"en": "Pradhan Mantri Awas Yojana - Urban"}}
