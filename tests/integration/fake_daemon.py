"""A daemon of paper: answers the command line's questions over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dialer.core.live import CampaignLive, LiveSnapshot, SeatLive, SeatState, TrunkLive


class FakeDaemon:
    """Shows ``snapshot``; remembers what was asked. ``status``: what it answers instead of 200."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.snapshot = room()
        self.status = 200
        self.asked: list[str] = []

    def reply(self) -> dict[str, Any]:
        return {"type": "room", "room": asdict(self.snapshot), "operators": {"1": "आशा वर्मा"}}


def room(*campaigns: CampaignLive, **facts: Any) -> LiveSnapshot:
    """36 seats: one ready, one talking, one leaving after its call, the others empty."""
    seats = [SeatLive(number, SeatState.SIGNED_OUT, 1000.0) for number in range(1, 37)]
    seats[0] = SeatLive(1, SeatState.READY, 1000.0, operator_id=1, campaigns=frozenset({1}))
    seats[1] = SeatLive(2, SeatState.TALKING, 990.0, operator_id=2, campaigns=frozenset({1}))
    seats[2] = SeatLive(3, SeatState.TALKING, 990.0, operator_id=3, draining=True, campaigns=frozenset({1}))
    values: dict[str, Any] = {
        "at": 1000.0,
        "started_at": 0.0,
        "asterisk": "up",
        "store": "ok",
        "draining": False,
        "seats": tuple(seats),
        "campaigns": campaigns,
        "trunks": (TrunkLive("carrier", True, 12, 150),),
    }
    return LiveSnapshot(**{**values, **facts})


def campaign_live(name: str = "winter", **facts: Any) -> CampaignLive:
    """A campaign that dials."""
    values: dict[str, Any] = {
        "campaign_id": 1,
        "name": name,
        "kind": "operators",
        "state": "running",
        "mode": "ratio",
        "ringing": 3,
        "waiting_for_operator": 1,
        "talking": 2,
        "in_survey": 0,
        "contacts_waiting": 640,
        "outcomes": {"connected": 97, "abandoned": 2, "busy": 11, "no_answer": 30},
        "attempts": 140,
        "abandonment_rate": 0.0202,
        "calls_per_minute": 22.0,
        "answer_rate": 0.7,
        "reason": "one call for each of 3 free operators",
    }
    return CampaignLive(**{**values, **facts})


@contextmanager
def fake_daemon(port: int, token: str) -> Iterator[FakeDaemon]:
    """The daemon at ``port`` of loopback until the block ends."""
    daemon = FakeDaemon(token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(daemon.reply())

        def do_POST(self) -> None:
            self._answer({"at": 0.0})

        def _answer(self, value: dict[str, Any]) -> None:
            daemon.asked.append(f"{self.command} {self.path}")
            known = self.headers.get("Authorization") == f"Bearer {daemon.token}"
            body = json.dumps(value, default=list).encode()
            self.send_response(daemon.status if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield daemon
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
