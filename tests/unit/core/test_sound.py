"""Names are found however they are written."""

from __future__ import annotations

import pytest

from dialer.core.sound import search_keys, sound_of, sound_words


@pytest.mark.parametrize(
    "spellings",
    [
        ("पाटन", "Patan", "Paatan", "PATAN", "Pāṭan"),
        ("दुर्ग ग्रामीण", "Durg Gramin", "Durg Grameen", "durg graamin"),
        ("वैशाली नगर", "Vaishali Nagar", "Waishali Nagar"),
        ("अहिवारा", "Ahiwara", "Ahivara", "Aheewaara"),
        ("भिलाई", "Bhilai", "Bhilaai"),
        ("साहू", "Sahu", "Saahoo", "Sahoo"),
        ("लक्ष्मी", "Lakshmi", "Laxmi", "Lakshmee"),
        ("देवांगन", "Dewangan", "Devaangan"),
        ("चंद्राकर", "चन्द्राकर", "Chandrakar", "Chandraakar"),
        ("सिंह", "Singh"),
        ("ज्ञान", "Gyan", "Gyaan"),
        ("गौरव", "Gaurav", "Gourav"),
        ("छत्तीसगढ़", "छत्तीसगढ़", "Chhattisgarh", "Chattisgarh"),
        ("कृष्ण", "Krishna", "Krishn"),
        ("यादव", "Yadav", "Yaadav"),
        ("चंपा", "Champa"),
        ("बूथ १२", "Booth 12", "buth 12"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound_words(spelling) for spelling in spellings}) == 1, [sound_words(s) for s in spellings]


@pytest.mark.parametrize(
    ("one", "other"),
    [("पाटन", "पटेल"), ("राम", "रमेश"), ("सीता", "गीता"), ("Durg Shahar", "Durg Gramin"), ("62", "63")],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert sound_words(one) != sound_words(other)


def test_titles_and_the_order_of_words_do_not_matter_for_telling_people_apart() -> None:
    assert sound_of("श्रीमती सीता साहू") == sound_of("Sahu Sita") == sound_of("Smt. Seeta Sahu")


def test_each_word_and_each_pair_is_a_beginning_to_search_by() -> None:
    assert search_keys(["राम कुमार साहू", "Ram Kumar Sahu"]) == {
        "rm kumr", "rm shu", "kumr rm", "kumr shu", "shu rm", "shu kumr",
    }  # fmt: skip
    assert search_keys(["पाटन"]) == {"ptn"}
    assert search_keys(["", "..."]) == set()
