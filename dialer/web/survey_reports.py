"""Results of surveys for pages that many keep open: counted once for all, and seldom when it is dear."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from db.session import Database
from dialer.reports.survey_results import Question, SurveyReport, survey_report

FRESH_S: Final = 2.0
SHARE_OF_TIME: Final = 0.1
"""At most this part of the time is spent counting, whatever the number of answers and of viewers."""
MOST_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class _Kept:
    report: SurveyReport
    until_s: float


class SurveyReports:
    """The results of one database's surveys, a few seconds old at most unless counting takes long."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def report(self, asked: Question) -> SurveyReport:
        """As ``survey_report``; ``asked`` has no weights."""
        if kept := self._fresh(asked):
            return kept
        async with self._one_at_a_time:
            # Somebody else may have counted it while we waited.
            if kept := self._fresh(asked):
                return kept
            began = self._monotonic()
            report = await survey_report(self._database, asked, self._clock())
            now = self._monotonic()
            keep_s = max(FRESH_S, (now - began) / SHARE_OF_TIME)
            self._kept[asked] = _Kept(report, now + keep_s)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return report

    def _fresh(self, asked: Question) -> SurveyReport | None:
        kept = self._kept.get(asked)
        return kept.report if kept is not None and self._monotonic() < kept.until_s else None
