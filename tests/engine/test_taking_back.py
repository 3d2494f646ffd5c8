"""Calls that ring while no operator would be there are hung up, as pacing asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dialer.core.desk_events import OperatorDials, OperatorSignedOut
from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, Outcome, PacingMode
from dialer.core.pacing import CallInFlight, Decision, Pacer, PacingSnapshot
from dialer.core.pacing_records import Reason, ReasonCode
from dialer.errors import LinkDown
from dialer.telephony.simulated_fates import Fate
from tests.engine.office import CAMPAIGN, RINGS_OUT, Office, answers
from tests.engine.virtual_time import on_virtual_time

PREDICTIVE = replace(CAMPAIGN, mode=PacingMode.PREDICTIVE, ring_s=40.0)


class Scripted:
    """Pacing that dials ``dials`` at once and whom operators want, and always asks for ``take_back``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dials: int, take_back: int) -> None:
        self.dials, self.take_back = dials, take_back
        self.seen: list[PacingSnapshot] = []
        self.taken: list[CallInFlight] = []
        self.ended: list[CallInFlight] = []
        monkeypatch.setattr(Pacer, "decide", lambda _pacer, snapshot, _now: self._decide(snapshot))
        monkeypatch.setattr(Pacer, "taken_back", lambda _pacer, call, _now: self.taken.append(call))
        monkeypatch.setattr(Pacer, "ended", lambda _pacer, call, _now: self.ended.append(call))

    def _decide(self, snapshot: PacingSnapshot) -> Decision:
        self.seen.append(snapshot)
        dials, self.dials = max(self.dials, snapshot.requested), 0
        return Decision(dials, Reason(ReasonCode.ALL_BUSY), None, self.take_back)


def slow_hang_up(office: Office, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> list[str]:
    """Orders to hang up take half a second, or never arrive; returns whom they were for."""
    telephony, ordered = office.telephony, []
    assert telephony is not None
    at_once = telephony.hang_up

    async def later(channel_id: str) -> None:
        ordered.append(channel_id)
        await asyncio.sleep(0.5)
        if fails:
            raise LinkDown("the link broke")
        await at_once(channel_id)

    monkeypatch.setattr(telephony, "hang_up", later)
    return ordered


def events(office: Office, attempt_id: str) -> list[tuple[str, str]]:
    story = [event for event in office.store.events if event.attempt_id == attempt_id]
    return [(event.event, event.detail) for event in sorted(story, key=lambda event: event.at)]


@on_virtual_time
async def test_it_is_no_answer_after_fifteen_seconds_and_pacing_hears_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pacing = Scripted(monkeypatch, dials=3, take_back=2)
    office = Office(seats=1, fate=lambda _d, _e: RINGS_OUT)
    office.enlist(PREDICTIVE, 3)
    async with office.open() as engine:
        office.sign_in(engine)
        await asyncio.sleep(12)
        assert not office.outcomes[Outcome.NO_ANSWER] and len(pacing.seen[-1].in_flight) == 3
        await office.until(engine, lambda: office.outcomes[Outcome.NO_ANSWER] == 3, 8)
        for attempt in office.store.attempts.values():
            assert attempt.ended_at is not None and attempt.ringing_at is not None
            assert 15.0 <= attempt.ended_at - attempt.ringing_at < 16.0
            assert [name for name, _ in events(office, attempt.claimed.id)][-3:] == [
                "ringing", "taken_back", "ended",
            ]  # fmt: skip
            assert ("taken_back", "15") in events(office, attempt.claimed.id)
    assert (len(pacing.taken), len(pacing.ended)) == (3, 0)
    assert any("calls taken back: 2" in decision.text for decision in office.store.decisions)


@on_virtual_time
async def test_while_it_is_hung_up_it_holds_its_channel_and_is_no_answer_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pacing = Scripted(monkeypatch, dials=1, take_back=1)
    office = Office(seats=1, fate=lambda _d, _e: RINGS_OUT, channels=10)
    office.enlist(PREDICTIVE, 1)
    async with office.open() as engine:
        ordered = slow_hang_up(office, monkeypatch)
        office.sign_in(engine)
        await office.until(engine, lambda: bool(ordered), 30)
        await asyncio.sleep(0.3)
        last = pacing.seen[-1]
        assert (len(last.in_flight), last.trunk_channels_free) == (0, 9)
        await asyncio.sleep(5)
    assert len(ordered) == 1
    assert office.outcomes == {Outcome.NO_ANSWER: 1}


@on_virtual_time
async def test_the_longest_ringing_go_first_and_no_more_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pacing = Scripted(monkeypatch, dials=2, take_back=0)
    office = Office(seats=1, fate=lambda _d, _e: RINGS_OUT)
    office.enlist(PREDICTIVE, 4)
    async with office.open() as engine:
        ordered = slow_hang_up(office, monkeypatch)
        office.sign_in(engine)
        await asyncio.sleep(3)
        pacing.dials = 2
        await asyncio.sleep(20)
        assert len(pacing.seen[-1].in_flight) == 4
        pacing.take_back = 3
        await office.until(engine, lambda: bool(ordered), 2)
        pacing.take_back = 0
        rang_since = {number: each.ringing_at or 0.0 for number, each in office.store.attempts.items()}
        assert len(ordered) == 3 and set(sorted(rang_since, key=rang_since.__getitem__)[:2]) < set(ordered)


@pytest.mark.parametrize(
    ("hang_up_fails", "outcome", "story"),
    [
        (False, Outcome.ABANDONED, ["taken_back", "answered", "ended"]),
        (True, Outcome.CONNECTED, ["answered", "joined", "ended"]),
    ],
)
@on_virtual_time
async def test_who_answers_in_that_very_moment_is_abandoned_unless_the_order_went_astray(
    monkeypatch: pytest.MonkeyPatch, hang_up_fails: bool, outcome: Outcome, story: list[str]
) -> None:
    Scripted(monkeypatch, dials=1, take_back=1)
    office = Office(seats=1, fate=lambda _d, _e: answers(after_s=15.4, talk_s=30.0))
    office.enlist(PREDICTIVE, 2)
    async with office.open() as engine:
        ordered = slow_hang_up(office, monkeypatch, fails=hang_up_fails)
        office.sign_in(engine)
        await office.until(engine, lambda: office.outcomes[outcome] == 1, 60)
        live = engine.snapshot().campaigns[0]
        assert live.abandonment_rate == float(outcome is Outcome.ABANDONED)
        assert live.outcomes == {outcome.value: 1}
        attempt, *_others = office.store.attempts.values()
        assert attempt.answered_at is not None and ordered == [attempt.claimed.id]
        told = [name for name, _ in events(office, attempt.claimed.id)]
        assert [name for name in told if name in story] == story
        assert ("taken_back" in told) is not hang_up_fails


@on_virtual_time
async def test_who_answered_before_the_order_is_not_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pacing = Scripted(monkeypatch, dials=1, take_back=0)
    office = Office(seats=1, fate=lambda _d, _e: answers(after_s=20.0, talk_s=30.0))
    office.enlist(PREDICTIVE, 1)
    async with office.open() as engine:
        ordered = slow_hang_up(office, monkeypatch)
        office.sign_in(engine)
        await office.until(engine, lambda: engine.snapshot().campaigns[0].talking == 1, 60)
        pacing.take_back = 1
        await office.until(engine, lambda: office.outcomes[Outcome.CONNECTED] == 1, 60)
    assert not ordered


@on_virtual_time
async def test_somebody_for_whom_an_operator_waits_is_never_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pacing = Scripted(monkeypatch, dials=0, take_back=1)
    office = Office(seats=1, fate=lambda _d, _e: answers(after_s=25.0, talk_s=30.0))
    office.enlist(replace(PREDICTIVE, mode=PacingMode.PREVIEW), 1)
    async with office.open() as engine:
        ordered = slow_hang_up(office, monkeypatch)
        office.sign_in(engine)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.PREVIEW, 20)
        engine.post(OperatorDials(1, engine.seat(1).attempt_id or "", office.now()))
        await office.until(engine, lambda: office.outcomes[Outcome.CONNECTED] == 1, 90)
    assert pacing.seen and not ordered


def _many(dialled: str, _earlier: int) -> Fate:
    return answers(3.0, 60.0) if int(dialled[-1]) % 3 else RINGS_OUT


@pytest.mark.parametrize("kind", list(CampaignKind))
@on_virtual_time
async def test_operators_who_leave_have_calls_taken_back_but_never_those_of_a_survey(
    kind: CampaignKind,
) -> None:
    office = Office(seats=20, fate=_many)
    office.enlist(replace(PREDICTIVE, kind=kind, max_channels=30), 2000)
    async with office.open() as engine:
        office.sign_in(engine)
        await asyncio.sleep(300)
        for seat in range(2, 21):
            engine.post(OperatorSignedOut(seat, office.now()))
        await asyncio.sleep(60)
    taken = {event.attempt_id for event in office.store.events if event.event == "taken_back"}
    assert bool(taken) is (kind is CampaignKind.OPERATORS)
    assert {office.store.attempts[each].outcome for each in taken} <= {Outcome.NO_ANSWER}
