"""The demo's own office: a folder apart, free ports, the simulated carrier, and calls at any hour."""

from __future__ import annotations

import socket
from pathlib import Path

import yaml

from dialer.config import Config
from dialer.core.model import Outcome
from dialer.core.words import N_
from dialer.errors import ConfigError
from dialer.settings.trunks import CARRIER_HOST
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread

BENEFICIARIES, CITIZENS, WORKERS = "9009", "9109", "9209"
"""How the invented numbers of the two lists and of the war room's people begin; they lead nowhere but to the
simulated carrier."""

RETRY_MINUTES = 0.2
CAPS = {"channels": 240, "calls_per_second": 25}


def refuse_real_trunks(config: Config) -> None:
    """The invented numbers may be somebody's: a demo dials on simulated trunks only."""
    real = [trunk.name for trunk in config.trunks if not trunk.simulated]
    if real:
        raise ConfigError(
            N_("trunks: {name} is a real trunk and a demo dials invented numbers; run it without one"),
            name=real[0],
        )


def write_settings(office: Config, folder: Path) -> Path:
    """``config.yaml`` of the demo below ``folder``; the office's name and seats are taken over."""
    ami, sip, http, https, agi, trunk, web = _free_ports(7)
    settings = {
        "office": office.office.model_dump(),
        "data_dir": ".",
        "seats": office.seats,
        "trunks": [
            {
                "name": "carrier",
                "host": CARRIER_HOST,
                "port": trunk,
                "caller_id": office.office.callback_number,
                "simulated": True,
                **CAPS,
            }
        ],
        "asterisk": {
            "program": office.asterisk.program,
            "ami_port": ami,
            "sip_port": sip,
            "http_port": http,
            "https_port": https,
            "agi_port": agi,
        },
        "web": {"host": "127.0.0.1", "port": web},
        # Nobody is woken by a simulation: it may run at night, and try again within seconds.
        "rules": {
            "window": "00:00-24:00",
            "allow_wider_window": True,
            "spacing_minutes": {outcome.value: RETRY_MINUTES for outcome in Outcome if not outcome.answered},
        },
    }
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def behaviour(seed: int) -> CarrierBehaviour:
    """A quick world: people answer within seconds and talk for a quarter of a minute."""
    shares = {
        "answer": 0.55,
        "no_answer": 0.12,
        "busy": 0.1,
        "switched_off": 0.08,
        "rejected": 0.05,
        "congestion": 0.04,
        "unreachable": 0.03,
        "invalid": 0.01,
        "short": 0.02,
    }
    talks = Profile(shares=shares, ring_s=Spread(4.0, 0.5, 1.0, 14.0), talk_s=Spread(14.0, 0.6, 3.0, 45.0))
    presses = Profile(
        shares=shares,
        ring_s=Spread(4.0, 0.5, 1.0, 14.0),
        talk_s=Spread(40.0, 0.3, 20.0, 60.0),
        keys="1112",
        key_count=9,
        key_first_s=Spread(5.0, 0.3, 2.0, 9.0),
        key_gap_s=Spread(8.0, 0.3, 3.0, 14.0),
        hangs_up_midway=0.15,
    )
    return CarrierBehaviour(seed=seed, default=talks, profiles={f"91{CITIZENS}": presses})


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()
