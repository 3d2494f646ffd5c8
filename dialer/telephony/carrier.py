"""The simulated outside world: a second Asterisk as network, citizens and operators' phones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dialer.config import Config
from dialer.errors import ConfigError, InputError
from dialer.i18n import N_
from dialer.settings.trunks import CARRIER_HOST
from dialer.telephony.asterisk import seat_name, seat_password
from dialer.telephony.asterisk_instance import TEMPLATES, AsteriskProcess
from dialer.telephony.asterisk_packages import Say
from dialer.telephony.carrier_behaviour import CarrierBehaviour, deck_lines
from dialer.telephony.ports import PortUse
from dialer.telephony.tones import silence, tone, write

_DIALLED = re.compile(r"\+?[0-9]{3,16}")
WITNESS = Path("carrier/log/cel-custom/invites.csv")


class Carrier(AsteriskProcess):
    """The other end of every trunk that is marked ``simulated``, and ``phones`` operators' phones."""

    def __init__(
        self,
        config: Config,
        behaviour: CarrierBehaviour | None = None,
        phones: int | None = None,
        say: Say = lambda _: None,
    ) -> None:
        super().__init__(config.data / "carrier", TEMPLATES / "carrier_sim", config.asterisk.program, say)
        self._config = config
        self.behaviour = behaviour or CarrierBehaviour()
        self._phones = config.seats if phones is None else phones
        trunks = [trunk for trunk in config.trunks if trunk.simulated]
        if not trunks:
            raise ConfigError("trunks: none is marked `simulated: true`, so there is no carrier to simulate")
        self._sip_ports = sorted({trunk.port for trunk in trunks})

    def ports(self) -> Sequence[PortUse]:
        """The SIP ports of the simulated trunks."""
        return [PortUse("trunks.port", "udp", CARRIER_HOST, port) for port in self._sip_ports]

    def values(self) -> dict[str, Any]:
        """What the templates in ``asterisk_conf/carrier_sim`` get."""
        behaviour = self.behaviour
        return {
            "sip_ports": self._sip_ports,
            "dialer_sip_port": self._config.asterisk.sip_port,
            "rtp_start": behaviour.rtp_ports[0],
            "rtp_end": behaviour.rtp_ports[1],
            "seed": behaviour.seed,
            "key_first_s": behaviour.key_first_s,
            "key_gap_s": behaviour.key_gap_s,
            "phone_ring_s": behaviour.phone_ring_s,
            "phone_audio": int(behaviour.phone_audio),
            "phones": [
                {"name": seat_name(seat), "password": seat_password(self._config, seat)}
                for seat in range(1, self._phones + 1)
            ],
            "profiles": [
                {"name": _deck_name(prefix), "prefix": prefix, "length": len(prefix), "skip": 0}
                for prefix in sorted(behaviour.profiles, key=len, reverse=True)
            ],
        }

    def rendered(self) -> dict[str, str]:
        """The templates, and the decks as dialplan."""
        decks = [deck_lines("default", self.behaviour.deck())]
        decks += [
            deck_lines(_deck_name(prefix), self.behaviour.deck(prefix)) for prefix in self.behaviour.profiles
        ]
        return {**super().rendered(), "deck.conf": "".join(decks)}

    def prepare(self) -> None:
        """What is heard: a tone for each side, a switched-off announcement, a machine's greeting."""
        sounds = self.folder / "sounds"
        write(sounds / "citizen/citizen.alaw", tone(350, 10.0, 0.1))
        write(sounds / "operator/operator.alaw", tone(620, 10.0, 0.1))
        chime = [tone(950, 0.33, 0.2), tone(1400, 0.33, 0.2), tone(1800, 0.33, 0.2)]
        write(sounds / "switched_off.alaw", *chime, silence(0.5), *chime)
        write(
            sounds / "greeting.alaw",
            tone(300, 1.5, 0.2),
            silence(0.2),
            tone(260, 1.5, 0.2),
            tone(1000, 0.4, 0.3),
        )

    async def call_office(self, citizen: str, number: str) -> None:
        """A citizen's telephone calls us: ``citizen`` is what we see, ``number`` what was dialled.

        Who answers hears silence for a minute. ``citizen_heard`` tells how the last such call ended.
        """
        for each in (citizen, number):
            if not _DIALLED.fullmatch(each):
                raise InputError(N_("{number!r} is no number that a telephone dials"), number=each)
        await self.command(f"channel originate Local/{citizen}_{number}@calls-us/n application Wait 60")

    async def citizen_heard(self, citizen: str) -> str:
        """How the last call of this citizen to us ended: ``BUSY``, ``ANSWER``; empty while it lasts."""
        found = re.search(r"Value: (\w+)", await self.command(f"database get rang {citizen}"))
        return found[1] if found else ""

    async def congest(self, on: bool) -> None:
        """From now on the network answers every call to a citizen with 503, or does so no longer."""
        await self.command(f"dialplan set global CONGESTED {int(on)}")


def _deck_name(prefix: str) -> str:
    return prefix.replace("+", "p")


def invites(data: Path) -> Counter[str]:
    """How many INVITEs the simulated carrier received, by dialled number; ``total()`` is the sum.

    Rejected calls count; calls to operators' phones, and those of citizens to us, do not. ``data`` is
    ``Config.data``.
    """
    counted: Counter[str] = Counter()
    try:
        with (data / WITNESS).open(encoding="utf-8") as lines:
            for line in lines:
                _, _, rest = line.partition(",")
                dialled = rest.split(",")[0]
                ours = dialled not in ("", "s") and not dialled.startswith("seat-") and "_" not in dialled
                if line.endswith("\n") and ours:
                    counted[dialled] += 1
    except FileNotFoundError:
        return counted
    return counted
