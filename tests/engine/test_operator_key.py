"""The operator key in a survey: whoever is free takes the person; who waits in vain is back in the survey."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, Outcome
from dialer.engine import Engine
from dialer.ivr.session import SurveySessions
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import run

SURVEY = """
survey: help
title: {hi: त}
languages: [hi]
keys: {operator: 5}
operator: {%s}
nodes:
  hello: {kind: info, say: {hi: न}, next: a}
  a: {kind: yes_no, say: {hi: अ}, next: b}
  b: {kind: yes_no, say: {hi: ब}, next: bye}
  bye: {kind: info, say: {hi: ध}}
"""
SURVEYS = replace(CAMPAIGN, id=1, name="survey", kind=CampaignKind.SURVEY, survey_version_id=1)
HELPLINE = replace(CAMPAIGN, id=2, name="helpline")


class Line:
    """An office whose survey calls are served by real keypad sessions."""

    def __init__(self, folder: Path, rule: str, keys: Mapping[float, str], seats: int = 2) -> None:
        self.office = Office(seats=seats, fate=self._fate)
        self.presses = sorted(keys.items())
        self.folder = folder
        self.engine: Engine
        self.office.store.add_survey(1, SURVEY.replace("%s", rule))
        self.office.enlist(SURVEYS, 1)

    def _fate(self, dialled: str, _earlier: int) -> Fate:
        if not dialled.endswith("1"):
            return answers(5.0, 30.0)
        times = [0.0, *(at for at, _ in self.presses)]
        delays = tuple(after - before for before, after in pairwise(times))
        return Fate(2.0, talk_s=150.0, keys=tuple(key for _, key in self.presses), delays_s=delays)

    async def keypad(self, phone: SimulatedKeypad) -> None:
        engine = self.engine
        sessions = SurveySessions(self.office.store, self.folder, engine.post, engine.record, self.office.now)
        await sessions.handle(phone)

    def prepare(self) -> None:
        office = self.office
        office.telephony = SimulatedTelephony(
            seats=office.seats, clock=office.now, fates=office.fate, keypad=self.keypad
        )

    @property
    def events(self) -> list[str]:
        return [event.event for event in self.office.store.events]

    @property
    def answers(self) -> dict[str, str]:
        return {question: given.value for (_id, question), given in self.office.store.answers.items()}


def test_a_free_operator_takes_the_person_at_once(tmp_path: Path) -> None:
    line = Line(tmp_path, "wait: 30", {4.0: "1", 8.0: "5"})

    async def story() -> None:
        line.prepare()
        async with line.office.open() as line.engine:
            line.office.sign_in(line.engine, 1, campaigns=(1,))
            await line.office.until(line.engine, lambda: "operator_wanted" in line.events, 60)
            await asyncio.sleep(1.0)
            assert line.office.states(line.engine)[SeatState.TALKING] == 1
            await line.office.until(line.engine, lambda: line.office.finished, 400)

    run(story())
    assert line.office.outcomes == {Outcome.CONNECTED: 1}
    assert line.answers == {"a": "yes"}


@pytest.mark.parametrize(("nobody", "complete"), [("continue", True), ("goodbye", False)])
def test_who_waits_in_vain_is_told_so_and_goes_on_by_rule(
    tmp_path: Path, nobody: str, complete: bool
) -> None:
    line = Line(tmp_path, f"wait: 20, nobody: {nobody}", {4.0: "1", 8.0: "5", 40.0: "2"})

    async def story() -> None:
        line.prepare()
        async with line.office.open() as line.engine:
            await line.office.until(line.engine, lambda: line.office.finished, 400)

    run(story())
    assert line.office.outcomes == {Outcome.SURVEYED: 1}
    assert line.answers == ({"a": "yes", "b": "no"} if complete else {"a": "yes"})
    assert line.events.count("survey_ended") == 1


def test_an_operator_who_becomes_free_within_the_wait_takes_the_person(tmp_path: Path) -> None:
    line = Line(tmp_path, "wait: 60", {5.0: "5"})

    async def story() -> None:
        line.prepare()
        async with line.office.open() as line.engine:
            await line.office.until(line.engine, lambda: "operator_wanted" in line.events, 60)
            await asyncio.sleep(30.0)
            line.office.sign_in(line.engine, 1, campaigns=(1,))
            await line.office.until(line.engine, lambda: line.office.finished, 400)

    run(story())
    assert line.office.outcomes == {Outcome.CONNECTED: 1}


def test_pacing_keeps_the_operator_for_who_waits(tmp_path: Path) -> None:
    """The only operator is away; when he is back the helpline must not dial for him: somebody waits."""
    line = Line(tmp_path, "campaign: helpline, wait: 60", {5.0: "5"}, seats=1)
    line.office.enlist(HELPLINE, 1, first=2)
    placed = 0

    async def story() -> None:
        nonlocal placed
        line.prepare()
        async with line.office.open() as line.engine:
            await line.office.until(line.engine, lambda: "operator_wanted" in line.events, 60)
            line.office.sign_in(line.engine, 1, campaigns=(2,))
            await line.office.until(line.engine, lambda: "joined" in line.events, 30)
            placed = len(line.office.store.attempts)
            await line.office.until(line.engine, lambda: line.office.finished, 600)

    run(story())
    assert placed == 1, "the helpline dials only when its operator is free again"
    assert line.office.outcomes == {Outcome.CONNECTED: 2}
