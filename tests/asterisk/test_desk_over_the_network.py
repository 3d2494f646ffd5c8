"""A desk on another machine: the page over HTTPS, the telephone over a secure web socket."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from dialer.telephony.certificate import make_certificate
from tests.asterisk.desk_line import SAYS_BACK, connected, desk, hears_and_is_heard, ready, talking
from tests.asterisk.pairs import Pair, PairSpec
from tests.asterisk.system import Office, with_web
from tests.browser.conftest import browser  # noqa: F401  (a fixture)
from tests.ports import free_port

EVERYWHERE = PairSpec(seats=1, phones=0, bind="0.0.0.0")
pytestmark = [
    pytest.mark.parametrize("pair_spec", [EVERYWHERE], ids=["all addresses"]),
    pytest.mark.timeout(120),
]


def own_address() -> str:
    """Where other machines would reach us; nothing is sent to find it, and what is sent there stays here."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


@pytest.fixture
async def office(own_pair: Pair) -> AsyncIterator[Office]:
    config = with_web(own_pair.config, free_port())
    make_certificate(config.base, own_address())
    secure = {"host": own_address(), "certificate": "asterisk.crt", "private_key": "asterisk.key"}
    web = type(config.web).model_validate({**config.web.model_dump(), **secure})
    running = Office(config.model_copy(update={"web": web}))
    await running.prepare()
    try:
        await running.operators(1)
        await running.start()
        yield running
    finally:
        await running.aclose()


async def test_a_desk_elsewhere_speaks_and_hears_encrypted(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        policy = (await page.request.get("/desk")).headers["content-security-policy"]
        assert f"wss://{own_address()}:{office.config.asterisk.https_port}/ws" in policy
        assert "ws://" not in policy.replace("wss://", "")
        await office.campaign("talks", [SAYS_BACK])
        await ready(page)
        await talking(page)
        await hears_and_is_heard(page)
        await expect(page.locator(".name")).to_have_text("राम साहू")
