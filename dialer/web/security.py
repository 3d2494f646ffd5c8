"""What protects every reply and every sign-in: headers, origins, and back-off after failed attempts."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

_CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "Sampark",
}
HSTS: Final = "max-age=31536000"
UNSAFE_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def content_security_policy(socket: str) -> str:
    """Nothing but our own files, and the web socket at which browser phones sign in."""
    return _CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {socket}")


def add_headers(response: web.StreamResponse, *, secure: bool, socket: str) -> None:
    """Put the headers of every reply on this one; it is not kept by caches unless it says otherwise."""
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = content_security_policy(socket)
    response.headers.setdefault("Cache-Control", "no-store")
    if secure:
        response.headers["Strict-Transport-Security"] = HSTS


def is_own_origin(request: web.Request, public_url: str) -> bool:
    """Whether ``Origin`` names the address this request itself went to, or the office's public one."""
    origin = request.headers.get("Origin", "")
    if not origin:
        return False
    if public_url and origin == public_url:
        return True
    parts = urlsplit(origin)
    return parts.scheme == request.scheme and parts.netloc.lower() == request.host.lower()


def comes_from_elsewhere(request: web.Request, public_url: str) -> bool:
    """Whether the browser says that another site sent this request; programs say nothing and may."""
    if "Origin" in request.headers:
        return not is_own_origin(request, public_url)
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def is_local(request: web.Request) -> bool:
    """Whether a program on this machine asks directly, not a proxy on behalf of somebody else."""
    if "Forwarded" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def address_group(address: str) -> str:
    """What back-off counts as one place: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


@dataclass(frozen=True, slots=True)
class BackOff:
    """``free`` failures cost nothing; each further one doubles the wait from 2 s up to ``longest_s``."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        """Seconds until the next attempt after so many failures."""
        over = failures - self.free
        return 0.0 if over <= 0 else min(self.longest_s, float(2 ** min(over, 20)))


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_at: float = 0.0
    free_at: float = 0.0


BY_PAIR: Final = BackOff(free=5, longest_s=900.0)
BY_NAME: Final = BackOff(free=20, longest_s=60.0)
"""Gentle: a stranger who guesses must not be able to keep an operator out for long."""
BY_ADDRESS: Final = BackOff(free=50, longest_s=900.0)
"""Generous: a whole office may stand behind one address."""
FORGET_S: Final = 3600.0
MOST_KEPT: Final = 20_000


class SignInThrottle:
    """Counts failed sign-ins by name, by address and by both; the strictest decides.

    An attempt is counted when it begins and taken back when it succeeds, so that attempts made at the
    same moment cannot slip through together.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, ...], _Failures] = OrderedDict()

    def begin(self, username: str, address: str, now: float) -> float:
        """Seconds to wait (0: go on). When 0, the attempt counts as failed until ``succeeded``."""
        group = address_group(address)
        wait_s = max(
            0.0,
            self._wait_s(("pair", username, group), now),
            self._wait_s(("name", username), now),
            self._wait_s(("address", group), now),
        )
        if wait_s == 0:
            self._count(("pair", username, group), BY_PAIR, now)
            self._count(("name", username), BY_NAME, now)
        return wait_s

    def failed(self, address: str, now: float) -> None:
        """The password was wrong: the address is counted too."""
        self._count(("address", address_group(address)), BY_ADDRESS, now)

    def succeeded(self, username: str, address: str) -> None:
        """It was the right person: this name from this address starts anew, and its tries are taken back."""
        by_pair = self._failures.pop(("pair", username, address_group(address)), None)
        by_name = self._failures.get(("name", username))
        if by_name is not None:
            by_name.count = max(0, by_name.count - (1 if by_pair is None else by_pair.count))
            by_name.free_at = 0.0

    def _wait_s(self, key: tuple[str, ...], now: float) -> float:
        found = self._failures.get(key)
        return 0.0 if found is None else found.free_at - now

    def _count(self, key: tuple[str, ...], back_off: BackOff, now: float) -> None:
        found = self._failures.pop(key, None)
        if found is None or now - found.last_at > FORGET_S:
            found = _Failures()
        found.count += 1
        found.last_at = now
        found.free_at = now + back_off.wait_s(found.count)
        self._failures[key] = found
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)


class RateLimit:
    """At most ``most`` times for each key within any ``within_s`` seconds; what it refused does not count."""

    def __init__(self, most: int, within_s: float) -> None:
        self._most = most
        self._within_s = within_s
        self._times: dict[int, deque[float]] = {}

    def begin(self, key: int, now: float) -> float:
        """Seconds to wait; 0: go on, and this time counts."""
        times = self._times.setdefault(key, deque())
        while times and times[0] <= now - self._within_s:
            times.popleft()
        if len(times) >= self._most:
            return times[0] + self._within_s - now
        times.append(now)
        return 0.0
