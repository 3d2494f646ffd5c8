"""The war room's pages, made by the server; charts are SVG, so that no inline script or style is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from markupsafe import Markup, escape

from dialer.i18n import N_
from dialer.warroom.awareness import Awareness
from dialer.warroom.calls_heard import CallsHeard
from dialer.warroom.card import Card, Row
from dialer.warroom.duties import Answered, DutyPage
from dialer.warroom.facts import Held
from dialer.warroom.holders import Holder, Task
from dialer.warroom.imports import ImportRecord, Preview
from dialer.warroom.old import Old
from dialer.warroom.people import Duplicates, PersonStory
from dialer.warroom.posts import may_be_taken_back
from dialer.warroom.sheets import FIELDS, KIND_WORDS
from dialer.warroom.statements import LEVELS
from dialer.warroom.tallies import Heard
from dialer.web.kept_cards import KeptCard
from dialer.web.page_templates import template
from dialer.web.warroom_charts import (
    ANSWERED,
    CHART_HEIGHT,
    CHART_WIDTH,
    DrawnMap,
    MapTile,
    result_columns,
)
from dialer.web.warroom_differences import COUNT_WORDS, SHOWN, as_csv, differences
from dialer.web.warroom_words import WarWords

MEASURES: Final[Mapping[str, str]] = {
    "turnout": N_("Turnout"),
    "margin": N_("Margin"),
    "electors": N_("Electors"),
    "calls_today": N_("Calls today"),
    "calls": N_("Calls"),
}
ROWS_AT_ONCE: Final = 12
"""So many people are laid out with the first screen; the page's script makes rows of the others."""

@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: language, CSRF token, what the role allows, and whether this is a state office."""

    language: str
    csrf: str = ""
    may_edit: bool = False
    may_call: bool = False
    sees_reports: bool = False
    sees_surveys: bool = False
    is_state: bool = False


class Pages:
    """Everything is rendered for one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._words = WarWords(viewer.language)

    @property
    def _common(self) -> dict[str, Any]:
        """What every template knows of the viewer, besides the sign-in."""
        return {
            "w": self._words, "_": self._words.text, "may_edit": self._viewer.may_edit,
            "may_call": self._viewer.may_call,
        }  # fmt: skip

    def _render(self, name: str, /, **values: Any) -> str:
        text: str = template(f"warroom/{name}.html").render(
            csrf=self._viewer.csrf, sees_reports=self._viewer.sees_reports,
            sees_surveys=self._viewer.sees_surveys, is_state=self._viewer.is_state,
            **self._common, **values,
        )  # fmt: skip
        return text

    def start(self, drawn: DrawnMap) -> str:
        """Map and list."""
        return self._render("start", **self._map_values(drawn))

    def live_map(self, drawn: DrawnMap) -> str:
        """Map and rows of the list alone."""
        return self._render("live_map", **self._map_values(drawn))

    def _map_values(self, drawn: DrawnMap) -> dict[str, Any]:
        def value(tile: MapTile) -> str:
            return self._words.percent(tile.value) if drawn.unit else self._words.count(tile.value)

        return {"drawn": drawn, "value": value, "tile_row": _tile_row, "measure_name": self._measure}

    def card(self, kept: KeptCard, said: CallsHeard, counted_at: float) -> str:
        """The constituency card."""
        values = heard_values(said.heard, said.aware, kept.schemes, self._words)
        return self._render("card", **values, kept=kept, voices=said.voices, counted_at=counted_at)

    def live_card(self, schemes: Mapping[str, Row], said: CallsHeard, counted_at: float) -> str:
        """What calls said of a constituency, alone."""
        values = heard_values(said.heard, said.aware, _scheme_names(schemes, self._words), self._words)
        return self._render("live_card", **values, voices=said.voices, counted_at=counted_at)

    def card_facts(self, card: Card) -> KeptCard:
        """What facts alone decide of the card."""
        values = {
            **self._common, **card_values(card), "booth_rows": _booth_rows(card, self._words),
            "rows_at_once": ROWS_AT_ONCE,
        }  # fmt: skip
        part = template("warroom/card_facts.html").make_module(values)
        return KeptCard(
            card.number, self._words.name(card.place), _scheme_names(card.schemes, self._words),
            *(getattr(part, name)() for name in ("head", "tiles", "results", "electors", "people")),
        )  # fmt: skip

    def print_card(self, card: Card, aware: Sequence[Awareness], printed_at: float) -> str:
        """The card for one A4 page."""
        heard = heard_values(card.heard, aware, _scheme_names(card.schemes, self._words), self._words)
        return self._render("print", **card_values(card), **heard, printed_at=printed_at)

    def holders(self, holders: Sequence[Holder]) -> str:
        """Rows of people."""
        return self._render("holders", holders=holders)

    def person(self, story: PersonStory) -> str:
        """One person."""
        return self._render(
            "person", story=story, kinds=list(LEVELS), may_be_taken_back=may_be_taken_back
        )

    def imports(self, records: Sequence[ImportRecord]) -> str:
        """Where files are taken in and taken back."""
        kinds = {kind.value: words for kind, words in KIND_WORDS.items()}
        return self._render("import", kinds=kinds, records=records)

    def preview(self, preview: Preview) -> str:
        """What a file would do."""
        counts = list(preview.found.counts().items())
        return self._render(
            "preview", preview=preview, counts=counts, count_words=COUNT_WORDS,
            lists=differences(preview.found, self._words), shown=SHOWN,
            fields=list(FIELDS[preview.found.kind]),
        )  # fmt: skip

    def differences(self, preview: Preview) -> str:
        """All that a file would do, as CSV."""
        return as_csv(preview.found, self._words)

    def upkeep(self, old: Old, duplicates: Sequence[Duplicates], days: int) -> str:
        """What wants looking after."""
        return self._render(
            "upkeep", stale=old.facts, old_people=old.people, old_posts=old.posts, duplicates=duplicates,
            days=days,
        )  # fmt: skip

    def duties(
        self, wanted: DutyPage, answers: Sequence[Answered], tasks: Sequence[Task], following: int
    ) -> str:
        """Responsibilities with their answers; ``following``: behind which id one goes on, or 0."""
        return self._render(
            "duties", number=wanted.constituency, wanted=wanted, answers=answers, tasks=tasks,
            following=following,
        )  # fmt: skip

    def changes(self, number: int, changes: Sequence[Row], following: int) -> str:
        """Who changed what."""
        return self._render("changes", number=number, changes=changes, following=following)

    def _measure(self, measure: str) -> str:
        if measure.startswith("awareness:"):
            return self._words.text(N_("Awareness: {scheme}")).format(scheme=measure.partition(":")[2])
        return self._words.text(MEASURES[measure])


def card_values(card: Card) -> dict[str, Any]:
    """What the card's templates show of facts."""
    return {
        "card": card,
        "latest": card.elections[0] if card.elections else None,
        "columns": result_columns(card.elections),
        "chart_width": CHART_WIDTH,
        "chart_height": CHART_HEIGHT,
        "disputed": _disputed(card),
        "holders": [*card.office_bearers, *card.workers],
    }


def heard_values(
    heard: Heard, aware: Sequence[Awareness], schemes: Mapping[str, tuple[str, str]], words: WarWords
) -> dict[str, Any]:
    """What they show of calls; ``schemes``: as of ``KeptCard``."""

    def answered(counts: Mapping[tuple[str, str], int]) -> int:
        return sum(counts.get(("outcome", outcome), 0) for outcome in ANSWERED)

    return {
        "heard": heard,
        "heard_total": heard.total("outcome"),
        "heard_today": heard.total("outcome", today=True),
        "answered": answered(heard.ever),
        "answered_today": answered(heard.today),
        "aware": [_aware(each, schemes, words) for each in aware],
    }


_BOOTH_FIGURES: Final = ("electors_total", "electors_male", "electors_female")


def _booth_rows(card: Card, words: WarWords) -> Markup:
    """Hundreds of rows: a tenth of the time that the template would need."""
    invented = f" <mark>{escape(words.text(N_('invented')))}</mark>"
    rows = []
    for booth in card.booths:
        marks = (' class="lacking"' if not booth["workers"] else "", invented if booth["invented"] else "")
        counts = [words.count(booth.get(each)) for each in _BOOTH_FIGURES]
        texts = [booth["number"], words.name(booth), *counts]
        number, name, *figures = str(escape("\0".join(texts))).split("\0")
        cells = "".join([f'<td class="number">{one}</td>' for one in (*figures, booth["workers"])])
        rows.append(f"<tr{marks[0]}><td>{number}</td><td>{name}{marks[1]}</td>{cells}</tr>\n")
    return Markup("".join(rows))


def _disputed(card: Card) -> list[Held]:
    held = [*card.facts.values(), *(one for each in card.elections for one in each.facts.values())]
    return [one for one in held if one.disputed]


def _scheme_names(schemes: Mapping[str, Row], words: WarWords) -> dict[str, tuple[str, str]]:
    return {code: (words.name(row), row["short_name"] or code) for code, row in schemes.items()}


def _aware(each: Awareness, schemes: Mapping[str, tuple[str, str]], words: WarWords) -> SimpleNamespace:
    name, short = schemes.get(each.scheme, (each.scheme, each.scheme))
    share = each.share or 0.0
    return SimpleNamespace(
        name=name, short=short, percent=words.percent(100 * share), width=round(100 * share, 1),
        asked=each.asked,
    )  # fmt: skip


def _tile_row(tile: MapTile) -> dict[str, str]:
    return {"name_hi": tile.name_hi, "name_en": tile.name_en, "number": str(tile.number)}
