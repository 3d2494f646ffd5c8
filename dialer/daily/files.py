"""The files of a report: PDF and spreadsheet, each in Hindi and in English."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from dialer.daily.figures import DayReport
from dialer.daily.page import report_pdf
from dialer.daily.tracing import Trace
from dialer.daily.words import ReportWords
from dialer.daily.workbook import workbook
from dialer.i18n import LANGUAGES


async def report_files(report: DayReport, traces: Sequence[Trace]) -> Mapping[str, bytes]:
    """Name to bytes, ``durg-2026-11-26.1-hi.pdf`` and so on; ``SamparkError`` when a PDF cannot be made.

    ``traces``: the attempts that the spreadsheet lists.
    """
    words = [ReportWords(report, language) for language in LANGUAGES]
    made = await asyncio.gather(
        *(report_pdf(each) for each in words), *(asyncio.to_thread(workbook, each, traces) for each in words)
    )
    names = [f"{report.id}-{each.language}.{kind}" for kind in ("pdf", "xlsx") for each in words]
    return dict(zip(names, made, strict=True))
