"""The files of a report: PDF and spreadsheet, each in Hindi and in English."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from dialer.daily.figures import DayReport
from dialer.daily.page import report_pdf
from dialer.daily.words import ReportWords
from dialer.daily.workbook import workbook
from dialer.i18n import LANGUAGES


async def report_files(report: DayReport) -> Mapping[str, bytes]:
    """Name to bytes, ``durg-2026-11-26.1-hi.pdf`` and so on; ``SamparkError`` when a PDF cannot be made."""
    words = [ReportWords(report, language) for language in LANGUAGES]
    pages = await asyncio.gather(*(report_pdf(each) for each in words))
    found = {f"{report.id}-{each.language}.pdf": made for each, made in zip(words, pages, strict=True)}
    for each in words:
        found[f"{report.id}-{each.language}.xlsx"] = await asyncio.to_thread(workbook, each)
    return found
