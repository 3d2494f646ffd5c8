"""Passwords of browser phones on the real Asterisk: they hold as long as they should, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dialer.core.telephony_events import LinkUp
from dialer.telephony.ami import AmiTelephony
from tests.asterisk.pairs import Pair, PairSpec
from tests.asterisk.softphones import SipPhones

PHONE = "seat-01-web"


@pytest.fixture
def pair_spec() -> PairSpec:
    return PairSpec(seats=2, phones=0)


@pytest.fixture
async def telephony(own_pair: Pair) -> AsyncIterator[AmiTelephony]:
    config = own_pair.config
    trunks = {trunk.name: trunk for trunk in config.trunks}
    link = AmiTelephony("127.0.0.1", config.asterisk.ami_port, "sampark", config.secret("ami"), trunks)
    up = asyncio.Event()
    await link.start(lambda event: up.set() if isinstance(event, LinkUp) else None)
    await asyncio.wait_for(up.wait(), 10.0)
    yield link
    await link.aclose()


@pytest.fixture
async def browser() -> AsyncIterator[SipPhones]:
    phones = SipPhones(lambda _user: (1, 0.0, None))
    await phones.start()
    yield phones
    await phones.aclose()


async def sign_in(browser: SipPhones, pair: Pair, password: str) -> None:
    await browser.register(PHONE, password, ("127.0.0.1", pair.config.asterisk.sip_port))


async def test_only_the_password_of_the_sign_in_works_and_only_while_it_lasts(
    own_pair: Pair, telephony: AmiTelephony, browser: SipPhones
) -> None:
    phones = telephony.browser_phones
    await phones.withdraw(1)
    with pytest.raises(AssertionError, match="401"):
        await sign_in(browser, own_pair, "")
    await phones.admit(1, "first")
    await sign_in(browser, own_pair, "first")
    assert await telephony.reachable_seats() == {1}
    await phones.admit(1, "second")
    with pytest.raises(AssertionError, match="401"):
        await sign_in(browser, own_pair, "first")
    await sign_in(browser, own_pair, "second")
    await phones.withdraw(1)
    with pytest.raises(AssertionError, match="401"):
        await sign_in(browser, own_pair, "second")
    assert await telephony.reachable_seats() == frozenset()
    await phones.withdraw(1)


async def test_a_password_outlives_asterisk(
    own_pair: Pair, telephony: AmiTelephony, browser: SipPhones
) -> None:
    phones = telephony.browser_phones
    await phones.admit(1, "kept-as-a-secret")
    await own_pair.asterisk.down()
    await own_pair.asterisk.up()
    await sign_in(browser, own_pair, "kept-as-a-secret")
    logs = [file for file in own_pair.config.data.rglob("log/**/*") if file.is_file()]
    assert logs and not any("kept-as-a-secret" in file.read_text(errors="replace") for file in logs)
