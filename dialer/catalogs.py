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

KEYWORDS: Final = {"_": None, "N_": None, "translate": None, "ngettext": (1, 2)}

_TEMPLATES: Final = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}

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
    """Every marked text in the Python files and templates below ``root`` -> its first use, ``file:line``."""
    places: dict[MessageId, str] = {}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(root, method_map=methods, keywords=KEYWORDS, options_map=_TEMPLATES)
    for file, line, message, _comments, _context in found:
        places.setdefault(message, f"{file}:{line}")
    return places


def missing(language: str, root: Path) -> dict[MessageId, str]:
    """The texts used below ``root`` that ``language`` does not translate -> their places."""
    known = merged(language)
    return {text: place for text, place in used_texts(root).items() if known.get(text) is None}


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
        lacking = missing("hi", Path(__file__).parent)
        sys.stdout.write("\n".join(_stanza(text, place) for text, place in sorted(lacking.items(), key=str)))
        return 1 if lacking else 0
    sys.stderr.write("usage: python -m dialer.catalogs build|missing\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
