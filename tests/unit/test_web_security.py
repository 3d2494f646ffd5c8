"""Back-off after failed sign-ins, on a clock of paper; and what counts as our own origin."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from dialer.errors import InputError
from dialer.passwords import check_password, generate_password
from dialer.web.calls import masked
from dialer.web.security import (
    BY_ADDRESS,
    BY_NAME,
    BY_PAIR,
    FORGET_S,
    SignInThrottle,
    address_group,
    comes_from_elsewhere,
    is_local,
    is_own_origin,
)


def fail(throttle: SignInThrottle, times: int, name: str = "op01", address: str = "10.0.0.1") -> float:
    """So many failures, each as soon as it is allowed; returns the time after them."""
    now = 0.0
    for _ in range(times):
        if wait_s := throttle.begin(name, address, now):
            now += wait_s
            assert throttle.begin(name, address, now) == 0
        throttle.failed(address, now)
    return now


def test_the_first_failures_cost_nothing_and_each_further_one_doubles_the_wait() -> None:
    throttle = SignInThrottle()
    now = fail(throttle, BY_PAIR.free)
    assert throttle.begin("op01", "10.0.0.1", now) == 0
    waits = []
    for _ in range(4):
        waits.append(throttle.begin("op01", "10.0.0.1", now))
        now += waits[-1]
        throttle.begin("op01", "10.0.0.1", now)
    assert waits == [2, 4, 8, 16]


def test_the_wait_has_an_end() -> None:
    assert BY_PAIR.wait_s(1000) == 900


def test_another_name_and_another_address_are_free() -> None:
    throttle = SignInThrottle()
    now = fail(throttle, BY_PAIR.free + 1)
    assert throttle.begin("op01", "10.0.0.1", now) > 0
    assert throttle.begin("op02", "10.0.0.1", now) == 0
    assert throttle.begin("op01", "10.0.0.2", now) == 0


def test_a_stranger_cannot_keep_an_operator_out_for_more_than_a_minute() -> None:
    throttle = SignInThrottle()
    for host in range(200):
        throttle.begin("op01", f"10.0.1.{host}", 0.0)
    assert 0 < throttle.begin("op01", "10.9.9.9", 0.0) <= 60


def test_one_address_that_tries_many_names_is_slowed_down() -> None:
    throttle = SignInThrottle()
    for number in range(BY_ADDRESS.free + 3):
        throttle.begin(f"name{number}", "10.0.0.1", 0.0)
        throttle.failed("10.0.0.1", 0.0)
    assert throttle.begin("fresh", "10.0.0.1", 0.0) > 0


def test_success_and_time_forgive() -> None:
    throttle = SignInThrottle()
    now = fail(throttle, BY_PAIR.free + 1)
    throttle.succeeded("op01", "10.0.0.1")
    assert throttle.begin("op01", "10.0.0.1", now) == 0
    throttle = SignInThrottle()
    now = fail(throttle, BY_PAIR.free + 3) + FORGET_S + 1
    assert throttle.begin("op01", "10.0.0.1", now) == 0
    assert throttle.begin("op01", "10.0.0.1", now) == 0


def test_success_takes_back_all_tries_of_this_address_and_none_of_others() -> None:
    throttle = SignInThrottle()
    for host in range(BY_NAME.free):
        throttle.begin("guide", f"10.0.1.{host}", 0.0)
    for _ in range(3):
        now = 100.0
        assert throttle.begin("guide", "10.0.0.1", now) == 0
        assert throttle.begin("guide", "10.0.0.1", now + 60) == 0
        throttle.succeeded("guide", "10.0.0.1")
    throttle.begin("guide", "10.0.2.1", now + 60)
    assert throttle.begin("guide", "10.0.2.2", now + 60) == 2


def test_an_ipv6_network_is_one_place() -> None:
    assert address_group("2001:db8:1:2::1") == address_group("2001:db8:1:2:ffff::9")
    assert address_group("2001:db8:1:2::1") != address_group("2001:db8:1:3::1")
    assert address_group("192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Origin": "http://desk.example:8036"}, True),
        ({"Origin": "https://desk.example:8036"}, False),
        ({"Origin": "http://desk.example"}, False),
        ({"Origin": "http://desk.example:8036.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://office.example"}, True),
        ({}, False),
    ],
)
def test_our_own_origin_is_the_address_asked_or_the_public_one(headers: dict[str, str], own: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Host": "desk.example:8036", **headers})
    assert is_own_origin(request, "https://office.example") is own


def test_programs_without_an_origin_are_not_another_site() -> None:
    request = make_mocked_request("POST", "/", headers={"Host": "h"})
    assert not comes_from_elsewhere(request, "")
    request = make_mocked_request("POST", "/", headers={"Host": "h", "Sec-Fetch-Site": "cross-site"})
    assert comes_from_elsewhere(request, "")


def test_a_proxys_request_is_not_local() -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": "203.0.113.1"})
    assert not is_local(request)


@pytest.mark.parametrize("password", ["short", "op01 op01 op01", "aaaaaaaaaaaaaaa", "1234567890", "x" * 201])
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(InputError, match="password"):
        check_password(password, "op01")


def test_a_generated_password_passes_and_differs_each_time() -> None:
    first, second = generate_password(), generate_password()
    check_password(first, "op01")
    assert first != second and len(first) == 19


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+919876543210", "+91••••••3210"), ("+12025550123", "+12•••••0123"), ("+1234567", "+1••4567")],
)
def test_a_masked_number_is_recognised_but_cannot_be_called(phone: str, shown: str) -> None:
    assert len(masked(phone)) == len(phone)
    if len(phone) > 9:
        assert masked(phone) == shown
