"""Facts: what is remembered, once and for all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dialer.core.model import (
    Campaign,
    ClaimedAttempt,
    Done,
    NextStep,
    Outcome,
    RefusalReason,
    Refused,
    RetryAt,
)
from dialer.errors import StoreBusy, StoreError
from dialer.store.port import (
    AnswerGiven,
    AttemptClosed,
    AttemptTimes,
    AttemptWithdrawn,
    DecisionNoted,
    DispositionGiven,
    EventNoted,
    Fact,
    NoteWritten,
    OptedOut,
    SeatStateNoted,
    SpoolRecordDrained,
)
from tests.contract.store.worlds import NOW, SqlWorld, World, phone


async def called(world: World, *others: Campaign) -> tuple[Campaign, ClaimedAttempt]:
    """A claimed contact, waiting in the other campaigns too."""
    campaign = await world.campaign(survey_version_id=1)
    await world.people(1, campaign, *others)
    [attempt] = (await world.claim(campaign)).attempts
    return campaign, attempt


def closed(
    attempt: ClaimedAttempt, outcome: Outcome, step: NextStep, at: float = NOW + 30, note: str = ""
) -> AttemptClosed:
    ids = (attempt.id, attempt.campaign_id, attempt.contact.id)
    return AttemptClosed(*ids, at, outcome, step, cause=16, tech_cause=200, note=note)


class TestTimes:
    async def test_points_of_a_life_add_up(self, world: World) -> None:
        _campaign, attempt = await called(world)
        await world.store.write([AttemptTimes(attempt.id, dialled_at=NOW + 1)])
        await world.store.write(
            [
                AttemptTimes(attempt.id, ringing_at=NOW + 2),
                AttemptTimes(attempt.id, answered_at=NOW + 9),
                AttemptTimes(attempt.id, joined_at=NOW + 10, seat=4, operator_id=1),
            ]
        )
        stored = await world.attempt(attempt.id)
        assert (stored["dialled_at"], stored["ringing_at"]) == (NOW + 1, NOW + 2)
        assert (stored["answered_at"], stored["joined_at"]) == (NOW + 9, NOW + 10)
        assert (stored["seat"], stored["operator_id"]) == (4, 1)

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_closed_attempt_takes_none(self, world: World, together: bool) -> None:
        _campaign, attempt = await called(world)
        before = AttemptTimes(attempt.id, dialled_at=NOW + 1)
        end = closed(attempt, Outcome.NO_ANSWER, RetryAt(NOW + 7200))
        after = AttemptTimes(attempt.id, answered_at=NOW + 99)
        batches: list[list[Fact]] = [[before, end, after]] if together else [[before], [end], [after]]
        for facts in batches:
            await world.store.write(facts)
        stored = await world.attempt(attempt.id)
        assert (stored["dialled_at"], stored["answered_at"]) == (NOW + 1, None)

    async def test_an_unknown_attempt_changes_nothing(self, world: World) -> None:
        await world.store.write([AttemptTimes("a" + "0" * 24, dialled_at=NOW)])
        assert await world.attempts() == 0


class TestEndings:
    async def test_a_retry_waits_and_has_used_an_attempt(self, world: World) -> None:
        campaign, attempt = await called(world)
        await world.store.write([closed(attempt, Outcome.BUSY, RetryAt(NOW + 900), note="486")])
        stored = await world.attempt(attempt.id)
        assert (stored["ended_at"], stored["outcome"], stored["note"]) == (NOW + 30, "busy", "486")
        assert (stored["cause"], stored["tech_cause"]) == (16, 200)
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.next_at, place.attempts) == ("waiting", NOW + 900, 1)
        assert (place.last_outcome, place.done_why) == ("busy", None)

    async def test_a_contact_that_is_done_says_why(self, world: World) -> None:
        campaign, attempt = await called(world)
        await world.store.write([closed(attempt, Outcome.SURVEYED, Done("surveyed"))])
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.done_why, place.attempts) == ("done", "surveyed", 1)

    @pytest.mark.parametrize("outcome", [o for o in Outcome if not o.uses_attempt])
    async def test_a_fault_uses_up_nothing(self, world: World, outcome: Outcome) -> None:
        campaign, attempt = await called(world)
        await world.store.write([closed(attempt, outcome, RetryAt(NOW + 300))])
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.attempts) == ("waiting", 0)
        assert place.last_outcome == (outcome.value if outcome.was_placed else None)

    @pytest.mark.parametrize("together", [True, False])
    async def test_only_the_first_ending_holds(self, world: World, together: bool) -> None:
        campaign, attempt = await called(world)
        first = closed(attempt, Outcome.BUSY, RetryAt(NOW + 900))
        second = closed(attempt, Outcome.CONNECTED, Done("connected"), at=NOW + 99)
        for facts in [[first, second, first]] if together else [[first], [second], [first]]:
            await world.store.write(facts)
        stored = await world.attempt(attempt.id)
        assert (stored["outcome"], stored["ended_at"]) == ("busy", NOW + 30)
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.attempts) == ("waiting", 1)

    async def test_many_endings_in_one_batch(self, world: World) -> None:
        campaign = await world.campaign()
        await world.people(120, campaign)
        attempts = (await world.claim(campaign, 120)).attempts
        await world.store.write(
            [closed(attempt, Outcome.NO_ANSWER, RetryAt(NOW + 7200)) for attempt in attempts]
        )
        assert await world.store.open_attempts() == []
        assert (await world.claim(campaign)).waiting == 120

    async def test_an_ending_of_an_unknown_attempt_changes_nothing(self, world: World) -> None:
        campaign = await world.campaign()
        [contact_id] = await world.people(1, campaign)
        unknown = AttemptClosed("a0", campaign.id, contact_id, NOW, Outcome.BUSY, Done("x"))
        await world.store.write([unknown])
        assert (await world.place(campaign, contact_id)).state == "waiting"


class TestWithdrawals:
    async def test_the_contact_waits_again_at_once(self, world: World) -> None:
        campaign, attempt = await called(world)
        ids = (attempt.id, campaign.id, attempt.contact.id)
        await world.store.write([AttemptWithdrawn(*ids, NOW + 1, "no trunk free")])
        stored = await world.attempt(attempt.id)
        assert (stored["outcome"], stored["ended_at"]) == ("withdrawn", NOW + 1)
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.next_at, place.attempts) == ("waiting", NOW + 1, 0)
        assert (await world.claim(campaign, now=NOW + 1)).attempts[0].number_of_attempt == 1

    @pytest.mark.parametrize("until", [NOW + 3600, None])
    async def test_a_rule_that_spoke_in_between_is_stored(self, world: World, until: float | None) -> None:
        campaign, attempt = await called(world)
        ids = (attempt.id, campaign.id, attempt.contact.id)
        refused = Refused(RefusalReason.SUPPRESSED if until is None else RefusalReason.SPACING, until, "why")
        await world.store.write([AttemptWithdrawn(*ids, NOW + 1, "refused", refused)])
        place = await world.place(campaign, attempt.contact.id)
        assert place.refusal == refused.reason.value
        if until is None:
            assert (place.state, place.done_why) == ("done", "suppressed")
        else:
            assert (place.state, place.next_at) == ("waiting", until)
        [row] = await world.rows("refusal")
        assert (row["reason"], row["until_at"], row["times"]) == (refused.reason.value, until, 1)


class TestOptOuts:
    async def test_hold_in_every_campaign_at_once(self, world: World) -> None:
        other = await world.campaign()
        campaign, attempt = await called(world, other)
        number = attempt.contact.phone
        await world.store.write([OptedOut(number, "keypad", NOW + 5, "citizen", attempt.id)])
        assert await world.store.suppressed([number, phone(777)]) == {number}
        place = await world.place(other, attempt.contact.id)
        assert (place.state, place.done_why) == ("done", "opted_out")
        await world.store.write([closed(attempt, Outcome.BUSY, RetryAt(NOW + 900))])
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.done_why, place.attempts) == ("done", "opted_out", 1)

    @pytest.mark.parametrize("opt_out_first", [True, False])
    async def test_hold_whatever_else_the_batch_says(self, world: World, opt_out_first: bool) -> None:
        campaign, attempt = await called(world)
        facts: list[Fact] = [closed(attempt, Outcome.ABANDONED, RetryAt(NOW + 900))]
        facts.insert(0 if opt_out_first else 1, OptedOut(attempt.contact.phone, "keypad", NOW, "citizen"))
        await world.store.write(facts)
        place = await world.place(campaign, attempt.contact.id)
        assert (place.state, place.done_why, place.last_outcome) == ("done", "opted_out", "abandoned")

    async def test_a_repetition_changes_nothing(self, world: World) -> None:
        first = OptedOut(phone(1), "keypad", NOW, "citizen")
        again = OptedOut(phone(1), "operator", NOW + 1, "rekha")
        await world.store.write([first, again])
        await world.store.write([again])
        [row] = await world.rows("suppression")
        assert row["source"] == "keypad"

    async def test_of_an_unknown_number_are_kept(self, world: World) -> None:
        await world.store.write([OptedOut("+911111111111", "import", NOW, "test")])
        assert await world.store.suppressed(["+911111111111"]) == {"+911111111111"}

    async def test_leave_those_who_are_done_as_they_were(self, world: World) -> None:
        campaign, attempt = await called(world)
        await world.store.write([closed(attempt, Outcome.SURVEYED, Done("surveyed"))])
        await world.store.write([OptedOut(attempt.contact.phone, "operator", NOW, "rekha")])
        assert (await world.place(campaign, attempt.contact.id)).done_why == "surveyed"


class TestAnswers:
    def answer(self, attempt: ClaimedAttempt, value: str, at: float, question: str = "q1") -> AnswerGiven:
        return AnswerGiven(attempt.id, attempt.contact.id, 1, question, value, "keypad", "hi", at)

    async def values(self, world: World) -> list[str]:
        return sorted(f"{row['question']}={row['value']}" for row in await world.rows("answer"))

    @pytest.mark.parametrize("together", [True, False])
    async def test_the_latest_by_its_time_holds(self, world: World, together: bool) -> None:
        _campaign, attempt = await called(world)
        facts = [
            self.answer(attempt, "1", NOW + 1),
            self.answer(attempt, "2", NOW + 3),
            self.answer(attempt, "3", NOW + 2),
            self.answer(attempt, "4", NOW + 3),
            self.answer(attempt, "5", NOW + 1, "q2"),
        ]
        for batch in [facts] if together else [[fact] for fact in facts]:
            await world.store.write(batch)
        assert await self.values(world) == ["q1=2", "q2=5"]

    async def test_one_that_belongs_to_nothing_is_refused_and_nothing_of_its_batch_stored(
        self, sql_world: SqlWorld
    ) -> None:
        _campaign, attempt = await called(sql_world)
        stray = AnswerGiven("a" + "f" * 24, attempt.contact.id, 1, "q1", "1", "keypad", "hi", NOW)
        with pytest.raises(StoreError) as raised:
            await sql_world.store.write([EventNoted(attempt.id, NOW, "dialled"), stray])
        assert not isinstance(raised.value, StoreBusy)
        assert await sql_world.rows("attempt_event") == []


async def test_the_last_disposition_holds(world: World) -> None:
    _campaign, attempt = await called(world)
    for code, notes in (("interested", ""), ("callback", "शाम को")):
        await world.store.write([DispositionGiven(attempt.id, 1, code, notes, NOW)])
    [row] = await world.rows("disposition")
    assert (row["code"], row["notes"], row["operator_id"]) == ("callback", "शाम को", 1)


async def test_events_keep_their_order_and_fit_their_columns(world: World) -> None:
    _campaign, attempt = await called(world)
    await world.store.write([EventNoted(attempt.id, NOW + n, f"event {n}", "x" * 40 * n) for n in range(5)])
    rows = await world.rows("attempt_event")
    assert [row["event"] for row in rows] == [f"event {n}" for n in range(5)]


class TestSeats:
    def noted(self, state: str, at: float, seat: int = 3) -> SeatStateNoted:
        return SeatStateNoted(seat, 1, state, "tea" if state == "paused" else "", at)

    async def periods(self, world: World) -> list[tuple[int, str, float, float | None]]:
        return sorted(
            (row["seat"], row["state"], row["from_at"], row["to_at"])
            for row in await world.rows("seat_period")
        )

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_period_lasts_until_the_next_begins(self, world: World, together: bool) -> None:
        facts = [
            self.noted("ready", NOW),
            self.noted("ready", NOW + 1, seat=4),
            self.noted("paused", NOW + 5),
            self.noted("ready", NOW + 9),
            self.noted("signed_out", NOW + 12),
            self.noted("ready", NOW + 20),
        ]
        for batch in [facts] if together else [[fact] for fact in facts]:
            await world.store.write(batch)
        assert await self.periods(world) == [
            (3, "paused", NOW + 5, NOW + 9),
            (3, "ready", NOW, NOW + 5),
            (3, "ready", NOW + 9, NOW + 12),
            (3, "ready", NOW + 20, None),
            (4, "ready", NOW + 1, None),
        ]


async def test_decisions_are_kept_with_their_forecast(world: World) -> None:
    campaign = await world.campaign()
    decision = DecisionNoted(campaign.id, NOW, 4, "progressive", "4 for 4 free operators", {"p": 0.25})
    await world.store.write([decision])
    [row] = await world.rows("pacing_decision")
    assert (row["dials"], row["code"], row["forecast"]) == (4, "progressive", {"p": 0.25})


async def test_a_record_of_the_spool_is_drained_once(world: World) -> None:
    assert await world.store.drained(["one", "two"]) == frozenset()
    for _ in range(2):
        await world.store.write([SpoolRecordDrained("one", NOW), SpoolRecordDrained("one", NOW + 1)])
    assert await world.store.drained(["one", "two"]) == {"one"}
    assert await world.store.drained([]) == frozenset()


async def test_text_longer_than_its_column_is_cut_and_not_refused(sql_world: SqlWorld) -> None:
    campaign, attempt = await called(sql_world)
    facts: Sequence[Fact] = [
        EventNoted(attempt.id, NOW, "e" * 99, "d\x00" * 200),
        DecisionNoted(campaign.id, NOW, 0, "c" * 99, "t" * 999),
        DispositionGiven(attempt.id, 1, "x" * 99, "n\x00" * 5000, NOW),
        OptedOut(phone(5), "s" * 99, NOW, "b" * 99, note="n" * 999),
        SeatStateNoted(1, 1, "paused", "r" * 99, NOW),
        closed(attempt, Outcome.BUSY, Done("w" * 99), note="n" * 999),
    ]
    await sql_world.store.write(facts)
    assert (await sql_world.attempt(attempt.id))["note"] == "n" * 80
    [event] = await sql_world.rows("attempt_event")
    assert (event["event"], event["detail"]) == ("e" * 32, "d" * 120)


async def test_an_empty_batch_is_fine(world: World) -> None:
    await world.store.write([])


async def test_each_operator_of_a_call_has_notes_of_their_own(world: World) -> None:
    _campaign, attempt = await called(world)
    assert await world.store.call_context(attempt.id) is not None  # what was read ahead is given once
    await world.store.write([AttemptTimes(attempt.id, joined_at=NOW, seat=1, operator_id=1)])
    await world.store.write([NoteWritten(attempt.id, 1, "पानी नहीं आता", NOW + 1)])
    both = [NoteWritten(attempt.id, 2, "हैंडपंप", NOW + 2), NoteWritten(attempt.id, 1, "पानी", NOW + 3)]
    await world.store.write(both)
    context = await world.store.call_context(attempt.id)
    assert context is not None and context.disposition is None
    assert [(note.operator_id, note.notes) for note in context.notes] == [(2, "हैंडपंप"), (1, "पानी")]


async def test_whoever_reads_a_call_anew_is_told_its_result(world: World) -> None:
    _campaign, attempt = await called(world)
    assert await world.store.call_context(attempt.id) is not None
    for given in (
        DispositionGiven(attempt.id, 1, "informed", "", NOW + 1),
        DispositionGiven(attempt.id, 2, "complaint", "पानी", NOW + 2),
    ):
        await world.store.write([given])
        context = await world.store.call_context(attempt.id)
        assert context is not None and context.disposition == given


async def test_notes_stand_by_themselves_and_the_latest_holds(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    attempt = (await world.claim(campaign)).attempts[0]
    for text, at in (("पानी", NOW), ("पानी की शिकायत", NOW + 2), ("पा", NOW + 1)):
        await world.store.write([NoteWritten(attempt.id, 1, text, at)])
    if isinstance(world, SqlWorld):
        [row] = await world.rows("call_note")
        assert (row["notes"], row["written_at"]) == ("पानी की शिकायत", NOW + 2)
