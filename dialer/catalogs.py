"""Builds and checks the text catalogs.

``python -m dialer.catalogs build``    merges every ``.po`` of a language into its ``sampark.mo``
``python -m dialer.catalogs missing``  prints, ready to fill in, what has no Hindi text yet; exit code 1
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dialer.errors import InputError
from dialer.i18n import DOMAIN, LANGUAGES, LOCALE_DIR

SOURCES: Final = (Path(__file__).parent, Path(__file__).parents[1] / "web" / "src")
"""Where texts are marked: the program, and the front end's sources."""

KEYWORDS: Final = {"_": None, "N_": None, "translate": None, "ngettext": (1, 2)}

_METHODS: Final = [
    ("**.py", "python"), ("**.html", "jinja2"), ("**.ts", "javascript"), ("**.tsx", "javascript"),
]  # fmt: skip
_OPTIONS: Final = {
    "**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"},
    "**.ts": {"jsx": "true", "template_string": "true"},
    "**.tsx": {"jsx": "true", "template_string": "true"},
}

MessageId = str | tuple[str, ...]


def merged(language: str) -> Catalog:
    """All texts of a language; ``InputError`` when two files translate one text differently."""
    whole = Catalog(locale=language, domain=DOMAIN)
    origin: dict[str, Path] = {}
    for file in sorted((LOCALE_DIR / language / "LC_MESSAGES").glob("*.po")):
        for message in _messages(file, language):
            known = whole.get(message.id)
            if known and known.string != message.string:
                other = origin[str(message.id)].name
                raise InputError(f"{file}: {message.id!r} has another translation in {other}; keep one")
            whole.add(message.id, message.string, flags=message.flags)
            origin[str(message.id)] = file
    return whole


def _messages(file: Path, language: str) -> Iterator[Message]:
    with file.open("rb") as source:
        for message in read_po(source, locale=language, domain=DOMAIN, abort_invalid=True):
            filled = all(message.string) if isinstance(message.string, tuple) else bool(message.string)
            if message.id and filled and not message.fuzzy:
                yield message


def build(language: str) -> Path:
    """Write ``sampark.mo`` of a language in one step, so that a reader never sees half of it."""
    folder = LOCALE_DIR / language / "LC_MESSAGES"
    target = folder / f"{DOMAIN}.mo"
    catalog = merged(language)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".new")
    try:
        with os.fdopen(handle, "wb") as out:
            write_mo(out, catalog)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return target


def used_texts(root: Path) -> dict[MessageId, str]:
    """Every marked text in programs and templates below ``root`` -> its first use, ``file:line``."""
    places: dict[MessageId, str] = {}
    found = extract_from_dir(root, method_map=_METHODS, keywords=KEYWORDS, options_map=_OPTIONS)
    for file, line, message, _comments, _context in found:
        places.setdefault(message, f"{file}:{line}")
    return places


def missing(language: str) -> dict[MessageId, str]:
    """The texts used below ``SOURCES`` that ``language`` does not translate -> their places."""
    known = merged(language)
    used = {text: place for root in SOURCES for text, place in used_texts(root).items()}
    return {text: place for text, place in used.items() if known.get(text) is None}


def texts_of(language: str, room: str) -> dict[str, str]:
    """The texts of one room's catalog, which has no plurals: text -> translation."""
    file = LOCALE_DIR / language / "LC_MESSAGES" / f"{room}.po"
    return {str(message.id): str(message.string) for message in _messages(file, language)}


def _stanza(text: MessageId, place: str) -> str:
    if isinstance(text, tuple):
        ids = f"msgid {_quoted(text[0])}\nmsgid_plural {_quoted(text[1])}"
        return f'#: {place}\n{ids}\nmsgstr[0] ""\nmsgstr[1] ""\n'
    return f'#: {place}\nmsgid {_quoted(text)}\nmsgstr ""\n'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main(arguments: list[str]) -> int:
    """The two commands of the module's docstring; returns the exit code."""
    if arguments == ["build"]:
        for language in LANGUAGES:
            build(language)
        return 0
    if arguments == ["missing"]:
        lacking = missing("hi")
        sys.stdout.write("\n".join(_stanza(text, place) for text, place in sorted(lacking.items(), key=str)))
        return 1 if lacking else 0
    sys.stderr.write("usage: python -m dialer.catalogs build|missing\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
