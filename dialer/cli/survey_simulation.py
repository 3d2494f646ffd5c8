"""A survey in the terminal: the computer's keyboard is the keypad, the prompts are read instead of heard."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from dialer.cli.console import _, out
from dialer.config import Config
from dialer.core.survey import Interpreter
from dialer.core.survey_model import Prompt, Survey, message_prompt, option_prompt
from dialer.core.survey_path import Person
from dialer.core.survey_state import (
    Action,
    Answer,
    CallOperator,
    End,
    HangUp,
    Input,
    Key,
    Listen,
    NoOperator,
    OptOut,
    Phase,
    Play,
    PromptFinished,
    Record,
    Recorded,
    State,
    Timeout,
)
from dialer.ivr.prompts import filled
from dialer.ivr.system_prompts import system_texts

KEYPAD = "0123456789*#"


@dataclass(frozen=True, slots=True)
class Result:
    """How a simulated call went."""

    answers: Mapping[str, str]
    reason: str
    complete: bool


class Terminal:
    """Where prompts are read and keys typed.

    ``config``: whose office is named in the prompts. ``keys``: a script instead of the keyboard; its end
    hangs up.
    """

    def __init__(self, survey: Survey, config: Config, quiet: bool = False, keys: str | None = None) -> None:
        self._config = config
        self._quiet = quiet
        self._script = None if keys is None else deque(keys)
        self._texts = _texts_of(survey)

    def say(self, prompts: Sequence[Prompt]) -> None:
        """Show what would be heard."""
        for prompt in prompts:
            if prompt.shared:
                text = system_texts(prompt.language).get(prompt.name, prompt.name)
            else:
                text = self._texts[prompt.name].get(prompt.language, prompt.name)
            self.tell(filled(self._config, prompt.language, text), "cyan")

    def tell(self, text: str, style: str = "dim") -> None:
        """Show a remark."""
        if not self._quiet:
            out.print(text, style=style, markup=False)

    def key(self) -> str:
        """A key of the keypad, ``_`` for silence, ``h`` for a hang-up."""
        if self._script is not None:
            return self._script.popleft() if self._script else "h"
        while True:
            typed = typer.getchar() if sys.stdin.isatty() else (sys.stdin.read(1) or "h")
            if typed in ("\r", "\n", " "):
                typed = "_" if sys.stdin.isatty() else ""
            if typed and typed in KEYPAD + "_h":
                return typed


def run(survey: Survey, terminal: Terminal, person: Person, answers: Mapping[str, str]) -> Result:
    """One call from its start to its end; ``answers`` were given in an earlier one."""
    interpreter = Interpreter(survey, person)
    terminal.tell(_("keys 0-9, * and #; the space bar is silence, h hangs up"))
    state, actions = interpreter.start(answers)
    given = _carry_out(actions, terminal, state)
    while state.phase is not Phase.ENDED:
        state, actions = interpreter.step(state, given)
        given = _carry_out(actions, terminal, state)
    end = next(action for action in actions if isinstance(action, End))
    terminal.tell(_("ended: {reason}").format(reason=end.reason))
    return Result(state.answers, end.reason, end.complete)


def _carry_out(actions: Sequence[Action], terminal: Terminal, state: State) -> Input:
    heard: Input = PromptFinished()
    for action in actions:
        match action:
            case Answer(question=question, value=value):
                terminal.tell(f"→ {question} = {value}", "green")
            case OptOut():
                terminal.tell(_("→ no more calls to this person"), "red")
            case Play(prompts=prompts):
                terminal.say(prompts)
                heard = PromptFinished()
            case Listen():
                heard = _typed(terminal, Timeout())
            case Record(question=question):
                heard = _typed(terminal, Timeout())
                heard = Recorded(f"simulated-{question}") if isinstance(heard, Key) else heard
            case CallOperator(wait_s=wait_s):
                terminal.tell(_("→ an operator is called; nobody comes within {wait} s").format(wait=wait_s))
                heard = NoOperator()
            case End():
                heard = PromptFinished()
    return heard


def _typed(terminal: Terminal, silence: Input) -> Input:
    key = terminal.key()
    if key == "h":
        return HangUp()
    return silence if key == "_" else Key(key)


def _texts_of(survey: Survey) -> dict[str, Mapping[str, str]]:
    texts: dict[str, Mapping[str, str]] = {node.name: node.say for node in survey.nodes.values()}
    for node in survey.nodes.values():
        texts |= {option_prompt(node.name, option.value): option.say for option in node.options}
    return texts | {message_prompt(name): said for name, said in survey.messages.items()}
