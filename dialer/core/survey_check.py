"""Whether the nodes of a survey fit together: everything that could lead a person into a dead end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dialer.core.survey_model import END, NONE, SKIP, Condition, Kind, Node, Survey
from dialer.core.survey_tree import Fault


def check(survey: Survey) -> list[Fault]:
    """What is wrong, in the order of the file; an empty list means that the survey can be asked."""
    faults = [*_missing_targets(survey)]
    if not faults:
        faults = [*_unreachable(survey), *_endless(survey), *_shuffles(survey)]
    for node in survey.nodes.values():
        faults += _keys(survey, node)
        faults += _branches(survey, node)
        faults += _no_answer(node)
    return sorted(faults, key=lambda fault: fault.line)


def _missing_targets(survey: Survey) -> Iterator[Fault]:
    if survey.start not in survey.nodes:
        yield Fault(0, "", f"start: there is no node named {survey.start!r}")
    for node in survey.nodes.values():
        for target in node.targets():
            if target != END and target not in survey.nodes:
                yield Fault(node.line, node.name, f"leads to {target!r}, which is not defined")


def _reach(survey: Survey, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name != END:
            waiting += survey.nodes[name].targets()
    return seen


def _unreachable(survey: Survey) -> Iterator[Fault]:
    reached = _reach(survey, survey.start)
    for node in survey.nodes.values():
        if node.name not in reached:
            yield Fault(node.line, node.name, "is never reached; lead to it or remove it")


def _endless(survey: Survey) -> Iterator[Fault]:
    for node in survey.nodes.values():
        if END not in _reach(survey, node.name):
            yield Fault(node.line, node.name, "the survey cannot end from here; lead out of the loop")
        elif _loops_without_waiting(survey, node):
            yield Fault(node.line, node.name, "is in a loop that waits for no key; put a question into it")


def _loops_without_waiting(survey: Survey, origin: Node) -> bool:
    """Whether ``origin`` leads back to itself past nodes that only speak.

    A shuffle ends such a loop: it leads to each of its members once.
    """
    if not _only_speaks(origin):
        return False
    seen: set[str] = set()
    waiting = [*origin.targets()]
    while waiting:
        name = waiting.pop()
        if name == origin.name:
            return True
        if name in seen or name == END or not _only_speaks(survey.nodes[name]):
            continue
        seen.add(name)
        waiting += survey.nodes[name].targets()
    return False


def _only_speaks(node: Node) -> bool:
    return node.kind is Kind.INFO


def _shuffles(survey: Survey) -> Iterator[Fault]:
    for node in survey.nodes.values():
        if node.kind is not Kind.SHUFFLE:
            continue
        if len(node.members) < 2 or len(set(node.members)) != len(node.members):
            yield Fault(node.line, node.name, "of: a shuffle needs at least two nodes, each once")
        if node.pick > len(node.members):
            yield Fault(node.line, node.name, f"pick: {node.pick} of {len(node.members)} cannot be picked")
        for member in node.members:
            if node.name not in _reach(survey, member):
                what = f"of: {member} does not lead back here; let its next be {node.name}"
                yield Fault(node.line, node.name, what)


def _keys(survey: Survey, node: Node) -> Iterator[Fault]:
    if not node.kind.selects:
        return
    controls = survey.keys.named()
    seen: dict[str, str] = {}
    for option in node.options:
        if option.key in seen:
            yield Fault(node.line, node.name, f"key {option.key} stands for two answers")
        if option.key in controls:
            role = controls[option.key].replace("_", "-")
            yield Fault(node.line, node.name, f"key {option.key} is the survey's {role} key")
        if option.value in seen.values():
            yield Fault(node.line, node.name, f"answer {option.value} stands twice")
        seen[option.key] = option.value
    if len(node.options) < 2:
        yield Fault(node.line, node.name, "options: at least two are needed")
    if node.random_options and not all(option.say for option in node.options):
        yield Fault(node.line, node.name, "random_options: each option needs its own `say`")
    yield from _languages(survey, node)


def _languages(survey: Survey, node: Node) -> Iterator[Fault]:
    if node.kind is not Kind.LANGUAGE:
        return
    for option in node.options:
        if option.value not in survey.languages:
            yield Fault(node.line, node.name, f"answer {option.value} is none of the survey's languages")


def _values(node: Node) -> set[str] | None:
    """The answers that may be stored; None where any may."""
    if not node.kind.selects:
        return None
    silent = {node.no_answer} - {SKIP, END}
    return {option.value for option in node.options} | silent


def _branches(survey: Survey, node: Node) -> Iterator[Fault]:
    for condition in (*node.skip_when, *(part for rule in node.next for part in rule.when)):
        yield from _condition(survey, node, condition)


def _condition(survey: Survey, node: Node, condition: Condition) -> Iterator[Fault]:
    subject = condition.subject
    if subject == "language":
        yield from _unknown(node, subject, condition.one_of, {*survey.languages})
    elif subject.startswith("contact.") and subject != "contact.":
        return
    elif subject not in survey.nodes or not survey.nodes[subject].kind.stores:
        what = "no question of this survey, nor `language`, nor an attribute like contact.kind"
        yield Fault(node.line, node.name, f"a condition asks for {subject!r}, which is {what}")
    elif (values := _values(survey.nodes[subject])) is not None:
        yield from _unknown(node, subject, condition.one_of, values | {NONE})


def _unknown(node: Node, subject: str, wanted: Iterable[str], values: set[str]) -> Iterator[Fault]:
    for value in sorted(set(wanted) - values):
        yield Fault(node.line, node.name, f"a condition asks for {subject} {value!r}, which it never is")


def _no_answer(node: Node) -> Iterator[Fault]:
    if node.kind is Kind.MENU and node.no_answer not in (END, SKIP):
        what = f"no_answer: a menu stores nothing; {node.no_answer!r} is not skip or end"
        yield Fault(node.line, node.name, what)
