"""A survey that is interrupted goes on in the next call, until it is complete or the attempts are used up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialer.core.model import DialPolicy, Outcome
from dialer.core.rules import day_start
from dialer.ivr.session import SurveySessions
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from tests.engine.office import Office, answers
from tests.engine.test_operator_key import SURVEY, SURVEYS
from tests.engine.virtual_time import run


def asked(folder: Path, max_attempts: int, *calls: Fate, until: str = "") -> Office:
    """The campaign of one person; ``calls``: what they do in each.

    ``until``: how the person stands in the queue after the first call; else it goes on to the end.
    """
    fates = list(calls)
    policy = DialPolicy(spacing_s={Outcome.SURVEYED: 600.0}, max_per_day=9)
    last = len(fates) - 1
    office = Office(seats=1, policy=policy, fate=lambda _dialled, earlier: fates[min(earlier, last)])
    office.store.add_survey(1, SURVEY.replace("%s", "wait: 30"))
    office.enlist(replace(SURVEYS, max_attempts=max_attempts), 1)

    def over() -> bool:
        [place] = office.store.places.values()
        was_called = bool(office.outcomes)
        return was_called and place.state == until if until else office.finished

    async def story() -> None:
        async def keypad(phone: SimulatedKeypad) -> None:
            sessions = SurveySessions(office.store, folder, engine.post, engine.record, office.now)
            await sessions.handle(phone)

        office.telephony = SimulatedTelephony(seats=1, clock=office.now, fates=office.fate, keypad=keypad)
        async with office.open() as engine:
            await office.until(engine, over, 7200)

    run(story())
    return office


HANGS_UP_AFTER_ONE = Fate(2.0, talk_s=10.0, keys=("1",), delays_s=(4.0,))
ANSWERS_THE_REST = Fate(2.0, talk_s=60.0, keys=("2",), delays_s=(4.0,))


def test_it_goes_on_at_the_first_open_question_and_is_over_when_complete(tmp_path: Path) -> None:
    office = asked(tmp_path, 3, HANGS_UP_AFTER_ONE, ANSWERS_THE_REST)
    assert office.outcomes == {Outcome.SURVEYED: 2}
    given = {question: answer.value for (_id, question), answer in office.store.answers.items()}
    assert given == {"a": "yes", "b": "no"}
    first, second = sorted(each.claimed.claimed_at for each in office.store.attempts.values())
    assert second - first >= 600


def test_nobody_is_asked_more_often_than_the_campaign_allows(tmp_path: Path) -> None:
    office = asked(tmp_path, 2, answers(talk_s=2.0))
    assert office.outcomes == {Outcome.SURVEYED: 2}
    [place] = office.store.places.values()
    assert (place.state, place.done_why) == ("done", "max_attempts")


LEAVES_ONE_OPEN = Fate(2.0, talk_s=200.0, keys=("1",), delays_s=(4.0,))
WRONG_KEYS = Fate(2.0, talk_s=200.0, keys=("7",) * 20, delays_s=(1.0,) * 20)


@pytest.mark.parametrize("fate", [LEAVES_ONE_OPEN, WRONG_KEYS])
def test_what_was_left_open_waits_for_another_day(tmp_path: Path, fate: Fate) -> None:
    office = asked(tmp_path, 5, fate, until="waiting")
    assert office.outcomes == {Outcome.SURVEYED: 1}
    [attempt], [place] = office.store.attempts.values(), office.store.places.values()
    assert place.next_at == day_start(attempt.claimed.claimed_at + 86_400)


def test_who_opted_out_is_never_asked_again(tmp_path: Path) -> None:
    office = asked(tmp_path, 5, Fate(2.0, talk_s=60.0, keys=("9",), delays_s=(4.0,)))
    assert office.outcomes == {Outcome.SURVEYED: 1}
