"""How an operator of paper works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an operator works. Times in seconds, chances 0..1.

    Wrap-up is log-normal: half are shorter than ``wrap_up_median_s``, ``wrap_up_sigma`` is the standard
    deviation of its logarithm. ``hangs_up_after_s``: ends a talk that is still on then (None: never).
    ``campaigns`` None: all that go to operators. ``look_s`` and ``skip_chance`` are for preview mode.
    """

    wrap_up_median_s: float = 4.0
    wrap_up_sigma: float = 0.4
    question_s: float = 2.0
    look_s: float = 1.0
    skip_chance: float = 0.05
    answer_chance: float = 0.8
    opt_out_chance: float = 0.01
    hangs_up_after_s: float | None = None
    pause_chance: float = 0.02
    pause_s: tuple[float, float] = (5.0, 20.0)
    campaigns: tuple[int, ...] | None = None
    dispositions: Mapping[str, float] = field(
        default_factory=lambda: {
            "informed": 5.0,
            "answered_survey": 3.0,
            "call_back": 1.0,
            "not_interested": 1.0,
            "wrong_person": 0.5,
        }
    )
