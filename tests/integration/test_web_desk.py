"""The desk: its socket, what an operator does, what is stored of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from db.models import Attempt
from dialer.core.desk_events import OperatorPaused, OperatorReady, OperatorSignedOut, TalkProgress, WrapUpDone
from dialer.core.live import SeatState
from dialer.store.port import AnswerGiven, DispositionGiven, NoteWritten, OptedOut
from tests.integration.desk_world import Desk, World, next_of, running_world, seat_in, settle, until
from tests.integration.paper_engine import ATTEMPT, campaign_live, context


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def ready(world: World, username: str = "op01", seat: int = 1) -> Desk:
    desk = await world.seated(username, seat)
    assert (await desk.post("/api/v1/desk/ready", {})).status == 202
    await settle()
    assert world.engine.seat(seat).state is SeatState.READY
    return desk


async def talking(world: World) -> Desk:
    desk = await ready(world)
    world.engine.talk(1)
    return desk


# --- the socket


async def test_the_desk_is_told_of_its_seat_at_once_and_of_the_person_with_the_join(world: World) -> None:
    desk = await world.seated()
    socket = await desk.open()
    first = await next_of(socket, "seat")
    assert first["seat"]["state"] == "paused" and first["call"] is None
    await desk.post("/api/v1/desk/ready", {})
    await seat_in(socket, SeatState.READY)
    world.engine.talk(1)
    told = await seat_in(socket, SeatState.TALKING)
    while told["call"] is None:
        told = await next_of(socket, "seat")
    call = told["call"]
    assert call["name"] == "सीता साहू" and call["constituency"] == 64 and call["booth"] == "12"
    assert [question["name"] for question in call["survey"]["questions"]] == ["ujjwala", "age"]
    assert call["survey"]["questions"][0]["options"][0]["value"] == "used"


async def test_the_desk_never_sees_the_whole_number(world: World) -> None:
    desk = await talking(world)
    state = await (await desk.get("/api/v1/desk/state")).text()
    assert "+91••••••3210" in state and "9876543210" not in state


async def test_the_number_is_shown_on_request_and_the_look_is_written_down_first(world: World) -> None:
    desk = await talking(world)
    body = {"attempt_id": ATTEMPT, "why": "call dropped"}
    reply = await desk.post("/api/v1/desk/number", body)
    assert await reply.json() == {"phone": "+919876543210"}
    assert ("op01", "number show", "contact 1") in await world.audit()


async def test_each_person_shown_is_one_line_of_the_audit_log(world: World) -> None:
    desk = await ready(world)
    socket = await desk.open()
    await next_of(socket, "seat")
    world.engine.talk(1)
    while (await next_of(socket, "seat"))["call"] is None:
        pass
    world.engine.person_hangs_up(1)
    await seat_in(socket, SeatState.WRAP_UP)
    await asyncio.sleep(1.3)
    looks = [line for line in await world.audit() if line[1] == "contact show"]
    assert looks == [("op01", "contact show", "contact 1")]


async def test_a_slow_store_delays_the_person_not_the_state(world: World) -> None:
    world.engine.context_delay_s = 0.3
    desk = await ready(world)
    socket = await desk.open()
    world.engine.talk(1)
    told = await seat_in(socket, SeatState.TALKING, 0.2)
    assert told["call"] is None and told["seat"]["attempt_id"] == ATTEMPT
    assert (await next_of(socket, "seat"))["call"]["name"] == "सीता साहू"


async def test_a_browser_that_reads_nothing_holds_nobody_up_and_later_gets_the_latest(world: World) -> None:
    slow, quick = await ready(world, "op01", 1), await ready(world, "op02", 2)
    stuck, socket = await slow.open(), await quick.open()
    await next_of(stuck, "seat")
    assert stuck._response.connection is not None
    reading = stuck._response.connection.transport
    assert isinstance(reading, asyncio.Transport)
    reading.pause_reading()
    other = "a" + "1" * 24
    world.engine.contexts[other] = context(other, attributes={"x": "y" * 100_000})
    pushes = 200
    for _ in range(pushes // 2):
        world.engine.talk(1, other)
        await settle()
        world.engine.person_hangs_up(1)
        world.engine.change(WrapUpDone(1, 0.0))
        await settle()
    world.engine.talk(2)
    await seat_in(socket, SeatState.TALKING, 0.5)
    world.engine.change(OperatorPaused(1, "meal", 0.0))
    reading.resume_reading()
    heard = 0
    while (await next_of(stuck, "seat"))["seat"]["state"] != "paused":
        heard += 1
    assert heard < pushes / 2, "steps were dropped, not kept"


async def test_a_desk_may_ask_whether_the_line_lives(world: World) -> None:
    desk = await world.seated()
    socket = await desk.open()
    await socket.send_json({"type": "ping"})
    await next_of(socket, "pong")
    await socket.send_str("[" * 4000)
    await socket.send_json({"type": "ping"})
    await next_of(socket, "pong")


async def test_a_page_of_another_site_cannot_open_the_desk(world: World) -> None:
    desk = await world.seated()
    for origin in ("https://evil.example", "null", world.url + ".evil.example"):
        with pytest.raises(Exception, match="403"):
            await desk.open(origin=origin)


async def test_a_second_window_takes_the_desk_over_and_the_first_is_told(world: World) -> None:
    desk = await world.seated()
    first = await desk.open()
    await next_of(first, "seat")
    second = await desk.open()
    await next_of(first, "desk_replaced")
    assert (await first.receive()).data == 4002
    await desk.post("/api/v1/desk/ready", {})
    await seat_in(second, SeatState.READY)
    assert not second.closed


async def test_a_ready_seat_whose_desk_is_gone_is_paused_within_five_seconds(world: World) -> None:
    desk = await ready(world)
    socket = await desk.open()
    await next_of(socket, "seat")
    await socket.close()
    await until(lambda: world.engine.seat(1).state is SeatState.PAUSED)
    assert world.engine.seat(1).reason == "desk_gone"


async def test_a_desk_that_falls_silent_is_found_within_five_seconds(world: World) -> None:
    desk = await ready(world)
    socket = await desk.open()
    await next_of(socket, "seat")
    assert socket._response.connection is not None
    line = socket._response.connection.transport
    assert isinstance(line, asyncio.Transport)
    line.pause_reading()
    await until(lambda: world.engine.seat(1).reason == "desk_gone", 5.0)


async def test_a_desk_that_comes_back_soon_is_ready_again_for_the_same_campaigns(world: World) -> None:
    desk = await ready(world)
    socket = await desk.open()
    await next_of(socket, "seat")
    await socket.close()
    await until(lambda: world.engine.seat(1).state is SeatState.PAUSED)
    socket = await desk.open()
    back = await seat_in(socket, SeatState.READY)
    assert back["seat"]["campaigns"] == [1]


async def test_a_page_that_loads_anew_in_mid_call_keeps_the_person_and_stays_ready(world: World) -> None:
    desk = await talking(world)
    socket = await desk.open()
    await next_of(socket, "seat")
    await socket.close()
    socket = await desk.open()
    told = await seat_in(socket, SeatState.TALKING)
    while told["call"] is None:
        told = await next_of(socket, "seat")
    assert not world.engine.seat(1).draining
    await asyncio.sleep(3.2)
    assert not world.engine.seat(1).draining


async def test_after_a_restart_of_the_engine_an_open_desk_sits_on_its_seat_again(world: World) -> None:
    desk = await world.seated()
    world.engine.change(OperatorSignedOut(1, 0.0))
    assert world.engine.seat(1).operator_id is None
    await desk.open()
    await settle()
    assert world.engine.seat(1).operator_id == 1


# --- what an operator does


async def test_ready_without_a_choice_takes_all_campaigns_also_later_ones(world: World) -> None:
    await ready(world)
    world.engine.campaigns += [campaign_live(2), campaign_live(3, kind="survey")]
    await asyncio.sleep(1.2)
    assert world.engine.seat(1).campaigns == {1, 2, 3}, "people of surveys may press the operator key"


async def test_ready_for_chosen_campaigns_takes_only_those(world: World) -> None:
    world.engine.campaigns += [campaign_live(2)]
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {"campaigns": [2]})
    await asyncio.sleep(1.2)
    assert world.engine.seat(1).campaigns == {2}
    reply = await desk.post("/api/v1/desk/ready", {"campaigns": [9]})
    assert reply.status == 422 and "9" in (await reply.json())["title"]


async def test_a_pause_has_a_known_reason(world: World) -> None:
    desk = await ready(world)
    assert (await desk.post("/api/v1/desk/pause", {"reason": "whatever"})).status == 422
    assert (await desk.post("/api/v1/desk/pause", {"reason": "meal"})).status == 202
    await settle()
    live = world.engine.seat(1)
    assert (live.state, live.reason) == (SeatState.PAUSED, "meal")


async def test_a_pause_in_a_call_waits_for_its_end(world: World) -> None:
    desk = await talking(world)
    await desk.post("/api/v1/desk/pause", {"reason": "break"})
    await settle()
    assert world.engine.seat(1).state is SeatState.TALKING and world.engine.seat(1).draining
    world.engine.person_hangs_up(1)
    await desk.post("/api/v1/desk/wrap-up-done", {})
    await settle()
    assert world.engine.seat(1).state is SeatState.PAUSED


async def test_hanging_up_fits_only_a_talk(world: World) -> None:
    desk = await ready(world)
    reply = await desk.post("/api/v1/desk/hang-up", {})
    assert reply.status == 409
    world.engine.talk(1)
    other = {"attempt_id": "a" + "9" * 24}
    assert (await desk.post("/api/v1/desk/hang-up", other)).status == 202
    await settle()
    assert world.engine.seat(1).state is SeatState.TALKING, "the talk that was meant is over"
    assert (await desk.post("/api/v1/desk/hang-up", {})).status == 202
    await settle()
    assert world.engine.seat(1).state is SeatState.WRAP_UP


async def test_a_late_request_does_not_end_another_calls_wrap_up(world: World) -> None:
    desk = await talking(world)
    world.engine.person_hangs_up(1)
    other = "a" + "f" * 24
    assert (await desk.post("/api/v1/desk/wrap-up-done", {"attempt_id": other})).status == 202
    await settle()
    assert world.engine.seat(1).state is SeatState.WRAP_UP
    await desk.post("/api/v1/desk/wrap-up-done", {"attempt_id": ATTEMPT})
    await settle()
    assert world.engine.seat(1).state is SeatState.READY


async def test_progress_reaches_the_forecast(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/progress", {"step": 2, "steps": 5})).status == 202
    event = world.engine.events[-1]
    assert isinstance(event, TalkProgress) and (event.step, event.steps) == (2, 5)


# --- what is stored


async def test_a_disposition_is_stored_when_the_reply_comes_and_ends_the_wrap_up_if_asked(
    world: World,
) -> None:
    desk = await talking(world)
    world.engine.person_hangs_up(1)
    body = {"attempt_id": ATTEMPT, "code": "informed", "notes": " नोट\nदो ", "done": True}
    reply = await desk.post("/api/v1/desk/disposition", body)
    assert reply.status == 200
    (given,) = (fact for fact in world.engine.facts if isinstance(fact, DispositionGiven))
    assert (given.operator_id, given.code, given.notes) == (1, "informed", "नोट\nदो")
    await settle()
    assert world.engine.seat(1).state is SeatState.READY


async def test_an_answer_is_checked_against_the_survey_and_stored(world: World) -> None:
    desk = await talking(world)
    path = "/api/v1/desk/answer"
    good = {"attempt_id": ATTEMPT, "question": "ujjwala", "value": "heard"}
    assert (await desk.post(path, good)).status == 200
    stored = world.engine.facts[0]
    assert isinstance(stored, AnswerGiven)
    assert (stored.contact_id, stored.survey_version_id) == (1, 1)
    assert (stored.via, stored.language) == ("operator", "hi")
    assert (await desk.post(path, {**good, "value": "eaten"})).status == 422
    assert (await desk.post(path, {**good, "question": "weather"})).status == 422
    assert (await desk.post(path, {**good, "question": "age", "value": "17"})).status == 422
    assert (await desk.post(path, {**good, "question": "age", "value": "42"})).status == 200
    state = await (await desk.get("/api/v1/desk/state")).json()
    assert state["call"]["answers"] == {"ujjwala": "heard", "age": "42"}


async def test_a_sample_check_asks_its_questions_only(world: World) -> None:
    world.engine.contexts[ATTEMPT] = context(asked=("age",))
    desk = await talking(world)
    state = await (await desk.get("/api/v1/desk/state")).json()
    assert [one["name"] for one in state["call"]["survey"]["questions"]] == ["age"]
    assert state["call"]["answers"] == {}
    answer = {"attempt_id": ATTEMPT, "question": "ujjwala", "value": "heard"}
    assert (await desk.post("/api/v1/desk/answer", answer)).status == 422
    answer |= {"question": "age", "value": "42"}
    assert (await desk.post("/api/v1/desk/answer", answer)).status == 200


async def test_an_opt_out_suppresses_the_number_behind_the_call(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/opt-out", {"attempt_id": ATTEMPT})).status == 200
    given = world.engine.facts[0]
    assert isinstance(given, OptedOut)
    assert (given.phone, given.source, given.by, given.attempt_id) == (
        "+919876543210", "operator", "op01", ATTEMPT,
    )  # fmt: skip


async def test_nobody_writes_into_another_operators_call(world: World) -> None:
    await talking(world)
    other = await ready(world, "op02", 2)
    body = {"attempt_id": ATTEMPT, "code": "informed"}
    assert (await other.post("/api/v1/desk/disposition", body)).status == 403
    assert (await other.post("/api/v1/desk/opt-out", {"attempt_id": ATTEMPT})).status == 403
    assert (await other.post("/api/v1/desk/number", {"attempt_id": ATTEMPT, "why": "look"})).status == 403
    assert world.engine.facts == []


async def test_what_was_typed_before_a_restart_is_stored_after_it(world: World) -> None:
    desk = await world.seated()
    body = {"attempt_id": ATTEMPT, "code": "informed"}
    assert (await desk.post("/api/v1/desk/disposition", body)).status == 403

    def joined(connection):  # type: ignore[no-untyped-def]
        joined_at = world.clock.now - 600
        connection.execute(update(Attempt).values(operator_id=1, joined_at=joined_at))

    await world.database.transact(joined)
    assert (await desk.post("/api/v1/desk/disposition", body)).status == 200
    world.clock.now += 3600
    await desk.sign_in("op01", 1)
    assert (await desk.post("/api/v1/desk/disposition", body)).status == 403


async def test_a_busy_store_is_said_so_and_nothing_is_claimed_to_be_stored(world: World) -> None:
    desk = await talking(world)
    world.engine.busy = True
    reply = await desk.post("/api/v1/desk/disposition", {"attempt_id": ATTEMPT, "code": "informed"})
    assert reply.status == 503 and reply.headers["Retry-After"] == "1"
    assert (await reply.json())["code"] == "store_busy"


async def test_the_codes_can_be_asked_for_in_both_languages(world: World) -> None:
    desk = await world.seated()
    words = await (await desk.get("/api/v1/words")).json()
    assert {"informed", "call_back", "complaint"} <= {one["code"] for one in words["dispositions"]}
    assert all(one["hi"] and one["en"] for one in words["dispositions"] + words["pause_reasons"])


async def test_going_ready_again_is_one_event(world: World) -> None:
    await ready(world)
    assert sum(isinstance(event, OperatorReady) for event in world.engine.events) == 1


async def test_notes_are_stored_while_they_are_written(world: World) -> None:
    desk = await talking(world)
    reply = await desk.post("/api/v1/desk/note", {"attempt_id": ATTEMPT, "notes": "पानी नहीं आता\n"})
    assert reply.status == 200
    [written] = [fact for fact in world.engine.facts if isinstance(fact, NoteWritten)]
    assert (written.attempt_id, written.notes) == (ATTEMPT, "पानी नहीं आता")
