"""The survey while the daemon is down: the same interpreter, answers and opt-outs into the spool.

Run by Asterisk when the daemon's server does not answer or is gone. It goes on at the first open question
of the answers that the call carries.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

from agi_call import Call, Gone, data_folder

from dialer.core.survey import Interpreter
from dialer.core.survey_model import Prompt
from dialer.core.survey_reader import read_tree
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
    State,
    Timeout,
    TimeUp,
)
from dialer.core.survey_tree import tree_of
from dialer.ivr.handover import ANSWERS, DONE, PERSON, answers_of, answers_text, person_of
from dialer.ivr.places import compiled_survey_file, prompt_file
from dialer.ivr.spool_record import answer_record, event_record, opt_out_record, write_record

VIA = "fallback"


class Fallback:
    """One call without the daemon."""

    def __init__(self, call: Call, data: Path) -> None:
        self.call = call
        self.prompts = data / "prompts"
        self.spool = data / "spool"
        self.attempt_id = call.variable("SAMPARK_ATTEMPT") or call.channel_id
        self.version = int(call.variable("SAMPARK_SURVEY") or 0)
        self.answers = answers_of(call.variable(ANSWERS))

    def run(self) -> None:
        """Ask until the end; without a survey the person hears an apology."""
        file = compiled_survey_file(self.prompts, self.version)
        if not file.exists():
            self.call.play(prompt_file(self.prompts, 0, Prompt("apology", "hi", shared=True)), "")
            return
        survey = read_tree(tree_of(json.loads(file.read_text(encoding="utf-8"))))
        if survey.certified:
            return  # whether audio is certified cannot be known here, so nothing is played
        self.deadline = time.time() + survey.max_minutes * 60
        interpreter = Interpreter(survey, person_of(self.call.variable(PERSON), self.call.language))
        state, actions = interpreter.start(self.answers, greeted=bool(self.answers))
        self.note("survey_started", "fallback")
        given = self.heard(actions, state)
        while state.phase is not Phase.ENDED:
            state, actions = interpreter.step(state, given)
            given = self.heard(actions, state)
        self.note("survey_ended", next(action.word for action in actions if isinstance(action, End)))
        self.call.set_variable(DONE, "1")

    def heard(self, actions: Iterable[Action], state: State) -> Input:
        """What the person did while the actions were carried out."""
        try:
            given = self.carry_out(actions, state.language)
        except Gone:
            return HangUp()
        late = time.time() > self.deadline and state.phase is not Phase.CLOSING
        return TimeUp() if late and isinstance(given, (PromptFinished, Timeout)) else given

    def carry_out(self, actions: Iterable[Action], language: str) -> Input:
        """Do what the interpreter says; what the person did meanwhile."""
        heard: Input = PromptFinished()
        for action in actions:
            if isinstance(action, Answer):
                self.keep(action, language)
            elif isinstance(action, OptOut):
                write_record(self.spool, opt_out_record(self.attempt_id, "", time.time()))
            elif isinstance(action, Play):
                heard = self.play(action)
            elif isinstance(action, Listen):
                key = self.call.listen(action.timeout_s)
                heard = Key(key) if key else Timeout()
            elif isinstance(action, Record):
                heard = Timeout()  # nothing is recorded without the daemon: the question stays open
            elif isinstance(action, CallOperator):
                heard = NoOperator()  # who could be joined is known to the daemon only
        return heard

    def play(self, action: Play) -> Input:
        """Prompts in order, until a key."""
        for prompt in action.prompts:
            if key := self.call.play(prompt_file(self.prompts, self.version, prompt), action.stop_keys):
                return Key(key)
        return PromptFinished()

    def keep(self, answer: Answer, language: str) -> None:
        """Onto the disk first; then the call itself carries it on."""
        record = answer_record(self.attempt_id, answer.question, answer.value, language, time.time(), VIA)
        write_record(self.spool, record)
        self.answers[answer.question] = answer.value
        self.call.set_variable(ANSWERS, answers_text(self.answers))

    def note(self, event: str, detail: str) -> None:
        """A line of the attempt's story."""
        write_record(self.spool, event_record(self.attempt_id, event, detail, time.time()))


def main() -> None:
    """Serve the call that Asterisk started this script for."""
    try:
        Fallback(Call(), data_folder()).run()
    except Gone:
        return


if __name__ == "__main__":
    main()
