"""The war room's words, numbers and days in a reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dialer.contacts.numbers import masked
from dialer.core.dispositions import DISPOSITIONS
from dialer.core.rules import OFFICE_ZONE
from dialer.i18n import N_, catalog
from dialer.reports.phrases import OUTCOMES
from dialer.warroom.facts import FACT_WORDS, Held, short_source

LEVEL_WORDS: Final[Mapping[int, str]] = {
    1: N_("State"), 2: N_("Division"), 3: N_("District"), 4: N_("Constituency"), 5: N_("Mandal"),
    6: N_("Shakti kendra"), 7: N_("Booth"),
}  # fmt: skip
KIND_LEVELS: Final = {
    "state": 1, "division": 2, "district": 3, "constituency": 4, "mandal": 5, "shakti_kendra": 6, "booth": 7,
}  # fmt: skip

FIELD_WORDS: Final[Mapping[str, str]] = {
    "name": N_("Name"), "other_name": N_("Name, written otherwise"), "phone": N_("Telephone"),
    "address": N_("Address"), "languages": N_("Languages"), "source": N_("Source"), "value": N_("Value"),
    "preferred": N_("Preferred"), "preferred_why": N_("Why preferred"), "state": N_("State of it"),
    "retired_at": N_("Retired"), "name_en": N_("English name"), "name_hi": N_("Hindi name"),
    "done_by": N_("Done by"), "title": N_("Post"), "person_id": N_("Person"), "to_on": N_("Until"),
    "from_on": N_("From"),
}  # fmt: skip
ENTITY_WORDS: Final[Mapping[str, str]] = {
    "place": N_("Place"), "person": N_("Person"), "post": N_("Post"),
    "responsibility": N_("Responsibility"), "fact": N_("Fact"), "candidacy": N_("Candidate"),
    "scheme": N_("Scheme"),
}  # fmt: skip
STATE_WORDS: Final[Mapping[str, str]] = {
    "open": N_("open"), "done": N_("done"), "withdrawn": N_("withdrawn"), "yes": N_("accepted"),
    "no": N_("declined"), "": N_("not confirmed"),
}  # fmt: skip
RESERVATIONS: Final[Mapping[str, str]] = {
    "GEN": N_("general seat"), "SC": N_("reserved for scheduled castes"),
    "ST": N_("reserved for scheduled tribes"),
}  # fmt: skip
HIDDEN: Final = frozenset({"identity", "sound", "done_at", "preferred_by", "preferred_at"})
"""Columns of a change that say nothing to a reader."""


@dataclass(frozen=True, slots=True)
class WarWords:
    """Everything in the language ``hi`` or ``en``."""

    language: str

    def text(self, text: str) -> str:
        """One of our own texts."""
        return catalog(self.language).gettext(text) if text else ""

    def name(self, row: Any) -> str:
        """A place's name, in the other script when this one's is missing."""
        first, second = ("name_hi", "name_en") if self.language == "hi" else ("name_en", "name_hi")
        return str(row[first] or row[second] or row.get("number", ""))

    def other_name(self, row: Any) -> str:
        """The name in the other script."""
        shown, other = self.name(row), row["name_en"] if self.language == "hi" else row["name_hi"]
        return "" if other == shown else str(other)

    def level(self, level: int) -> str:
        """The kind of place a post is at."""
        return self.text(LEVEL_WORDS[level])

    def kind(self, kind: str) -> str:
        """The kind of a place."""
        return self.text(LEVEL_WORDS[KIND_LEVELS[kind]]) if kind in KIND_LEVELS else self.text(N_("Person"))

    def place(self, kind: str, name: str) -> str:
        """Where a post is: ``Booth 12``, else the place's own name."""
        return f"{self.kind(kind)} {name}" if kind == "booth" else name

    def reservation(self, code: str) -> str:
        """For whom a seat is reserved."""
        return self.text(RESERVATIONS.get(code, code))

    def fact(self, key: str) -> str:
        """What a fact is called."""
        return self.text(FACT_WORDS.get(key, key))

    def field(self, name: str) -> str:
        """What a field is called."""
        return self.text(FIELD_WORDS.get(name, name))

    def entity(self, entity: str) -> str:
        """What a change was of."""
        return self.text(ENTITY_WORDS.get(entity, entity))

    def state(self, state: str) -> str:
        """Of a responsibility."""
        return self.text(STATE_WORDS.get(state, state))

    def outcome(self, outcome: str) -> str:
        """Of a call."""
        return self.text(OUTCOMES.get(outcome, outcome))

    def disposition(self, code: str) -> str:
        """What an operator recorded."""
        found = next((label for label in DISPOSITIONS if label.code == code), None)
        return code if found is None else (found.hi if self.language == "hi" else found.en)

    def count(self, number: float | int | str | None) -> str:
        """With India's groups: 2,16,917; a dash for what is not known."""
        if number is None or number == "":
            return "–"
        try:
            whole = int(float(number))
        except ValueError:
            return str(number)
        if -100_000 < whole < 100_000:
            return f"{whole:,}"  # up to here India's groups are the same
        digits, last = str(abs(whole))[:-3], str(abs(whole))[-3:]
        groups: list[str] = []
        while digits:
            digits, pair = digits[:-2], digits[-2:]
            groups.insert(0, pair)
        return ("-" if whole < 0 else "") + ",".join([*groups, last])

    def percent(self, share: float | None) -> str:
        """Of a number in per cent."""
        return "–" if share is None else f"{share:.1f} %".replace(".0 %", " %")

    def moment(self, at: float | None) -> str:
        """Epoch seconds as day and time."""
        if not at:
            return "–"
        return datetime.fromtimestamp(at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")

    def day(self, day: str | None) -> str:
        """An ISO day as 17.11.2023; shorter ones as they are."""
        if not day:
            return ""
        parts = day.split("-")
        return ".".join(reversed(parts))

    def masked(self, phone: str) -> str:
        """A number of which only the last digits are seen."""
        return masked(phone) if phone else ""

    def source(self, source: str) -> str:
        """In few words."""
        return short_source(source)

    def sources(self, held: Held) -> str:
        """Who states a fact and who states otherwise, for a hint."""
        lines = [f"{held.chosen.value}: {short_source(held.chosen.source)}"]
        for other in held.others:
            why = f" ({self.text(other.preferred_why)})" if other.preferred_why else ""
            lines.append(f"≠ {other.value}: {short_source(other.source)}{why}")
        return "\n".join(lines)

    def change(self, row: Any) -> list[tuple[str, str, str]]:
        """(field, before, after) of a change, telephones masked."""
        found = []
        for name, after in row["after"].items():
            if name in HIDDEN:
                continue
            before = row["before"].get(name)
            found.append((self.field(name), self.shown(name, before), self.shown(name, after)))
        return found

    def shown(self, name: str, value: Any) -> str:
        """A column's value as it may be read by everybody."""
        if value is None or value == "":
            return "–"
        if name == "phone":
            return masked(str(value))
        if name == "address":
            return "•••"
        if name == "source":
            return short_source(str(value[0]))
        if name == "retired_at":
            return self.moment(value)
        if name == "state":
            return self.state(str(value))
        if isinstance(value, bool):
            return self.text(N_("yes")) if value else self.text(N_("no"))
        return str(value)
