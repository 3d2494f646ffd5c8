"""The one door of every request: who asks, may they, and did they mean to."""

from __future__ import annotations

import hmac
from typing import Final

from aiohttp import web

from dialer.store.operators import Role
from dialer.web.auth import SignIns
from dialer.web.endpoint import Access, Caller
from dialer.web.problems import Problem
from dialer.web.security import UNSAFE_METHODS, comes_from_elsewhere, is_local, is_own_origin

CSRF_HEADER: Final = "X-CSRF-Token"
COMMAND_LINE: Final = Caller(name="cli", role=Role.SUPERVISOR, language="en")
MACHINE: Final = Caller(name="local program", role=Role.OPERATOR, language="en")


class Gate:
    """Admits callers by the cookie of a sign-in, or by the local token as ``Authorization: Bearer``."""

    def __init__(self, sign_ins: SignIns, token: str, public_url: str) -> None:
        self._sign_ins = sign_ins
        self._token = token
        self._public_url = public_url

    async def admit(self, request: web.Request, access: Access) -> Caller | None:
        """The caller, None on a public endpoint; raises ``Problem`` for everybody else."""
        if access.public:
            if request.method in UNSAFE_METHODS and comes_from_elsewhere(request, self._public_url):
                raise Problem("foreign_origin")
            return None
        if "Authorization" in request.headers:
            return self._by_token(request, access)
        if access.local and is_local(request):
            return MACHINE
        return await self._by_cookie(request, access)

    def is_secure(self, request: web.Request) -> bool:
        """Whether the browser's way to us is encrypted."""
        return request.secure or self._public_url.startswith("https://")

    def cookie_name(self, request: web.Request) -> str:
        """The ``__Host-`` prefix makes browsers refuse the cookie from a neighbouring host."""
        return "__Host-sampark" if self.is_secure(request) else "sampark"

    def _by_token(self, request: web.Request, access: Access) -> Caller:
        scheme, _, given = request.headers["Authorization"].partition(" ")
        if scheme.lower() != "bearer" or not _same(given.strip(), self._token):
            raise Problem("not_signed_in")
        if not access.token:
            raise Problem("not_allowed")
        return COMMAND_LINE

    async def _by_cookie(self, request: web.Request, access: Access) -> Caller:
        token = request.cookies.get(self.cookie_name(request), "")
        session = await self._sign_ins.session_of(token) if token else None
        if session is None:
            raise Problem("not_signed_in")
        self._check_intent(request, session.csrf)
        person = session.operator
        if person.role not in access.roles:
            raise Problem("not_allowed")
        if access.seat and session.seat is None:
            raise Problem("seat_needed")
        return Caller(person.username, person.role, person.language, session)

    def _check_intent(self, request: web.Request, csrf: str) -> None:
        """A cookie goes along with whatever a page sends: the page must be ours."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if not is_own_origin(request, self._public_url):
                raise Problem("foreign_origin")
        elif request.method in UNSAFE_METHODS:
            if comes_from_elsewhere(request, self._public_url):
                raise Problem("foreign_origin")
            if not _same(request.headers.get(CSRF_HEADER, ""), csrf):
                raise Problem("csrf")


def _same(given: str, expected: str) -> bool:
    # Headers may hold bytes that are no UTF-8.
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
