"""A day's report in Hindi or English: headings, names of figures, numbers as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialer.core.dispositions import DISPOSITIONS
from dialer.core.rules import OFFICE_ZONE
from dialer.daily.figures import NO_CAMPAIGN, UNKNOWN_PLACE, DayReport, Figure, Number
from dialer.i18n import N_, catalog
from dialer.reports.phrases import OPT_OUTS, OUTCOMES, RULES, grouped

SECTIONS: Final[Mapping[str, str]] = {
    "calls": N_("Calls of the day"),
    "outcomes": N_("What became of the calls"),
    "campaigns": N_("Campaigns"),
    "campaign_outcomes": N_("What became of each campaign's calls"),
    "missed_calls": N_("Missed calls to our lines"),
    "constituencies": N_("Constituencies"),
    "awareness": N_("Awareness of schemes"),
    "feedback": N_("What operators recorded"),
    "opt_outs": N_("Asked not to be called"),
    "rules": N_("Not called because of a rule"),
    "operators": N_("Operators' hours"),
    "responsibilities": N_("Responsibilities"),
    "room": N_("Electors, booths and people"),
    "incidents": N_("Incidents"),
    "books": N_("Reconciliation with the call records"),
}
"""In the order of the report."""
MEASURES: Final[Mapping[str, str]] = {
    "placed": N_("calls placed"),
    "answered": N_("answered"),
    "reached": N_("people reached"),
    "connected": N_("connected"),
    "surveyed": N_("surveyed"),
    "abandoned": N_("abandoned"),
    "answer_rate": N_("answer rate"),
    "abandonment_rate": N_("abandonment rate"),
    "abandonment_cap": N_("at most"),
    "living": N_("calls still in progress"),
    "calls": N_("calls"),
    **OUTCOMES,
    "rang": N_("rang"),
    "callers": N_("different callers"),
    "called_back": N_("called back"),
    "to_call": N_("still to be called"),
    "refused": N_("not called back"),
    "complaints": N_("complaints"),
    "call_backs": N_("wish to be called back"),
    "asked": N_("asked"),
    "knows": N_("know it"),
    "awareness": N_("awareness"),
    "talks": N_("talks"),
    "numbers": N_("numbers"),
    "people": N_("people"),
    "operators": N_("operators"),
    "signed_in_s": N_("signed in"),
    "talk_s": N_("talk"),
    "wrap_up_s": N_("wrap-up"),
    "ready_s": N_("ready"),
    "paused_s": N_("paused"),
    "utilisation": N_("busy"),
    "given": N_("given"),
    "done": N_("done"),
    "open": N_("open"),
    "overdue": N_("overdue"),
    "electors": N_("electors"),
    "booths": N_("booths"),
    "booths_without_worker": N_("booths without a worker"),
    "stale_facts": N_("facts that want renewing"),
    "daemon_starts": N_("starts of the daemon"),
    "daemon_crashes": N_("crashes of the daemon"),
    "links_lost": N_("lost links to Asterisk"),
    "trunks_failed": N_("times that a trunk did not answer or refused calls"),
    "campaigns_over_cap": N_("campaigns over the cap of abandoned calls"),
    "trunk_faults": N_("calls that a trunk did not carry"),
    "attempts": N_("attempts placed"),
    "without_channel": N_("of these refused before a call came about"),
    "call_records": N_("call records of Asterisk"),
    "dialled_twice": N_("dialled twice"),
    "differences": N_("differences"),
}
SHARES: Final = frozenset(
    {"answer_rate", "abandonment_rate", "abandonment_cap", "awareness", "utilisation"}
)

DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a section's table: what it is about, and its figures by measure."""

    label: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """A section as it is read. ``measures``: its columns; a section of one row is read downwards."""

    section: str
    title: str
    measures: Sequence[str]
    rows: Sequence[Row]

    @property
    def is_list(self) -> bool:
        """Whether it is about one thing only, without a name of its own."""
        return len(self.rows) == 1 and not self.rows[0].label

    @property
    def is_wide(self) -> bool:
        """Whether its columns need small letters in print; they are of one source then."""
        return self.section == "campaign_outcomes"


@dataclass(frozen=True, slots=True)
class ReportWords:
    """A report in the words of ``language`` (``hi``, ``en``)."""

    report: DayReport
    language: str

    def text(self, text: str) -> str:
        """One of our own texts."""
        return catalog(self.language).gettext(text) if text else ""

    @property
    def title(self) -> str:
        """What it is."""
        return self.text(N_("Daily report"))

    @property
    def office(self) -> str:
        """Whose it is."""
        return self._named(self.report.office, self.report.district)

    @property
    def area(self) -> str:
        """The whole district, or the constituency."""
        number = self.report.constituency
        return self.text(N_("Whole district")) if number is None else self.place(number)

    @property
    def day(self) -> str:
        """``26.11.2026``."""
        return ".".join(reversed(self.report.day.split("-")))

    @property
    def made(self) -> str:
        """When it was made, and whether the day was over."""
        at = datetime.fromtimestamp(self.report.made_at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")
        text = N_("made {moment}") if self.report.day_over else N_("made {moment}, before the day was over")
        return self.text(text).format(moment=at)

    def place(self, number: int) -> str:
        """``62 Patan``."""
        if number == UNKNOWN_PLACE:
            return self.text(N_("not known"))
        names = self.report.names.get("constituencies", {}).get(str(number), {})
        return f"{number} {self._named(names, '')}".strip()

    def item(self, section: str, item: str) -> str:
        """An outcome, a scheme, a rule ... in words; what is not known stays as it is."""
        match section:
            case "outcomes":
                return self._of(OUTCOMES, item)
            case "missed_calls" if item == NO_CAMPAIGN:
                return self.text(N_("no campaign"))
            case "rules":
                return self._of(RULES, item)
            case "opt_outs":
                return self._of(OPT_OUTS, item)
            case "feedback":
                label = next((one for one in DISPOSITIONS if one.code == item), None)
                return item if label is None else label.hi if self.language == "hi" else label.en
            case "awareness":
                return self._named(self.report.names.get("schemes", {}).get(item, {}), item)
        return item

    def measure(self, measure: str) -> str:
        """What a figure is called."""
        return self.text(MEASURES.get(measure, measure))

    def source(self, key: str) -> str:
        """Where a figure comes from."""
        return self._named(self.report.sources.get(key, {}), key)

    def value(self, measure: str, value: Number | None) -> str:
        """A figure as it is read: ``12,34,567``, ``2.9 %``, ``3 h 20 min``."""
        if value is None:
            return DASH
        if measure in SHARES:
            return f"{value * 100:.1f} %"
        return self._hours(value) if measure.endswith("_s") else grouped(value)

    def change(self, figure: Figure) -> str:
        """Against the day before: ``+12``, ``−3``, in percentage points for shares; empty when unknown."""
        if figure.value is None or figure.before is None:
            return ""
        difference = figure.value - figure.before
        if figure.measure in SHARES:
            difference = round(difference, 3)
        sign = "+" if difference > 0 else "−" if difference < 0 else "±"
        if figure.measure in SHARES:
            return f"{sign}{abs(difference) * 100:.1f}"
        if figure.measure.endswith("_s"):
            return f"{sign}{self._hours(abs(difference))}"
        return f"{sign}{grouped(abs(difference))}"

    def tables(self) -> list[Table]:
        """The report, section by section; those without figures are left out."""
        found = [self._table(section, self.report.section(section)) for section in SECTIONS]
        return [table for table in found if table.rows]

    def _table(self, section: str, figures: Sequence[Figure]) -> Table:
        rows: dict[tuple[str, int | None], dict[str, Figure]] = {}
        for figure in figures:
            rows.setdefault((figure.item, figure.where), {})[figure.measure] = figure
        measures = list(dict.fromkeys(figure.measure for figure in figures))
        several = len(rows) > 1
        named = [Row(self._label(section, *key, several), row) for key, row in rows.items()]
        return Table(section, self.text(SECTIONS[section]), measures, named)

    def _label(self, section: str, item: str, where: int | None, several: bool) -> str:
        parts = [self.item(section, item)] if item else []
        if where is not None:
            parts.append(self.place(where))
        elif not item and several:
            parts.append(self.text(N_("all")))
        return " · ".join(parts)

    def _of(self, words: Mapping[str, str], key: str) -> str:
        return self.text(words.get(key, key))

    def _named(self, names: Mapping[str, str], otherwise: str) -> str:
        other = "en" if self.language == "hi" else "hi"
        return names.get(self.language) or names.get(other) or otherwise

    def _hours(self, seconds: Number) -> str:
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.text(N_("{min} min")).format(min=minutes)
        return self.text(N_("{h} h {min} min")).format(h=minutes // 60, min=minutes % 60)

