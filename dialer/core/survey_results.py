"""What a survey found, as data: what ``survey_tally`` is given, and what it makes of it.

A person counts once per question. Of several answers the last one by keypad counts; an operator's counts
only where there is none by keypad. Where there are both, the person was asked again: that pair shows how
well the answers agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialer.core.survey_agreement import Agreement
from dialer.core.survey_quality import Mark
from dialer.core.survey_statistics import Estimate

BY_OPERATOR: Final = "operator"
UNKNOWN: Final = ""
"""The group of those of whom it is not known."""

# --- what goes in ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as stored. ``via``: keypad, fallback or operator; ``at``: epoch seconds."""

    attempt_id: str
    question: str
    value: str
    via: str
    language: str
    at: float


@dataclass(frozen=True, slots=True)
class SurveyCall:
    """An answered call of the survey. ``started_at`` None: nothing was asked; ``ended_at`` None: it lives.

    ``complete``: the end was reached; ``left``: otherwise how it ended (``survey_state.End.word``), if known.
    ``inbound``: the person called us.
    """

    attempt_id: str
    answered_at: float
    started_at: float | None
    ended_at: float | None
    complete: bool
    left: str = ""
    inbound: bool = False


@dataclass(frozen=True, slots=True)
class Respondent:
    """All that one telephone number has to do with one version of a survey; no name, no number.

    ``kind``: citizen, worker ..., as the list says.
    """

    constituency: int | None
    booth: str
    given: tuple[Given, ...] = ()
    calls: tuple[SurveyCall, ...] = ()
    kind: str = ""


class Dimension(StrEnum):
    """By what answers are told apart. A booth belongs to its constituency: ``62/114``."""

    CONSTITUENCY = "constituency"
    BOOTH = "booth"
    LANGUAGE = "language"
    DAY = "day"


WEIGHABLE: Final = (Dimension.CONSTITUENCY, Dimension.BOOTH, Dimension.LANGUAGE)
"""By which a population's shares may be known."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The population's part of each group, in any unit: inhabitants, electors, shares."""

    by: Dimension
    population: Mapping[str, float]


# --- what comes out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ValueResult:
    """An answer: how many gave it, their share of those who answered, and the weighted share."""

    value: str
    count: int
    estimate: Estimate
    weighted: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Of numbers and dates, as stored: the least, the middle and the greatest. ``mean``: of numbers only."""

    lowest: str
    quarter: str
    median: str
    three_quarters: str
    highest: str
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question's answers. ``values`` is empty for numbers and dates (see ``spread``) and for voices.

    ``effective``: the effective number of answers behind the weighted shares.
    """

    question: str
    answered: int
    values: tuple[ValueResult, ...] = ()
    spread: Spread | None = None
    effective: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The answers of some of the people, in the survey's order; ``groups``: the same within each group."""

    people: int
    questions: tuple[QuestionResult, ...]
    groups: Mapping[Dimension, Mapping[str, tuple[QuestionResult, ...]]]


@dataclass(frozen=True, slots=True)
class Funnel:
    """People by how far they came by keypad. ``on_line``: answering now. Each holds those after it."""

    answered_call: int = 0
    heard_survey: int = 0
    first_answer: int = 0
    complete: int = 0
    on_line: int = 0


@dataclass(frozen=True, slots=True)
class QuestionTime:
    """Seconds from the answer before (or the survey's beginning) to this one."""

    question: str
    answers: int
    median_s: float
    slowest_tenth_s: float


@dataclass(frozen=True, slots=True)
class Results:
    """``everyone`` counts all answers; ``unmarked`` those of people without any of the marks ``leave_out``.

    ``by_operator``: people with answers that only an operator took. ``called_us``: people who began it in a
    call of theirs, so they chose themselves. ``left_after``: question answered last
    by those who neither finished nor are on the line -> people; the empty name: before the first answer;
    ``left_how``: how their last call ended -> people, the empty word: not known.
    ``quality``: people per mark. ``agreement``: of each question that was asked again;
    ``agreement_by_language``: the same within each language of the keypad; ``agreement_of_all`` has no kappa,
    since questions do not share their answers. ``heard``: information on a scheme -> people who heard it
    to its end; ``heard_by``: the same within each group. ``empty_strata``: those of the weights without
    any answer; ``outside_strata``: people who belong to none.
    """

    everyone: Findings
    unmarked: Findings
    leave_out: frozenset[Mark]
    quality: Mapping[Mark, int]
    marked: int
    by_operator: int
    called_us: int
    funnel: Funnel
    left_after: Mapping[str, int]
    left_how: Mapping[str, int]
    times: tuple[QuestionTime, ...]
    agreement: Mapping[str, Agreement]
    agreement_by_language: Mapping[str, Mapping[str, Agreement]]
    agreement_of_all: Agreement
    asked_again: int
    weighted_by: Dimension | None
    heard: Mapping[str, int]
    heard_by: Mapping[Dimension, Mapping[str, Mapping[str, int]]]
    empty_strata: tuple[str, ...]
    outside_strata: int
