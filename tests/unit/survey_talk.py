"""A person on a keypad for tests of the interpreter: inputs in, what was said and stored out."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.core.survey import Interpreter
from dialer.core.survey_path import Person
from dialer.core.survey_state import (
    Answer,
    End,
    HangUp,
    Key,
    Listen,
    OptOut,
    Phase,
    Play,
    PromptFinished,
    Record,
    Recorded,
    State,
    Timeout,
    TimeUp,
)
from dialer.ivr.survey_file import read_survey

LETTERS = {".": PromptFinished(), "_": Timeout(), "H": HangUp(), "T": TimeUp(), "V": Recorded("voice-1")}
"""How tests write what is not a key: heard to the end, silence, hang-up, time is up, a voice was recorded."""


def survey_of(nodes: str, head: str = "", languages: str = "[en]") -> str:
    """A survey's YAML around the nodes, which are indented by two."""
    first = f"survey: test\ntitle: {{en: t, hi: t}}\nlanguages: {languages}\n"
    if languages == "[en]":
        first = first.replace(", hi: t", "")
    return f"{first}{head}nodes:\n{nodes}"


@dataclass
class Talk:
    """One call. ``played``: names of prompts in order; ``stored``: answers in order."""

    interpreter: Interpreter
    state: State
    played: list[str] = field(default_factory=list)
    stored: list[tuple[str, str]] = field(default_factory=list)
    opted_out: bool = False
    end: End | None = None
    last: object = None

    @classmethod
    def begin(cls, source: str, person: Person | None = None, **given: object) -> Talk:
        """Answer the call."""
        interpreter = Interpreter(read_survey(source, "test.yaml"), person or Person("en", seed="1"))
        state, actions = interpreter.start(**given)  # type: ignore[arg-type]
        talk = cls(interpreter, state)
        talk._note(actions)
        return talk

    def press(self, script: str) -> Talk:
        """Feed one input for each character: a key, or one of ``LETTERS``."""
        for character in script:
            self.state, actions = self.interpreter.step(self.state, LETTERS.get(character) or Key(character))
            self._note(actions)
        return self

    def _note(self, actions: tuple[object, ...]) -> None:
        for action in actions:
            if isinstance(action, Play):
                self.played += [prompt.name for prompt in action.prompts]
            elif isinstance(action, Answer):
                self.stored.append((action.question, action.value))
            elif isinstance(action, OptOut):
                self.opted_out = True
            elif isinstance(action, End):
                self.end = action
        self.last = actions[-1]
        waits = isinstance(self.last, (Play, Listen, Record))
        assert waits != isinstance(self.last, End), "the last action says what to wait for"
        assert isinstance(self.last, End) == (self.state.phase is Phase.ENDED)

    @property
    def at(self) -> str:
        """The node the person is at."""
        return self.state.place.node
