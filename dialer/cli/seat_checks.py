"""``dialer seats checks``: who tried the phone today, and what was found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from dialer.cli import wording
from dialer.cli.console import N_, JsonOption, _, add_row, database, note, out, print_json, run_async, table
from dialer.core.rules import day_start
from dialer.core.seat_check import Fault, PhoneKind, Weakness
from dialer.store.seat_checks import SeatChecks, StoredCheck

_FOUND: Final[Mapping[Fault | Weakness, str]] = {
    Fault.NO_LINE: N_("no line"),
    Fault.NO_SOUND_ARRIVES: N_("no sound arrives"),
    Fault.MICROPHONE_SILENT: N_("microphone silent"),
    Fault.NOTHING_COMES_BACK: N_("nothing comes back"),
    Fault.NOT_HEARD: N_("operator hears nothing"),
    Weakness.JITTER: N_("unsteady line"),
    Weakness.LOSS: N_("sound gets lost"),
    Weakness.DELAY: N_("sound is late"),
}
_PHONES: Final = {PhoneKind.BROWSER: N_("browser"), PhoneKind.TABLE: N_("on the table")}
_HEADINGS: Final = (
    N_("seats:seat"),
    N_("seats:operator"),
    N_("seats:when"),
    N_("seats:phone"),
    N_("seats:result"),
    N_("seats:jitter ms"),
    N_("seats:lost %"),
    N_("seats:delay ms"),
)


def checks(as_json: JsonOption = False) -> None:
    found = run_async(_latest(time.time()))
    if as_json:
        print_json([_json(one) for one in found])
        return
    if not found:
        note(_("No operator has checked a phone today."))
        return
    shown = table(*(_(heading).rpartition(":")[2] for heading in _HEADINGS), numbers=(0, 5, 6, 7))
    for one in found:
        ago = _("{span} ago").format(span=wording.span(time.time() - one.at))
        lost = None if one.lost_share is None else one.lost_share * 100
        figures = [_figure(value) for value in (one.jitter_ms, lost, one.round_trip_ms)]
        told = one.seat, one.operator, ago, _(_PHONES[one.phone]), _result(one), *figures
        add_row(shown, *told, style=None if one.passed else "red")
    out.print(shown)


async def _latest(now: float) -> Sequence[StoredCheck]:
    async with database() as opened:
        return await SeatChecks(opened).latest(day_start(now))


def _result(one: StoredCheck) -> str:
    found: tuple[Fault | Weakness, ...] = (*one.faults, *one.weaknesses)
    words = ", ".join(_(_FOUND[each]) for each in found)
    if not found:
        return _("good")
    return _("good, but: {words}").format(words=words) if one.passed else words


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _json(one: StoredCheck) -> dict[str, object]:
    return {
        "seat": one.seat,
        "operator": one.operator,
        "at": one.at,
        "phone": one.phone.value,
        "passed": one.passed,
        "faults": [each.value for each in one.faults],
        "weaknesses": [each.value for each in one.weaknesses],
        "jitter_ms": one.jitter_ms,
        "lost_share": one.lost_share,
        "round_trip_ms": one.round_trip_ms,
    }
