"""What goes into the survey interpreter, what comes out of it, and what it remembers in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from dialer.core.survey_entry import Entry
from dialer.core.survey_model import Prompt
from dialer.core.survey_path import Place

# --- inputs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """One key, ``0-9``, ``*`` or ``#``."""

    key: str


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """The prompts were heard to their end."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """No key came in time, or nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A voice was recorded; ``reference`` is how its file is found again."""

    reference: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The person is gone."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The call has lasted as long as the survey allows."""


@dataclass(frozen=True, slots=True)
class NoOperator:
    """An operator was wanted and nobody came."""


Input = Key | PromptFinished | Timeout | Recorded | HangUp | TimeUp | NoOperator

# --- actions --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """Play these in order; a key of ``stop_keys`` stops them, any other is not heard."""

    prompts: tuple[Prompt, ...]
    stop_keys: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for one key."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """Record until a key, a silence, or ``longest_s``."""

    question: str
    longest_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Store this answer now; a later one to the same question replaces it.

    ``question`` may be information on a scheme, whose value is ``HEARD``.
    """

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """Never call this person again, from now on."""


@dataclass(frozen=True, slots=True)
class CallOperator:
    """Let an operator take the person; whoever comes back after that goes on with ``NoOperator``."""

    campaign: str
    wait_s: int


class EndReason(StrEnum):
    """Why a survey ended. ``COMPLETED``: its end was reached."""

    COMPLETED = "completed"
    OPTED_OUT = "opted_out"
    HUNG_UP = "hung_up"
    SILENT = "silent"
    GAVE_UP = "gave_up"
    TOO_LONG = "too_long"
    NO_OPERATOR = "no_operator"


@dataclass(frozen=True, slots=True)
class End:
    """It is over; hang up. ``complete``: no question on the person's way stayed open."""

    reason: EndReason
    complete: bool

    @property
    def word(self) -> str:
        """How it ended, for the attempt's story: ``complete``, ``open_questions`` (the end was reached, but
        not every question was answered), else the reason.
        """
        if self.complete:
            return "complete"
        return "open_questions" if self.reason is EndReason.COMPLETED else self.reason.value


Action = Play | Listen | Record | Answer | OptOut | CallOperator | End

# --- state ----------------------------------------------------------------------------------------


class Phase(StrEnum):
    """``AWAY``: an operator was asked for. ``CLOSING``: the last words are being said."""

    PLAYING = "playing"
    LISTENING = "listening"
    RECORDING = "recording"
    AWAY = "away"
    CLOSING = "closing"
    ENDED = "ended"


class Asked(NamedTuple):
    """How one visit to a question went so far."""

    times: int = 1
    repeats: int = 0
    entry: Entry = Entry()
    heard_key: bool = False


class State(NamedTuple):
    """Where a person is in a survey.

    ``answers``: every answer so far, of earlier calls too. ``carried``: questions answered in earlier calls
    and not passed again. ``skipped``: questions left open. ``trail``: the questions before this one, for
    the back key. ``silent``: questions in a row without a key. ``ahead``: a key pressed during information.

    A tuple like ``Call``, because every step makes changed copies.
    """

    place: Place
    phase: Phase
    language: str
    answers: Mapping[str, str] = MappingProxyType({})
    carried: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    trail: tuple[Place, ...] = ()
    asked: Asked = Asked()
    silent: int = 0
    turns: int = 0
    ahead: str = ""
    end: EndReason | None = None


Step = tuple[State, tuple[Action, ...]]
