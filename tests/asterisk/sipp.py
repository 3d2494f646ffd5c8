"""A citizen made of SIPp, as an independent witness: is called or calls, and sends RFC 4733 digits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.ports import free_port, free_ports

Address = tuple[str, int]
PACKET_MS, RATE = 20, 8000
DIGIT_PACKETS, END_PACKETS = 8, 3
ALAW, EVENTS = 8, 101
CODES = {sign: code for code, sign in enumerate("0123456789*#")}
SILENCE = b"\xd5" * 160

SDP = """v=0
o=citizen 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
"""
END = """  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="citizen">
  <recv request="OPTIONS" optional="true"/>
  <recv request="INVITE" rrs="true"/>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPpTag[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <pause milliseconds="200"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPpTag[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
  <recv request="ACK"/>
  {audio}
{end}"""
CALLER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{number}@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  {audio}
{end}"""
@dataclass(frozen=True, slots=True)
class Press:
    """``key`` is pressed ``after_s`` seconds after the key before it (the first one: after the answer)."""

    after_s: float
    key: str


def presses(keys: str, gap_s: float = 0.7, first_s: float = 1.0) -> list[Press]:
    """The keys one after the other."""
    return [Press(first_s if at == 0 else gap_s, key) for at, key in enumerate(keys)]


def write_pcap(file: Path, keys: Sequence[Press], tail_s: float = 20.0) -> None:
    """One RTP stream with silence and the digits in it, as a capture that SIPp can play."""
    stream = _stream(keys, tail_s)
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(header + b"".join(stream.packets))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _stream(keys: Sequence[Press], tail_s: float = 20.0) -> _Stream:
    stream = _Stream()
    for press in keys:
        stream.silence(press.after_s)
        stream.digit(press.key)
    stream.silence(tail_s)
    return stream


class _Stream:
    """``sound``: what is sent and when (ms); ``packets``: the same as a capture has it."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.sound: list[tuple[int, bytes]] = []
        self._ms = 0
        self._sequence = 1000

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000 / PACKET_MS)):
            self._packet(ALAW, False, self._ms * 8, SILENCE)
            self._ms += PACKET_MS

    def digit(self, key: str) -> None:
        began = self._ms * 8
        for number in range(DIGIT_PACKETS):
            self._event(key, began, (number + 1) * 160, end=False, first=number == 0)
            self._ms += PACKET_MS
        for _ in range(END_PACKETS):
            self._event(key, began, DIGIT_PACKETS * 160, end=True, first=False)

    def _event(self, key: str, began: int, duration: int, end: bool, first: bool) -> None:
        self._packet(EVENTS, first, began, struct.pack("!BBH", CODES[key], 0x80 * end | 10, duration))

    def _packet(self, kind: int, marker: bool, timestamp: int, payload: bytes) -> None:
        head = 0x80, 0x80 * marker | kind, self._sequence & 0xFFFF, timestamp, 0x5A5A5A5A
        rtp = struct.pack("!BBHII", *head)
        self._sequence += 1
        self.sound.append((self._ms, rtp + payload))
        udp = struct.pack("!HHHH", 6000, 6000, 8 + len(rtp) + len(payload), 0)
        size = 20 + len(udp) + len(rtp) + len(payload)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
        frame = b"\0" * 12 + b"\x08\0" + ip + udp + rtp + payload
        stamp = struct.pack("<IIII", self._ms // 1000, self._ms % 1000 * 1000, len(frame), len(frame))
        self.packets.append(stamp + frame)


@contextlib.asynccontextmanager
async def citizen(folder: Path, keys: Sequence[Press]) -> AsyncIterator[int]:
    """A SIPp that takes one call and presses the keys; yields its port. It is gone afterwards.

    SIPp plays captures through a raw socket, which only root may open; for others the same packets leave
    through a socket of our own beside it.
    """
    async with _sipp(folder, SCENARIO, keys) as (port, _process):
        yield port


class Exchange(asyncio.DatagramProtocol):
    """The far end of a trunk: says that it is there, and hands each call on to the SIPp that has its number.

    Only requests to the trunk's address pass here; those of an answered call go straight.
    """

    def __init__(self, lines: Mapping[str, int]) -> None:
        self._lines = lines
        self._office: Address = ("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        method, uri = data.split(b" ", 2)[:2]
        if method == b"SIP/2.0":
            self._transport.sendto(data, self._office)
        elif method == b"OPTIONS":
            self._transport.sendto(_present(data), addr)
        else:
            number = uri.decode().removeprefix("sip:").partition("@")[0]
            self._office = addr
            self._transport.sendto(data, ("127.0.0.1", self._lines[number]))


def _present(request: bytes) -> bytes:
    """OPTIONS is answered by its own headers."""
    echoed = (b"via:", b"from:", b"to:", b"call-id:", b"cseq:")
    lines = [line for line in request.split(b"\r\n") if line.lower().startswith(echoed)]
    return b"\r\n".join([b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""])


@contextlib.asynccontextmanager
async def citizens(folder: Path, port: int, keys: Mapping[str, Sequence[Press]]) -> AsyncIterator[None]:
    """A SIPp for each number as the trunk has it, behind the trunk whose far end is ``port``."""
    async with contextlib.AsyncExitStack() as stack:
        opened = {number: citizen(folder / number, pressed) for number, pressed in keys.items()}
        lines = {number: await stack.enter_async_context(each) for number, each in opened.items()}
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: Exchange(lines), ("127.0.0.1", port))
        stack.callback(transport.close)
        yield


@contextlib.asynccontextmanager
async def caller(
    folder: Path, number: str, keys: Sequence[Press], office_port: int, called: str = "917880000000"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A SIPp that calls us as ``number`` and presses the keys; it ends with 0 when we hung up."""
    scenario = CALLER.replace("{number}", number)
    where = ("-s", called, f"127.0.0.1:{office_port}")
    async with _sipp(folder, scenario, keys, *where) as (_port, process):
        yield process


@contextlib.asynccontextmanager
async def _sipp(
    folder: Path, scenario: str, keys: Sequence[Press], *where: str
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    sound = _own_sound(keys) if os.geteuid() != 0 else _sipp_sound(folder / "keys.pcap", keys)
    async with sound as (audio, media):
        scenario = scenario.replace("{sdp}", SDP).replace("{end}", END)
        _write(folder / "citizen.xml", scenario.replace("{audio}", audio).replace("{port}", media))
        port = free_port()
        command = (
            "sipp", *where, "-sf", str(folder / "citizen.xml"), "-i", "127.0.0.1", "-p", str(port), "-mi",
            "127.0.0.1", "-mp", str(_media_port()), "-m", "1", "-nostdin", "-timeout", "90s", "-trace_err",
        )  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await asyncio.sleep(0.3)
            yield port, process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def _sipp_sound(pcap: Path, keys: Sequence[Press]) -> AsyncIterator[tuple[str, str]]:
    write_pcap(pcap, keys)
    yield f'<nop><action><exec play_pcap_audio="{pcap}"/></action></nop>', "[media_port]"


@contextlib.asynccontextmanager
async def _own_sound(keys: Sequence[Press]) -> AsyncIterator[tuple[str, str]]:
    sound = _Sound(_stream(keys).sound)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: sound, ("127.0.0.1", 0))
    try:
        yield "", str(transport.get_extra_info("sockname")[1])
    finally:
        sound.stop()
        transport.close()


class _Sound(asyncio.DatagramProtocol):
    """Sends a stream in its own time to whoever is heard first."""

    def __init__(self, stream: Sequence[tuple[int, bytes]]) -> None:
        self._stream = stream
        self._sending: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send(addr))

    async def _send(self, to: Address) -> None:
        began = time.monotonic()
        for ms, packet in self._stream:
            await asyncio.sleep(max(0.0, began + ms / 1000 - time.monotonic()))
            self._transport.sendto(packet, to)

    def stop(self) -> None:
        if self._sending is not None:
            self._sending.cancel()


def _media_port() -> int:
    """SIPp binds this one, the next, and the one after that for pictures."""
    while True:
        ports = free_ports(3)
        if ports[2] - ports[0] == 2:
            return ports[0]
