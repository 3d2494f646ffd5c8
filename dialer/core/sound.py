"""Names by their sound: पाटन, Patan and Paatan are one key.

Devanagari and Latin are led to one coarse alphabet: aspirates lose their breath, long and short vowels
are one, ``a`` is silent, sibilants are ``s``, nasals ``n``. That is what people who type Hindi names in
Latin letters differ in; what is left keeps names apart well enough to be searched by their beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import permutations
from typing import Final

MOST_WORDS: Final = 4
LONGEST_WORD: Final = 24
LONGEST_KEY: Final = 60

_CONSONANTS: Final[Mapping[str, str]] = {
    "क": "k", "ख": "k", "ग": "g", "घ": "g", "ङ": "n", "च": "c", "छ": "c", "ज": "j", "झ": "j", "ञ": "n",
    "ट": "t", "ठ": "t", "ड": "d", "ढ": "d", "ण": "n", "त": "t", "थ": "t", "द": "d", "ध": "d", "न": "n",
    "प": "p", "फ": "p", "ब": "b", "भ": "b", "म": "m", "य": "i", "र": "r", "ल": "l", "ळ": "l", "व": "v",
    "श": "s", "ष": "s", "स": "s", "ह": "h",
}  # fmt: skip
_VOWELS: Final[Mapping[str, str]] = {
    "इ": "i", "ई": "i", "ि": "i", "ी": "i", "ए": "i", "े": "i", "ऐ": "i", "ै": "i", "ऍ": "i", "ॅ": "",
    "उ": "u", "ऊ": "u", "ु": "u", "ू": "u", "ओ": "u", "ो": "u", "औ": "u", "ौ": "u", "ऑ": "u", "ॉ": "u",
    "ऋ": "ri", "ृ": "ri", "ं": "n", "ँ": "n",
}  # fmt: skip
_NUKTA: Final = "\u093c"
_FLAPPED: Final = re.compile(f"[डढ]{_NUKTA}")
_SPECIAL: Final = (("ज्ञ", "ग्य"), ("ंह", "ंग"), ("ऽ", ""), ("ः", ""))
_LATIN: Final = (
    (re.compile("x"), "ks"), (re.compile("q"), "k"), (re.compile("w"), "v"), (re.compile("[fp]h?"), "p"),
    (re.compile("z"), "j"), (re.compile("ck"), "k"), (re.compile("c(?=[ei])"), "s"),
    (re.compile("c(?!h)"), "k"),
    (re.compile("c+h+"), "c"), (re.compile("([kgjtdbsr])h"), r"\1"), (re.compile("gn|jn"), "gn"),
    (re.compile("m(?=[pb])"), "n"), (re.compile("oo|ou|au|o"), "u"),
    (re.compile("ai|ay|ei|ey|ee|ea|e|y"), "i"),
    (re.compile("a"), ""),
)  # fmt: skip
_REPEATED: Final = re.compile(r"(.)\1+")
_WORD: Final = re.compile(r"[a-z0-9\u0900-\u0963\u0970-\u097f]+")
_HONORIFICS: Final = frozenset((
    "श्री", "श्रीमती", "सुश्री", "डॉ", "डा", "कु", "shri", "sri", "smt", "shrimati", "dr", "mr", "mrs", "ms",
    "km",
))  # fmt: skip


def sound_words(text: str) -> tuple[str, ...]:
    """The words of a name as they sound, without titles; at most ``MOST_WORDS``, numbers as they are."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(_plain_letter(letter) for letter in plain)
    words = [word for word in _WORD.findall(plain) if word not in _HONORIFICS]
    return tuple(sound for word in words[:MOST_WORDS] if (sound := sound_word(word)))


def sound_of(text: str) -> str:
    """A whole name as it sounds, whatever the order of its words: to find one person written twice."""
    return " ".join(sorted(sound_words(text)))[:120]


def search_keys(names: Iterable[str]) -> set[str]:
    """Keys by whose beginnings these names are found: each word, each pair of words in both orders."""
    keys: set[str] = set()
    for name in names:
        words = sound_words(name)
        pairs = [" ".join(pair) for pair in permutations(words, 2)]
        keys.update(key[:LONGEST_KEY] for key in (pairs or words))
    return keys


@lru_cache(maxsize=65_536)
def sound_word(word: str) -> str:
    """One word in lower case as it sounds."""
    if word.isdigit():
        return word
    said = _from_devanagari(word) if "\u0900" <= word[0] <= "\u097f" else _from_latin(word)
    return _REPEATED.sub(r"\1", said)[:LONGEST_WORD] or word[:1]


def _plain_letter(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    if letter.isascii() or "\u0900" <= letter <= "\u097f":
        return letter
    # Pāṭan: the letter without its marks.
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else " "


def _from_devanagari(word: str) -> str:
    text = _FLAPPED.sub("र", unicodedata.normalize("NFD", word)).replace(_NUKTA, "")
    for written, instead in _SPECIAL:
        text = text.replace(written, instead)
    said = "".join(_sound_of_letter(letter) for letter in text)
    return re.sub("m(?=[pb])", "n", said)


def _sound_of_letter(letter: str) -> str:
    plain = letter if letter.isascii() and letter.isalnum() else ""
    return _CONSONANTS.get(letter) or _VOWELS.get(letter, plain)


def _from_latin(word: str) -> str:
    for written, instead in _LATIN:
        word = written.sub(instead, word)
    return word
