"""What the engine tells of a call itself: an order that went to Asterisk, or one that came to nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderSent:
    """Asterisk was told to place the call; from here on it may exist."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class HoldOrdered:
    """Asterisk was told to put the person on hold."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class HoldFailed:
    """Asterisk did not put the person on hold: they talk on."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class ResumeOrdered:
    """Asterisk was told to bridge the person on hold with their operator again."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class ResumeFailed:
    """They could not be bridged: the person waits on."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class HandOverOrdered:
    """Another operator is reserved, and Asterisk was told to bridge the person with them."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class HandOverFailed:
    """The other operator could not be joined."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class ThreeWayOrdered:
    """Asterisk was told to bring the person into the talk of their operator with seat ``second``."""

    attempt_id: str
    second: int
    at: float


@dataclass(frozen=True, slots=True)
class ThreeWayFailed:
    """Asterisk did not bring the person there: they are on hold."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class SurveyOrdered:
    """Asterisk was told to send the person from the talk into the survey."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorLost:
    """The operator of somebody on hold is gone: they must be given to another one."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class TakeBackOrdered:
    """Asterisk was told to hang up while it rings: nobody would be there for whoever answers."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class TakeBackFailed:
    """Asterisk did not hear that: the call goes on."""

    attempt_id: str
    at: float
