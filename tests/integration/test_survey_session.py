"""A survey on a living call: every answer is kept at its key press, whatever happens to line or database."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.core.ivr_events import SurveyStarted
from dialer.ivr import safekeeping
from dialer.ivr.handover import ANSWERS, DONE, PERSON, answers_of
from dialer.ivr.session import SurveySessions, person_of
from dialer.ivr.spool import drain
from tests.integration.survey_call import ATTEMPT, PHONE, FakePhone, FakeStore, context_of, records


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(contexts={ATTEMPT: context_of()})


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


async def call(store: FakeStore, spool: Path, script: str, phone: FakePhone | None = None) -> FakePhone:
    phone = phone or FakePhone(script)
    sessions = SurveySessions(store, spool.parent / "prompts", store.posted.append, store.write, store.clock)
    await sessions.handle(phone)
    await sessions.aclose()
    return phone


async def test_a_whole_survey_is_asked_and_stored(store: FakeStore, spool: Path) -> None:
    phone = await call(store, spool, "." "1" ".2" "45" ".")
    assert phone.played == ["hello", "a", "b", "c", "bye"]
    assert store.values == {"a": "yes", "b": "y", "c": "45"}
    assert store.ending.complete and not store.ending.opted_out
    assert isinstance(store.posted[0], SurveyStarted)
    assert phone.hung_up and phone.variables[DONE] == "1"


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("", {}),
        (".", {}),
        (".1", {"a": "yes"}),
        (".1.2", {"a": "yes", "b": "y"}),
        (".1.24_", {"a": "yes", "b": "y", "c": "4"}),
    ],
)
async def test_a_hang_up_at_any_moment_keeps_the_answers(
    store: FakeStore, spool: Path, script: str, kept: dict[str, str]
) -> None:
    await call(store, spool, script + "H")
    assert store.values == kept
    assert store.ending.complete == (len(kept) == 3)


@pytest.mark.parametrize("before", ["", ".", ".1", ".1.", ".1.2", ".1.2*"])
async def test_the_opt_out_key_works_at_once_everywhere(store: FakeStore, spool: Path, before: str) -> None:
    needs_star = len(before) > 3 and before[3] == "2" and not before.endswith("*")
    phone = await call(store, spool, before + ("*9" if needs_star else "9") + "H")
    assert set(store.opted_out) == {PHONE}
    assert phone.played[-1] == "opted_out"
    assert store.ending.opted_out and not store.ending.complete


async def test_a_second_call_goes_on_at_the_first_open_question(store: FakeStore, spool: Path) -> None:
    store.contexts[ATTEMPT] = context_of(answers={"a": "no"})
    phone = await call(store, spool, "." "1" "7_" ".")
    assert phone.played == ["hello", "b", "c", "bye"]
    assert store.ending.complete


async def test_a_call_that_changed_hands_goes_on_without_a_greeting(store: FakeStore, spool: Path) -> None:
    phone = FakePhone("17_.")
    phone.arguments = ("a=no",)
    await call(store, spool, "", phone)
    assert phone.played == ["b", "c", "bye"]


async def test_the_call_carries_what_the_fallback_needs_and_no_more(store: FakeStore, spool: Path) -> None:
    phone = await call(store, spool, ".1.2.H")
    assert answers_of(phone.variables[ANSWERS]) == {"a": "yes", "b": "y"}
    assert "kind=citizen" in phone.variables[PERSON]
    assert "Utai" not in phone.variables[PERSON] and PHONE[1:] not in str(phone.variables)


async def test_a_survey_that_is_the_same_for_all_carries_no_person(store: FakeStore, spool: Path) -> None:
    source = "survey: s\ntitle: {hi: न}\nlanguages: [hi]\nnodes:\n  hello: {kind: info, say: {hi: नमस्ते}}\n"
    store.contexts[ATTEMPT] = context_of(survey_source=source)
    phone = await call(store, spool, ".")
    assert phone.played == ["hello"] and PERSON not in phone.variables


async def test_branches_know_the_person(store: FakeStore, spool: Path) -> None:
    store.contexts[ATTEMPT] = context_of(kind="worker")
    assert (await call(store, spool, ".1.1.")).played == ["hello", "a", "b", "bye"]
    attributes = person_of(context_of(attributes={"no": None, "crops": ["rice", "", 3]})).attributes
    assert attributes["crops"] == ("rice", "3") and attributes["constituency"] == ("62",)
    assert "no" not in attributes


async def test_a_locked_database_loses_no_answer(store: FakeStore, spool: Path) -> None:
    phone = FakePhone(".1.2H")
    sessions = SurveySessions(store, spool.parent / "prompts", store.posted.append, store.write, store.clock)
    original = store.call_context

    async def then_locked(attempt_id: str) -> object:
        found = await original(attempt_id)
        store.locked = True
        return found

    store.call_context = then_locked  # type: ignore[method-assign, assignment]
    await sessions.handle(phone)
    assert store.values == {}
    assert len(records(spool)) == 2
    store.locked, store.call_context = False, original  # type: ignore[method-assign]
    assert await drain(spool, store) == 2
    assert store.values == {"a": "yes", "b": "y"}


async def test_a_slow_database_keeps_nobody_waiting(
    store: FakeStore, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safekeeping.Safekeeping.__init__, "__defaults__", (0.02,))
    store.slow_s = 0.3
    await call(store, spool, ".1.29.")
    assert store.values == {"a": "yes", "b": "y", "c": "9"}, "saved in the end"
    spooled = len(records(spool))
    assert spooled >= 2
    assert await drain(spool, store) == spooled
    assert store.values == {"a": "yes", "b": "y", "c": "9"}


async def test_an_older_spooled_answer_does_not_replace_a_newer_one(store: FakeStore, spool: Path) -> None:
    store.locked = False
    phone = FakePhone(".1#2H")
    saves = 0

    async def first_fails(facts: object) -> None:
        nonlocal saves
        saves += 1
        store.locked = saves == 1
        try:
            await store.write(facts)  # type: ignore[arg-type]
        finally:
            store.locked = False

    sessions = SurveySessions(store, spool.parent / "prompts", store.posted.append, first_fails, store.clock)
    await sessions.handle(phone)
    assert store.values == {"a": "no"}
    assert await drain(spool, store) == 1
    assert store.values == {"a": "no"}


async def test_a_call_that_nobody_knows_gets_an_apology(store: FakeStore, spool: Path) -> None:
    phone = FakePhone(".", "1234.5")
    await call(store, spool, "", phone)
    assert phone.played == ["apology"] and phone.hung_up
    assert store.posted == []


async def test_a_survey_that_cannot_be_read_gets_an_apology(store: FakeStore, spool: Path) -> None:
    store.contexts[ATTEMPT] = context_of(survey_source="nodes: []")
    assert (await call(store, spool, ".")).played == ["apology"]


async def test_with_the_database_away_the_call_is_left_to_the_fallback(store: FakeStore, spool: Path) -> None:
    store.locked = True
    phone = await call(store, spool, ".")
    assert phone.played == [] and not phone.hung_up and DONE not in phone.variables


async def test_a_missing_prompt_does_not_end_the_call(store: FakeStore, spool: Path) -> None:
    phone = FakePhone("1.24_.")
    phone.missing = {"hello", "a"}
    await call(store, spool, "", phone)
    assert store.values == {"a": "yes", "b": "y", "c": "4"}


async def test_nobody_is_kept_longer_than_the_survey_allows(store: FakeStore, spool: Path) -> None:
    class Slow(FakePhone):
        async def wait_for_digit(self, timeout_s: float) -> str | None:
            store.now += 700
            return await super().wait_for_digit(timeout_s)

    phone = Slow("..1" ".." ".")
    await call(store, spool, "", phone)
    assert phone.played[-1] == "goodbye"
    assert store.values == {"a": "yes"}, "the key that came late is kept"
    assert not store.ending.complete


async def test_a_voice_is_recorded_by_reference(store: FakeStore, spool: Path) -> None:
    source = "survey: v\ntitle: {hi: t}\nlanguages: [hi]\nnodes:\n  v: {kind: voice, say: {hi: V}}\n"
    store.contexts[ATTEMPT] = context_of(survey_source=source)
    await call(store, spool, "..")
    assert store.values == {"v": f"{ATTEMPT}-v"}
