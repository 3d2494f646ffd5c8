"""A survey that is interrupted goes on in the next call, until it is complete or the attempts are used up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dialer.core.model import DialPolicy, Outcome
from dialer.ivr.session import SurveySessions
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from tests.engine.office import Office, answers
from tests.engine.test_operator_key import SURVEY, SURVEYS
from tests.engine.virtual_time import run


def asked(folder: Path, max_attempts: int, *calls: Fate) -> Office:
    """The campaign of one person, to its end; ``calls``: what they do in each."""
    fates = list(calls)
    policy = DialPolicy(spacing_s={Outcome.SURVEYED: 600.0}, max_per_day=9)
    last = len(fates) - 1
    office = Office(seats=1, policy=policy, fate=lambda _dialled, earlier: fates[min(earlier, last)])
    office.store.add_survey(1, SURVEY.replace("%s", "wait: 30"))
    office.enlist(replace(SURVEYS, max_attempts=max_attempts), 1)

    async def story() -> None:
        async def keypad(phone: SimulatedKeypad) -> None:
            sessions = SurveySessions(office.store, folder, engine.post, engine.record, office.now)
            await sessions.handle(phone)

        office.telephony = SimulatedTelephony(seats=1, clock=office.now, fates=office.fate, keypad=keypad)
        async with office.open() as engine:
            await office.until(engine, lambda: office.finished, 7200)

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
