"""Numbers as people write them become E.164, or a reason."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.contacts.numbers import NotANumber, Number, ascii_digits, masked, masked_in, read_number

MOBILE = "+919876543210"


@pytest.mark.parametrize(
    "written",
    [
        "9876543210",
        "09876543210",
        "919876543210",
        "+919876543210",
        "0091 9876543210",
        "+91 98765 43210",
        "98765-43210",
        "(98765) 43210",
        "  9876543210 ",
        "'9876543210",
        "9876543210.0",
        "9.876543210E9",
        "९८७६५४३२१०",
        "+९१ ९८७६५ ४३२१०",
        "９８７６５４３２１０",
        "98765\u200b43210",
        "\u202a9876543210\u202c",
        "98765\xa043210",
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(written: str) -> None:
    assert read_number(written) == Number(MOBILE)


@pytest.mark.parametrize("written", ["0788-2210000", "07882210000", "+91 788 2210000", "(0788) 221 0000"])
def test_a_landline_is_read_with_its_std_code(written: str) -> None:
    assert read_number(written) == Number("+917882210000")


@pytest.mark.parametrize(
    "written",
    [
        "9876543210 / 9826012345",
        "9876543210, 9826012345",
        "9876543210;9826012345",
        "9876543210 और 9826012345",
        "9876543210 या 9826012345",
        "9876543210 or 9826012345",
        "9876543210 9826012345",
        "9876543210\n9826012345",
    ],
)
def test_of_several_numbers_the_first_is_called_and_the_others_are_kept(written: str) -> None:
    assert read_number(written) == Number(MOBILE, ("+919826012345",))


def test_a_second_number_that_is_none_or_the_same_is_left_out() -> None:
    assert read_number("9876543210/11") == Number(MOBILE)
    assert read_number("9876543210/09876543210") == Number(MOBILE)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "no number"),
        ("-", "no number"),
        ("nil", "no letters"),
        ("2210000", "STD code"),
        ("987654321", "one is missing"),
        ("11", "only 2 digits"),
        ("98765432109", "11 digits are too many"),
        ("5000012345", "begins like this"),
        ("915000012345", "begins like this"),
        ("0000000000", "begins like this"),
        ("0089000000", "not a number of India"),
        ("+1 415 555 2671", "not a number of India"),
        ("1800111979", "service number"),
        ("1401234567", "service number"),
        ("98765 43210 ext 5", "extension"),
        ("9.87654E9", "shortened by a spreadsheet"),
        ("9.88E+09", "shortened by a spreadsheet"),
        ("9" * 200, "200 characters"),
    ],
)
def test_what_cannot_be_called_says_why(written: str, reason: str) -> None:
    read = read_number(written)
    assert isinstance(read, NotANumber)
    assert reason in read.reason


@given(st.text(max_size=40))
def test_any_text_gives_a_number_or_a_reason(text: str) -> None:
    read = read_number(text)
    if isinstance(read, Number):
        assert phonenumbers.is_valid_number(phonenumbers.parse(read.phone))
    else:
        assert read.reason


def judged(text: str) -> str | None:
    """What phonenumbers alone says: E.164 of a person's number in India."""
    kinds = phonenumbers.PhoneNumberType
    try:
        number = phonenumbers.parse(text, "IN")
    except phonenumbers.NumberParseException:
        return None
    personal = phonenumbers.number_type(number) in (
        kinds.MOBILE,
        kinds.FIXED_LINE,
        kinds.FIXED_LINE_OR_MOBILE,
    )
    if number.country_code != 91 or not personal or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@settings(max_examples=500)
@given(st.from_regex(r"(00|0|91|\+91|\+)?[0-9]{9,11}", fullmatch=True))
def test_phonenumbers_is_the_judge_of_plain_numbers(text: str) -> None:
    read = read_number(text)
    assert (read.phone if isinstance(read, Number) else None) == judged(text)


@given(st.text(alphabet="0123456789", min_size=1, max_size=12))
def test_devanagari_digits_mean_the_same(digits: str) -> None:
    devanagari = digits.translate({ord("0") + n: chr(0x0966 + n) for n in range(10)})
    assert ascii_digits(devanagari) == digits


def test_a_masked_number_shows_where_it_belongs_and_its_end() -> None:
    assert masked(MOBILE) == "+91 98••••3210"
    assert masked("+9178") == "•••••"


def test_numbers_within_a_text_are_masked_too() -> None:
    assert masked_in("पड़ोसी 9826012345, वार्ड 12") == "पड़ोसी ••••••2345, वार्ड 12"
    assert masked_in("+91 98260 12345") == "•••••••••••2345"
