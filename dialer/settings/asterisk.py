"""Our Asterisk."""

from __future__ import annotations

from pydantic import Field, field_validator

from dialer.settings.fields import Port, Section


class AsteriskSettings(Section):
    """Ports of our Asterisk. ``bind`` is where SIP and RTP listen; AMI and AGI stay on loopback.

    ``external_address``: what trunks outside must send to when a router translates our address.
    """

    program: str = Field(default="auto", description="auto, private, or the path of an asterisk program")
    bind: str = "127.0.0.1"
    external_address: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]{0,253}$")
    ami_port: Port = 25038
    sip_port: Port = 25060
    http_port: Port = 25088
    https_port: Port = 25089
    agi_port: Port = 25073
    rtp_ports: tuple[Port, Port] = (30000, 31999)

    @field_validator("rtp_ports")
    @classmethod
    def _enough_rtp(cls, ports: tuple[int, int]) -> tuple[int, int]:
        if ports[1] - ports[0] < 99:
            raise ValueError("rtp_ports needs a range of at least 100 ports, two for each call leg")
        return ports
