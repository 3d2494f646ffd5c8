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

LANGUAGES = ("en", "hi")
SAID = {"en": "x", "hi": "क"}
KINDS = ("choice", "date", "info", "language", "menu", "number", "rating", "voice", "yes_no")
ANSWERED_BY = {"choice": ("x", "y", "z"), "yes_no": ("yes", "no"), "number": ("7",), "rating": ("2",)}
"""What an attribute may say of a question of the kind."""


def options_of(draw: st.DrawFn, kind: str, targets: list[str]) -> dict[str, Any]:
    """The fields that only this kind of node has, or that are worth drawing for it."""
    if kind == "choice":
        values = {"1": "x", "2": "y", "3": "z"}
        if draw(st.booleans()):
            return {"options": values}
        spoken = {key: {"value": value, "say": SAID} for key, value in values.items()}
        spoken["3"]["fixed"] = "yes"
        return {"options": spoken, "random_options": "yes"}
    if kind == "menu":
        return {"options": {key: draw(st.sampled_from(targets)) for key in ("1", "2")} | {"3": {"go": END}}}
    limits = {"rating": {"max": "4"}, "number": {"max": "250"}, "info": {"scheme": "PMJAY"}}
    return {"language": {"options": {"1": "en", "2": "hi"}}, **limits}.get(kind, {})


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Any survey that passes the checks: chains with branches forward and back, menus, shuffles, random
    options, language questions, questions that are known or passed by."""
    count = draw(st.integers(1, 7))
    names = [f"n{index}" for index in range(count)]
    nodes: dict[str, Any] = {}
    for index, name in enumerate(names):
        kind = draw(st.sampled_from(KINDS))
        after = names[index + 1] if index + 1 < count else END
        other = draw(st.sampled_from([*names, END]))
        rules = [{"when": {"contact.kind": "worker"}, "go": other}, {"go": after}]
        by_language = [{"when": {"language": "hi"}, "go": other}, {"go": after}]
        nodes[name] = {"kind": kind, "say": SAID, **options_of(draw, kind, [*names, END])}
        nodes[name]["next"] = draw(st.sampled_from([after, rules, by_language]))
        if kind != "info":
            nodes[name]["asks"] = str(draw(st.integers(1, 3)))
            nodes[name]["no_answer"] = draw(st.sampled_from(["skip", "end"]))
        if kind in ANSWERED_BY:
            if draw(st.booleans()):
                nodes[name]["no_answer"] = "nothing"
            if draw(st.booleans()):
                nodes[name]["known"] = f"contact.{kind}"
        if draw(st.integers(0, 3)) == 0:
            nodes[name]["skip_when"] = {"contact.kind": "worker"}
        if kind == "yes_no":
            nodes[name]["next"] = {"yes": other, "else": after}
    if count >= 3 and draw(st.booleans()):
        nodes["mix"] = {"kind": "shuffle", "of": names[:2], "next": names[2]}
        for member in names[:2]:
            nodes[member]["next"] = "mix"
        start = "mix"
    else:
        start = names[0]
    whole = {"survey": "any", "title": {"en": "t", "hi": "त"}, "languages": list(LANGUAGES), "start": start,
             "nodes": nodes, "type_ahead": draw(st.sampled_from(["yes", "no"])),
             "keys": draw(st.sampled_from([{}, {"operator": "0"}]))}  # fmt: skip
    survey = read_tree(tree_of(whole))
    assume(not check(survey))
    return survey


KNOWN = {kind: st.sampled_from(values).map(lambda value: [value]) for kind, values in ANSWERED_BY.items()}
PEOPLE = st.builds(
    Person,
    language=st.sampled_from(["", *LANGUAGES]),
    attributes=st.fixed_dictionaries({}, optional={**KNOWN, "kind": st.just(["worker"])}),
    seed=st.text("ab", max_size=3),
)
OFTEN = "11##"
"""Keys that people press more often: an answer, and back to the question before."""


def keys(allowed: str) -> st.SearchStrategy[Input]:
    """Any of the keys."""
    often = [Key(key) for key in OFTEN if key in allowed]
    return st.sampled_from([*(Key(key) for key in allowed), *often])


def possible(last: Action) -> st.SearchStrategy[Input]:
    """What may follow an action on a real line."""
    if isinstance(last, Play):
        return st.one_of(st.just(PromptFinished()), *([keys(last.stop_keys)] if last.stop_keys else []))
    if isinstance(last, Listen):
        return st.one_of(keys("0123456789*#"), st.just(Timeout()))
    if isinstance(last, CallOperator):
        return st.just(NoOperator())
    assert isinstance(last, Record)
    return st.sampled_from([Recorded("r"), Timeout()])


def walk(
    data: st.DataObject, interpreter: Interpreter, answers: dict[str, str], may_be_cut: bool = True
) -> tuple[State, list[Action | Input]]:
    """One call to its end, what was heard among what was done; every step is checked."""
    state, actions = interpreter.start(answers)
    story: list[Action | Input] = list(actions)
    limit = TURNS_PER_NODE * (len(interpreter.survey.nodes) + 2) + 3
    cut_at = data.draw(st.one_of(st.none(), st.integers(0, 30))) if may_be_cut else None
    cut = data.draw(st.sampled_from([HangUp(), TimeUp()]))
    for turn in range(limit + 1):
        if state.phase is Phase.ENDED:
            return state, story
        assert state.place.node in interpreter.survey.nodes
        done, steps = interpreter.progress(state)
        assert 0 <= done <= steps
        chosen: Input = cut if turn == cut_at else data.draw(possible(actions[-1]))
        state, actions = interpreter.step(state, chosen)
        story += [chosen, *actions]
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
    assert all(value in survey.languages for name, value in stored.items()
               if survey.nodes[name].kind is Kind.LANGUAGE)  # fmt: skip
    assert sum(isinstance(action, OptOut) for action in story) <= 1


def leads_forward_only(survey: Survey) -> bool:
    """Whether no way leads to a node twice: no loop, and into a shuffle's members by the shuffle alone."""
    members = {member for node in survey.nodes.values() for member in node.members}
    ways = {name: {*node.targets()} - {*node.members, END} for name, node in survey.nodes.items()}
    reached = dict(ways)
    for _hop in ways:
        reached = {name: far.union(*(reached[each] for each in far)) for name, far in reached.items()}
    is_direct = any(members & targets for targets in ways.values())
    return not is_direct and not any(name in far for name, far in reached.items())


@settings(max_examples=150, deadline=None)
@given(st.data(), surveys().filter(leads_forward_only), PEOPLE)
def test_a_question_is_answered_twice_only_after_the_back_key(
    data: st.DataObject, survey: Survey, person: Person
) -> None:
    _state, story = walk(data, Interpreter(survey, person), {}, may_be_cut=False)
    since: dict[str, bool] = {}
    for event in story:
        if event == Key(survey.keys.back):
            since = dict.fromkeys(since, True)
        elif isinstance(event, Answer):
            assert since.get(event.question, True), f"{event.question} was answered twice"
            since[event.question] = False


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
