"""Which node comes next, from the answers and what is known of a person. Pure; chance comes as a seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from dialer.core.survey_model import END, NONE, Condition, Kind, Node, Option, Survey

Attributes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked. ``attributes``: name -> values (``kind``, ``constituency``, ``scheme`` ...).

    ``seed`` decides every random order; the same seed gives the same order, so that a survey that was
    interrupted goes on as it began.
    """

    language: str = ""
    attributes: Attributes = field(default_factory=dict)
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands. ``led``: the members each shuffle has led to so far, as ``shuffle/member``."""

    node: str
    led: frozenset[str] = frozenset()


def shuffled(items: Iterable[str], seed: str) -> list[str]:
    """The items in an order that only the seed decides; every order is equally likely over seeds."""
    return sorted(items, key=lambda item: sha256(f"{seed}\0{item}".encode()).digest())


def ordered_options(node: Node, person: Person) -> tuple[Option, ...]:
    """The options as this person hears them: the keys in their order, the answers shuffled among them."""
    if not node.random_options:
        return node.options
    free = [option for option in node.options if not option.fixed]
    order = {option.value: option for option in free}
    values = iter(shuffled(order, f"{person.seed}/{node.name}"))
    return tuple(
        option if option.fixed else _with_key(order[next(values)], option.key) for option in node.options
    )


def _with_key(option: Option, key: str) -> Option:
    return Option(key, option.value, option.say, option.fixed, option.go)


class Paths:
    """The ways through one survey for one person."""

    def __init__(self, survey: Survey, person: Person) -> None:
        self.survey = survey
        self.person = person

    def holds(self, conditions: Sequence[Condition], answers: Mapping[str, str], language: str) -> bool:
        """Whether all conditions hold; none of them always does."""
        return all(self._holds(condition, answers, language) for condition in conditions)

    def _holds(self, condition: Condition, answers: Mapping[str, str], language: str) -> bool:
        values = self._values(condition.subject, answers, language)
        if condition.minimum is None and condition.maximum is None:
            return not condition.one_of.isdisjoint(values)
        return any(_within(value, condition) for value in values)

    def _values(self, subject: str, answers: Mapping[str, str], language: str) -> Sequence[str]:
        if subject == "language":
            return (language,)
        if subject.startswith("contact."):
            return [*self.person.attributes.get(subject.removeprefix("contact."), ())] or [NONE]
        return (self.known_answer(self.survey.nodes[subject], answers) or NONE,)

    def known_answer(self, node: Node, answers: Mapping[str, str]) -> str:
        """The answer that was given, or that an attribute of the person gives; empty when it is open."""
        if node.name in answers:
            return answers[node.name]
        if not node.known:
            return ""
        attribute = node.known.removeprefix("contact.")
        values = [value.lower() for value in self.person.attributes.get(attribute, ())]
        allowed = {option.value for option in node.options}
        return next((value for value in values if value and (not allowed or value in allowed)), "")

    def after(self, place: Place, answers: Mapping[str, str], language: str, go: str = "") -> Place:
        """The place that follows. ``go``: where the chosen option leads, empty: as the node says."""
        node = self.survey.nodes[place.node]
        target = go or self.target(node, answers, language)
        return self.enter(Place(target, place.led), answers, language)

    def target(self, node: Node, answers: Mapping[str, str], language: str) -> str:
        """The name of the next node, a shuffle not yet entered."""
        if node.kind.selects and node.name in answers:
            chosen = next((option for option in node.options if option.value == answers[node.name]), None)
            if chosen is not None and chosen.go:
                return chosen.go
        rules = (rule.go for rule in node.next if self.holds(rule.when, answers, language))
        return next(rules, END)

    def enter(self, place: Place, answers: Mapping[str, str], language: str) -> Place:
        """The place itself, or, at a shuffle, its next member or what follows it."""
        hops = 0
        while place.node != END and self.survey.nodes[place.node].kind is Kind.SHUFFLE:
            place = self._through_shuffle(self.survey.nodes[place.node], place.led, answers, language)
            hops += 1
            if hops > len(self.survey.nodes):
                return Place(END, place.led)
        return place

    def _through_shuffle(
        self, node: Node, led: frozenset[str], answers: Mapping[str, str], language: str
    ) -> Place:
        order = shuffled(node.members, f"{self.person.seed}/{node.name}")[: node.pick or None]
        left = [member for member in order if f"{node.name}/{member}" not in led]
        passed_by = bool(node.skip_when) and self.holds(node.skip_when, answers, language)
        if passed_by or not left:
            return Place(self.target(node, answers, language), led)
        return Place(left[0], led | {f"{node.name}/{left[0]}"})


def _within(value: str, condition: Condition) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    low, high = condition.minimum, condition.maximum
    return (low is None or number >= low) and (high is None or number <= high)
