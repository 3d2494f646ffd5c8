"""A call of two operators: each has notes of their own, all see them, and one result stands."""

from __future__ import annotations

from dialer.store.port import DispositionGiven, NoteWritten
from tests.integration.desk_world import Desk, World, next_of
from tests.integration.paper_engine import ATTEMPT
from tests.integration.test_web_desk import ready, talking, world

__all__ = ["world"]


async def handed_over(world: World) -> tuple[Desk, Desk]:
    """op01 wrote something and gave the person to op02."""
    first = await talking(world)
    reply = await first.post("/api/v1/desk/note", {"attempt_id": ATTEMPT, "notes": "पानी नहीं आता"})
    assert reply.status == 200
    second = await ready(world, "op02", 2)
    world.engine.person_hangs_up(1)
    world.engine.talk(2)
    return first, second


async def test_a_colleague_sees_the_words_of_whoever_handed_the_person_over(world: World) -> None:
    first, second = await handed_over(world)
    socket = await second.open()
    told = await next_of(socket, "seat")
    while told["call"] is None:
        told = await next_of(socket, "seat")
    assert [(one["name"], one["notes"]) for one in told["call"]["notes"]] == [("op01 नाम", "पानी नहीं आता")]
    await first.post("/api/v1/desk/disposition", {"attempt_id": ATTEMPT, "code": "informed", "notes": "पानी"})
    while told["call"]["result"] is None:
        told = await next_of(socket, "seat")
    assert (told["call"]["result"]["code"], told["call"]["result"]["name"]) == ("informed", "op01 नाम")
    assert [one["notes"] for one in told["call"]["notes"]] == ["पानी"]


async def test_the_result_is_that_of_whoever_finished_the_call_and_all_notes_stay(world: World) -> None:
    first, second = await handed_over(world)
    given = {"attempt_id": ATTEMPT, "code": "informed", "notes": ""}
    assert (await first.post("/api/v1/desk/disposition", given)).status == 200
    later = {"attempt_id": ATTEMPT, "code": "complaint", "notes": "हैंडपंप"}
    assert (await second.post("/api/v1/desk/disposition", later)).status == 200
    refused = await first.post("/api/v1/desk/disposition", {**given, "notes": "पानी, दो महीने से"})
    assert refused.status == 409
    assert (await refused.json())["code"] == "finished_by_colleague"
    facts = world.engine.facts
    results = [(fact.operator_id, fact.code) for fact in facts if isinstance(fact, DispositionGiven)]
    assert results == [(1, "informed"), (2, "complaint")]
    notes = {fact.operator_id: fact.notes for fact in facts if isinstance(fact, NoteWritten)}
    assert notes == {1: "पानी, दो महीने से", 2: "हैंडपंप"}
