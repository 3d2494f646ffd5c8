"""A provider that wants a registration (RFC 3261, digest of RFC 2617), on one UDP port of loopback."""

from __future__ import annotations

import re
import secrets

from tests.asterisk.softphones import Address, Answer, SipPhones, md5, parse

REALM = "provider"
EXPIRES_S = 12
"""Asterisk registers again 10 s before the end."""


class Registrar(SipPhones):
    """Takes ``user`` with ``password``; its calls are those of ``SipPhones``.

    ``accepted``: how many registrations held. ``refuses``: answer everybody with 403 from now on.
    ``callers``: the From and P-Asserted-Identity of each INVITE.
    """

    def __init__(self, user: str, password: str, answer: Answer) -> None:
        super().__init__(answer)
        self._user, self._password = user, password
        self._nonce = secrets.token_hex(8)
        self.refuses = False
        self.accepted = self.wrong = 0
        self.callers: list[tuple[str, str]] = []

    def datagram_received(self, data: bytes, addr: Address) -> None:
        start, headers, _body = parse(data)
        method = start.partition(" ")[0]
        if method == "REGISTER":
            self._registers(headers, addr)
            return
        if method == "INVITE":
            self.callers.append((headers["from"][0], headers.get("p-asserted-identity", [""])[0]))
        super().datagram_received(data, addr)

    def _registers(self, headers: dict[str, list[str]], addr: Address) -> None:
        if self.refuses:
            self._reply("403 Forbidden", headers, addr, "r")
        elif "authorization" not in headers:
            challenge = f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm=MD5, qop="auth"'
            self._reply("401 Unauthorized", headers, addr, "r", more=(f"WWW-Authenticate: {challenge}",))
        elif self._is_right(headers["authorization"][0]):
            self.accepted += 1
            held = f"Contact: {headers['contact'][0].partition(';expires')[0]};expires={EXPIRES_S}"
            self._reply("200 OK", headers, addr, "r", more=(held, f"Expires: {EXPIRES_S}"))
        else:
            self.wrong += 1
            self._reply("403 Forbidden", headers, addr, "r")

    def _is_right(self, authorization: str) -> bool:
        said = {name: quoted or plain for name, quoted, plain in re.findall(
            r'(\w+)=(?:"([^"]*)"|([^",\s]+))', authorization
        )}  # fmt: skip
        ha1 = md5(f"{self._user}:{REALM}:{self._password}")
        ha2 = md5(f"REGISTER:{said['uri']}")
        expected = md5(f"{ha1}:{said['nonce']}:{said['nc']}:{said['cnonce']}:auth:{ha2}")
        return (said["username"], said["nonce"], said["response"]) == (self._user, self._nonce, expected)
