"""The list of agreed callbacks: how each stands, whose it is, and what cancelling does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from db.models import Campaign as CampaignTable
from dialer.core.callbacks import LATE_AFTER_S, CallbackState
from dialer.core.model import Campaign, ClaimedAttempt, Done, Outcome
from dialer.errors import NotFoundError, RuleRefusal
from dialer.store.callbacks import CallbackRecord, Callbacks, Wanted
from dialer.store.port import AttemptClosed, CallbackAgreed, OptedOut
from tests.contract.store.worlds import NOW, SqlWorld, phone

HOUR, DAY = 3600.0, 86_400.0


async def claimed(world: SqlWorld, campaign: Campaign, now: float = NOW) -> ClaimedAttempt:
    return (await world.claim(campaign, 1, now)).attempts[0]


async def ended(world: SqlWorld, attempt: ClaimedAttempt, at: float) -> None:
    ids = (attempt.id, attempt.campaign_id, attempt.contact.id)
    await world.store.write([AttemptClosed(*ids, at, Outcome.CONNECTED, Done("connected"))])


def agreed(attempt: ClaimedAttempt, due_at: float, at: float = NOW) -> CallbackAgreed:
    return CallbackAgreed(attempt.id, attempt.campaign_id, attempt.contact.id, due_at, at)


async def promised(
    world: SqlWorld, campaign: Campaign, due_at: float, operator_id: int | None = None
) -> ClaimedAttempt:
    """Somebody who was called and wants to be called again."""
    attempt = await claimed(world, campaign)
    await world.store.write([replace(agreed(attempt, due_at), operator_id=operator_id)])
    await ended(world, attempt, NOW + 60)
    return attempt


async def listed(world: SqlWorld, now: float = NOW, **wanted: object) -> list[CallbackRecord]:
    return list(await Callbacks(world.database).listed(Wanted(**wanted), now))  # type: ignore[arg-type]


async def test_a_callback_is_upcoming_then_due_then_late_then_done(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    await promised(sql_world, campaign, NOW + HOUR, operator_id=1)
    [record] = await listed(sql_world)
    assert (record.person, record.phone, record.campaign) == ("सुनीता 1", phone(1), "Campaign 1")
    assert (record.operator, record.due_at, record.agreed_at) == ("Rekha", NOW + HOUR, NOW)
    states = []
    for now in (NOW + 120, NOW + HOUR, NOW + HOUR + LATE_AFTER_S, NOW + HOUR + LATE_AFTER_S + 1):
        states += [one.state for one in await listed(sql_world, now)]
    assert states == ["upcoming", "due", "due", "late"]
    again = await claimed(sql_world, campaign, NOW + 2 * HOUR)
    assert [one.state for one in await listed(sql_world, NOW + 2 * HOUR)] == ["late"]
    await ended(sql_world, again, NOW + 2 * HOUR + 60)
    assert [one.state for one in await listed(sql_world, NOW + 3 * HOUR)] == ["done"]


async def test_a_second_agreement_in_the_same_call_changes_the_first(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    attempt = await claimed(sql_world, campaign)
    await sql_world.store.write([agreed(attempt, NOW + HOUR)])
    await sql_world.store.write([agreed(attempt, NOW + 2 * HOUR, NOW + 5)])
    assert [one.due_at for one in await listed(sql_world)] == [NOW + 2 * HOUR]


async def test_a_later_agreement_replaces_it(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    await promised(sql_world, campaign, NOW + HOUR)
    again = await claimed(sql_world, campaign, NOW + HOUR)
    await sql_world.store.write([agreed(again, NOW + 3 * HOUR, NOW + HOUR)])
    await ended(sql_world, again, NOW + HOUR + 60)
    states = [(one.due_at, one.state) for one in await listed(sql_world, NOW + 2 * HOUR)]
    assert states == [(NOW + HOUR, "replaced"), (NOW + 3 * HOUR, "upcoming")]


@pytest.mark.parametrize("end", ["an opt-out", "the end of the campaign"])
async def test_nobody_calls_any_more_after(sql_world: SqlWorld, end: str) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    await promised(sql_world, campaign, NOW + HOUR)
    if end == "an opt-out":
        await sql_world.store.write([OptedOut(phone(1), "operator", NOW + 70, "citizen")])
    else:
        finished = update(CampaignTable).values(state="finished")
        await sql_world.database.transact(lambda connection: connection.execute(finished))
    [record] = await listed(sql_world, NOW + 2 * HOUR)
    assert record.state is CallbackState.OVER
    with pytest.raises(RuleRefusal):
        await Callbacks(sql_world.database).cancel(record.id, "because", "guide", NOW)


async def test_the_list_is_narrowed_by_campaign_operator_and_time(sql_world: SqlWorld) -> None:
    first, second = await sql_world.campaign(), await sql_world.campaign()
    await sql_world.people(1, first)
    await sql_world.people(1, first)
    await sql_world.people(1, second)
    await promised(sql_world, first, NOW + DAY, operator_id=1)
    await promised(sql_world, first, NOW + HOUR)
    await promised(sql_world, second, NOW + 2 * HOUR, operator_id=2)

    async def ids(**wanted: object) -> list[int]:
        return [one.contact_id for one in await listed(sql_world, **wanted)]

    assert await ids() == [2, 3, 1]
    assert await ids(campaign="Campaign 1") == [2, 1]
    assert await ids(operator="op1") == [1]
    assert await ids(since=NOW, until=NOW + 3 * HOUR) == [2, 3]
    assert await ids(since=NOW + 2 * DAY) == [2, 3, 1], "those that are open come with any day"
    with pytest.raises(NotFoundError, match="no campaign is named"):
        await ids(campaign="nothing")
    with pytest.raises(NotFoundError, match="nobody is named"):
        await ids(operator="nobody")


async def test_an_operator_sees_the_next_of_their_own(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(5, campaign)
    for number, operator_id in enumerate((1, 2, 1, 1, 1)):
        await promised(sql_world, campaign, NOW + (5 - number) * HOUR, operator_id)
    own = Callbacks(sql_world.database)
    found = await own.next_with(1, 3, NOW)
    assert [one.contact_id for one in found] == [5, 4, 3]
    await own.cancel(found[0].id, "moved away", "guide", NOW + 100)
    assert [one.contact_id for one in await own.next_with(1, 3, NOW)] == [4, 3, 1]


async def test_who_is_cancelled_is_not_called_again_and_it_is_written_down(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    attempt = await promised(sql_world, campaign, NOW + HOUR, operator_id=1)
    [record] = await listed(sql_world)
    cancelled = await Callbacks(sql_world.database).cancel(record.id, "moved away", "guide", NOW + 100)
    assert (cancelled.state, cancelled.cancelled_by) == (CallbackState.CANCELLED, "guide")
    assert cancelled.cancelled_why == "moved away"
    place = await sql_world.place(campaign, 1)
    assert (place.state, place.done_why, place.callback_at) == ("done", "callback_cancelled", None)
    assert (await sql_world.claim(campaign, 5, NOW + HOUR)).attempts == ()
    [entry] = await sql_world.rows("audit")
    assert (entry["actor"], entry["action"]) == ("guide", "callback cancel")
    assert entry["subject"] == f"callback {record.id}" and entry["detail"]["why"] == "moved away"
    [event] = await sql_world.rows("attempt_event")
    assert (event["attempt_id"], event["event"]) == (attempt.id, "callback_cancelled")


async def test_it_is_cancelled_once_and_not_while_the_person_is_called(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    await promised(sql_world, campaign, NOW + HOUR)
    [record] = await listed(sql_world)
    callbacks = Callbacks(sql_world.database)
    with pytest.raises(NotFoundError, match="dialer callbacks list"):
        await callbacks.cancel(record.id + 1, "because", "guide", NOW)
    call = await claimed(sql_world, campaign, NOW + HOUR)
    with pytest.raises(RuleRefusal, match="being called now"):
        await callbacks.cancel(record.id, "because", "guide", NOW + HOUR)
    await ended(sql_world, call, NOW + HOUR + 60)
    with pytest.raises(RuleRefusal, match="not open"):
        await callbacks.cancel(record.id, "because", "guide", NOW + 2 * HOUR)


async def test_what_was_agreed_in_this_call_may_be_cancelled_in_it(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(1, campaign)
    attempt = await claimed(sql_world, campaign)
    await sql_world.store.write([agreed(attempt, NOW + HOUR)])
    [record] = await listed(sql_world)
    await Callbacks(sql_world.database).cancel(record.id, "a mistake", "guide", NOW + 10)
    await ended(sql_world, attempt, NOW + 60)
    place = await sql_world.place(campaign, 1)
    assert (place.state, place.done_why) == ("done", "connected")
    assert [one.state for one in await listed(sql_world)] == ["cancelled"]
