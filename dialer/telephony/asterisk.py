"""Our Asterisk: the instance below ``<data>/asterisk`` that the settings describe."""

from __future__ import annotations

import hashlib
import hmac
import re
import shlex
import socket
import sys
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialer.config import Config
from dialer.errors import ConfigError, TelephonyError
from dialer.telephony.asterisk_instance import TEMPLATES, AsteriskProcess, AsteriskStatus
from dialer.telephony.asterisk_packages import Say
from dialer.telephony.asterisk_render import literal, write_private
from dialer.telephony.call_records import mend_call_records, rotate_call_records
from dialer.telephony.certificate import make_certificate
from dialer.telephony.ports import PortUse
from dialer.telephony.tones import write_beep, write_hold_tone
from dialer.telephony.translate import WANTED_EVENTS as TRANSLATED_EVENTS

AGI_SCRIPTS = Path(__file__).parents[2] / "agi_scripts"
DEFAULT_LANGUAGE = "hi"
HANDBACK_SECONDS = 13
HOLD_SECONDS = 600
"""Longer nobody waits with music: an apology, and the line is free again."""
SURVEY_PATIENCE = 5
"""How often a survey that lost its daemon asks for it again, 2 s apart, before the script takes over."""
RING_PER_CALL_WAIT_SECONDS = 10

WANTED_EVENTS = ("FullyBooted", *sorted(TRANSLATED_EVENTS))
"""What the translator reads; nothing else leaves Asterisk."""

FREQUENT_EVENTS = (
    "Newchannel", "Newexten", "NewCallerid", "NewConnectedLine", "NewAccountCode", "VarSet",
    "DialBegin", "DialEnd", "HangupRequest", "SoftHangupRequest",
    "BridgeCreate", "BridgeDestroy", "BridgeMerge", "DeviceStateChange", "ExtensionStatus",
    "RTCPSent", "RTCPReceived", "MusicOnHoldStart", "MusicOnHoldStop", "DTMFBegin", "DTMFEnd",
    "AGIExecStart", "AGIExecEnd", "ChallengeSent", "SuccessfulAuth", "RequestBadFormat", "MessageWaiting",
)  # fmt: skip
"""Events that several steps of every call make; Asterisk does not make those of them that nobody reads."""


def seat_name(seat: int) -> str:
    """``seat-07``, ``seat-107``: the endpoint of a seat's SIP phone; the browser's ends in ``-web``."""
    return f"seat-{seat:02d}"


def seat_password(config: Config, seat: int) -> str:
    """The SIP password of a seat, own to it, derived from one generated secret."""
    digest = hmac.digest(config.secret("seats").encode(), seat_name(seat).encode(), hashlib.sha256)
    return urlsafe_b64encode(digest)[:24].decode().replace("-", "A").replace("_", "B")


class AsteriskInstance(AsteriskProcess):
    """The Asterisk that places our calls."""

    def __init__(self, config: Config, say: Say = lambda _: None) -> None:
        super().__init__(config.data / "asterisk", TEMPLATES, config.asterisk.program, say)
        self._config = config

    def ports(self) -> Sequence[PortUse]:
        """The ports of manager interface, SIP and web sockets."""
        settings = self._config.asterisk
        return (
            PortUse("asterisk.ami_port", "tcp", "127.0.0.1", settings.ami_port),
            PortUse("asterisk.sip_port", "udp", settings.bind, settings.sip_port),
            PortUse("asterisk.sip_port", "tcp", settings.bind, settings.sip_port),
            PortUse("asterisk.http_port", "tcp", settings.bind, settings.http_port),
            PortUse("asterisk.https_port", "tcp", settings.bind, settings.https_port),
        )

    def values(self) -> dict[str, Any]:
        """What the templates in ``asterisk_conf`` get."""
        config, settings = self._config, self._config.asterisk
        return {
            "bind": settings.bind,
            "external_address": settings.external_address,
            "ami_port": settings.ami_port,
            "ami_secret": config.secret("ami"),
            "sip_port": settings.sip_port,
            "http_port": settings.http_port,
            "https_port": settings.https_port,
            "agi_port": settings.agi_port,
            "rtp_start": settings.rtp_ports[0],
            "rtp_end": settings.rtp_ports[1],
            "loopback": settings.bind.startswith("127."),
            "own_addresses": _own_addresses(),
            "trunks": config.trunks,
            "lines": config.lines,
            "trunk_passwords": {t.name: _password(config, t.name) for t in config.trunks if t.username},
            "seats": [
                {"name": seat_name(n), "password": seat_password(config, n)}
                for n in range(1, config.seats + 1)
            ],
            "trunk_qualify_s": 15,
            "seat_qualify_s": 2,
            "prompts": config.data / "prompts/system",
            "default_language": DEFAULT_LANGUAGE,
            "handback_s": HANDBACK_SECONDS,
            "hold_s": HOLD_SECONDS,
            "wanted_events": WANTED_EVENTS,
            "disabled_events": [name for name in FREQUENT_EVENTS if name not in WANTED_EVENTS],
            "survey_patience": SURVEY_PATIENCE,
            "nailed_up": config.seat_leg == "nailed_up",
            "ring_per_call_wait_s": RING_PER_CALL_WAIT_SECONDS,
        }

    def prepare(self) -> None:
        """Certificate, tones, the starters of the classic AGI scripts, and call records in good order."""
        if self.pid is None:
            mend_call_records(self._config.data)
        rotate_call_records(self._config.data)
        make_certificate(self.folder / "keys", self._config.asterisk.bind)
        write_beep(self.folder / "sounds/beep.alaw")
        write_hold_tone(self.folder / "sounds/hold/hold.alaw")
        (self._config.data / "spool").mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("opt_out", "rang", "survey"):
            self._write_starter(name)

    async def up(self) -> bool:
        """As any Asterisk; says so when an abandoned citizen would hear nothing yet."""
        started = await super().up()
        if started and not (self._config.data / f"prompts/system/{DEFAULT_LANGUAGE}/abandoned.alaw").exists():
            self._say("there are no prompts yet, citizens would hear silence; run `dialer prompts build`")
        return started

    def _write_starter(self, name: str) -> None:
        """The script runs with our Python and knows its folders, whatever environment Asterisk has."""
        words = ["env", f"SAMPARK_DATA={self._config.data}", sys.executable, str(AGI_SCRIPTS / f"{name}.py")]
        file = self.folder / "agi" / name
        write_private(file, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        file.chmod(0o700)

    async def status(self) -> AsteriskStatus:
        """As of any Asterisk, and which trunks and seats can be reached now."""
        known = await super().status()
        if not known.running:
            return known
        contacts = await self.command("pjsip show contacts")
        states = re.findall(r"Contact:\s+(\S+?)/sip\S*\s+\S+\s+(\S+)", contacts)
        reached = {name for name, state in states if state in ("Avail", "NonQual")}
        seats = (re.fullmatch(r"seat-(\d{2,3})(?:-web)?", name) for name in reached)
        registrations = await self.command("pjsip show registrations")
        signed_in = set(re.findall(r"^\s*(\S+?)/sip\S*\s+\S+\s+Registered\b", registrations, re.MULTILINE))
        registering = {f"trunk-{trunk.name}" for trunk in self._config.trunks if trunk.kind == "register"}
        up = reached - (registering - signed_in)
        return replace(
            known,
            trunks={trunk.name: f"trunk-{trunk.name}" in up for trunk in self._config.trunks},
            seats=frozenset(int(seat[1]) for seat in seats if seat),
        )


def _password(config: Config, name: str) -> str:
    file = config.trunk(name).password_file
    if file is None:
        return ""
    path = file if file.is_absolute() else config.base / file
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"trunks.{name}.password_file: {path} can be read by others; `chmod 600` it")
        text = path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise ConfigError(f"trunks.{name}.password_file: {path}: {fault.strerror}") from fault
    return literal(text, f"trunks.{name}.password_file: {path}")


def _own_addresses() -> list[str]:
    """The address this machine would use to reach others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return [str(probe.getsockname()[0])]
        except OSError:
            return []


__all__ = ["AsteriskInstance", "AsteriskStatus", "TelephonyError", "seat_name", "seat_password"]
