"""The running daemon as commands see it: its live picture, and a nudge to read the campaigns again."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from dialer.config import Config
from dialer.core.live import LiveSnapshot
from dialer.core.words import N_
from dialer.errors import DaemonAway

DEADLINE_S: Final = 2.0
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_SNAPSHOT: Final = TypeAdapter(LiveSnapshot)


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """The room now, and the names of those who are signed in, by operator id."""

    snapshot: LiveSnapshot
    operators: Mapping[int, str]


class DaemonClient:
    """Asks the daemon that ``config`` describes; every question has a deadline and raises ``DaemonAway``."""

    def __init__(self, config: Config) -> None:
        web = config.web
        self._host = _ANY_ADDRESS.get(web.host, web.host)
        self._port = web.port
        self._token = config.secret("cli")
        self._tls = None if web.certificate is None else _pinned(str(config.base / web.certificate))
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.address = f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    def live(self) -> LiveRoom:
        """The room now."""
        return room_from_json(self._ask("GET", "/api/v1/live"), self.address)

    def live_json(self) -> dict[str, Any]:
        """The room now as the daemon sends it."""
        return self._ask("GET", "/api/v1/live")

    def campaigns_changed(self) -> None:
        """Let the daemon read the campaigns again at once instead of within seconds."""
        self._ask("POST", "/api/v1/campaigns/changed")

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        connection = self._connection()
        try:
            headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
            body = "{}" if method == "POST" else None
            if body:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as fault:
            raise away(self.address) from fault
        finally:
            connection.close()
        if response.status == 401:
            raise DaemonAway(
                N_("another installation's daemon answers at {address}; check web.port in config.yaml"),
                address=self.address,
            )
        if response.status >= 300:
            raise DaemonAway(
                N_("the daemon at {address} answers {status}; see its log"),
                address=self.address,
                status=response.status,
            )
        return _object(content, self.address)

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=DEADLINE_S)
        return HTTPSConnection(self._host, self._port, timeout=DEADLINE_S, context=self._tls)


def room_from_json(value: Mapping[str, Any], address: str = "") -> LiveRoom:
    """The daemon's reply as records; fields that a newer daemon adds are passed over."""
    try:
        snapshot = _SNAPSHOT.validate_python(value["room"])
        operators = {int(id_): str(name) for id_, name in value.get("operators", {}).items()}
    except (KeyError, ValueError, ValidationError) as fault:
        raise _strange(address) from fault
    return LiveRoom(snapshot, operators)


def away(address: str) -> DaemonAway:
    """Nobody answers there."""
    return DaemonAway(
        N_("the daemon does not answer at {address}; start it with `dialer serve`"), address=address
    )


def _strange(address: str) -> DaemonAway:
    return DaemonAway(
        N_("what answers at {address} is no daemon of this version; restart it with `dialer serve`"),
        address=address,
    )


def _object(content: bytes, address: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as fault:
        raise _strange(address) from fault
    if not isinstance(value, dict):
        raise _strange(address)
    return value


def _pinned(certificate: str) -> ssl.SSLContext:
    # The daemon's own certificate is the only one we trust; its name is how browsers reach it, not we.
    try:
        context = ssl.create_default_context(cafile=certificate)
    except OSError as fault:
        raise DaemonAway(
            N_("web.certificate {file} cannot be read: {why}"), file=certificate, why=fault.strerror or fault
        ) from fault
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
