"""Whatever a person does, a survey ends, stores at most one answer a question, and stays on its nodes."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dialer.core.survey import TURNS_PER_NODE, Interpreter
from dialer.core.survey_check import check
from dialer.core.survey_model import END, HEARD, Kind, Survey
from dialer.core.survey_path import Person
from dialer.core.survey_reader import read_tree
from dialer.core.survey_state import (
    Action,
    Answer,
    CallOperator,
    End,
    HangUp,
    Input,
    Key,
    Listen,
    NoOperator,
    OptOut,
    Phase,
    Play,
    PromptFinished,
    Record,
    Recorded,
    State,
    Timeout,
    TimeUp,
)
from dialer.core.survey_tree import tree_of

OPTIONS: dict[str, Any] = {
    "choice": {"options": {"1": "x", "2": "y", "3": "z"}},
    "yes_no": {},
    "rating": {"max": "4"},
    "number": {"max": "250"},
    "date": {},
    "info": {"scheme": "PMJAY"},
    "voice": {},
}


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Any survey that passes the checks: chains with branches forward and back, menus, shuffles."""
    count = draw(st.integers(1, 7))
    names = [f"n{index}" for index in range(count)]
    nodes: dict[str, Any] = {}
    for index, name in enumerate(names):
        kind = draw(st.sampled_from(sorted(OPTIONS)))
        after = names[index + 1] if index + 1 < count else END
        other = draw(st.sampled_from([*names, END]))
        rules = [{"when": {"contact.kind": "worker"}, "go": other}, {"go": after}]
        nodes[name] = {"kind": kind, "say": {"en": "x"}, **OPTIONS[kind]}
        nodes[name]["next"] = draw(st.sampled_from([after, rules]))
        if kind != "info":
            nodes[name]["asks"] = str(draw(st.integers(1, 3)))
            nodes[name]["no_answer"] = draw(st.sampled_from(["skip", "end", "nothing"]))
        if kind == "yes_no":
            nodes[name]["next"] = {"yes": other, "else": after}
    if count >= 3 and draw(st.booleans()):
        nodes["mix"] = {"kind": "shuffle", "of": names[:2], "next": names[2]}
        for member in names[:2]:
            nodes[member]["next"] = "mix"
        start = "mix"
    else:
        start = names[0]
    whole = {"survey": "any", "title": {"en": "t"}, "languages": ["en"], "start": start, "nodes": nodes,
             "type_ahead": draw(st.sampled_from(["yes", "no"])),
             "keys": draw(st.sampled_from([{}, {"operator": "0"}]))}  # fmt: skip
    survey = read_tree(tree_of(whole))
    assume(not check(survey))
    return survey


PEOPLE = st.builds(
    Person,
    language=st.just("en"),
    attributes=st.sampled_from([{}, {"kind": ["worker"]}]),
    seed=st.text("ab", max_size=3),
)
KEYS = st.sampled_from([Key(key) for key in "0123456789*#"])


def possible(last: Action) -> st.SearchStrategy[Input]:
    """What may follow an action on a real line."""
    if isinstance(last, Play):
        keys = [Key(key) for key in last.stop_keys]
        return st.one_of(st.just(PromptFinished()), *([st.sampled_from(keys)] if keys else []))
    if isinstance(last, Listen):
        return st.one_of(KEYS, st.just(Timeout()))
    if isinstance(last, CallOperator):
        return st.just(NoOperator())
    assert isinstance(last, Record)
    return st.sampled_from([Recorded("r"), Timeout()])


def walk(
    data: st.DataObject, interpreter: Interpreter, answers: dict[str, str]
) -> tuple[State, list[Action]]:
    """One call to its end; every step is checked."""
    state, actions = interpreter.start(answers)
    story = list(actions)
    limit = TURNS_PER_NODE * (len(interpreter.survey.nodes) + 2) + 3
    cut_at = data.draw(st.one_of(st.none(), st.integers(0, 30)))
    cut = data.draw(st.sampled_from([HangUp(), TimeUp()]))
    for turn in range(limit + 1):
        if state.phase is Phase.ENDED:
            return state, story
        assert state.place.node in interpreter.survey.nodes
        done, steps = interpreter.progress(state)
        assert 0 <= done <= steps
        chosen: Input = cut if turn == cut_at else data.draw(possible(actions[-1]))
        state, actions = interpreter.step(state, chosen)
        story += actions
    raise AssertionError(f"no end after {limit} inputs")


@settings(max_examples=150, deadline=None)
@given(st.data(), surveys(), PEOPLE)
def test_any_sequence_of_keys_silences_and_hang_ups_ends(
    data: st.DataObject, survey: Survey, person: Person
) -> None:
    state, story = walk(data, Interpreter(survey, person), {})
    ends = [action for action in story if isinstance(action, End)]
    assert len(ends) == 1 and story[-1] == ends[0]
    stored: dict[str, str] = {}
    for action in story:
        if isinstance(action, Answer):
            node = survey.nodes[action.question]
            assert action.value
            if node.kind is Kind.INFO:
                assert (node.scheme, action.value) == ("PMJAY", HEARD)
                continue
            assert node.kind.stores
            stored[action.question] = action.value
    assert stored == state.answers
    assert sum(isinstance(action, OptOut) for action in story) <= 1


@settings(max_examples=100, deadline=None)
@given(st.data(), surveys(), PEOPLE)
def test_a_second_call_asks_nothing_that_was_answered(
    data: st.DataObject, survey: Survey, person: Person
) -> None:
    interpreter = Interpreter(survey, person)
    state, _story = walk(data, interpreter, {})
    first = dict(state.answers)
    assume(first)
    again, _actions = interpreter.start(first)
    assert again.answers == first
    # Only a loop leads back to a question that was passed with its answer.
    assert again.phase is Phase.ENDED or again.place.node not in again.carried


@settings(max_examples=100, deadline=None)
@given(surveys(), PEOPLE, st.text("0123456789*#", max_size=40))
def test_the_same_keys_make_the_same_call(survey: Survey, person: Person, keys: str) -> None:
    def call() -> tuple[State, list[Action]]:
        interpreter = Interpreter(survey, person)
        state, actions = interpreter.start()
        story = list(actions)
        for key in keys:
            last = actions[-1]
            if isinstance(last, End):
                break
            heard: Input = Key(key)
            if isinstance(last, Record):
                heard = Recorded(key)
            elif isinstance(last, CallOperator):
                heard = NoOperator()
            elif isinstance(last, Play) and key not in last.stop_keys:
                heard = PromptFinished()
            state, actions = interpreter.step(state, heard)
            story += actions
        return state, story

    assert call() == call()
