"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from dialer.core.seats import MOST_SEATS
from dialer.recovery_codes import FORM
from dialer.store.operators import Role
from dialer.store.sessions import Session
from dialer.web.api.replies import Accepted
from dialer.web.auth import Attempt
from dialer.web.endpoint import PUBLIC, SIGNED_IN, Body, Call, Empty, Endpoint, Reply

SeatNumber = Annotated[int, Field(ge=1, le=MOST_SEATS)]


class SignInBody(Body):
    """``seat``: the number at the place; a wallboard of a supervisor has none. ``take_over`` false: be told
    who sits there instead of ending that sign-in. ``code``: the second factor of those who have one: six
    digits of the app, or a recovery code.
    """

    username: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    code: Annotated[str, StringConstraints(pattern=rf"^(?:[0-9]{{6}}|{FORM})$")] | None = None
    seat: SeatNumber | None = None
    take_over: bool = True


class Me(Reply):
    """Who is signed in. ``csrf`` goes into the header X-CSRF-Token of every POST and DELETE."""

    operator_id: int
    username: str
    name: str
    role: Role
    language: str
    seat: int | None
    csrf: str
    signed_in_at: float


def _me(session: Session) -> Me:
    operator = session.operator
    return Me(
        operator_id=operator.id,
        username=operator.username,
        name=operator.name,
        role=operator.role,
        language=operator.language,
        seat=session.seat,
        csrf=session.csrf,
        signed_in_at=session.started_at,
    )


async def sign_in(call: Call[SignInBody]) -> web.Response:
    """Check password and code, take the seat, hand out the cookie."""
    body, request = call.body, call.request
    attempt = Attempt(
        username=body.username.lower(),
        password=body.password,
        code=body.code,
        seat=body.seat,
        take_over=body.take_over,
        address=request.remote or "",
    )
    session, token = await call.parts.sign_ins.sign_in(attempt)
    response = web.json_response(text=_me(session).model_dump_json(), status=201)
    gate = call.parts.gate
    name, secure = gate.cookie_name(request), gate.is_secure(request)
    response.set_cookie(name, token, httponly=True, samesite="Strict", secure=secure, path="/")
    return response


async def sign_out(call: Call[Empty]) -> web.Response:
    """End this sign-in, unless somebody is on the line."""
    parts = call.parts
    await parts.sign_ins.sign_out(call.session)
    response = web.json_response(text=Accepted(at=parts.clock()).model_dump_json())
    secure = parts.gate.is_secure(call.request)
    response.del_cookie(parts.gate.cookie_name(call.request), path="/", secure=secure, httponly=True)
    return response


async def me(call: Call[Empty]) -> Me:
    """The sign-in behind the cookie, for a page that was loaded anew."""
    return _me(call.session)


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/session", sign_in, PUBLIC, "Sign in on a seat", "session", body=SignInBody, reply=Me,
        status=201, problems=("wrong_credentials", "code_needed", "wrong_code", "too_many_attempts", "busy",
                              "no_such_seat", "seat_needed", "seat_in_call", "seat_taken", "foreign_origin"),
        notes="Sets the session cookie. A later sign-in of the same person, or on the same seat, takes over: "
              "the earlier desk is told and its sign-in ends. A supervisor or admin with a second factor is "
              "answered code_needed once the password is right: send the same again with the code. A code, "
              "the app's or a recovery code, opens one sign-in; wrong codes count like wrong passwords.",
    ),
    Endpoint(
        "DELETE", "/api/v1/session", sign_out, SIGNED_IN, "Sign out", "session", reply=Accepted,
        problems=("person_on_the_line",),
        notes="Refused while a person is on the line or being called: the telephone ends with the sign-in.",
    ),
    Endpoint("GET", "/api/v1/me", me, SIGNED_IN, "Who is signed in, and the CSRF token", "session", reply=Me),
)  # fmt: skip
