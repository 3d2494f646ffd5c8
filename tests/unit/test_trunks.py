"""A trunk's channels, its rate, and backing off when it refuses everything."""

from __future__ import annotations

from dialer.core.model import Outcome
from dialer.core.trunks import FAULTS_TO_BACK_OFF, TrunkGate, TrunkLimits


def gate(channels: int = 30, rate: float = 10.0) -> TrunkGate:
    return TrunkGate(TrunkLimits("carrier", channels, rate))


def refuse(subject: TrunkGate, times: int, now: float) -> None:
    for number in range(times):
        subject.placed(f"a{number}", now)
        subject.ended(f"a{number}", Outcome.CONGESTION, now)


def test_no_more_calls_than_channels() -> None:
    assert gate(channels=5).free(used=3, now=0.0) == 2
    assert gate(channels=5).free(used=9, now=0.0) == 0


def test_the_rate_holds_over_ten_seconds_of_decisions() -> None:
    subject, placed = gate(channels=10_000, rate=7.0), 0
    for quarter in range(40):
        now = quarter * 0.25
        for _ in range(subject.free(0, now)):
            subject.placed(f"a{placed}", now)
            placed += 1
    assert 66 <= placed <= 74


def test_a_slow_trunk_still_gets_its_call() -> None:
    subject = gate(rate=0.2)
    assert subject.free(0, 0.0) == 1
    subject.placed("a", 0.0)
    assert subject.free(0, 4.0) == 0
    assert subject.free(0, 5.1) == 1


def test_refusing_everything_backs_off_and_then_probes_with_a_single_call() -> None:
    subject = gate()
    refuse(subject, FAULTS_TO_BACK_OFF, now=10.0)
    assert subject.free(0, 11.0) == 0
    assert "next try in 4 s" in subject.fault_text(11.0)
    assert subject.free(0, 15.1) == 1
    subject.placed("probe", 15.1)
    assert subject.free(1, 16.0) == 0


def test_a_failed_probe_doubles_the_wait_and_a_good_one_ends_it() -> None:
    subject = gate()
    refuse(subject, FAULTS_TO_BACK_OFF, now=10.0)
    subject.placed("probe", 15.1)
    subject.ended("probe", Outcome.CONGESTION, 15.2)
    assert subject.free(0, 24.0) == 0
    subject.placed("again", 26.0)
    subject.ended("again", Outcome.BUSY, 27.0)
    assert subject.free(0, 30.0) > 1
    assert subject.fault_text(30.0) == ""


def test_some_congestion_among_working_calls_is_no_fault() -> None:
    subject = gate()
    for number in range(20):
        refuse(subject, FAULTS_TO_BACK_OFF - 1, now=float(number))
        subject.ended("good", Outcome.NO_ANSWER, float(number))
    assert subject.free(0, 30.0) > 0


def test_a_trunk_that_does_not_answer_gets_nothing() -> None:
    subject = gate()
    subject.reachable = False
    assert subject.free(0, 1.0) == 0
    assert subject.fault_text(1.0) == "does not answer"


def test_a_carrier_that_rejects_everybody_before_any_phone_rings_is_left_alone() -> None:
    subject = gate()
    for number in range(FAULTS_TO_BACK_OFF):
        subject.ended(f"a{number}", Outcome.REJECTED, float(number), rang=False)
    assert subject.free(0, 5.0) == 0


def test_people_who_reject_their_call_are_no_fault_of_the_trunk() -> None:
    subject = gate()
    for number in range(20):
        subject.ended(f"a{number}", Outcome.REJECTED, float(number), rang=True)
    assert subject.free(0, 20.0) > 0
