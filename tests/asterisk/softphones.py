"""Small SIP phones in one process, with one clock: operators that register, citizens that answer.

Every phone sends its own number as audio, four bytes over and over, and notes when it first heard whom.
Asterisk passes frames of one codec through a bridge as they are, so a phone knows who it is joined to, and
when it heard them to the packet. It speaks just enough SIP (RFC 3261) for calls on loopback.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

PACKET_S = 0.02
SAMPLES = 160
MAGIC = 0xA5
Address = tuple[str, int]


@dataclass(slots=True)
class Leg:
    """One call of a phone. Times are ``time.perf_counter`` seconds; ``heard``: when whom first."""

    number: int
    dialled: str
    began_at: float
    answered_at: float = 0.0
    ended_at: float = 0.0
    heard: dict[int, float] = field(default_factory=dict)
    packets_in: int = 0


class Rtp(asyncio.DatagramProtocol):
    """Sends the number all the time and listens for others."""

    def __init__(self, leg: Leg, remote: Address, payload_type: int) -> None:
        self.leg = leg
        self._remote = remote
        self._header = struct.Struct("!BBHII")
        self._payload_type = payload_type
        self._audio = struct.pack("!BBH", MAGIC, payload_type, leg.number) * (SAMPLES // 4)
        self._sequence = secrets.randbelow(30_000)
        self._now = self._sequence * SAMPLES
        self._source = secrets.randbits(32)
        self._transport: asyncio.DatagramTransport | None = None
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        loop = asyncio.get_running_loop()
        self._due = loop.time() + random.random() * PACKET_S
        self._next = loop.call_at(self._due, self._send)

    def _send(self) -> None:
        if self._transport is None:
            return
        self._now += SAMPLES
        self._packet()
        self._due += PACKET_S
        self._next = asyncio.get_running_loop().call_at(self._due, self._send)

    def _packet(self) -> None:
        self._put(self._payload_type, self._now, self._audio)

    def _put(self, payload_type: int, stamp: int, payload: bytes) -> None:
        self._sequence += 1
        head = payload_type, self._sequence & 0xFFFF, stamp & 0xFFFFFFFF, self._source
        if self._transport is not None:
            self._transport.sendto(self._header.pack(0x80, *head) + payload, self._remote)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.leg.packets_in += 1
        # The middle of the packet: a frame that was cut to fit still shows who sent it.
        at = data.find(bytes((MAGIC, self._payload_type)), 12)
        if at < 0 or len(data) < at + 8 or data[at : at + 4] != data[at + 4 : at + 8]:
            return
        self._hears(struct.unpack("!H", data[at + 2 : at + 4])[0])

    def _hears(self, number: int) -> None:
        if number not in self.leg.heard:
            self.leg.heard[number] = time.perf_counter()

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
        if self._transport is not None:
            self._transport.close()
            self._transport = None


Voice = Callable[[Leg, Address, int], Rtp]
"""Makes what a phone sends and hears: its call, where to, and the payload type."""


@dataclass(slots=True)
class _Dialog:
    leg: Leg
    invite: dict[str, list[str]]
    tag: str
    remote: Address
    rtp: Rtp | None = None
    rtp_port: int = 0
    cseq: int = 1


Answer = Callable[[str], tuple[int, float, float | None]]
"""Dialled user -> the phone's number, seconds of ringing, seconds until it hangs up (None: never)."""


class SipPhones(asyncio.DatagramProtocol):
    """Any number of phones behind one UDP port. ``legs`` holds every call there was, in order."""

    def __init__(self, answer: Answer) -> None:
        self.legs: list[Leg] = []
        self.invites = 0
        self._answer = answer
        self._voice: Voice = Rtp
        self._formats = self._lines = ""
        self._dialogs: dict[str, _Dialog] = {}
        self._pending: dict[str, asyncio.Future[tuple[int, dict[str, list[str]]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def speak_as(self, voice: Voice, formats: str = "", lines: str = "") -> None:
        """What every phone sends from now on; ``formats`` and ``lines`` are added to its SDP."""
        self._voice, self._formats, self._lines = voice, formats, lines

    async def start(self, port: int = 0) -> None:
        """Listen on ``port``, any free one for 0."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", port))
        self.port = self._transport.get_extra_info("sockname")[1]

    async def aclose(self) -> None:
        """Fall silent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for dialog in self._dialogs.values():
            if dialog.rtp is not None:
                dialog.rtp.close()
        self._transport.close()

    async def register(self, user: str, password: str, server: Address) -> None:
        """Sign a phone in with a digest (RFC 2617), for ten minutes."""
        call_id, uri = secrets.token_hex(8), f"sip:127.0.0.1:{server[1]}"
        status, headers = await self._request("REGISTER", uri, user, call_id, 1, server, "")
        assert status == 401, f"{user}: REGISTER was answered with {status}"
        challenge = dict(re.findall(r'(\w+)="?([^",]+)"?', headers["www-authenticate"][0]))
        ha1 = md5(f"{user}:{challenge['realm']}:{password}")
        ha2 = md5(f"REGISTER:{uri}")
        nonce, cnonce = challenge["nonce"], secrets.token_hex(4)
        response = md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}")
        credentials = (
            f'Authorization: Digest username="{user}", realm="{challenge["realm"]}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"'
        )
        if "opaque" in challenge:
            credentials += f', opaque="{challenge["opaque"]}"'
        status, _ = await self._request("REGISTER", uri, user, call_id, 2, server, credentials + "\r\n")
        assert status == 200, f"{user}: REGISTER was answered with {status}"

    async def _request(
        self, method: str, uri: str, user: str, call_id: str, cseq: int, server: Address, extra: str
    ) -> tuple[int, dict[str, list[str]]]:
        future: asyncio.Future[tuple[int, dict[str, list[str]]]]
        future = asyncio.get_running_loop().create_future()
        key = f"{call_id}/{cseq}"
        self._pending[key] = future
        message = (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@127.0.0.1>;tag={call_id}\r\n"
            f"To: <sip:{user}@127.0.0.1>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{user}@127.0.0.1:{self.port}>\r\n"
            f"Expires: 600\r\n{extra}Content-Length: 0\r\n\r\n"
        )
        self._transport.sendto(message.encode(), server)
        try:
            return await asyncio.wait_for(future, 5.0)
        finally:
            del self._pending[key]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        start, headers, body = parse(data)
        if start.startswith("SIP/2.0"):
            key = f"{headers['call-id'][0]}/{headers['cseq'][0].split()[0]}"
            future = self._pending.get(key)
            if future is not None and not future.done() and (status := int(start.split()[1])) >= 200:
                future.set_result((status, headers))
            return
        method, uri = start.split()[:2]
        if method == "INVITE":
            self._invited(uri, headers, body, addr)
        elif method in ("BYE", "CANCEL"):
            self._reply("200 OK", headers, addr)
            self._over(headers["call-id"][0], cancelled=headers if method == "CANCEL" else None)
        elif method == "OPTIONS":
            self._reply("200 OK", headers, addr)

    def _invited(self, uri: str, headers: dict[str, list[str]], body: str, addr: Address) -> None:
        call_id = headers["call-id"][0]
        if call_id in self._dialogs:
            return
        self.invites += 1
        user = uri.removeprefix("sip:").partition("@")[0]
        number, ring_s, talk_s = self._answer(user)
        leg = Leg(number, user, time.perf_counter())
        self.legs.append(leg)
        dialog = self._dialogs[call_id] = _Dialog(leg, headers, secrets.token_hex(4), addr)
        task = asyncio.get_running_loop().create_task(self._ring(dialog, body, ring_s, talk_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ring(self, dialog: _Dialog, offer: str, ring_s: float, talk_s: float | None) -> None:
        self._reply("180 Ringing", dialog.invite, dialog.remote, dialog.tag)
        await self._open_rtp(dialog, offer)
        await asyncio.sleep(ring_s)
        if dialog.invite["call-id"][0] not in self._dialogs:
            return
        assert dialog.rtp is not None
        codec = dialog.rtp._payload_type
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {dialog.rtp_port} RTP/AVP {codec}{self._formats}\r\n"
            f"a=rtpmap:{codec} {'PCMA' if codec == 8 else 'PCMU'}/8000\r\n{self._lines}"
            "a=ptime:20\r\na=sendrecv\r\n"
        )
        dialog.leg.answered_at = time.perf_counter()
        self._reply("200 OK", dialog.invite, dialog.remote, dialog.tag, sdp)
        if talk_s is not None:
            await asyncio.sleep(talk_s)
            self._bye(dialog)

    async def _open_rtp(self, dialog: _Dialog, offer: str) -> None:
        media = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+)", offer, re.MULTILINE)
        assert media is not None, "an offer without audio"
        codec = next(int(each) for each in media[2].split() if each in ("0", "8"))
        rtp = self._voice(dialog.leg, ("127.0.0.1", int(media[1])), codec)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: rtp, ("127.0.0.1", 0))
        dialog.rtp, dialog.rtp_port = rtp, transport.get_extra_info("sockname")[1]

    def hang_up(self, leg: Leg) -> None:
        """The phone ends its call."""
        for dialog in [each for each in self._dialogs.values() if each.leg is leg]:
            self._bye(dialog)

    def _bye(self, dialog: _Dialog) -> None:
        headers = dialog.invite
        target = re.search(r"<([^>]+)>", headers["contact"][0])
        assert target is not None
        dialog.cseq += 1
        to = f"{headers['to'][0]};tag={dialog.tag}"
        message = (
            f"BYE {target[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
            f"Max-Forwards: 70\r\nFrom: {to}\r\nTo: {headers['from'][0]}\r\n"
            f"Call-ID: {headers['call-id'][0]}\r\nCSeq: {dialog.cseq} BYE\r\nContent-Length: 0\r\n\r\n"
        )
        self._transport.sendto(message.encode(), dialog.remote)
        self._over(headers["call-id"][0])

    def _over(self, call_id: str, cancelled: dict[str, list[str]] | None = None) -> None:
        dialog = self._dialogs.pop(call_id, None)
        if dialog is None:
            return
        dialog.leg.ended_at = time.perf_counter()
        if dialog.rtp is not None:
            dialog.rtp.close()
        if cancelled is not None:
            self._reply("487 Request Terminated", dialog.invite, dialog.remote, dialog.tag)

    def _reply(
        self,
        status: str,
        request: dict[str, list[str]],
        addr: Address,
        tag: str = "",
        body: str = "",
        more: tuple[str, ...] = (),
    ) -> None:
        to = request["to"][0] + (f";tag={tag}" if tag and ";tag=" not in request["to"][0] else "")
        lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request["via"])]
        lines += [f"From: {request['from'][0]}", f"To: {to}", f"Call-ID: {request['call-id'][0]}"]
        lines.append(f"CSeq: {request['cseq'][0]}")
        lines += more or (f"Contact: <sip:phone@127.0.0.1:{self.port}>",)
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), addr)


_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


def parse(data: bytes) -> tuple[str, dict[str, list[str]], str]:
    head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.setdefault(_SHORT.get(key, key), []).append(value.strip())
    return start, headers, body


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
