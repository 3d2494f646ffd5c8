"""The live wallboard on a terminal, and its listener."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.cli.daemon_client import DaemonClient, room_from_json
from dialer.cli.watch import Listener
from dialer.config import load_config
from dialer.errors import DaemonAway
from tests.integration.fake_daemon import FakeDaemon, campaign_live, fake_daemon, room
from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of an office whose daemon would answer at a free port."""
    text = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("port: 8036", f"port: {free_port()}"), encoding="utf-8")
    return file


@pytest.fixture
def daemon(settings: Path) -> Iterator[FakeDaemon]:
    config = load_config(settings)
    with fake_daemon(config.web.port, config.secret("cli")) as running:
        running.snapshot = room(campaign_live("winter"))
        yield running


class Terminal:
    """``dialer campaign watch`` on a terminal of 80 x 24."""

    def __init__(self, settings: Path, language: str) -> None:
        self._main, side = pty.openpty()
        command = [
            sys.executable,
            "-m",
            "dialer",
            "--lang",
            language,
            "--config",
            str(settings),
            "campaign",
            "watch",
        ]
        size = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, cwd=REPOSITORY, env={**os.environ, **size}
        )
        os.close(side)
        self.shown = ""

    def wait_for(self, text: str, within_s: float = 20.0) -> None:
        """Read until the text was shown."""
        deadline = time.monotonic() + within_s
        while text not in self.shown:
            assert time.monotonic() < deadline, (
                f"{text!r} was not shown in {within_s:g} s: {self.shown[-500:]!r}"
            )
            self._read(0.2)

    def forget(self) -> None:
        """From here on only what is shown later counts."""
        self.shown = ""

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.1)
        self._read(0.1)
        return self.process.wait(timeout=1)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)

    def _read(self, wait_s: float) -> None:
        if select.select([self._main], [], [], wait_s)[0]:
            try:
                self.shown += os.read(self._main, 65536).decode("utf-8", "replace")
            except OSError:  # the other side is gone
                return


@pytest.mark.parametrize(("language", "words"), [("en", "ringing"), ("hi", "घंटी")])
def test_the_wallboard_follows_the_room_and_leaves_the_terminal_as_it_was(
    settings: Path, daemon: FakeDaemon, language: str, words: str
) -> None:
    terminal = Terminal(settings, language)
    try:
        terminal.wait_for("winter")
        terminal.wait_for(words)
        daemon.snapshot = room(campaign_live("spring"))
        terminal.wait_for("spring")
        assert terminal.interrupt() == 0
    finally:
        terminal.close()
    assert "\x1b[?1049l" in terminal.shown and "\x1b[?7h" in terminal.shown and "\x1b[?25h" in terminal.shown


def test_it_keeps_trying_while_the_daemon_is_away(settings: Path, daemon: FakeDaemon) -> None:
    terminal = Terminal(settings, "en")
    try:
        terminal.wait_for("winter")
        daemon.status = 503
        terminal.wait_for("The daemon is silent")
        daemon.status = 200
        terminal.forget()
        terminal.wait_for("Asterisk")
        assert terminal.interrupt() == 0
    finally:
        terminal.close()


def test_the_listener_keeps_the_last_room_and_says_why_there_is_no_newer(
    settings: Path, daemon: FakeDaemon
) -> None:
    listener = Listener(DaemonClient(load_config(settings)), every_s=0.02)
    listener.start()
    try:
        _until(lambda: listener.view().room is not None)
        daemon.status = 500
        _until(lambda: listener.view().trouble != "")
        assert "answers 500" in listener.view().trouble and listener.view().room is not None
        daemon.status = 200
        _until(lambda: listener.view().trouble == "")
    finally:
        listener.stop()


def test_a_daemon_that_is_not_there_is_away_at_once(settings: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(DaemonAway, match="does not answer"):
        DaemonClient(load_config(settings)).live()
    assert time.monotonic() - begun < 1.5


def test_a_newer_daemons_fields_are_passed_over_and_nonsense_is_not_taken_for_a_room(
    daemon: FakeDaemon,
) -> None:
    reply = daemon.reply()
    reply["room"]["of_a_later_version"] = 1
    assert room_from_json(reply).snapshot == daemon.snapshot
    for nonsense in ({}, {"room": 3}, {"room": {"at": "noon"}}):
        with pytest.raises(DaemonAway, match="no daemon of this version"):
            room_from_json(nonsense)


def _until(true: object, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)
