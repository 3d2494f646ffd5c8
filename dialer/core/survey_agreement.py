"""How well two askings of one question agree: the share of pairs, Cohen's kappa, and their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt

from dialer.core.survey_statistics import NORMAL_QUANTILE, Estimate, wilson

Pair = tuple[str, str]
"""What was answered first (by keypad), and what then (to the operator)."""


class Limit(StrEnum):
    """Why kappa or its interval says nothing, or less than it seems."""

    NO_PAIRS = "no_pairs"
    ONE_ANSWER = "one_answer"
    """All pairs hold one and the same answer: chance alone would agree fully, kappa is unknown."""
    ONE_SIDE = "one_side"
    """One of the two askings got a single answer from everybody: kappa is 0 whatever the pairs are."""
    ALL_AGREE = "all_agree"
    """Every pair agrees: kappa is 1, and nothing tells how far it may be from that."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counted pairs, and what they say.

    ``kappa``: None when chance alone would agree fully; ``kappa_low`` and ``kappa_high``: its 95 % interval,
    None where ``limit`` says why there is none. ``table``: the confusion table, pair -> how often.
    """

    pairs: int
    agreed: int
    kappa: float | None
    kappa_low: float | None = None
    kappa_high: float | None = None
    limit: Limit | None = None
    table: Mapping[Pair, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Pairs that agree, 0..1."""
        return self.agreed / self.pairs if self.pairs else 0.0

    @property
    def estimate(self) -> Estimate:
        """That share with Wilson's interval."""
        return wilson(self.share, self.pairs)

    def answers(self, offered: Sequence[str] = ()) -> tuple[str, ...]:
        """The answers on either side of the table: those ``offered``, in that order, then others."""
        found = dict.fromkeys(value for pair in sorted(self.table) for value in pair)
        others = (value for value in found if value not in offered)
        return (*(value for value in offered if value in found), *others)


def agreement(counted: Mapping[Pair, int]) -> Agreement:
    """Cohen's kappa (Educational and Psychological Measurement 20, 1960) of counted pairs of answers.

    Its interval comes from the large-sample standard error of Fleiss, Cohen and Everitt (Psychological
    Bulletin 72, 1969, formula 13) and is cut at -1 and 1.
    """
    table = {pair: count for pair, count in counted.items() if count}
    total = sum(table.values())
    agreed = sum(count for (first, second), count in table.items() if first == second)
    if not total:
        return Agreement(0, 0, None, limit=Limit.NO_PAIRS)
    firsts, seconds = Counter[str](), Counter[str]()
    for (first, second), count in table.items():
        firsts[first] += count
        seconds[second] += count
    # In whole numbers, so that full agreement is exactly 1.
    by_chance = sum(count * seconds[value] for value, count in firsts.items())
    if by_chance == total * total:
        return Agreement(total, agreed, None, limit=Limit.ONE_ANSWER, table=table)
    kappa = (agreed * total - by_chance) / (total * total - by_chance)
    if agreed == total or min(len(firsts), len(seconds)) == 1:
        limit = Limit.ALL_AGREE if agreed == total else Limit.ONE_SIDE
        return Agreement(total, agreed, kappa, limit=limit, table=table)
    half = NORMAL_QUANTILE * _standard_error(table, firsts, seconds, kappa)
    return Agreement(total, agreed, kappa, max(-1.0, kappa - half), min(1.0, kappa + half), None, table)


def _standard_error(
    table: Mapping[Pair, int], firsts: Mapping[str, int], seconds: Mapping[str, int], kappa: float
) -> float:
    total = sum(table.values())
    by_chance = sum(count * seconds.get(value, 0) for value, count in firsts.items()) / total**2
    rest = 1 - kappa
    spread = 0.0
    for (first, second), count in table.items():
        if first == second:
            spread += count / total * (1 - (firsts[first] + seconds[first]) / total * rest) ** 2
        else:
            crossed = (seconds.get(first, 0) + firsts.get(second, 0)) / total
            spread += count / total * (crossed * rest) ** 2
    spread -= (kappa - by_chance * rest) ** 2
    return sqrt(max(0.0, spread) / total) / (1 - by_chance)


@dataclass(slots=True)
class Pairs:
    """Counts pairs question by question, and within each language of the keypad."""

    people: int = 0
    of: dict[str, Counter[Pair]] = field(default_factory=dict)
    by_language: dict[str, dict[str, Counter[Pair]]] = field(default_factory=dict)

    def add(self, pairs: Mapping[str, tuple[str, str, str]]) -> None:
        """One person: question -> answer by keypad, its language, answer to the operator."""
        self.people += bool(pairs)
        for question, (keyed, language, spoken) in pairs.items():
            self.of.setdefault(question, Counter())[keyed, spoken] += 1
            within = self.by_language.setdefault(language, {})
            within.setdefault(question, Counter())[keyed, spoken] += 1

    def agreements(self, questions: Sequence[str]) -> Mapping[str, Agreement]:
        """Of each of the questions that has pairs, in their order."""
        return _in_order(self.of, questions)

    def agreements_by_language(self, questions: Sequence[str]) -> Mapping[str, Mapping[str, Agreement]]:
        """The same within each language of the keypad."""
        return {name: _in_order(within, questions) for name, within in sorted(self.by_language.items())}

    def whole(self) -> Agreement:
        """Of all answers; without kappa and table, since questions do not share their answers."""
        each = [agreement(counted) for counted in self.of.values()]
        return Agreement(sum(one.pairs for one in each), sum(one.agreed for one in each), None)


def _in_order(
    counted: Mapping[str, Mapping[Pair, int]], questions: Sequence[str]
) -> Mapping[str, Agreement]:
    return {name: agreement(counted[name]) for name in questions if name in counted}
