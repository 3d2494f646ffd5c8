"""Marks on a person's answers that cast doubt on them. A mark never removes an answer: readers may.

The thresholds are cautious: a mark is a reason to look, not a proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialer.core.survey_model import Kind, Survey

STRAIGHT_AT_LEAST: Final = 4
"""One key for everything is remarkable from so many questions on."""
TIMED_AT_LEAST: Final = 3
FASTEST_S: Final = 1.0
"""Nobody hears what is asked, thinks and presses in less."""
HEARD_SHARE: Final = 0.25
"""Nobody knows what is asked before a quarter of the question is spoken."""


class Mark(StrEnum):
    """``STRAIGHT_LINING``: the same key for every question. ``IMPOSSIBLE_SPEED``: keys before the question
    could be understood. ``ONE_PHONE``: one telephone answered the same question on several calls, perhaps
    for several people; the last of them counts.
    """

    STRAIGHT_LINING = "straight_lining"
    IMPOSSIBLE_SPEED = "impossible_speed"
    ONE_PHONE = "one_phone"


@dataclass(frozen=True, slots=True)
class Pressed:
    """An answer by keypad. ``took_s``: since the answer before it on the same call, None for the first."""

    question: str
    value: str
    language: str
    attempt_id: str
    took_s: float | None


class QualityCheck:
    """Marks people's answers to one survey.

    ``spoken_s``: (question, language) -> length of its prompt in seconds, as far as known.
    """

    def __init__(self, survey: Survey, spoken_s: Mapping[tuple[str, str], float]) -> None:
        self._spoken_s = spoken_s
        self._keys = {
            (node.name, option.value): option.key
            for node in survey.questions()
            if node.kind.selects and node.kind is not Kind.LANGUAGE
            for option in node.options
        }

    def marks(self, pressed: Sequence[Pressed]) -> frozenset[Mark]:
        """The marks of one person; ``pressed`` in the order of time."""
        found = set[Mark]()
        if self._is_straight(pressed):
            found.add(Mark.STRAIGHT_LINING)
        if self._is_too_fast(pressed):
            found.add(Mark.IMPOSSIBLE_SPEED)
        if _is_repeated(pressed):
            found.add(Mark.ONE_PHONE)
        return frozenset(found)

    def _is_straight(self, pressed: Sequence[Pressed]) -> bool:
        last = {one.question: one.value for one in pressed}
        keys = [self._keys[answer] for answer in last.items() if answer in self._keys]
        return len(keys) >= STRAIGHT_AT_LEAST and len(set(keys)) == 1

    def _is_too_fast(self, pressed: Sequence[Pressed]) -> bool:
        timed = [(one, one.took_s) for one in pressed if one.took_s is not None]
        fast = sum(took_s < self._possible_s(one) for one, took_s in timed)
        return len(timed) >= TIMED_AT_LEAST and 2 * fast >= len(timed)

    def _possible_s(self, one: Pressed) -> float:
        return max(FASTEST_S, HEARD_SHARE * self._spoken_s.get((one.question, one.language), 0.0))


def _is_repeated(pressed: Sequence[Pressed]) -> bool:
    calls = Counter(question for question, _call in {(one.question, one.attempt_id) for one in pressed})
    return any(count > 1 for count in calls.values())
