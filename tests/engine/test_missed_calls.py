"""A line is rung: its campaign calls back, or asks at once, as long as a supervisor lets it run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from dialer.core.desk_events import CampaignsChanged
from dialer.core.live import LiveSnapshot
from dialer.core.missed_calls import LineLimits, RingResult
from dialer.core.model import CampaignState, DialPolicy, Outcome, Window
from dialer.engine import Engine
from dialer.ivr.rings import Rings, RungLines
from dialer.ivr.session import SurveySessions
from dialer.store.memory_tables import StoredAttempt
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from dialer.telephony.tracking import our_id
from tests.engine.office import BUSY, MORNING, Office
from tests.engine.test_operator_key import SURVEY, SURVEYS
from tests.engine.virtual_time import run

LINE, CALLER, PHONE = "+917880000001", "09876543210", "+919876543210"
HANGS_UP_AFTER_ONE = Fate(0.0, talk_s=10.0, keys=("1",), delays_s=(4.0,))
ANSWERS_BOTH = Fate(2.0, talk_s=60.0, keys=("1", "2"), delays_s=(4.0, 6.0))
ANSWERS_THE_REST = Fate(2.0, talk_s=60.0, keys=("2",), delays_s=(4.0,))


class House:
    """An office with a survey campaign that has a line, and nobody to call. ``fate``: of those it calls."""

    def __init__(self, folder: Path, fate: Fate = ANSWERS_BOTH, **campaign: object) -> None:
        policy = DialPolicy(spacing_s={Outcome.SURVEYED: 600.0})
        self.office = Office(seats=1, policy=policy, fate=lambda _dialled, _earlier: fate)
        self.store = self.office.store
        self.store.add_survey(1, SURVEY.replace("%s", "wait: 30"))
        self.store.add_campaign(replace(SURVEYS, line=LINE, max_attempts=3, **campaign))  # type: ignore[arg-type]
        self.folder = folder
        self.calls = 0
        self.engine: Engine
        self.office.telephony = SimulatedTelephony(
            seats=1, clock=self.office.now, fates=self.office.fate, keypad=self._keypad
        )

    @property
    def rings(self) -> Rings:
        return Rings(self.store, {LINE: LineLimits()}, (), self.engine.post)

    async def _keypad(self, phone: SimulatedKeypad) -> None:
        """As the dialplan: a ring first, and if that took the caller in, or we called, the survey."""
        engine = self.engine
        if phone.path == "inbound":
            del phone.channel_variables["SAMPARK_ATTEMPT"]
            phone.arguments = (LINE, f"sampark-1795500000.{self.calls}")
            lines = RungLines(
                self.store, self.rings, engine, engine.post, self.folder, self.office.now, {LINE}, 600.0
            )
            await lines.handle(phone)
            phone.arguments = ()
            if "SAMPARK_ATTEMPT" not in phone.channel_variables:
                await phone.hangup()
                return
        sessions = SurveySessions(self.store, self.folder, engine.post, engine.record, self.office.now)
        await sessions.handle(phone)

    async def ring(self) -> RingResult:
        self.calls += 1
        ring = self.rings.read(f"sampark-1795500000.{self.calls}", LINE, CALLER, self.office.now())
        return (await self.rings.take(ring)).result

    async def call(self, fate: Fate) -> str:
        """Somebody calls a line that answers; their attempt's id."""
        self.calls += 1
        channel = our_id(f"sampark-1795500000.{self.calls}")
        assert self.office.telephony is not None
        self.office.telephony.world.call_in(channel, CALLER, fate)
        await asyncio.sleep(0)
        return channel

    async def until_ended(self, attempts: int, within_s: float = 100.0) -> LiveSnapshot:
        """Until so many attempts have ended; the room a little later."""
        await self.office.until(self.engine, lambda: len(self.ended) == attempts, within_s)
        await asyncio.sleep(5.0)
        return self.engine.snapshot()

    @property
    def ended(self) -> list[StoredAttempt]:
        attempts = sorted(self.store.attempts.values(), key=lambda each: each.claimed.claimed_at)
        return [each for each in attempts if each.ended_at is not None]

    @property
    def answers(self) -> dict[str, str]:
        return {question: answer.value for (_id, question), answer in self.store.answers.items()}


def test_who_rings_is_called_once_and_asked_and_the_campaign_goes_on(tmp_path: Path) -> None:
    house = House(tmp_path)

    async def story() -> None:
        async with house.office.open() as house.engine:
            await asyncio.sleep(30.0)
            assert [await house.ring() for _ in range(3)] == ["call_back", "repeated", "repeated"]
            await house.until_ended(1)
            await asyncio.sleep(900.0)

    run(story())
    [attempt] = house.ended
    assert attempt.claimed.contact.phone == PHONE and attempt.outcome is Outcome.SURVEYED
    assert 35.0 <= attempt.claimed.claimed_at - MORNING < 37.0, "a little after the ring"
    assert house.answers == {"a": "yes", "b": "no"} and house.office.most_invites == 1
    assert house.store.campaign[1].state is CampaignState.RUNNING


def test_who_rings_outside_the_hours_is_called_when_they_begin(tmp_path: Path) -> None:
    opens = MORNING + 1800.0
    house = House(tmp_path, window=Window(12 * 60, 21 * 60))

    async def story() -> None:
        async with house.office.open() as house.engine:
            await house.ring()
            await asyncio.sleep(1790.0)
            assert house.store.attempts == {}
            assert await house.ring() == "repeated"
            await house.until_ended(1, 200.0)

    run(story())
    assert opens <= house.ended[0].claimed.claimed_at < opens + 65.0


def test_who_does_not_answer_is_tried_again_by_the_rules_for_all(tmp_path: Path) -> None:
    house = House(tmp_path, fate=BUSY)

    async def story() -> None:
        async with house.office.open() as house.engine:
            await house.ring()
            await house.until_ended(1)
            await asyncio.sleep(600.0)
            assert len(house.store.attempts) == 1, "an hour after it was busy"
            await house.ring()
            await house.until_ended(2)

    run(story())
    assert [each.claimed.number_of_attempt for each in house.ended] == [1, 2]


def test_a_call_to_a_line_that_answers_is_told_apart_and_goes_on_in_a_call_by_us(tmp_path: Path) -> None:
    house = House(tmp_path, fate=ANSWERS_THE_REST)

    async def story() -> None:
        async with house.office.open() as house.engine:
            await asyncio.sleep(10.0)
            await house.call(HANGS_UP_AFTER_ONE)
            snapshot = await house.until_ended(1)
            (campaign,) = snapshot.campaigns
            assert campaign.outcomes == {} and campaign.abandonment_rate == 0.0
            assert house.answers == {"a": "yes"}
            await house.until_ended(2, 700.0)
            await asyncio.sleep(3600.0)

    run(story())
    inbound, outbound = house.ended
    assert (inbound.claimed.inbound, inbound.outcome) == (True, Outcome.SURVEYED)
    assert (outbound.claimed.inbound, outbound.outcome) == (False, Outcome.SURVEYED)
    assert outbound.claimed.claimed_at - inbound.claimed.claimed_at >= 600.0
    assert house.answers == {"a": "yes", "b": "no"}
    [place] = house.store.places.values()
    assert (place.state, place.done_why, place.attempts) == ("done", "surveyed", 1)


def test_who_calls_again_goes_on_at_the_first_open_question_and_is_not_called(tmp_path: Path) -> None:
    house = House(tmp_path)

    async def story() -> None:
        async with house.office.open() as house.engine:
            await asyncio.sleep(10.0)
            await house.call(HANGS_UP_AFTER_ONE)
            await house.until_ended(1)
            await house.call(replace(ANSWERS_THE_REST, before_s=0.0))
            await house.until_ended(2)
            await asyncio.sleep(3600.0)

    run(story())
    assert all(each.claimed.inbound for each in house.ended) and len(house.store.attempts) == 2
    assert house.answers == {"a": "yes", "b": "no"} and house.office.most_invites == 0


def test_a_paused_campaign_asks_nobody_and_calls_back_when_it_is_resumed(tmp_path: Path) -> None:
    house = House(tmp_path, state=CampaignState.PAUSED)

    async def story() -> None:
        async with house.office.open() as house.engine:
            await asyncio.sleep(10.0)
            assert house.engine.asks_caller(LINE) is None
            assert await house.ring() == "call_back"
            await asyncio.sleep(60.0)
            assert house.store.attempts == {}
            await house.store.set_campaign_state(1, CampaignState.RUNNING, house.office.now())
            house.engine.post(CampaignsChanged(house.office.now()))
            await asyncio.sleep(1.0)
            assert house.engine.asks_caller(LINE) is not None and house.engine.asks_caller("+91788") is None
            await house.until_ended(1)

    run(story())
    assert house.answers == {"a": "yes", "b": "no"}
