"""The forecast learns what a dialler can see, and says the probabilities that come true."""

from __future__ import annotations

import numpy as np

from dialer.core.calibration import CheckedPacer
from dialer.core.contact_odds import ContactOdds
from dialer.core.forecast import AnswerModel, believed_answer_rate
from dialer.core.ledger import Ledger
from dialer.core.occupancy import WRAP_EDGES, LifeTable, OperatorModel
from dialer.core.pacing import Pacer
from dialer.core.pacing_records import BusyOperator, BusyPhase, CallInFlight, PacingPolicy, PacingSnapshot
from dialer.core.progress import ProgressModel
from dialer.core.scenario import Scenario
from dialer.core.simulation import Shift

HORIZON = np.array([5.0, 12.0])


def test_a_life_table_finds_a_fixed_wrap_up_time() -> None:
    table = LifeTable(WRAP_EDGES, 10.0)
    for _ in range(60):
        table.ended(10.0)
    table.refresh([])
    early, late = table.quantiles(np.array([0.2, 0.8]))
    assert 9.5 < early < late < 10.6


def test_spells_under_way_keep_the_first_minutes_honest() -> None:
    table = LifeTable(WRAP_EDGES, 30.0)
    for _ in range(5):
        table.ended(3.0)
    table.refresh([])
    half = np.array([0.5])
    hasty = table.quantiles(half)[0]
    table.refresh([3.5] * 31)
    assert table.quantiles(half)[0] > 2 * hasty


def test_quick_talks_are_soon_forecast_quick_beyond_the_longest_seen() -> None:
    table = LifeTable(WRAP_EDGES, 90.0)
    for _ in range(12):
        table.ended(9.0)
    table.refresh([10.0] * 24)
    within = np.array([10.0])
    quick = table.ended_by(table.bin_of(15.0) + 1, within)[-1, 0]
    believed = LifeTable(WRAP_EDGES, 90.0).ended_by(table.bin_of(15.0) + 1, within)[-1, 0]
    assert quick > 2.0 * believed


def test_the_answer_rate_follows_a_jump_within_half_a_minute_of_full_calls() -> None:
    model = AnswerModel(PacingPolicy())
    for number in range(400):
        call = CallInFlight(number, number + 2.0)
        (model.answered if number % 5 < 3 else model.ended)(call, number + 27.0)
    model.look([], 440.0)
    assert 0.5 < model.mean < 0.7
    for number in range(440, 520):
        call = CallInFlight(number, number + 2.0)
        (model.answered if number % 5 < 1 else model.ended)(call, number + 27.0)
    model.look([], 550.0)
    assert model.mean < 0.35


def test_what_was_sure_in_the_evening_is_a_guess_in_the_morning() -> None:
    model = AnswerModel(PacingPolicy())
    for number in range(600):
        call = CallInFlight(number, number + 2.0)
        (model.answered if number % 10 == 0 else model.ended)(call, number + 27.0)
    model.look([], 640.0)
    evening, sure = model.mean, model.sd
    model.look([], 640.0 + 15 * 3600.0)
    assert model.mean > 2.0 * evening and model.sd > 4.0 * sure


def test_few_calls_of_earlier_days_prove_little_and_faults_nothing() -> None:
    usual = PacingPolicy().answer_rate_prior
    assert believed_answer_rate({}) == believed_answer_rate({"congestion": 900}) == usual
    assert usual > believed_answer_rate({"busy": 10}) > 0.8 * usual
    assert abs(believed_answer_rate({"no_answer": 4_500, "connected": 490, "abandoned": 10}) - 0.1) < 0.005


def test_a_call_that_has_rung_long_is_less_likely_to_be_answered() -> None:
    model = AnswerModel(PacingPolicy())
    table = model.by(0, model.reach(np.array([30.0])))
    assert table[0, 0] > table[20, 0] > table[40, 0]


def test_contacts_with_a_word_that_answers_more_are_forecast_higher() -> None:
    model = AnswerModel(PacingPolicy())
    for number in range(300):
        keen = CallInFlight(number, number + 2.0, ("tried:0",))
        tired = CallInFlight(number, number + 2.0, ("tried:3",))
        (model.answered if number % 2 else model.ended)(keen, number + 27.0)
        (model.answered if number % 10 == 0 else model.ended)(tired, number + 27.0)
    keen, tired = CallInFlight(0.0, None, ("tried:0",)), CallInFlight(0.0, None, ("tried:3",))
    assert model.level(keen) > model.level(tired)
    assert model.probability(model.level(keen)) > model.probability(model.level(tired)) + 0.15


def test_quick_refusals_say_nothing_of_what_all_calls_have_in_common() -> None:
    words = ("trunk:a", "tried:1", "kind:citizen")
    plain, wordy = AnswerModel(PacingPolicy()), AnswerModel(PacingPolicy())
    for model, features in ((plain, ()), (wordy, words)):
        calls = [CallInFlight(number / 10.0, None, features) for number in range(100)]
        for number, call in enumerate(calls):
            if number % 4 == 0:
                model.ended(call, call.dialled_at + 0.1)
        ringing = [call for number, call in enumerate(calls) if number % 4]
        model.look(ringing, 10.0)
        for call in ringing[::2]:
            model.answered(call, call.dialled_at + 9.0)
        for call in ringing[1::2]:
            model.ended(call, call.dialled_at + 27.0)
        model.look([], 60.0)
    assert wordy.level(CallInFlight(60.0, None, words)) == 0
    assert wordy.mean == plain.mean


def test_a_word_that_says_the_same_as_another_is_not_counted_twice() -> None:
    odds = ContactOdds()
    for number in range(600):
        odds.settled(("kind:worker", "list:party"), number, answered=number % 2 == 0)
        odds.settled(("kind:citizen", "list:roll"), number, answered=number % 5 == 0)
    odds.learn(1e9, 0.35)
    apart = odds.level(("kind:worker", "list:party")) - odds.level(("kind:citizen", "list:roll"))
    assert 2 <= apart <= 4  # 0.5 against 0.2 is 1.4 of log-odds, three steps


def test_calls_are_learnt_from_only_when_all_of_their_time_are_over() -> None:
    odds = ContactOdds()
    for number in range(200):
        odds.settled(("tried:1" if number % 2 else "tried:3",), 100.0, answered=number % 2 == 1)
    odds.learn(99.0, 0.35)
    assert odds.level(("tried:1",)) == odds.level(("tried:3",)) == 0
    odds.learn(100.0, 0.35)
    assert odds.level(("tried:1",)) > 0 > odds.level(("tried:3",))


def test_an_operator_in_wrap_up_is_free_sooner_than_one_who_has_just_begun_to_talk() -> None:
    model = OperatorModel(PacingPolicy())
    busy = [BusyOperator(BusyPhase.TALKING, 98.0), BusyOperator(BusyPhase.WRAP_UP, 92.0)]
    model.refresh(busy, 100.0, HORIZON)
    talking, wrapping = model.look(busy, 100.0).chances()
    assert wrapping[1] > 2 * talking[1]


def test_a_wrap_up_longer_than_any_known_at_the_last_refresh_is_forecast_all_the_same() -> None:
    model = OperatorModel(PacingPolicy())
    short, long = BusyOperator(BusyPhase.WRAP_UP, 98.0), BusyOperator(BusyPhase.WRAP_UP, 40.0)
    model.refresh([short], 100.0, HORIZON)
    usual, late = model.look([short, long], 101.0).chances()
    assert usual[1] == model.wrap_up.ended_by(7, HORIZON)[6, 1]
    assert 0.0 < late[0] < late[1] < 1.0


def test_progress_tells_a_talk_near_its_end_from_one_that_has_just_begun() -> None:
    model = ProgressModel(90.0)
    early = BusyOperator(BusyPhase.TALKING, 0.0, 1, 10, 9.0)
    late = BusyOperator(BusyPhase.TALKING, 0.0, 9, 10, 81.0)
    near, far = model.time_left(late), model.time_left(early)
    assert near is not None and far is not None
    assert np.exp(near[0]) < 15.0 < 60.0 < np.exp(far[0])


def test_progress_learns_that_this_campaigns_last_question_takes_a_minute() -> None:
    model = ProgressModel(90.0)
    for number in range(60):
        began = 1000.0 * number
        operator = BusyOperator(BusyPhase.TALKING, began, 9, 10, began + 50.0, 1)
        model.progressed(operator, began + 50.0)
        model.talk_ended(operator, began + 110.0)
    left = model.time_left(BusyOperator(BusyPhase.TALKING, 0.0, 9, 10, 50.0))
    assert left is not None and 50.0 < np.exp(left[0]) < 70.0


def test_the_ledger_forgets_what_has_left_the_window_but_not_the_day() -> None:
    ledger = Ledger(1800.0)
    ledger.record(True, 0.0)
    for second in range(1, 70):
        ledger.record(False, float(second))
    ledger.forget(1801.0)
    assert ledger.recent_abandoned == 0
    assert ledger.abandoned == 1
    assert ledger.worst_rate(60) == 1 / 70


class _Checked(Pacer):
    """Remembers what was forecast for answers and compares with what came."""

    def __init__(self) -> None:
        super().__init__(PacingPolicy())
        self.expected: list[tuple[float, float]] = []
        self.came: list[float] = []

    def answered(self, call: CallInFlight, now: float) -> None:
        super().answered(call, now)
        self.came.append(now - call.dialled_at)

    def decide(self, snapshot: PacingSnapshot, now: float):  # type: ignore[no-untyped-def]
        decision = super().decide(snapshot, now)
        if decision.forecast is not None and now > 300.0:
            self.expected.append((decision.forecast.answer_probability, now))
        return decision


def test_the_forecast_answer_rate_comes_true_in_a_simulated_hour() -> None:
    pacer = _Checked()
    shift = Shift(Scenario(duration_s=1800.0, operators=((0.0, 36.0),)), 3, pacer).run()
    expected = np.mean([rate for rate, _ in pacer.expected])
    assert abs(expected - shift.answered / shift.dials) < 0.04


def test_forecasts_of_answers_and_operators_come_true_on_average() -> None:
    pacer = CheckedPacer(Pacer(PacingPolicy()))
    Shift(Scenario(duration_s=1500.0), 2, pacer).run()
    rows = [row for row in pacer.reliability() if row.samples >= 25]
    assert {row.what for row in rows} == {"answers", "operators"}
    assert all(abs(row.forecast - row.came) < 0.2 * row.forecast + 0.3 for row in rows)
