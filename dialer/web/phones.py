"""Browser phones of the desks: each sign-in has a password at Asterisk, and with the sign-in it goes.

What Asterisk should know is kept here and told until it is heard, so a sign-in that ends while Asterisk is
away is withdrawn when it is back. The daemon begins with every phone withdrawn: desks ask for a new password.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from dialer.errors import SamparkError
from dialer.settings.asterisk import AsteriskSettings
from dialer.store.sessions import Session
from dialer.web.port import PhoneSwitch
from dialer.web.problems import Problem

log = structlog.get_logger("web")

PATIENCE_S: Final = 3.0
"""So long a desk waits for its password to be heard by Asterisk."""
TRY_AGAIN_S: Final = 2.0
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::\d{1,5})?")
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class _Account:
    session: Session
    password: str


def socket_address(settings: AsteriskSettings, host: str) -> str:
    """Asterisk's web socket for a browser that opened us as ``host``: encrypted, but on this machine."""
    found = _HOST.fullmatch(host)
    name = (found[1] or found[2]).lower() if found else LOOPBACK[0]
    if name in LOOPBACK:
        return f"ws://{'[::1]' if name == '::1' else name}:{settings.http_port}/ws"
    return f"wss://{f'[{name}]' if ':' in name else name}:{settings.https_port}/ws"


class PhoneAccounts:
    """At most one account per seat."""

    def __init__(self, switch: PhoneSwitch | None, seats: int) -> None:
        self._switch = switch
        self._wanted: dict[int, _Account | None] = dict.fromkeys(range(1, seats + 1))
        self._untold = set(self._wanted)
        self._changed, self._told = asyncio.Event(), asyncio.Condition()
        self._changed.set()

    @property
    def sessions(self) -> Sequence[Session]:
        """The sign-ins that have a password now."""
        return [account.session for account in self._wanted.values() if account is not None]

    async def password(self, session: Session, seat: int) -> str:
        """The password of this sign-in, once Asterisk has heard it; ``Problem`` when it does not in time."""
        account = self._wanted[seat]
        if account is None or account.session.id != session.id:
            account = _Account(session, secrets.token_urlsafe(24))
            self._set(seat, account)
        try:
            async with asyncio.timeout(PATIENCE_S), self._told:
                await self._told.wait_for(lambda: seat not in self._untold)
        except TimeoutError:
            raise Problem("phones_away", retry_after_s=TRY_AGAIN_S) from None
        if self._wanted[seat] is not account:
            raise Problem("not_signed_in")
        return account.password

    def session_ended(self, session_id: int) -> None:
        """Its password is taken back."""
        for seat, account in self._wanted.items():
            if account is not None and account.session.id == session_id:
                self._set(seat, None)

    def _set(self, seat: int, account: _Account | None) -> None:
        self._wanted[seat] = account
        self._untold.add(seat)
        self._changed.set()

    async def run(self) -> None:
        """Tell Asterisk, for as long as the application runs."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._switch is None:
                continue
            try:
                await self._tell_all(self._switch)
            except SamparkError as fault:
                log.warning("browser phones wait for Asterisk", why=str(fault))
                self._changed.set()
                await asyncio.sleep(TRY_AGAIN_S)

    async def _tell_all(self, switch: PhoneSwitch) -> None:
        for seat in sorted(self._untold):
            account = self._wanted[seat]
            if account is None:
                await switch.withdraw(seat)
            else:
                await switch.admit(seat, account.password)
            if self._wanted[seat] is account:
                async with self._told:
                    self._untold.discard(seat)
                    self._told.notify_all()
