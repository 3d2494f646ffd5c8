"""The demo as it is typed, with fewer people who are quicker: from nothing to books that agree.

Left out is what costs much and has tests of its own: the plans' simulations and the war room.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.demo import run
from dialer.demo.settings import CITIZENS
from dialer.telephony.asterisk_root import AsteriskProgram
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.integration.cli_office import open_office

SEATS = 4
FIGURES = {
    "attempts", "invites", "call_records", "connected", "surveyed", "abandoned", "dialled_twice", "seats",
    "reconciles",
}  # fmt: skip
QUICK = Profile(
    shares={"answer": 0.8, "invalid": 0.2},
    ring_s=Spread(1.0, 0.2, 0.5, 2.0),
    talk_s=Spread(2.0, 0.2, 1.0, 3.0),
)
KEYS = replace(
    QUICK, keys="1", key_count=2, key_first_s=Spread(1.0, 0.1, 0.8, 1.5), key_gap_s=Spread(1.0, 0.1, 0.8, 1.5)
)


class Brief(run.Dialer):
    """Plans nothing."""

    def say(self, *words: str, fails: bool = False) -> None:
        if words[:2] != ("campaign", "plan"):
            super().say(*words, fails=fails)


@pytest.mark.timeout(300)
def test_a_demo_ends_by_itself_and_its_books_agree(
    asterisk_root: AsteriskProgram,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = CarrierBehaviour(seed=1, default=QUICK, profiles={f"91{CITIZENS}": KEYS})
    monkeypatch.setattr(run, "behaviour", lambda _: quick)
    monkeypatch.setattr(run, "Dialer", Brief)
    monkeypatch.setattr(run, "_set_up_war_room", lambda *_: None)
    office = open_office(tmp_path / "office", capfd)
    office.set(seats=SEATS)
    done = office.run("demo", "--people", "40")
    assert done.code == 0, done.err
    found = json.loads(done.out.splitlines()[-1])
    assert set(found) == FIGURES
    assert found["attempts"] == found["invites"] == found["call_records"] >= 40
    assert (found["dialled_twice"], found["seats"], found["reconciles"]) == (0, SEATS, True)
    assert found["connected"] > 0 and found["surveyed"] > 0
    told = "answered = connected + surveyed + abandoned"
    *_, books = (line for line in done.out.splitlines() if told in line)
    parts = [int(word) for word in books.replace(told, "").split() if word.isdigit()]
    assert parts[0] == sum(parts[1:]) == found["connected"] + found["surveyed"] + found["abandoned"]
