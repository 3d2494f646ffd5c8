"""A keypad survey on a living call: plays, listens, and keeps every answer the moment its key is pressed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from dialer.core.events import Event
from dialer.core.ivr_events import SurveyEnded, SurveyStarted
from dialer.core.survey import Interpreter
from dialer.core.survey_model import Prompt, Survey
from dialer.core.survey_path import Person
from dialer.core.survey_speech import ALL_KEYS
from dialer.core.survey_state import (
    Action,
    Answer,
    CallOperator,
    End,
    EndReason,
    HangUp,
    Input,
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
from dialer.errors import AgiHangup, SamparkError, StoreError, TelephonyError
from dialer.ivr.handover import (
    ANSWERS,
    CAMPAIGN,
    DONE,
    NOBODY,
    PERSON,
    WAIT,
    answers_of,
    answers_text,
    person_text,
)
from dialer.ivr.joining import JoinedSounds
from dialer.ivr.places import prompt_file
from dialer.ivr.safekeeping import Safekeeping, Save
from dialer.ivr.survey_file import read_survey
from dialer.store.port import CallContext

ATTEMPT = re.compile(r"a[0-9a-f]{24}")
SHORTEST_VOICE_S = 0.5

log = structlog.get_logger("survey")


class Phone(Protocol):
    """What a session asks of a call; every method raises ``AgiHangup`` once the channel is gone."""

    @property
    def channel_id(self) -> str: ...

    @property
    def arguments(self) -> Sequence[str]: ...

    async def get_variable(self, name: str) -> str | None: ...

    async def set_variable(self, name: str, value: str) -> None: ...

    async def stream_file(self, prompt: str, escape_digits: str) -> str | None: ...

    async def wait_for_digit(self, timeout_s: float) -> str | None: ...

    async def get_option(self, prompt: str, timeout_s: float) -> str | None: ...

    async def record_file(self, file: str, longest_s: float) -> float: ...

    async def hangup(self) -> None: ...


class ContextStore(Protocol):
    """The part of the store that knows who is on the line."""

    async def call_context(self, attempt_id: str) -> CallContext | None: ...


class AudioRefused(SamparkError):
    """Audio without a certificate in a survey that plays nothing else."""


async def nothing_certified() -> frozenset[str]:
    """For an office without certificates."""
    return frozenset()


class SurveySessions:
    """Serves the calls of all survey campaigns; ``handle`` is what the FastAGI server runs for each.

    ``save`` returns when facts are stored, or raises ``StoreBusy``. ``prompts``: the root of the finished
    prompts. ``spool``: where answers go that cannot be stored at once; beside the prompts if not given.
    ``certified``: the SHA-256 of all audio that has a certificate, asked at each call that needs it.
    """

    def __init__(
        self,
        store: ContextStore,
        prompts: Path,
        post: Callable[[Event], None],
        save: Save,
        clock: Callable[[], float],
        spool: Path | None = None,
        certified: Callable[[], Awaitable[frozenset[str]]] = nothing_certified,
    ) -> None:
        self._store = store
        safe = Safekeeping(save, spool or prompts.parent / "spool")
        self._means = _Means(prompts, JoinedSounds(prompts), post, clock, safe)
        self._surveys: dict[int, Survey] = {}
        self._certified = certified

    async def handle(self, phone: Phone) -> None:
        """One call, from its first prompt to its end.

        When nothing can be asked, the person hears an apology; when the database does not answer, the
        dialplan goes on with the script that needs none.
        """
        attempt_id = await self._attempt_id(phone)
        try:
            context = await self._store.call_context(attempt_id)
            survey = self._survey(context)
            certified = await self._certified() if survey is not None and survey.certified else None
        except StoreError as fault:
            log.warning("a survey is left to the fallback", attempt=attempt_id, why=str(fault))
            return
        if context is None or survey is None:
            log.error("a call came without a survey", attempt=attempt_id, known=context is not None)
            await self._apologise(phone)
            return
        await _Session(self._means, phone, context, survey, certified).run()

    async def aclose(self) -> None:
        """Wait until everything that was given is kept."""
        await self._means.safe.aclose()

    async def _attempt_id(self, phone: Phone) -> str:
        if ATTEMPT.fullmatch(phone.channel_id):
            return phone.channel_id
        return await phone.get_variable("SAMPARK_ATTEMPT") or ""

    def _survey(self, context: CallContext | None) -> Survey | None:
        if context is None or context.survey_version_id is None or context.survey_source is None:
            return None
        version = context.survey_version_id
        if version not in self._surveys:
            try:
                self._surveys[version] = read_survey(context.survey_source, f"survey version {version}")
            except SamparkError as fault:
                log.error("a stored survey cannot be read", version=version, why=str(fault))
                return None
        return self._surveys[version]

    async def _apologise(self, phone: Phone) -> None:
        try:
            apology = prompt_file(self._means.prompts, 0, Prompt("apology", "hi", shared=True))
            await phone.stream_file(apology, "")
        except AgiHangup:
            return
        except TelephonyError as fault:
            log.error("the apology cannot be played", why=str(fault))
        await phone.hangup()


@dataclass(frozen=True, slots=True)
class _Means:
    """What all sessions share."""

    prompts: Path
    sounds: JoinedSounds
    post: Callable[[Event], None]
    clock: Callable[[], float]
    safe: Safekeeping


class _Session:
    """One person on one call."""

    def __init__(
        self,
        means: _Means,
        phone: Phone,
        context: CallContext,
        survey: Survey,
        certified: frozenset[str] | None = None,
    ) -> None:
        self._prompts, self._sounds, self._safe = means.prompts, means.sounds, means.safe
        self._post, self._clock = means.post, means.clock
        self._phone = phone
        self._context = context
        self._survey = survey
        self._certified = certified
        self._version = context.survey_version_id or 0
        self._interpreter = Interpreter(survey, person_of(context))
        self._deadline = self._clock() + survey.max_minutes * 60
        self._given: dict[str, str] = {}

    async def run(self) -> None:
        """Ask until the end, or until the channel is gone."""
        # Given on this call already: to the fallback, or to a daemon that is gone.
        before = answers_of("".join(self._phone.arguments[:1]))
        self._given = {**self._context.answers, **before}
        nobody = NOBODY in self._phone.arguments[1:2]
        greeted = bool(before) or nobody
        state, actions = self._interpreter.start(self._given, greeted=greeted, no_operator=nobody)
        self._post(SurveyStarted(self._context.attempt_id, self._clock()))
        try:
            await self._tell_the_fallback()
            state, given = await self._carry_out(actions, state)
            while state.phase not in (Phase.ENDED, Phase.AWAY):
                state, actions = self._interpreter.step(state, given)
                state, given = await self._carry_out(actions, state)
        except AgiHangup:
            if state.phase is not Phase.ENDED:
                state, actions = self._interpreter.step(state, HangUp())
        except AudioRefused as fault:
            log.error("audio is not certified", attempt=self._context.attempt_id, prompt=str(fault))
            if state.phase is not Phase.ENDED:
                state, actions = self._interpreter.step(state, HangUp())
        if state.phase is not Phase.AWAY:
            await self._finish(actions)

    async def _carry_out(self, actions: Sequence[Action], state: State) -> tuple[State, Input]:
        """What came of the actions, and the state that it comes to."""
        heard: Input = PromptFinished()
        for action in actions:
            match action:
                case Answer():
                    await self._keep_answer(action, state.language)
                case OptOut():
                    await self._safe.keep_opt_out(self._context, self._clock())
                case Play():
                    state, heard = await self._play(action, state)
                case Listen(timeout_s=timeout_s):
                    key = await self._phone.wait_for_digit(timeout_s)
                    heard = Timeout() if key is None else Key(key)
                case Record():
                    heard = await self._record(action)
                case CallOperator():
                    await self._phone.set_variable(CAMPAIGN, action.campaign)
                    await self._phone.set_variable(WAIT, str(action.wait_s))
        late = self._clock() > self._deadline and state.phase is not Phase.CLOSING
        return state, TimeUp() if late and isinstance(heard, (PromptFinished, Timeout)) else heard

    async def _keep_answer(self, answer: Answer, language: str) -> None:
        at = self._clock()
        await self._safe.keep_answer(self._context, answer.question, answer.value, language, at)
        self._given[answer.question] = answer.value
        await self._phone.set_variable(ANSWERS, answers_text(self._given))

    async def _play(self, action: Play, state: State) -> tuple[State, Input]:
        """Play, and where nothing but a key is waited for after it, listen in the same command."""
        parts = [prompt_file(self._prompts, self._version, prompt) for prompt in action.prompts]
        if self._certified is not None:
            refused = await self._sounds.uncertified(parts, self._certified)
            if refused is not None:
                raise AudioRefused(refused)
        files = await self._sounds.files(parts)
        listening = self._listens_after(action, state)
        for number, file in enumerate(files, 1):
            try:
                if listening is not None and number == len(files):
                    key = await self._phone.get_option(file, listening[1])
                    return (listening[0], Timeout()) if key is None else (state, Key(key))
                key = await self._phone.stream_file(file, action.stop_keys)
            except AgiHangup:
                raise
            except TelephonyError as fault:
                log.error("a prompt cannot be played", attempt=self._context.attempt_id, why=str(fault))
                continue
            if key is not None:
                return state, Key(key)
        return state, PromptFinished()

    def _listens_after(self, action: Play, state: State) -> tuple[State, float] | None:
        """The state in which a key is waited for after the prompt, and for how long."""
        if action.stop_keys != ALL_KEYS:
            return None
        listening, then = self._interpreter.step(state, PromptFinished())
        match then:
            case (Listen(timeout_s=timeout_s),):
                return listening, timeout_s
        return None

    async def _record(self, action: Record) -> Input:
        name = f"{self._context.attempt_id}-{action.question}"
        folder = self._prompts.parent / "voices"
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        length_s = await self._phone.record_file(str(folder / name), action.longest_s)
        return Recorded(name) if length_s >= SHORTEST_VOICE_S else Timeout()

    async def _tell_the_fallback(self) -> None:
        """What the script needs if this daemon does not live to the end of the call."""
        if not self._survey.is_the_same_for_all():
            person = person_text(self._interpreter.person, self._survey.attributes())
            await self._phone.set_variable(PERSON, person)
        if self._given:
            await self._phone.set_variable(ANSWERS, answers_text(self._given))

    async def _finish(self, actions: Sequence[Action]) -> None:
        end = next(action for action in actions if isinstance(action, End))
        opted_out = end.reason is EndReason.OPTED_OUT
        self._post(SurveyEnded(self._context.attempt_id, self._clock(), end.complete, opted_out, end.word))
        log.debug("survey ended", attempt=self._context.attempt_id, reason=end.reason, complete=end.complete)
        try:
            await self._phone.set_variable(DONE, "1")
            await self._phone.hangup()
        except TelephonyError:
            return


def person_of(context: CallContext) -> Person:
    """What a survey may branch on; the seed gives the same person the same order on every call."""
    single = {
        "kind": context.kind,
        "role": context.role,
        "booth": context.booth,
        "language": context.language,
        "constituency": "" if context.constituency is None else str(context.constituency),
    }
    attributes: dict[str, Sequence[str]] = {name: values for name, value in context.attributes.items()
                                            if (values := _values(value))}  # fmt: skip
    attributes |= {name: (value,) for name, value in single.items() if value}
    if context.schemes:
        attributes["scheme"] = context.schemes
    return Person(context.language, attributes, f"{context.contact_id}/{context.survey_version_id}")


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(each) for each in value if each not in (None, ""))
    return () if value in (None, "") or isinstance(value, Mapping) else (str(value),)


