"""An office with more than 99 seats: three digits in every name, from the phone to the daemon."""

from __future__ import annotations

import pytest

from dialer.core.model import Outcome
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import Pair, PairSpec
from tests.asterisk.system import Office, with_web
from tests.ports import free_port

SEATS = 102
EVERYBODY_ANSWERS = CarrierBehaviour(
    default=Profile(
        shares={"answer": 1.0}, ring_s=Spread(1.0, 0.1, 0.5, 2.0), talk_s=Spread(2.0, 0.1, 1.0, 3.0)
    )
)
PEOPLE = [f"+9191222200{one:02d}" for one in range(6)]


@pytest.mark.parametrize("pair_spec", [PairSpec(seats=SEATS, behaviour=EVERYBODY_ANSWERS)], ids=["large"])
@pytest.mark.timeout(120)
async def test_people_are_joined_to_seats_beyond_99(own_pair: Pair) -> None:
    status = await own_pair.asterisk.status()
    assert status.seats == frozenset(range(1, SEATS + 1)), "every phone is registered and told apart"
    whisper = await own_pair.asterisk.command("dialplan show seat-101-0000beef@seat-whisper")
    assert "ChanSpy" in whisper
    office = Office(with_web(own_pair.config, free_port()))
    await office.prepare()
    try:
        staff = (await office.operators(SEATS))[99:]
        campaign = await office.campaign("talks", PEOPLE)
        await office.start()
        async with office.desks(staff):
            await office.until_finished([campaign], 60)
        attempts = await office.attempts()
    finally:
        await office.aclose()
    assert [attempt.outcome for attempt in attempts] == [Outcome.CONNECTED] * len(PEOPLE)
    assert {attempt.seat for attempt in attempts} == {100, 101, 102}
