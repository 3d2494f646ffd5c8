"""What a keypad session tells the engine. Times are UTC epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.core.model import ClaimedAttempt


@dataclass(frozen=True, slots=True)
class SurveyStarted:
    """The FastAGI session of an answered survey call plays its first prompt."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class SurveyEnded:
    """The session is over. ``complete``: every question was answered. ``opted_out``: no more calls.

    ``word``: how it ended, as ``survey_state.End.word`` says; empty when that is not known.
    """

    attempt_id: str
    at: float
    complete: bool
    opted_out: bool
    word: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CalledIn:
    """Somebody who called us wants an operator of the attempt's campaign, or is asked its survey.

    The attempt is stored.
    """

    attempt: ClaimedAttempt
    at: float


IvrEvent = SurveyStarted | SurveyEnded | CalledIn
