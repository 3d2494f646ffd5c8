"""A trunk at which we register: signed in by digest, called over, and known as down when it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dialer.core.channels import OutgoingCall, Place
from dialer.core.telephony_events import CallAnswered, TelephonyEvent, TrunkReachable
from dialer.settings.trunks import Trunk
from dialer.telephony.ami import AmiTelephony
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.asterisk_root import AsteriskProgram
from tests.asterisk.pairs import guarded, make_config, until
from tests.asterisk.registrar import Registrar
from tests.originating import originate

USER, PASSWORD, CALLER_ID = "9178800", "p@ss: w0rd", "+917880000000"
PATIENCE_S = 40.0


async def test_a_registration_holds_carries_a_call_and_its_end_is_a_fault(
    asterisk_root: AsteriskProgram, tmp_path: Path
) -> None:
    provider = Registrar(USER, PASSWORD, lambda _dialled: (1, 0.1, None))
    await provider.start()
    secret = tmp_path / "provider"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    trunk = Trunk(
        name="provider", kind="register", host="127.0.0.1", port=provider.port, username=USER,
        password_file=secret, caller_id=CALLER_ID, dial_pattern="{national}",
    )  # fmt: skip
    config = make_config(tmp_path, seats=1).model_copy(update={"trunks": (trunk,)})
    asterisk = AsteriskInstance(config)
    told: list[TelephonyEvent] = []
    telephony = AmiTelephony(
        "127.0.0.1", config.asterisk.ami_port, "sampark", config.secret("ami"), {"provider": trunk}
    )

    async def states() -> list[bool]:
        return [event.reachable for event in told if isinstance(event, TrunkReachable)]

    async def answered() -> bool:
        return any(isinstance(event, CallAnswered) for event in told)

    with guarded(asterisk):
        try:
            await asterisk.up()
            await telephony.start(told.append)
            await until(states, lambda known: known[-1:] == [True], PATIENCE_S)
            await until(asterisk.status, lambda status: status.trunks["provider"], PATIENCE_S)
            assert provider.accepted >= 1 and provider.wrong == 0

            order = OutgoingCall(
                f"a{1:024x}", 1, "+919870001234", "provider", CALLER_ID, 20.0, Place.WAIT_FOR_OPERATOR
            )
            await originate(telephony, order)
            await until(answered, bool, PATIENCE_S)
            assert [leg.dialled for leg in provider.legs] == ["9870001234"]
            ((sender, shown),) = provider.callers
            assert f"sip:{USER}@" in sender and CALLER_ID in shown

            provider.refuses = True
            await until(states, lambda known: known[-1] is False, PATIENCE_S)
            assert (await asterisk.status()).trunks == {"provider": False}
        finally:
            await telephony.aclose()
            await asyncio.shield(asterisk.down())
            await provider.aclose()
