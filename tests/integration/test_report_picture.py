"""The report's PDF as a reader sees it: rendered to pictures, and its letters."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dialer.core.model import Outcome
from dialer.daily.figures import DayReport, Figure
from dialer.daily.making import make_report
from dialer.daily.page import report_pdf
from dialer.daily.words import ReportWords
from tests.integration.report_day import DAY, NEXT_DAY, known_day

DPI = 60
MM = DPI / 25.4
GREEN, GREY, WHITE = (11, 110, 79), (185, 194, 205), (255, 255, 255)
TITLES = {"hi": "दैनिक रिपोर्ट, 20.11.2026", "en": "Daily report, 20.11.2026"}


@dataclass(frozen=True)
class Picture:
    """A page as rendered; places in millimetres from its upper left corner."""

    width: int
    height: int
    pixels: bytes

    @classmethod
    def read(cls, file: Path) -> Picture:
        kind, size, most, pixels = file.read_bytes().split(b"\n", 3)
        assert (kind, most) == (b"P6", b"255")
        width, height = map(int, size.split())
        return cls(width, height, pixels)

    def colours(self, left: float, top: float, right: float, bottom: float) -> Iterator[tuple[int, int, int]]:
        for y in range(int(top * MM), min(self.height, int(bottom * MM))):
            for x in range(int(left * MM), min(self.width, int(right * MM))):
                at = 3 * (y * self.width + x)
                yield self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]

    def ink(self, left: float, top: float, right: float, bottom: float) -> float:
        """The share of the region that is no paper."""
        found = [sum(colour) < 600 for colour in self.colours(left, top, right, bottom)]
        return sum(found) / len(found)

    def bars(self, colour: tuple[int, int, int]) -> list[int]:
        """The lengths, in pixels, of the rows of this colour on the page."""
        rows = []
        for y in range(self.height):
            row = self.pixels[3 * y * self.width : 3 * (y + 1) * self.width]
            count = row.count(bytes(colour))
            if count > 3:
                rows.append(count)
        return rows


async def _report(folder: Path) -> DayReport:
    """The known day, with a campaign to which everything happened that may."""
    async with known_day(folder) as day:
        made = await make_report(day.config, day.database, DAY, None, NEXT_DAY)
    campaign = "Booths of Patan, second round"
    outcomes = [Figure("campaign_outcomes", campaign, None, one.value, 12_345, "attempts", 0)
                for one in Outcome if one.was_placed]  # fmt: skip
    return replace(made, figures=[*made.figures, *outcomes])


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def _rendered(file: Path) -> list[Picture]:
    _said("pdftoppm", "-r", str(DPI), str(file), str(file.with_name("page")))
    return [Picture.read(each) for each in sorted(file.parent.glob("page-*.ppm"))]


@pytest.mark.parametrize("language", ["hi", "en"])
async def test_the_pages_look_as_they_should(tmp_path: Path, language: str) -> None:
    words = ReportWords(await _report(tmp_path), language)
    file = tmp_path / "report.pdf"
    file.write_bytes(await report_pdf(words))
    pages = _rendered(file)
    first = pages[0]
    assert 2 <= len(pages) <= 6
    assert first.ink(14, 18, 90, 28) > 0.05, "the title"
    assert 0.01 < first.ink(14, 30, 196, 52) < 0.3, "the tiles"
    longest = max(first.bars(GREEN))
    assert longest > 30 * MM, "the bars of this day"
    assert len(set(first.bars(GREEN))) > 2, "bars are as long as their figures"
    assert first.bars(GREY), "the bars of the day before, and the frames of the tiles"
    for number, page in enumerate(pages, 1):
        edge = set(page.colours(197.5, 0, 210, 297)) | set(page.colours(0, 0, 12.5, 297))
        assert edge == {WHITE}, f"page {number}: something stands in the margin"
        assert page.ink(14, 284, 80, 292) > 0.003, f"page {number}: its foot"
    text = _said("pdftotext", "-enc", "UTF-8", str(file), "-")
    assert TITLES[language].replace(" ", "") in "".join(text.split())
    assert not set("\ufffd\u25a1\u25cc\x00") & set(text), "a letter that no font has, or a broken syllable"
    fonts = [line for line in _said("pdffonts", str(file)).splitlines() if "Noto-Sans-Devanagari" in line]
    assert fonts or language == "en"
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts), "embedded, with its letters"
