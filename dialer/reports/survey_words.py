"""A survey's results in Hindi or English words: questions, answers, groups, marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from dialer.contacts.places import Constituencies
from dialer.core.rules import OFFICE_ZONE
from dialer.core.survey_model import Kind, Node, Survey, Texts
from dialer.core.survey_quality import Mark
from dialer.core.survey_results import UNKNOWN, Dimension
from dialer.i18n import N_, catalog

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

VALUES: Final[Mapping[str, str]] = {"yes": N_("yes"), "no": N_("no")}
"""Answers that a survey need not name: those of ``yes_no``."""
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"hi": "हिन्दी", "en": "English", "hne": "छत्तीसगढ़ी"}
MARKS: Final[Mapping[Mark, str]] = {
    Mark.STRAIGHT_LINING: N_("same key for every question"),
    Mark.IMPOSSIBLE_SPEED: N_("keys faster than the question can be understood"),
    Mark.ONE_PHONE: N_("one telephone answered on several calls"),
}
ENDINGS: Final[Mapping[str, str]] = {
    "": N_("not known"),
    "incomplete": N_("not known"),
    "hung_up": N_("hung up"),
    "silent": N_("pressed no key any more"),
    "gave_up": N_("pressed no valid key"),
    "too_long": N_("the time for the survey was over"),
    "no_operator": N_("wanted an operator, none was free"),
    "opted_out": N_("wants no more calls"),
}
DIMENSIONS: Final[Mapping[Dimension, str]] = {
    Dimension.CONSTITUENCY: N_("constituency"),
    Dimension.BOOTH: N_("booth"),
    Dimension.LANGUAGE: N_("language"),
    Dimension.DAY: N_("day"),
}

_SENTENCE_END: Final = re.compile(r"(?<=[?।.!])\s+")
_LINKING: Final = re.compile(r"[\s,]*(?:\bतो)?[\s,.।]*$")


@dataclass(frozen=True, slots=True)
class Words:
    """A survey's results in the words of ``language`` (``hi``, ``en``)."""

    survey: Survey
    language: str
    places: Constituencies = field(default_factory=Constituencies)

    def text(self, text: str) -> str:
        """One of our own texts."""
        return catalog(self.language).gettext(text)

    @property
    def title(self) -> str:
        """The survey's."""
        return self._of(self.survey.title) or self.survey.name

    def question(self, node: Node) -> str:
        """What is asked, without the keys' explanations."""
        if node.kind is Kind.LANGUAGE:
            return self.text(N_("Language of the call"))
        said = self._of(node.say) or node.name
        sentences = [part.strip() for part in _SENTENCE_END.split(said) if part.strip()]
        return next((part for part in sentences if part.endswith("?")), said)

    def value(self, node: Node, value: str) -> str:
        """An answer."""
        if node.kind is Kind.LANGUAGE:
            return LANGUAGE_NAMES.get(value, value)
        own: Texts = next((option.say for option in node.options if option.value == value), {})
        if said := _LINKING.sub("", self._of(own)):
            return said
        known = VALUES.get(value)
        return self.text(known) if known else value

    def group(self, dimension: Dimension, group: str) -> str:
        """A constituency by number and name, a day as a date, a language by its own name."""
        if group == UNKNOWN:
            return self.text(N_("not known"))
        match dimension:
            case Dimension.CONSTITUENCY:
                return self.place(group)
            case Dimension.BOOTH:
                place, _slash, booth = group.partition("/")
                return f"{self.place(place) if place else '?'} / {booth}"
            case Dimension.DAY:
                return date.fromordinal(EPOCH_DAY + int(group)).strftime("%d.%m.%Y")
            case Dimension.LANGUAGE:
                return LANGUAGE_NAMES.get(group, group)

    def place(self, number: str) -> str:
        """``62 Patan``."""
        name = self.places.name(int(number), self.language)
        return f"{number} {name}".strip()

    def mark(self, mark: Mark) -> str:
        """A mark on the quality of answers."""
        return self.text(MARKS[mark])

    def ending(self, word: str) -> str:
        """How a call ended before the survey's end."""
        known = ENDINGS.get(word)
        return self.text(known) if known else word

    def dimension(self, dimension: Dimension) -> str:
        """By what answers are told apart."""
        return self.text(DIMENSIONS[dimension])

    def moment(self, at: float) -> str:
        """Day and time in the office."""
        return moment(at)

    def _of(self, texts: Texts) -> str:
        known = (texts.get(code) for code in (self.language, *self.survey.languages))
        return next((text for text in known if text), "")


def moment(at: float) -> str:
    """Day and time in the office; ``at``: epoch seconds."""
    return datetime.fromtimestamp(at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")


def percent(share: float) -> str:
    """``62 %``; a share below one per cent keeps a decimal."""
    return f"{share * 100:.1f} %" if 0 < share < 0.01 else f"{share * 100:.0f} %"
