"""Hindi and English texts.

``_("text")`` at the place of use, ``N_("text")`` for a text that is shown later. The texts live below
``dialer/locale/LANGUAGE/LC_MESSAGES``: any number of ``.po`` files, one per room, merged into one
``sampark.mo`` by ``python -m dialer.catalogs build`` and, when that is missing or old, on first use.
"""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("hi", "en")
DOMAIN: Final = "sampark"
LOCALE_DIR: Final = Path(__file__).parent / "locale"

_selected: list[str] = ["en"]


def language_of_the_system() -> str:
    """``hi`` if the operating system's locale asks for Hindi first, else ``en``."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "hi" if value.startswith("hi") else "en"
    return "en"


def select_language(language: str) -> None:
    """Speak ``language`` (one of ``LANGUAGES``) from now on in this process.

    Libraries that translate by the standard ``gettext`` (the command-line parser) follow.
    """
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    catalog(language)
    _selected[0] = language
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, LOCALE_DIR)
    gettext.textdomain(DOMAIN)


def current_language() -> str:
    """The language of this process's texts."""
    return _selected[0]


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """The texts of a language, for callers that serve people of both at once (``catalog("hi").gettext``)."""
    _build_if_old(language)
    return gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


def translate(text: str) -> str:
    """``text`` in the selected language; itself when no translation is known."""
    return catalog(_selected[0]).gettext(text) if text else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form that fits ``count``, in the selected language."""
    return catalog(_selected[0]).ngettext(singular, plural, count)


def N_(text: str) -> str:
    """Mark a text for the catalogs; it is translated where it is shown."""
    return text


_ = translate


def _build_if_old(language: str) -> None:
    folder = LOCALE_DIR / language / "LC_MESSAGES"
    sources = [file.stat().st_mtime for file in folder.glob("*.po")]
    built = folder / f"{DOMAIN}.mo"
    if not sources or (built.exists() and built.stat().st_mtime >= max(sources)):
        return
    from dialer import catalogs  # Babel is heavy and seldom needed

    try:
        catalogs.build(language)
    except OSError:
        return  # a read-only installation speaks with the catalogs it was given
