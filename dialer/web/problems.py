"""Errors as people and programs read them: RFC 9457 problem documents in Hindi or English, each with its fix.

``code`` is for programs and never changes; ``title`` and ``fix`` are for people.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from dialer.core.live import SeatState
from dialer.core.model import RefusalReason
from dialer.errors import InputError, NotFoundError, RuleRefusal, SamparkError
from dialer.i18n import N_, catalog
from dialer.reports.phrases import RULES

log = structlog.get_logger("web")


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem that can happen: its HTTP status, what is wrong, and what to do."""

    status: int
    title: str
    fix: str


KINDS: Final[Mapping[str, Kind]] = {
    "not_signed_in": Kind(401, N_("You are not signed in, or your sign-in has ended."), N_("Sign in again.")),
    "wrong_credentials": Kind(
        401,
        N_("User name or password is wrong."),
        N_("Check both; the supervisor can set a new password with `dialer operators password`."),
    ),
    "code_needed": Kind(
        401,
        N_("This sign-in also needs a code."),
        N_("Type the six digits that your authenticator app shows now, or a recovery code."),
    ),
    "wrong_code": Kind(
        401,
        N_("The code is wrong, too old, or was used already."),
        N_("Wait for the app's next code; or check your telephone's clock, or use a recovery code."),
    ),
    "csrf": Kind(
        403,
        N_("The request does not carry this sign-in's token."),
        N_("Send the csrf value of the sign-in's reply in the header X-CSRF-Token."),
    ),
    "foreign_origin": Kind(
        403, N_("The request comes from another site."), N_("Open the desk at its own address.")
    ),
    "signature_wrong": Kind(
        403,
        N_("The report is not signed by a district that is known here."),
        N_("Give the state office this district's public key; `dialer warroom key` prints it."),
    ),
    "reports_busy": Kind(503, N_("Too many reports come in at once."), N_("Send it again in a while.")),
    "not_allowed": Kind(
        403, N_("Your role may not do this."), N_("Ask a supervisor, or sign in as one who may.")
    ),
    "seat_needed": Kind(403, N_("This needs a seat."), N_("Sign in with the number of your seat.")),
    "not_your_call": Kind(
        403, N_("This call was not yours."), N_("Record only calls that you spoke in during the last hour.")
    ),
    "not_a_number": Kind(
        422,
        N_("This is no telephone number of a person in India."),
        N_("Type all ten digits; a landline with its STD code."),
    ),
    "no_campaign_by_number": Kind(
        409,
        N_("You take no running campaign in which people are called by the number."),
        N_("Be ready once for a campaign with mode manual or preview; the supervisor starts it."),
    ),
    "not_on_a_list": Kind(
        409,
        N_("This number is on no list of the running campaigns that you take."),
        N_("Only people on such a list are called; check the digits."),
    ),
    "refused_for_now": Kind(
        409, N_("Nobody is dialled. Rule: {rule}."), N_("A call may be possible from {earliest} on.")
    ),
    "refused_for_good": Kind(
        409, N_("Nobody is dialled. Rule: {rule}."), N_("This campaign does not call them any more.")
    ),
    "not_dialling": Kind(
        503,
        N_("Nobody can be dialled at this moment."),
        N_("Try again in a moment; if it lasts, tell the supervisor."),
    ),
    "too_many_numbers": Kind(
        429, N_("You have looked up very many numbers."), N_("Try again in {minutes} minutes.")
    ),
    "not_found": Kind(404, N_("There is no such thing here."), N_("Check the address.")),
    "no_such_seat": Kind(
        422, N_("There is no seat {seat}; the seats are 1 to {seats}."), N_("Give the number at your place.")
    ),
    "no_such_campaign": Kind(
        422,
        N_("No campaign that runs or is paused has the number {campaign}."),
        N_("Choose among the campaigns listed at /api/v1/campaigns."),
    ),
    "unknown_question": Kind(
        422, N_("The campaign's survey has no question {question}."), N_("Use the questions of the call.")
    ),
    "answer_not_offered": Kind(
        422,
        N_("The question {question} does not offer that answer; it offers: {offered}."),
        N_("Choose one of them."),
    ),
    "no_survey": Kind(
        409, N_("The campaign of this call asks no survey."), N_("Write it into the notes instead.")
    ),
    "seat_not_checked": Kind(
        409, N_("The telephone was not checked yet."), N_("Check it; the supervisor helps if that fails.")
    ),
    "no_trial_begun": Kind(
        409, N_("No check of the telephone was begun."), N_("Begin one, and say then what you heard.")
    ),
    "on_hold": Kind(409, N_("The person is on hold."), N_("Take them back first.")),
    "not_on_hold": Kind(409, N_("The person would hear it."), N_("Put them on hold first.")),
    "nobody_asked": Kind(409, N_("No colleague is being asked."), N_("Ask one first.")),
    "nobody_ready": Kind(
        409, N_("No colleague is ready now."), N_("Try again in a moment, or note a time to call back.")
    ),
    "colleague_not_ready": Kind(
        409, N_("The colleague on seat {seat} cannot take anybody now."), N_("Choose one who is ready.")
    ),
    "finished_by_colleague": Kind(
        409, N_("{name} finished this call and chose its result."), N_("Your notes are kept beside it.")
    ),
    "callback_time": Kind(
        422, N_("This time cannot be agreed."), N_("Choose one that is to come, until {latest}.")
    ),
    "callback_campaign_over": Kind(
        409, N_("The campaign of this call is over; nobody would call."), N_("Write it into the notes.")
    ),
    "callback_not_then": Kind(
        422, N_("Nobody is called at that time."), N_("The next possible time is {earliest}.")
    ),
    "phones_away": Kind(
        503,
        N_("Asterisk cannot be told of this desk's phone now."),
        N_("It is tried again by itself; if it lasts, tell the supervisor."),
    ),
    "method_not_allowed": Kind(
        405, N_("This address does not know that method."), N_("See /api/v1/docs for what it knows.")
    ),
    "wrong_seat_state": Kind(
        409, N_("Seat {seat} {state} now; this does not fit."), N_("Wait for the next state of the seat.")
    ),
    "seat_in_call": Kind(
        409,
        N_("Another operator is speaking on seat {seat}."),
        N_("Wait until the call has ended, or choose another seat."),
    ),
    "person_on_the_line": Kind(
        409,
        N_("A person is on your line, or is being called for you."),
        N_("Hang up first, or hand them on. A break that you choose now begins after this call."),
    ),
    "seat_taken": Kind(
        409,
        N_("{operator} sits on seat {seat}."),
        N_("Choose another seat, or take this one over with take_over."),
    ),
    "call_unknown": Kind(
        404, N_("This call is not known."), N_("Use the attempt_id that the desk was told with the call.")
    ),
    "too_large": Kind(413, N_("The request is larger than {limit} bytes."), N_("Send less.")),
    "not_json": Kind(
        415, N_("The request is not JSON."), N_("Send a JSON object with Content-Type: application/json.")
    ),
    "slow_request": Kind(408, N_("The request did not arrive in time."), N_("Send it again.")),
    "invalid": Kind(422, N_("Some fields are missing or wrong."), N_("Correct the fields that are named.")),
    "bad_request": Kind(400, N_("The request cannot be understood."), N_("See /api/v1/docs.")),
    "too_many_attempts": Kind(
        429, N_("Too many failed sign-ins."), N_("Wait {seconds} seconds, then try again.")
    ),
    "busy": Kind(503, N_("Too many sign-ins at once."), N_("Try again in a few seconds.")),
    "store_busy": Kind(
        503, N_("The database cannot be used now; nothing was stored."), N_("Try again in a few seconds.")
    ),
    "refused": Kind(409, N_("A rule does not allow it."), N_("Read the detail.")),
    "internal": Kind(
        500, N_("A fault of ours; it is in the log as {reference}."), N_("Tell the supervisor this number.")
    ),
}

STATES: Final[Mapping[SeatState, str]] = {
    SeatState.SIGNED_OUT: N_("is signed out"),
    SeatState.CONNECTING: N_("is connecting"),
    SeatState.PAUSED: N_("is paused"),
    SeatState.READY: N_("is ready"),
    SeatState.PREVIEW: N_("shows a person who is not called yet"),
    SeatState.DIALLING: N_("has somebody called"),
    SeatState.RESERVED: N_("is being joined to somebody"),
    SeatState.TALKING: N_("is in a call"),
    SeatState.WRAP_UP: N_("is in wrap-up"),
    SeatState.UNREACHABLE: N_("has no phone that answers"),
}

FIELD_FAULTS: Final[Mapping[str, str]] = {
    "missing": N_("is missing"),
    "extra_forbidden": N_("is not known here; leave it out"),
    "string_too_short": N_("is too short"),
    "string_too_long": N_("is too long"),
    "string_type": N_("must be text"),
    "string_pattern_mismatch": N_("does not have the right form"),
    "int_type": N_("must be a whole number"),
    "bool_type": N_("must be true or false"),
    "list_type": N_("must be a list"),
    "too_long": N_("has too many entries"),
    "greater_than_equal": N_("is too small"),
    "less_than_equal": N_("is too large"),
    "literal_error": N_("is not one of the values allowed"),
    "enum": N_("is not one of the values allowed"),
    "json_invalid": N_("is not JSON"),
}


class FieldFault(BaseModel):
    """What is wrong with one field; ``field`` is its path, empty for the whole body."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str


class ProblemDocument(BaseModel):
    """The body of every reply that is not a success (RFC 9457, ``application/problem+json``)."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str
    fields: list[FieldFault] = []


class Problem(Exception):
    """Ends a request with the problem ``code`` of ``KINDS``. ``values`` fill its texts."""

    def __init__(
        self,
        code: str,
        *,
        detail: str = "",
        retry_after_s: float | None = None,
        fields: Sequence[Mapping[str, Any]] = (),
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.fields = fields
        self.values = values

    def document(self, language: str) -> ProblemDocument:
        """The problem in words of ``language``."""
        kind, words = KINDS[self.code], catalog(language).gettext
        values = {
            name: words(text) if (text := _said(value)) is not None else value
            for name, value in self.values.items()
        }
        title = words(kind.title).format(**values)
        return ProblemDocument(
            type=f"/api/v1/docs#problem-{self.code}",
            title=title,
            status=kind.status,
            detail=self.detail or title,
            code=self.code,
            fix=words(kind.fix).format(**values),
            fields=[_field_fault(fault, language) for fault in self.fields],
        )


def _said(value: object) -> str | None:
    """The text to be translated for a state or a rule; None for any other value."""
    match value:
        case SeatState():
            return STATES[value]
        case RefusalReason():
            return RULES[value]
    return None


def _field_fault(fault: Mapping[str, Any], language: str) -> FieldFault:
    path = ".".join(str(part) for part in fault["loc"])
    known = FIELD_FAULTS.get(fault["type"])
    text = catalog(language).gettext(known or N_("does not have the right form"))
    if language == "en" and known is None:
        text = str(fault["msg"]).removeprefix("Value error, ")
    return FieldFault(field=path, message=text)


def language_of(request: web.Request, preferred: str = "hi") -> str:
    """``hi`` or ``en``: the first of them in Accept-Language, else ``preferred``."""
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in ("hi", "en"):
            return tag
    return preferred


def problem_response(problem: Problem, language: str) -> web.Response:
    """The reply for a problem."""
    document = problem.document(language)
    headers = {"Content-Language": language}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
    if document.status == 401:
        headers["WWW-Authenticate"] = 'Session realm="Sampark"'
    return web.Response(
        status=document.status,
        text=document.model_dump_json(),
        content_type="application/problem+json",
        headers=headers,
    )


def problem_of(fault: Exception, language: str) -> Problem:
    """Any exception of a handler as a problem; what was not foreseen is logged without its words."""
    match fault:
        case Problem():
            return fault
        case ValidationError():
            return Problem("invalid", fields=fault.errors(include_url=False, include_input=False))
        case web.HTTPException():
            return _http_problem(fault)
        case SamparkError() if fault.retryable:
            return Problem("store_busy", retry_after_s=1.0)
        case NotFoundError() | InputError() | RuleRefusal():
            code = {NotFoundError: "not_found", InputError: "invalid"}.get(type(fault), "refused")
            return Problem(code, detail=fault.in_words(catalog(language).gettext))
    reference = secrets.token_hex(4)
    # The words of an unforeseen fault may hold personal data; its place in the code does not.
    frame = _innermost(fault)
    log.error("request failed", reference=reference, kind=type(fault).__name__, at=frame)
    return Problem("internal", reference=reference)


def _http_problem(fault: web.HTTPException) -> Problem:
    if isinstance(fault, web.HTTPRequestEntityTooLarge):
        return Problem("too_large", limit="65536")
    return Problem({404: "not_found", 405: "method_not_allowed"}.get(fault.status, "bad_request"))


def _innermost(fault: Exception) -> str:
    trace = fault.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_filename}:{trace.tb_lineno} {code.co_name}"
