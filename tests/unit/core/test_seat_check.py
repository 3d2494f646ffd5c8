"""When a phone is fit to take people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.seat_check import Fault, Heard, PhoneKind, Weakness, judge
from dialer.core.telephony_events import LineChecked

LINE = LineChecked(1, "seat-01-00000000", 0.0, received=150, lost=0, jitter_ms=0.4)
BROWSER = Heard(PhoneKind.BROWSER, True, -28.0, -31.0, jitter_ms=2.0, lost_share=0.0, round_trip_ms=4.0)
TABLE = Heard(PhoneKind.TABLE, True)


@pytest.mark.parametrize("heard", [BROWSER, TABLE])
def test_a_phone_that_is_heard_and_hears_is_fit(heard: Heard) -> None:
    verdict = judge(heard, LINE)
    assert verdict.passed and verdict.weaknesses == ()


@pytest.mark.parametrize(
    ("heard", "line", "faults"),
    [
        (BROWSER, None, {Fault.NO_LINE}),
        (TABLE, replace(LINE, received=3), {Fault.NO_SOUND_ARRIVES}),
        (replace(BROWSER, microphone_db=-90.0, returned_db=-90.0), LINE, {Fault.MICROPHONE_SILENT}),
        (replace(BROWSER, returned_db=-90.0), LINE, {Fault.NOTHING_COMES_BACK}),
        (replace(BROWSER, heard_self=False), LINE, {Fault.NOT_HEARD}),
        (replace(TABLE, heard_self=False), LINE, {Fault.NOT_HEARD}),
        # What is broken before explains that nothing is heard.
        (replace(BROWSER, returned_db=-90.0, heard_self=False), LINE, {Fault.NOTHING_COMES_BACK}),
    ],
)
def test_the_fault_says_where_the_sound_is_lost(
    heard: Heard, line: LineChecked | None, faults: set[Fault]
) -> None:
    verdict = judge(heard, line)
    assert not verdict.passed and set(verdict.faults) == faults


def test_a_bad_line_carries_people_but_is_told_and_the_worse_direction_counts() -> None:
    verdict = judge(replace(BROWSER, round_trip_ms=400.0), replace(LINE, lost=10, jitter_ms=55.0))
    assert verdict.passed
    assert verdict.weaknesses == (Weakness.JITTER, Weakness.LOSS, Weakness.DELAY)
    assert (verdict.jitter_ms, verdict.lost_share) == (55.0, 10 / 160)
