"""What a list of people or a script means by the word it has for a scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy import select

from db.session import Database
from db.warroom import Scheme
from dialer.store.access import Access

Names = Mapping[str, str]


class NamedScheme(Protocol):
    """A scheme of the war room."""

    @property
    def code(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def name_hi(self) -> str: ...


async def scheme_names(database: Database, words: Iterable[str]) -> Mapping[str, Names]:
    """The name by language of each word that is known; one that may mean several schemes is not."""
    wanted = list(words)
    if not wanted:
        return {}
    query = select(Scheme.code, Scheme.short_name, Scheme.name_en, Scheme.name_hi).where(
        Scheme.retired_at.is_(None)
    )
    known = await Access(database).query(lambda connection: connection.execute(query).all())
    return names_among(known, wanted)


def names_among(schemes: Iterable[NamedScheme], words: Iterable[str]) -> Mapping[str, Names]:
    """A word is a scheme's code, its short name, its name, or the one word that only its name has."""
    known, found = list(schemes), dict[str, Names]()
    for word in words:
        plain = _plain(word)
        exact = [one for one in known if plain in {_plain(each) for each in _calls(one)}]
        meant = exact or [one for one in known if plain in {_plain(each) for each in one.name_en.split()}]
        if plain and len(meant) == 1:
            texts = {"en": meant[0].name_en, "hi": meant[0].name_hi}
            found[word] = {language: text for language, text in texts.items() if text}
    return found


def _calls(scheme: NamedScheme) -> tuple[str, ...]:
    return scheme.code, scheme.short_name, scheme.name_en, scheme.name_hi


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
