"""Telephone numbers of India as people write them -> E.164, or the reason why not.

``phonenumbers`` judges every number; what stands before it only undoes writing habits (Devanagari
digits, spreadsheet formats, several numbers in one cell) and finds sentences for what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from dialer.i18n import ngettext, translate

_ = translate

REGION: Final = "IN"
COUNTRY_CODE: Final = 91
NATIONAL_DIGITS: Final = 10
MAX_CELL: Final = 100

_PERSONAL: Final = frozenset(
    (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
)
_PLAIN = re.compile(r"\+?[0-9][0-9 ]*")
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_WHOLE_AS_FRACTION = re.compile(r"(\+?[0-9]{6,})\.0+")
_SEPARATOR = re.compile(r"[/,;|&\n]|\b(?:and|or)\b|और|या", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:ext\.?|extn\.?|x|#)\s*[0-9]+$", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_NUMBER_IN_TEXT = re.compile(r"\+?\d[\d -]{8,}\d")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Number:
    """A dialable number: E.164, and further numbers of the same cell that are kept but not called."""

    phone: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Why a cell holds no number that may be called, and the fix, in the selected language.

    ``abroad``: it is one, but of another country.
    """

    reason: str
    abroad: bool = False


def read_number(cell: str) -> Number | NotANumber:
    """The first number of a cell. A second one behind a slash, a comma or ``and`` goes into ``others``.

    A landline needs its STD code. Numbers outside India, service numbers and extensions are refused.
    """
    text = _tidy(cell)
    if not text:
        return NotANumber(_("no number"))
    if len(text) > MAX_CELL:
        return NotANumber(_("{length} characters are no telephone number").format(length=len(text)))
    if _PLAIN.fullmatch(text):
        whole = _judge(text)
        return _first_of_words(text, whole) if isinstance(whole, NotANumber) and " " in text else whole
    if _SCIENTIFIC.fullmatch(text):
        return _from_scientific(text)
    pieces = [piece.strip() for piece in _SEPARATOR.split(text) if piece.strip()]
    if not pieces:
        return NotANumber(_("no number"))
    first = _judge(pieces[0])
    if isinstance(first, NotANumber):
        return first
    return Number(first.phone, _valid_others(first.phone, pieces[1:]))


def _tidy(cell: str) -> str:
    text = cell.strip()
    if not text.isascii():
        text = ascii_digits(_INVISIBLE.sub("", text)).strip()
    text = text.lstrip("'\"`’").rstrip("'\"").strip()
    if fraction := _WHOLE_AS_FRACTION.fullmatch(text):
        text = fraction[1]
    return text


def ascii_digits(text: str) -> str:
    """Digits of every script as 0-9 and every kind of space as a space; the rest as it is."""
    if text.isascii():
        return text
    return "".join(_ascii_digit(character) for character in text)


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return " " if character.isspace() else character


def _from_scientific(text: str) -> Number | NotANumber:
    mantissa, _e, exponent = text.lower().partition("e")
    digits_after_point = len(mantissa.partition(".")[2])
    if digits_after_point < int(exponent):
        reason = _("{text} was shortened by a spreadsheet; format the column as text and save it again")
        return NotANumber(reason.format(text=text))
    try:
        return _judge(f"{Decimal(text):f}".partition(".")[0])
    except InvalidOperation:
        return NotANumber(_("no number"))


def _first_of_words(text: str, whole: NotANumber) -> Number | NotANumber:
    words = text.split()
    if any(len(word) < NATIONAL_DIGITS for word in words):
        return whole
    first = _judge(words[0])
    if isinstance(first, NotANumber):
        return first
    return Number(first.phone, _valid_others(first.phone, words[1:]))


def _valid_others(first: str, pieces: list[str]) -> tuple[str, ...]:
    judged = (_judge(piece) for piece in pieces)
    phones = (number.phone for number in judged if isinstance(number, Number))
    return tuple(dict.fromkeys(phone for phone in phones if phone != first))


def _judge(text: str) -> Number | NotANumber:
    if _EXTENSION.search(text):
        return NotANumber(_("an extension cannot be dialled; give a direct number"))
    if _LETTERS.search(text):
        return NotANumber(_("a telephone number has no letters"))
    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException as fault:
        return NotANumber(_unparsable(text, fault))
    if number.country_code != COUNTRY_CODE:
        return NotANumber(_("not a number of India"), abroad=True)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # the same as not valid, found in half the time
        if number.italian_leading_zero:
            return NotANumber(_invalid("0" * NATIONAL_DIGITS))
        return NotANumber(_invalid(str(number.national_number)))
    if kind not in _PERSONAL:
        return NotANumber(_("a service number (toll-free, paid or company), not a person's"))
    return Number(f"+{number.country_code}{number.national_number}")


def _unparsable(text: str, fault: NumberParseException) -> str:
    if fault.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return _("not a number of India")
    digits = sum(character.isdigit() for character in text)
    if digits == 0:
        return _("no number")
    return _invalid("0" * digits)


def _invalid(national: str) -> str:
    if len(national) == NATIONAL_DIGITS + 2 and national.startswith(str(COUNTRY_CODE)):
        national = national[2:]
    length = len(national)
    if length < 6:
        return ngettext("only {length} digit", "only {length} digits", length).format(length=length)
    if length < NATIONAL_DIGITS - 1:
        text = _("only {length} digits; a landline needs its STD code, like 0788-2210000")
        return text.format(length=length)
    if length < NATIONAL_DIGITS:
        return _("only {length} digits; one is missing").format(length=length)
    if length > NATIONAL_DIGITS:
        return _("{length} digits are too many").format(length=length)
    return _("no telephone number in India begins like this")


def masked(phone: str) -> str:
    """An E.164 number for people who need not know it: ``+91 98••••3210``; too short a one is all dots."""
    if len(phone) < 9:
        return "•" * len(phone)
    return f"{phone[:3]} {phone[3:5]}{'•' * (len(phone) - 9)}{phone[-4:]}"


def masked_in(text: str) -> str:
    """Free text in which of every telephone number only the last four digits are left."""
    return _NUMBER_IN_TEXT.sub(lambda found: "•" * (len(found[0]) - 4) + found[0][-4:], text)
