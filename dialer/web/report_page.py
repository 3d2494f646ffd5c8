"""Pages of daily reports: our own with their way to others, and those of all districts side by side.

Loaded with the first such page: an office that makes no reports does without what signs and reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from dialer.core.words import N_
from dialer.daily.archive import Kept
from dialer.daily.couriers import FAULTS
from dialer.daily.figures import DayReport, Figure, Number
from dialer.daily.outbox import Delivery
from dialer.daily.page import TILES
from dialer.daily.receiving import SUMMED, TREND_DAYS, DistrictDay, TrendDay, totals
from dialer.daily.words import MEASURES, ReportWords
from dialer.web.report_charts import (
    HEIGHT,
    WIDTH,
    Chart,
    abandonment,
    abandonment_chart,
    calls_chart,
)
from dialer.web.warroom_page import Pages, Viewer

COLUMNS: Final = (*SUMMED, "abandonment_rate")
FILE_WORDS: Final[Mapping[str, str]] = {
    "json": N_("signed file (JSON)"),
    "pdf": "PDF",
    "xlsx": N_("spreadsheet (XLSX)"),
}
_LANGUAGES: Final[Mapping[str, str]] = {"hi": "हिन्दी", "en": "English"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and how it differs from the day before, in words."""

    says: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """A district's day; ``cells`` is empty when it has not reported."""

    name: str
    report_id: str
    received_at: float | None
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Days:
    """A day with its neighbours (ISO); ``after`` is empty for the last one."""

    before: str
    day: str
    after: str

    @classmethod
    def around(cls, day: str, today: str) -> Days:
        """The calendar's, up to today."""
        at, one = date.fromisoformat(day), timedelta(days=1)
        after = (at + one).isoformat()
        return cls((at - one).isoformat(), day, after if after <= today else "")


class ReportPages(Pages):
    """Everything is rendered for one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._language = viewer.language

    def own(self, reports: Sequence[Kept], waiting: Sequence[Delivery], now: float, *, whole: bool) -> str:
        """Our reports by day, and what is not there yet; ``whole``: no older ones follow."""
        return self._render(
            "reports", reports=reports, waiting=waiting, now=now, file_name=self._file_name,
            fault=partial(fault_in_words, translate=self._words.text),
            older="" if whole or not reports else reports[-1].day,
        )  # fmt: skip

    def report(
        self,
        report: DayReport,
        files: Sequence[tuple[str, str]],
        trend: Sequence[TrendDay] = (),
        area: str = "",
    ) -> str:
        """One report, figure by figure. ``files``: (address, name).

        ``trend``: of its district's days; ``area``: what the district is called here. Both for one that was
        received.
        """
        words = ReportWords(report, self._language)
        before, after = _neighbours(trend, report.day)
        return self._render(
            "report", r=words, report=report, tables=words.tables(), tiles=_tiles(report),
            files=[(address, self._file_name(name)) for address, name in files], area=area or words.office,
            received=bool(trend), before=before, after=after,
            **self._trend([one for one in trend if one.day <= report.day]),
        )  # fmt: skip

    def state(
        self,
        days: Days,
        districts: Sequence[DistrictDay],
        earlier: Sequence[DistrictDay],
        trend: Sequence[TrendDay],
        today: str,
    ) -> str:
        """All districts of a day; ``earlier``: the same of the day before."""
        then = {one.district: one.figures for one in earlier}
        rows = [self._row(one, then.get(one.district)) for one in districts]
        sums = self._cells(totals(districts), totals(earlier) if any(then.values()) else None)
        silent = [one.name or one.district for one in districts if one.figures is None]
        return self._render(
            "state", days=days, today=today, rows=rows, sums=sums, silent=silent,
            reported=sum(one.figures is not None for one in districts),
            reported_before=sum(one.figures is not None for one in earlier),
            columns=[self._words.text(MEASURES[name]) for name in COLUMNS], **self._trend(trend),
        )  # fmt: skip

    def _row(self, one: DistrictDay, then: Mapping[str, Number | None] | None) -> DistrictRow:
        cells = () if one.figures is None else self._cells(one.figures, then)
        return DistrictRow(one.name or one.district, one.report_id, one.received_at, cells)

    def _cells(
        self, now: Mapping[str, Number | None], then: Mapping[str, Number | None] | None
    ) -> Sequence[Cell]:
        values = [(name, now[name], then[name] if then else None) for name in SUMMED]
        values.append(("abandonment_rate", abandonment(now), abandonment(then)))
        words = ReportWords(_NO_REPORT, self._language)
        return [
            Cell(words.value(name, value), words.change(Figure("", "", None, name, value, "", before)))
            for name, value, before in values
        ]

    def _trend(self, trend: Sequence[TrendDay]) -> dict[str, object]:
        if not any(day.figures for day in trend):
            return {"charts": [], "trend": (), "trend_days": TREND_DAYS, "chart_width": 0, "chart_height": 0}
        words = self._words
        calls = calls_chart(trend, self._says_calls, words.count)
        shares = abandonment_chart(trend, self._says_share, lambda top: words.percent(100 * top))
        charts: list[tuple[str, str, Chart]] = [
            ("calls", words.text(N_("Calls placed (light) and people reached (dark)")), calls),
            ("abandonment", words.text(N_("Abandonment rate; the line is the cap of 3 %")), shares),
        ]
        return {
            "charts": charts, "trend": [(day, self._says_rate(day)) for day in reversed(trend)],
            "trend_days": len(trend), "chart_width": WIDTH, "chart_height": HEIGHT,
        }  # fmt: skip

    def _says_calls(self, day: TrendDay) -> str:
        if day.figures is None:
            return self._nothing(day)
        placed, reached = (self._words.count(day.figures[name]) for name in ("placed", "reached"))
        text = self._words.text(N_("{day}: {placed} calls placed, {reached} people reached"))
        return text.format(day=self._words.day(day.day), placed=placed, reached=reached)

    def _says_share(self, day: TrendDay) -> str:
        if day.figures is None:
            return self._nothing(day)
        return f"{self._words.day(day.day)}: {self._says_rate(day)}"

    def _says_rate(self, day: TrendDay) -> str:
        share = abandonment(day.figures)
        return self._words.percent(None if share is None else 100 * share)

    def _nothing(self, day: TrendDay) -> str:
        text = self._words.text(N_("{day}: no report"))
        return text.format(day=self._words.day(day.day))

    def _file_name(self, name: str) -> str:
        """``durg-2026-11-26.1-hi.pdf`` is a PDF in Hindi."""
        stem, _dot, kind = name.rpartition(".")
        words = self._words.text(FILE_WORDS.get(kind, kind))
        language = _LANGUAGES.get(stem.rpartition("-")[2], "")
        return f"{words}, {language}" if language else words


_NO_REPORT: Final = DayReport("", {}, "", None, 0, True, (), {}, {})


def fault_in_words(fault: str, translate: Callable[[str], str]) -> str:
    """Why a report did not arrive, which the outbox keeps in English; what is not of ours stays as it is."""
    for template in FAULTS:
        parts = re.split(r"\{(\w+)\}", template)
        pattern = "".join(
            re.escape(part) if place % 2 == 0 else f"(?P<{part}>.*?)" for place, part in enumerate(parts)
        )
        if found := re.fullmatch(pattern, fault, re.DOTALL):
            return translate(template).format(**found.groupdict())
    return fault


def _tiles(report: DayReport) -> list[Figure]:
    found = {figure.key: figure for figure in report.figures}
    return [found[key] for section, measure in TILES if (key := (section, "", None, measure)) in found]


def _neighbours(trend: Sequence[TrendDay], day: str) -> tuple[str, str]:
    """The reports of the same district before and after this day, as far as the trend reaches."""
    ids = [(one.day, one.report_id) for one in trend if one.report_id]
    before = [id_ for at, id_ in ids if at < day]
    after = [id_ for at, id_ in ids if at > day]
    return (before[-1] if before else ""), (after[0] if after else "")
