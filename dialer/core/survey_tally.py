"""Counts a survey's answers person by person, by the rules of ``survey_results``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dialer.core.survey_agreement import Pairs
from dialer.core.survey_model import Kind, Node, Survey
from dialer.core.survey_quality import Mark, Pressed, QualityCheck
from dialer.core.survey_results import (
    BY_OPERATOR,
    UNKNOWN,
    Dimension,
    Findings,
    Funnel,
    Given,
    QuestionResult,
    QuestionTime,
    Respondent,
    Results,
    Spread,
    SurveyCall,
    ValueResult,
    Weights,
)
from dialer.core.survey_statistics import Estimate, post_stratified, quantile, wilson

_DAY_S: Final = 86_400.0


@dataclass(slots=True)
class _Counts:
    people: int = 0
    values: dict[str, Counter[str]] = field(default_factory=dict)
    groups: dict[tuple[Dimension, str], dict[str, Counter[str]]] = field(default_factory=dict)

    def add(self, answer: Given, groups: Iterable[tuple[Dimension, str]]) -> None:
        self.values.setdefault(answer.question, Counter())[answer.value] += 1
        for group in groups:
            within = self.groups.setdefault(group, {})
            within.setdefault(answer.question, Counter())[answer.value] += 1

    def strata(self, by: Dimension, question: str) -> dict[str, Counter[str]]:
        found = {group: counts for (dimension, group), counts in self.groups.items() if dimension is by}
        return {group: counts[question] for group, counts in found.items() if question in counts}


class Tally:
    """Counts person by person: ``add`` each once, then ask for ``results``.

    ``by``: the dimensions to tell apart. ``offset_s``: of the office's clock from UTC, for days.
    """

    def __init__(
        self,
        survey: Survey,
        spoken_s: Mapping[tuple[str, str], float],
        offset_s: float,
        by: Sequence[Dimension] = (),
        weights: Weights | None = None,
        leave_out: frozenset[Mark] = frozenset(Mark),
    ) -> None:
        self._questions = survey.questions()
        self._check = QualityCheck(survey, spoken_s)
        self._offset_s = offset_s
        self._by = frozenset(by) | (frozenset((weights.by,)) if weights else frozenset())
        self._shown = tuple(by)
        self._weights = weights
        self._leave_out = leave_out
        self._everyone, self._unmarked = _Counts(), _Counts()
        self._quality = Counter[Mark]()
        self._funnel = Counter[str]()
        self._left_after = Counter[str]()
        self._left_how = Counter[str]()
        self._times: dict[str, Counter[float]] = {}
        self._pairs = Pairs()
        self._asked = frozenset(node.name for node in self._questions)
        self._asks = any(node.kind is not Kind.LANGUAGE for node in self._questions)
        self._told = tuple(
            node.name for node in survey.nodes.values() if node.kind is Kind.INFO and node.scheme
        )
        self._heard = _Counts()
        self._others = Counter[str]()

    def add(self, person: Respondent) -> frozenset[Mark]:
        """One person, with all answers and calls; returns the marks on their answers."""
        told = {one.question: one for one in person.given if one.question in self._told}
        for one in told.values():
            self._heard.add(one, self._groups(person, one))
        answers = (one for one in person.given if one.question in self._asked)
        in_order = sorted(answers, key=lambda one: (one.at, one.question))
        by_keypad = [one for one in in_order if one.via != BY_OPERATOR]
        keyed = {one.question: one for one in by_keypad}
        spoken = {one.question: one for one in in_order if one.via == BY_OPERATOR}
        pressed = self._pressed(by_keypad, person.calls)
        marks = self._check.marks(pressed)
        self._count_answers(person, answers_that_count(in_order), bool(marks & self._leave_out))
        self._count_marks(marks)
        self._pairs.add(compared(self._questions, keyed, spoken))
        self._others["by_operator"] += bool(spoken.keys() - keyed.keys())
        if keyed or told or person.calls:
            self._follow(by_keypad, person.calls)
        return marks

    def _pressed(self, by_keypad: Sequence[Given], calls: Sequence[SurveyCall]) -> list[Pressed]:
        began = {call.attempt_id: call.started_at for call in calls}
        last: dict[str, float] = {}
        found = []
        for one in by_keypad:
            before = last.get(one.attempt_id)
            since = before if before is not None else began.get(one.attempt_id)
            if since is not None and one.at >= since:
                self._times.setdefault(one.question, Counter())[round(one.at - since, 1)] += 1
            took_s = None if before is None else one.at - before
            found.append(Pressed(one.question, one.value, one.language, one.attempt_id, took_s))
            last[one.attempt_id] = one.at
        return found

    def _count_answers(self, person: Respondent, answers: Mapping[str, Given], left_out: bool) -> None:
        if not answers:
            return
        counts = (self._everyone,) if left_out else (self._everyone, self._unmarked)
        groups = [self._groups(person, answer) for answer in answers.values()]
        for each in counts:
            each.people += 1
            for answer, of_answer in zip(answers.values(), groups, strict=True):
                each.add(answer, of_answer)
        if self._weights is not None:
            strata = {group for of_answer in groups for by, group in of_answer if by is self._weights.by}
            self._others["outside_strata"] += not strata & self._weights.population.keys()

    def _groups(self, person: Respondent, answer: Given) -> list[tuple[Dimension, str]]:
        return [(dimension, self._group(dimension, person, answer)) for dimension in self._by]

    def _group(self, dimension: Dimension, person: Respondent, answer: Given) -> str:
        place = UNKNOWN if person.constituency is None else str(person.constituency)
        match dimension:
            case Dimension.CONSTITUENCY:
                return place
            case Dimension.BOOTH:
                return f"{place}/{person.booth}" if person.booth else UNKNOWN
            case Dimension.LANGUAGE:
                return answer.language
            case Dimension.DAY:
                return str(int((answer.at + self._offset_s) // _DAY_S))

    def _count_marks(self, marks: frozenset[Mark]) -> None:
        self._quality.update(marks)
        self._others["marked"] += bool(marks & self._leave_out)

    def _follow(self, by_keypad: Sequence[Given], calls: Sequence[SurveyCall]) -> None:
        """How far the person came; who answered was asked, even if the call's own record says less."""
        is_complete = any(call.complete for call in calls)
        has_begun = bool(by_keypad) or is_complete or any(call.started_at is not None for call in calls)
        is_on_line = not is_complete and any(call.ended_at is None for call in calls)
        self._funnel["answered_call"] += 1
        self._funnel["heard_survey"] += has_begun
        self._funnel["first_answer"] += bool(by_keypad)
        # Silence to the end of questions is no interview; information needs no key.
        self._funnel["complete"] += is_complete and (bool(by_keypad) or not self._asks)
        self._funnel["on_line"] += is_on_line
        self._others["called_us"] += any(call.inbound and call.started_at is not None for call in calls)
        if has_begun and not is_complete and not is_on_line:
            self._left_after[by_keypad[-1].question if by_keypad else ""] += 1
            last = max(calls, key=lambda call: call.answered_at, default=None)
            self._left_how[last.left if last else ""] += 1

    # --- the end ----------------------------------------------------------------------------------

    def results(self) -> Results:
        """What was found so far."""
        order = {node.name: place for place, node in enumerate(self._questions, 1)}
        return Results(
            everyone=self._findings(self._everyone),
            unmarked=self._findings(self._unmarked),
            leave_out=self._leave_out,
            quality={mark: self._quality[mark] for mark in Mark},
            marked=self._others["marked"],
            by_operator=self._others["by_operator"],
            called_us=self._others["called_us"],
            funnel=Funnel(**self._funnel),
            left_after=dict(sorted(self._left_after.items(), key=lambda item: order.get(item[0], 0))),
            left_how=dict(self._left_how.most_common()),
            times=tuple(self._time(node.name) for node in self._questions if node.name in self._times),
            agreement=self._pairs.agreements(list(order)),
            agreement_by_language=self._pairs.agreements_by_language(list(order)),
            agreement_of_all=self._pairs.whole(),
            asked_again=self._pairs.people,
            weighted_by=self._weights.by if self._weights else None,
            heard=self._people_told(self._heard.values),
            heard_by=self._told_by(),
            empty_strata=self._empty_strata(),
            outside_strata=self._others["outside_strata"],
        )

    def _findings(self, counts: _Counts) -> Findings:
        groups: dict[Dimension, dict[str, tuple[QuestionResult, ...]]] = {each: {} for each in self._shown}
        for (dimension, group), within in sorted(counts.groups.items(), key=lambda item: _in_order(item[0])):
            if dimension in groups:
                asked = (node for node in self._questions if node.name in within)
                groups[dimension][group] = tuple(_question(node, within[node.name]) for node in asked)
        questions = tuple(self._whole(node, counts) for node in self._questions)
        return Findings(counts.people, questions, groups)

    def _people_told(self, counted: Mapping[str, Counter[str]]) -> dict[str, int]:
        return {name: counted.get(name, Counter()).total() for name in self._told}

    def _told_by(self) -> dict[Dimension, dict[str, dict[str, int]]]:
        found: dict[Dimension, dict[str, dict[str, int]]] = {each: {} for each in self._shown}
        for dimension, group in sorted(self._heard.groups, key=_in_order):
            if dimension in found:
                found[dimension][group] = self._people_told(self._heard.groups[dimension, group])
        return found

    def _whole(self, node: Node, counts: _Counts) -> QuestionResult:
        values = counts.values.get(node.name, Counter())
        if self._weights is None or not node.kind.selects:
            return _question(node, values)
        strata = counts.strata(self._weights.by, node.name)
        weighted, effective = post_stratified(strata, self._weights.population)
        return _question(node, values, weighted, effective)

    def _time(self, question: str) -> QuestionTime:
        counted = list(self._times[question].items())
        answers = sum(count for _seconds, count in counted)
        return QuestionTime(question, answers, quantile(counted, 0.5), quantile(counted, 0.9))

    def _empty_strata(self) -> tuple[str, ...]:
        if self._weights is None:
            return ()
        met = {group for dimension, group in self._everyone.groups if dimension is self._weights.by}
        return tuple(stratum for stratum in self._weights.population if stratum not in met)


def answers_that_count(given: Iterable[Given]) -> dict[str, Given]:
    """Question -> the last answer by keypad, else an operator's last."""
    in_order = sorted(given, key=lambda one: (one.via != BY_OPERATOR, one.at, one.question))
    return {one.question: one for one in in_order}


def compared(
    questions: Sequence[Node], keyed: Mapping[str, Given], spoken: Mapping[str, Given]
) -> Mapping[str, tuple[str, str, str]]:
    """The questions that were answered both ways, as ``survey_agreement.Pairs`` counts them.

    The word that is stored for a person's silence is no answer to compare.
    """
    both = (node for node in questions if node.name in keyed and node.name in spoken)
    return {
        node.name: (keyed[node.name].value, keyed[node.name].language, spoken[node.name].value)
        for node in both
        if not _is_silence(node, keyed[node.name].value)
    }


def _is_silence(node: Node, value: str) -> bool:
    return value == node.no_answer and value not in [option.value for option in node.options]


def _question(
    node: Node,
    counts: Counter[str],
    weighted: Mapping[str, Estimate] | None = None,
    effective: float | None = None,
) -> QuestionResult:
    answered = counts.total()
    if node.kind.types_digits:
        return QuestionResult(node.name, answered, spread=_spread(node, counts) if answered else None)
    if not node.kind.selects:
        return QuestionResult(node.name, answered)
    # Every answer that is offered, then what else was stored, like the word for silence.
    offered = [option.value for option in node.options]
    values = dict.fromkeys((*offered, *sorted(counts)))
    nothing = Estimate(0.0, 0.0, 0.0)
    rows = tuple(
        ValueResult(
            value,
            counts[value],
            wilson(counts[value] / answered if answered else 0.0, answered),
            weighted.get(value, nothing if effective is None else wilson(0.0, effective))
            if weighted
            else None,
        )
        for value in values
    )
    return QuestionResult(node.name, answered, rows, effective=effective)


def _spread(node: Node, counts: Counter[str]) -> Spread | None:
    typed = {value: count for value, count in counts.items() if node.kind is Kind.DATE or value.isdecimal()}
    ordered = sorted(typed, key=lambda value: (value,) if node.kind is Kind.DATE else (int(value),))
    if not ordered:
        return None
    places = [(float(place), typed[value]) for place, value in enumerate(ordered)]
    lowest, quarter, median, three_quarters, highest = (
        ordered[int(quantile(places, part))] for part in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    mean = None
    if node.kind is Kind.NUMBER:
        mean = sum(int(value) * count for value, count in typed.items()) / sum(typed.values())
    return Spread(lowest, quarter, median, three_quarters, highest, mean)


def _in_order(key: tuple[Dimension, str]) -> tuple[str, bool, list[tuple[bool, int, str]]]:
    """By dimension, then numbers by their size, the unknown last."""
    dimension, group = key
    parts = [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in group.split("/")]
    return dimension.value, group == UNKNOWN, parts
