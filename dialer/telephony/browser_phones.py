"""Who may sign in as a seat's browser phone: passwords in Asterisk's own database, put there by the daemon.

``asterisk_conf/sorcery.conf`` makes PJSIP look there at every registration, so a password holds from the
moment it is put until it is taken away, without a reload, and also after Asterisk was started anew.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable

from dialer.telephony.ami_link import AmiLink
from dialer.telephony.port import browser_endpoint

_PASSWORDS = "browser-phones/auth"
_CONTACTS = "registrar/contact"


class BrowserPhones:
    """Every method raises ``LinkDown`` when Asterisk cannot be told now, ``TelephonyError`` if it refuses.

    ``look`` sees which phones can be called now: Asterisk does not tell of a contact that we take away.
    """

    def __init__(self, link: AmiLink, look: Callable[[], Awaitable[object]]) -> None:
        self._link = link
        self._look = look

    async def admit(self, seat: int, password: str) -> None:
        """From now on this password, and no other, signs the seat's browser phone in."""
        name = browser_endpoint(seat)
        account = {"auth_type": "userpass", "username": name, "password": password}
        await self._link.act("DBPut", {"Family": _PASSWORDS, "Key": name, "Val": json.dumps(account)})

    async def withdraw(self, seat: int) -> None:
        """Nobody knows the password any more, and a browser that is signed in is called no more.

        A talk goes on. An account without a password would be answered with an error of the server, not with
        a refusal, so one that nobody is told takes its place.
        """
        await self.admit(seat, secrets.token_urlsafe(32))
        for row in await self._link.contacts():
            contact = row.get("ObjectName", "")
            if contact.startswith(f"{browser_endpoint(seat)};@"):
                await self._link.act("DBDel", {"Family": _CONTACTS, "Key": contact})
        await self._look()
