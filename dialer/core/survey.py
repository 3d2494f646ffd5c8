"""The interpreter of keypad surveys: ``(state, input) -> (state, actions)``, without I/O, clock or chance.

The caller carries out the actions in order. The last one says what to wait for: ``Play`` is answered with
``PromptFinished`` or ``Key``, ``Listen`` with ``Key`` or ``Timeout``, ``Record`` with ``Recorded`` or
``Timeout``, ``CallOperator`` with ``NoOperator``; after ``End`` the line is hung up. ``HangUp`` and
``TimeUp`` may come at any moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from dialer.core.survey_entry import Entry, take_digit
from dialer.core.survey_model import END, HEARD, SKIP, Kind, Node, Prompt, Survey
from dialer.core.survey_path import Paths, Person, Place, ordered_options
from dialer.core.survey_speech import Speech
from dialer.core.survey_state import (
    Action,
    Answer,
    Asked,
    CallOperator,
    End,
    EndReason,
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
    Step,
    Timeout,
    TimeUp,
)
from dialer.errors import IllegalTransition

TURNS_PER_NODE = 24
"""After so many inputs for each node the survey says goodbye: nobody can be kept on the line for ever."""
DIGIT_PAUSE_S = 3.0
"""Between typed digits; a longer pause ends the number."""


class Interpreter:
    """One survey for one person."""

    def __init__(self, survey: Survey, person: Person) -> None:
        self.survey = survey
        self.person = person
        self._paths = Paths(survey, person)
        self._speech = Speech(survey, person)
        self._controls = survey.keys.named()
        self._turns = TURNS_PER_NODE * (len(survey.nodes) + 2)

    # --- from outside -----------------------------------------------------------------------------

    def start(
        self, answers: Mapping[str, str] | None = None, greeted: bool = False, no_operator: bool = False
    ) -> Step:
        """Begin, or go on at the first open question when ``answers`` were given before.

        ``greeted``: this call has heard the information before its first open question already.
        ``no_operator``: it asked for an operator, and nobody came.
        """
        questions = {node.name for node in self.survey.questions()}
        given = {name: value for name, value in (answers or {}).items() if name in questions}
        state = State(
            place=Place(self.survey.start),
            phase=Phase.PLAYING,
            language=self._first_language(given),
            answers=given,
            carried=frozenset(given),
        )
        place = self._paths.enter(state.place, state.answers, state.language)
        step = self._arrive(state._replace(place=place), (), resumed=greeted)
        if not no_operator or step[0].phase is Phase.ENDED:
            return step
        return self.step(step[0]._replace(phase=Phase.AWAY), NoOperator())

    def step(self, state: State, given: Input) -> Step:
        """What follows from an input; ``IllegalTransition`` when nothing waits for it."""
        if state.phase is Phase.ENDED:
            raise IllegalTransition(f"survey {self.survey.name} is over; it takes no {type(given).__name__}")
        if isinstance(given, HangUp):
            return self._hung_up(state)
        if state.phase is Phase.CLOSING:
            return self._ended(state, state.end or EndReason.COMPLETED)
        state = state._replace(turns=state.turns + 1)
        if isinstance(given, TimeUp) or state.turns > self._turns:
            return self._close(state, EndReason.TOO_LONG)
        if isinstance(given, NoOperator):
            return self._back_from_operator(state)
        if isinstance(given, Key):
            return self._key(state, given.key)
        return self._without_key(state, given)

    def progress(self, state: State) -> tuple[int, int]:
        """``(questions done, questions there are at most on this person's way)``."""
        done = {name for name in state.answers if name in self.survey.nodes} | state.skipped
        ahead = self._questions_ahead(state)
        return len(done - ahead), len(done | ahead)

    # --- inputs -----------------------------------------------------------------------------------

    def _key(self, state: State, key: str) -> Step:
        node = self._node(state)
        if state.phase is Phase.AWAY:
            raise IllegalTransition("while an operator is waited for, keys mean nothing")
        if state.phase is Phase.RECORDING:
            raise IllegalTransition("while a voice is recorded, keys only end the recording")
        if node.kind is Kind.INFO:
            return self._key_at_info(state, node, key)
        state = state._replace(asked=state.asked._replace(heard_key=True), silent=0)
        if node.kind.types_digits:
            return self._digit(state, node, key)
        if key in self._controls:
            return self._control(state, node, self._controls[key])
        option = next((option for option in ordered_options(node, self.person) if option.key == key), None)
        if option is None:
            return self._again(state, node, "wrong_key")
        return self._answered(state, node, option.value, option.go)

    def _key_at_info(self, state: State, node: Node, key: str) -> Step:
        role = self._controls.get(key, "")
        if role:
            return self._control(state, node, role)
        return self._onwards(state._replace(ahead=key if self.survey.type_ahead else ""), ())

    def _digit(self, state: State, node: Node, key: str) -> Step:
        entry, done, control = take_digit(state.asked.entry, key, node)
        state = state._replace(asked=state.asked._replace(entry=entry))
        if control:
            role = self._controls.get(control, "")
            return self._control(state, node, role) if role else self._again(state, node, "wrong_key")
        if not done:
            return state._replace(phase=Phase.LISTENING), (Listen(DIGIT_PAUSE_S),)
        return self._entered(state, node)

    def _entered(self, state: State, node: Node) -> Step:
        value = state.asked.entry.value(node)
        if value is None:
            return self._again(state, node, "wrong_key")
        return self._answered(state, node, value)

    def _without_key(self, state: State, given: Input) -> Step:
        node = self._node(state)
        if state.phase is Phase.PLAYING and isinstance(given, PromptFinished):
            return self._heard(state, node)
        if state.phase is Phase.RECORDING and isinstance(given, Recorded):
            return self._answered(state, node, given.reference)
        if state.phase in (Phase.LISTENING, Phase.RECORDING) and isinstance(given, Timeout):
            return self._waited(state, node)
        raise IllegalTransition(f"{type(given).__name__} does not fit while {state.phase} at {node.name}")

    def _heard(self, state: State, node: Node) -> Step:
        if node.kind is Kind.INFO:
            return self._onwards(state, ())
        if node.kind is Kind.VOICE:
            return state._replace(phase=Phase.RECORDING), (Record(node.name, node.record_s),)
        pause_s = DIGIT_PAUSE_S if state.asked.entry.keys else node.timeout_s
        return state._replace(phase=Phase.LISTENING), (Listen(pause_s),)

    def _waited(self, state: State, node: Node) -> Step:
        entry = state.asked.entry
        if entry.star:
            role = self._controls.get("*", "")
            return self._control(state, node, role) if role else self._again(state, node, "wrong_key")
        if entry.keys:
            return self._entered(state, node)
        return self._again(state, node, "no_key")

    # --- keys that work everywhere ------------------------------------------------------------------

    def _control(self, state: State, node: Node, role: str) -> Step:
        if role == "opt_out":
            state, closing = self._close(state, EndReason.OPTED_OUT)
            return state, (OptOut(), *closing)
        if role == "operator":
            rule = self.survey.operator
            state = state._replace(phase=Phase.AWAY, asked=Asked(), silent=0, ahead="")
            return state, (CallOperator(rule.campaign, rule.wait_s),)
        if role == "back" and state.trail:
            earlier = state.trail[-1]
            state = state._replace(place=earlier, trail=state.trail[:-1], asked=Asked())
            return self._present(state, ())
        if state.asked.repeats >= self.survey.repeats:
            return self._again(state, node, "")
        asked = state.asked._replace(repeats=state.asked.repeats + 1, entry=Entry())
        return self._present(state._replace(asked=asked), ())

    def _back_from_operator(self, state: State) -> Step:
        if state.phase is not Phase.AWAY:
            raise IllegalTransition(f"no operator was asked for while {state.phase}")
        if self.survey.operator.goodbye:
            return self._close(state, EndReason.NO_OPERATOR)
        node = self._node(state)
        words = self._speech.message("no_operator", state.language)
        return self._play(state, (*words, *self._speech.prompts(node, state.language)), ())

    # --- from node to node ----------------------------------------------------------------------------

    def _answered(self, state: State, node: Node, value: str, go: str = "") -> Step:
        if node.kind is Kind.MENU:
            return self._onwards(state, (), go)
        state = state._replace(
            answers={**state.answers, node.name: value},
            language=value if node.kind is Kind.LANGUAGE else state.language,
            skipped=state.skipped - {node.name},
            carried=state.carried - {node.name},
        )
        return self._onwards(state, (Answer(node.name, value),), go)

    def _onwards(self, state: State, actions: tuple[Action, ...], go: str = "") -> Step:
        node = self._node(state)
        if node.kind is Kind.INFO and node.scheme:
            actions = (*actions, Answer(node.name, HEARD))
        trail = (*state.trail, state.place) if node.kind.waits else state.trail
        place = self._paths.after(state.place, state.answers, state.language, go)
        return self._arrive(state._replace(place=place, trail=trail, asked=Asked()), actions)

    def _arrive(self, state: State, actions: tuple[Action, ...], resumed: bool = False) -> Step:
        """Pass everything that need not be asked or said, and present the first node that must.

        ``resumed``: questions were passed that an earlier call answered.
        """
        for _hop in range(len(self.survey.nodes) * 2 + 2):
            if state.place.node == END:
                return self._finish(state, actions)
            node = self._node(state)
            if node.name in state.carried:
                resumed = resumed or node.kind is not Kind.LANGUAGE
                state = state._replace(carried=state.carried - {node.name})
            elif not (self._passed_by(state, node) or (resumed and self._told_before(state, node))):
                return self._present(state, actions, resumed)
            state = state._replace(place=self._paths.after(state.place, state.answers, state.language))
        return self._finish(state, actions)

    def _passed_by(self, state: State, node: Node) -> bool:
        if node.skip_when and self._paths.holds(node.skip_when, state.answers, state.language):
            return True
        return (
            bool(node.known)
            and node.name not in state.answers
            and bool(self._paths.known_answer(node, state.answers))
        )

    def _told_before(self, state: State, node: Node) -> bool:
        """Information on the way to the first open question; the last words are always said."""
        if node.kind is not Kind.INFO:
            return False
        return self._paths.after(state.place, state.answers, state.language).node != END

    def _present(self, state: State, actions: tuple[Action, ...], resumed: bool = False) -> Step:
        node = self._node(state)
        opening = self._speech.message("resume", state.language) if resumed and node.kind.waits else ()
        if state.ahead and node.kind.waits:
            key, state = state.ahead, state._replace(ahead="", phase=Phase.LISTENING)
            state, more = self._key(state, key)
            return state, (*actions, *more)
        return self._play(state, (*opening, *self._speech.prompts(node, state.language)), actions)

    def _again(self, state: State, node: Node, message: str) -> Step:
        """Ask once more with a word on what went wrong, or give the question up."""
        if state.asked.times >= node.asks:
            return self._give_up(state, node)
        state = state._replace(asked=state.asked._replace(times=state.asked.times + 1, entry=Entry()))
        words = self._speech.message(message, state.language) if message else ()
        return self._play(state, (*words, *self._speech.prompts(node, state.language)), ())

    def _give_up(self, state: State, node: Node) -> Step:
        silent = state.silent if state.asked.heard_key else state.silent + 1
        state = state._replace(silent=silent)
        if silent >= self.survey.patience:
            return self._close(self._leave_open(state, node), EndReason.SILENT)
        if node.no_answer == END:
            return self._close(self._leave_open(state, node), EndReason.GAVE_UP)
        if node.no_answer == SKIP:
            return self._onwards(self._leave_open(state, node), ())
        return self._answered(state, node, node.no_answer)

    @staticmethod
    def _leave_open(state: State, node: Node) -> State:
        is_open = node.kind.stores and node.kind is not Kind.LANGUAGE and node.name not in state.answers
        return state._replace(skipped=state.skipped | {node.name}) if is_open else state

    # --- the end --------------------------------------------------------------------------------------

    def _finish(self, state: State, actions: tuple[Action, ...]) -> Step:
        state, ending = self._ended(state, EndReason.COMPLETED)
        return state, (*actions, *ending)

    def _close(self, state: State, reason: EndReason) -> Step:
        message = "opted_out" if reason is EndReason.OPTED_OUT else "goodbye"
        words = self._speech.message(message, state.language)
        if reason is EndReason.NO_OPERATOR:
            words = (*self._speech.message("no_operator", state.language), *words)
        return state._replace(phase=Phase.CLOSING, end=reason), (Play(words, ""),)

    def _hung_up(self, state: State) -> Step:
        if state.phase is Phase.CLOSING:
            return self._ended(state, state.end or EndReason.HUNG_UP)
        reason = EndReason.HUNG_UP if self._questions_ahead(state) else EndReason.COMPLETED
        return self._ended(state, reason)

    def _ended(self, state: State, reason: EndReason) -> Step:
        complete = reason is EndReason.COMPLETED and not state.skipped
        return state._replace(phase=Phase.ENDED, end=reason), (End(reason, complete),)

    # --- looking ----------------------------------------------------------------------------------------

    def _node(self, state: State) -> Node:
        return self.survey.nodes[state.place.node]

    def _first_language(self, answers: Mapping[str, str]) -> str:
        chosen = [answers[node.name] for node in self.survey.questions()
                  if node.kind is Kind.LANGUAGE and node.name in answers]  # fmt: skip
        wanted = [*chosen, self.person.language]
        return next((code for code in wanted if code in self.survey.languages), self.survey.languages[0])

    def _play(self, state: State, prompts: tuple[Prompt, ...], actions: tuple[Action, ...]) -> Step:
        play = Play(prompts, self._speech.stop_keys(self._node(state)))
        return state._replace(phase=Phase.PLAYING), (*actions, play)

    def _questions_ahead(self, state: State) -> set[str]:
        """Open questions that may still come, this one included; an estimate where the way branches."""
        ahead: set[str] = set()
        seen: set[str] = set()
        waiting = [state.place.node]
        while waiting:
            name = waiting.pop()
            if name == END or name in seen:
                continue
            seen.add(name)
            node = self.survey.nodes[name]
            if node.kind.stores and (name not in state.answers or name == state.place.node):
                if not self._passed_by(state, node):
                    ahead.add(name)
            waiting += self._ways(state, node)
        return ahead

    def _ways(self, state: State, node: Node) -> tuple[str, ...]:
        """Where a node may lead, as far as the answers already say."""
        if node.kind is Kind.SHUFFLE:
            return node.targets()
        is_past = node.name in state.answers and node.name != state.place.node
        if is_past or node.kind is Kind.INFO:
            return (self._paths.target(node, state.answers, state.language),)
        return node.targets()
