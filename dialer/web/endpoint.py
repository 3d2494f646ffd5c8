"""An endpoint as data: who may call it, what goes in and out. Routes and documentation come from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

from dialer.store.operators import CALL_CENTRE, Role
from dialer.store.sessions import Session
from dialer.web.problems import Problem

if TYPE_CHECKING:
    from dialer.web.parts import Parts

LARGEST_BODY: Final = 64 * 1024
BODY_DEADLINE_S: Final = 10.0

# No control characters, and none that turn the direction of text: what is read is what is stored.
_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
_NOTES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_NO_CONTROLS)]
"""One line of text."""
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_NOTES)]
"""Text of several lines."""
AttemptId = Annotated[str, StringConstraints(pattern=r"^a[0-9a-f]{24}$")]


class Body(BaseModel):
    """A request's JSON object: unknown fields, wrong types and missing fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Reply(BaseModel):
    """A JSON reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Empty(Body):
    """A request without fields."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call. ``seat``: a seat is needed; ``token``: also the local token of the command line;
    ``local``: also any program on this machine; ``public``: anybody.
    """

    roles: frozenset[Role] = frozenset()
    seat: bool = False
    token: bool = False
    local: bool = False
    public: bool = False


PUBLIC: Final = Access(public=True)
ANYBODY: Final = Access(roles=CALL_CENTRE, token=True)
DESK: Final = Access(roles=CALL_CENTRE, seat=True)
SIGNED_IN: Final = Access(roles=frozenset(Role))
SUPERVISOR: Final = Access(roles=frozenset({Role.SUPERVISOR, Role.ADMIN}), token=True)
_OVERSEERS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.DISTRICT_HEAD})
WAR_ROOM: Final = Access(roles=_OVERSEERS | {Role.WARROOM_READER, Role.WARROOM_EDITOR}, token=True)
"""Looking into the war room, with numbers masked."""
WAR_ROOM_EDIT: Final = Access(roles=frozenset({Role.WARROOM_EDITOR, Role.DISTRICT_HEAD, Role.ADMIN}))
"""Changing it, and seeing telephones and addresses: in a person's own name only, never by the token."""
WAR_ROOM_CALL: Final = Access(roles=_OVERSEERS | {Role.WARROOM_EDITOR})
"""Making campaigns to the people of the war room; starting them stays with the supervisors."""
REPORTS: Final = Access(roles=_OVERSEERS, token=True)
"""Reading the day's reports, our own and, at the state office, those of all districts."""
MACHINE: Final = Access(token=True, local=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``session`` is None for the local token."""

    name: str
    role: Role
    language: str
    session: Session | None = None

    @property
    def is_supervisor(self) -> bool:
        """Whether this person oversees others."""
        return self.role in (Role.SUPERVISOR, Role.ADMIN)


BodyType = TypeVar("BodyType", bound=Body, covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[BodyType]):
    """One request on its way into a handler."""

    request: web.Request
    parts: Parts
    body: BodyType
    caller: Caller | None = None

    @property
    def person(self) -> Caller:
        """The caller of an endpoint that is not public."""
        if self.caller is None:
            raise Problem("not_signed_in")
        return self.caller

    @property
    def session(self) -> Session:
        """The sign-in behind the call."""
        if self.person.session is None:
            raise Problem("not_signed_in")
        return self.person.session

    @property
    def seat(self) -> int:
        """The seat of the sign-in."""
        seat = self.session.seat
        if seat is None:
            raise Problem("seat_needed")
        return seat


Handler = Callable[[Any], Awaitable[Any]]
AiohttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route. ``reply`` None: the handler makes its own response (a socket, a page).

    ``problems``: codes it may answer besides those that any endpoint may.
    ``messages``: for a WebSocket, name -> type of what the server sends.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    tag: str
    body: type[Body] = Empty
    reply: Any = None
    status: int = 200
    problems: tuple[str, ...] = ()
    messages: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""

    @property
    def takes_body(self) -> bool:
        """Whether a JSON object is read from the request."""
        return self.body is not Empty


def aiohttp_handler(endpoint: Endpoint, parts: Parts) -> AiohttpHandler:
    """The endpoint as aiohttp calls it: admit, read, validate, call, answer."""
    encoder = None if endpoint.reply is None else TypeAdapter(endpoint.reply)

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await parts.gate.admit(request, endpoint.access)
        body = await read_body(request, endpoint.body) if endpoint.takes_body else Empty()
        result = await endpoint.handler(Call(request, parts, body, caller))
        if isinstance(result, web.StreamResponse):
            return result
        assert encoder is not None
        return web.Response(
            status=endpoint.status, body=encoder.dump_json(result), content_type="application/json"
        )

    return handle


async def read_body(request: web.Request, model: type[BodyType]) -> BodyType:
    """The request's JSON object as ``model``; raises ``Problem`` or pydantic's ``ValidationError``."""
    if request.content_type != "application/json":
        raise Problem("not_json")
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            raw = await request.read()
    except TimeoutError as fault:
        raise Problem("slow_request") from fault
    return model.model_validate_json(raw)

