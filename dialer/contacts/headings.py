"""The headings that lists of people carry, in Hindi and English, and what each means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """What a list may say of a person."""

    PHONE = "phone"
    NAME = "name"
    LANGUAGE = "language"
    CONSTITUENCY = "constituency"
    BOOTH = "booth"
    KIND = "kind"
    ROLE = "role"
    SCHEMES = "schemes"


HEADINGS: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.PHONE: (
        "phone", "phone number", "mobile", "mobile number", "mobile no", "phone no", "contact number",
        "contact no", "telephone", "cell", "whatsapp", "whatsapp number", "tel", "mob", "mob no", "number",
        "मोबाइल", "मोबाइल नंबर", "मोबाइल नम्बर", "मो नं", "मोबाइल नं", "मोबाईल", "मोबाईल नंबर",
        "मोबाईल नम्बर", "फोन", "फोन नंबर", "फोन नम्बर", "दूरभाष", "संपर्क नंबर", "सम्पर्क नंबर", "संपर्क",
        "दूरभाष क्रमांक", "मोबाइल क्रमांक", "नंबर",
    ),
    Field.NAME: (
        "name", "full name", "contact name", "person", "voter name", "beneficiary name", "worker name",
        "नाम", "पूरा नाम", "मतदाता का नाम", "हितग्राही का नाम", "लाभार्थी का नाम", "कार्यकर्ता का नाम", "नाम पूरा",
        "व्यक्ति का नाम",
    ),
    Field.LANGUAGE: ("language", "lang", "mother tongue", "भाषा", "बोली"),
    Field.CONSTITUENCY: (
        "constituency", "assembly", "assembly constituency", "ac", "ac no", "ac number", "ac name",
        "vidhansabha", "vidhan sabha", "constituency number", "constituency no",
        "विधानसभा", "विधान सभा", "विधानसभा क्षेत्र", "विधानसभा क्रमांक", "विधानसभा का नाम", "विस क्षेत्र",
    ),
    Field.BOOTH: (
        "booth", "booth no", "booth number", "polling station", "polling booth", "part no", "part number",
        "बूथ", "बूथ नंबर", "बूथ क्रमांक", "बूथ नं", "मतदान केंद्र", "मतदान केन्द्र", "भाग संख्या", "भाग क्रमांक",
    ),
    Field.KIND: ("kind", "contact type", "प्रकार"),
    Field.ROLE: (
        "role", "post", "designation", "responsibility", "position",
        "पद", "दायित्व", "जिम्मेदारी", "भूमिका", "पदनाम",
    ),
    Field.SCHEMES: (
        "schemes", "scheme", "scheme name", "yojana", "yojna", "benefits",
        "योजना", "योजनाएं", "योजनाएँ", "योजना का नाम", "लाभ",
    ),
}  # fmt: skip

NEVER_KEPT: Final = (
    "aadhaar", "aadhar", "adhar", "aadhaar no", "aadhaar number", "aadhar no", "aadhar number", "uid", "pan",
    "pan no", "pan number", "account no", "account number", "bank account", "ifsc", "password", "religion",
    "caste", "आधार", "आधार नंबर", "आधार क्रमांक", "खाता", "खाता नंबर", "खाता क्रमांक", "पैन", "धर्म", "जाति",
)  # fmt: skip
"""Headings of what nobody needs for a call and what would harm the person if it leaked."""

SERIALS: Final = (
    "s no", "sno", "sr no", "sl no", "serial no", "serial number", "no", "क्र", "क्रमांक", "क्रं", "अ क्र",
)  # fmt: skip
"""Headings of a row's number, which says nothing of the person."""


def plain_heading(heading: str) -> str:
    """Lower case, without punctuation, spaces and nukta: what ``Mobile No.`` and ``mobile_no`` share."""
    text = unicodedata.normalize("NFD", heading.casefold()).replace("\u093c", "")
    text = unicodedata.normalize("NFC", re.sub("[\u200b-\u200f\ufeff]", "", text))
    return "".join(character for character in text if _is_word(character))


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


FIELD_OF: Final = {plain_heading(h): field for field, headings in HEADINGS.items() for h in headings}
RANK: Final = {plain_heading(h): rank for hs in HEADINGS.values() for rank, h in enumerate(hs)}
"""Earlier headings of a field are the surer signs of it."""
UNKEPT: Final = frozenset(plain_heading(h) for h in (*NEVER_KEPT, *SERIALS))
