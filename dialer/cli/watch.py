"""``dialer campaign watch``: the wallboard of the terminal, about twice a second."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType

from dialer.cli import console
from dialer.cli.console import JsonOption
from dialer.cli.daemon_client import DaemonClient, LiveRoom, room_from_json
from dialer.cli.wallboard.board import Board
from dialer.cli.wallboard.layout import wallboard
from dialer.cli.wallboard.picture import as_svg
from dialer.cli.wallboard.view import View
from dialer.config import Config
from dialer.errors import DaemonAway, InputError
from dialer.i18n import N_, current_language, translate

_ = translate

EVERY_S: Final = 0.5
RATE_EVERY_S: Final = 5.0
"""How often the calls per minute become a new bar of the little chart."""
RATES_KEPT: Final = 60
PICTURE_SIZE: Final = (100, 30)
_WRAP_OFF, _WRAP_ON = "\x1b[?7l", "\x1b[?7h"

Picture = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE.svg", help=_("Save the room as a picture and end."))
]


def watch(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help=_("Only this campaign."))] = "",
    once: Annotated[bool, typer.Option("--once", help=_("Show the room once and end."))] = False,
    picture: Picture = None,
    as_json: JsonOption = False,
) -> None:
    """The room live: seats, calls, abandonment against its cap, the last decision, trunks."""
    config = console.config()
    client = DaemonClient(config)
    if as_json:
        _print_lines(client, name, once=once)
    elif picture is not None:
        board = _now(client, name, _office(config), PICTURE_SIZE)
        _write(picture, as_svg(board, f"dialer campaign watch {name}".rstrip()))
    elif once or not console.out.is_terminal:
        console.out.print(_now(client, name, _office(config), console.out.size))
    else:
        _show(client, name, _office(config))


def _now(client: DaemonClient, name: str, office: str, size: tuple[int, int]) -> Board:
    room, now = _only(client.live(), name), time.time()
    return wallboard(View(office, now, room, now), *size)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise InputError(N_("{file} cannot be written: {why}"), file=file, why=fault.strerror) from fault


def _show(client: DaemonClient, name: str, office: str) -> None:
    listener = Listener(client, name)
    listener.start()
    out = console.out
    out.file.write(_WRAP_OFF)  # a terminal that takes Devanagari for wider must not break lines
    try:
        with _interrupted() as interrupted, Live(console=out, screen=True, auto_refresh=False) as live:
            while not interrupted:
                view = replace(listener.view(), office=office, now=time.time())
                live.update(wallboard(view, *out.size), refresh=True)
                time.sleep(EVERY_S)
    finally:
        listener.stop()
        out.file.write(_WRAP_ON)
        out.control(Control((ControlType.SHOW_CURSOR,)))


@contextmanager
def _interrupted() -> Iterator[list[int]]:
    """Not empty once Ctrl-C was pressed. An exception in its place is lost where Python may not raise."""
    signals: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: signals.append(number))
    try:
        yield signals
    finally:
        signal.signal(signal.SIGINT, before)


class Listener:
    """Asks the daemon twice a second in its own thread: a silent daemon never freezes the board."""

    def __init__(self, client: DaemonClient, name: str = "", every_s: float = EVERY_S) -> None:
        self._client = client
        self._name = name
        self._every_s = every_s
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wallboard", daemon=True)
        self._view = View("", 0.0)
        self._rates: deque[float] = deque(maxlen=RATES_KEPT)
        self._rate_at = 0.0

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; returns when the last question is over."""
        self._stopped.set()
        self._thread.join(timeout=5.0)

    def view(self) -> View:
        """The latest that is known."""
        with self._lock:
            return self._view

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._ask()
            self._stopped.wait(self._every_s)

    def _ask(self) -> None:
        try:
            room = _only(self._client.live(), self._name)
        except DaemonAway as fault:
            with self._lock:
                self._view = replace(self._view, trouble=fault.in_words(translate))
            return
        now = time.time()
        if now - self._rate_at >= RATE_EVERY_S:
            self._rate_at = now
            self._rates.append(sum(one.calls_per_minute for one in room.snapshot.campaigns))
        with self._lock:
            self._view = View("", now, room, heard_at=now, rates=tuple(self._rates))


def _print_lines(client: DaemonClient, name: str, *, once: bool) -> None:
    while True:
        try:
            reply = client.live_json()
            room_from_json(reply, client.address)
        except DaemonAway as fault:
            if once:
                raise
            console.note(fault.in_words(translate))
        else:
            typer.echo(json.dumps(_only_json(reply, name), ensure_ascii=False, separators=(",", ":")))
        if once:
            return
        try:
            time.sleep(EVERY_S)
        except KeyboardInterrupt:
            return


def _only(room: LiveRoom, name: str) -> LiveRoom:
    if not name:
        return room
    campaigns = tuple(one for one in room.snapshot.campaigns if one.name == name)
    return replace(room, snapshot=replace(room.snapshot, campaigns=campaigns))


def _only_json(reply: dict[str, Any], name: str) -> dict[str, Any]:
    room: dict[str, Any] = {**reply["room"], "operators": reply.get("operators", {})}
    if name:
        room["campaigns"] = [one for one in room["campaigns"] if one["name"] == name]
    return room


def _office(config: Config) -> str:
    return config.office.name_hi if current_language() == "hi" else config.office.name_en
