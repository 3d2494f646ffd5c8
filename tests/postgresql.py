"""A private PostgreSQL cluster: made in a folder of its own, on loopback, gone afterwards.

Also used by ``bench/claim.py``. Its programs run as user postgres when we are root, which they refuse to be.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.ports import free_port

_PREFIX = "sampark-pg-"
SETTINGS = {
    "fsync": "off",  # a killed server loses nothing for it, only a machine without power would
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "listen_addresses": "127.0.0.1",
    "logging_collector": "off",
    "lc_messages": "C",
}


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server's programs, None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


class PrivatePostgres:
    """One cluster. ``start`` takes about a second; ``stop`` ends the server by its process id.

    ``settings`` are the server's own, beside or instead of ``SETTINGS``.
    """

    def __init__(self, bin_folder: Path, **settings: str) -> None:
        self._bin = bin_folder
        self._settings = {**SETTINGS, **settings}
        self._user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._folder = Path("/nonexistent")
        self._server: subprocess.Popen[bytes] | None = None
        self._password = secrets.token_hex(16)
        self.port = 0

    def start(self) -> PrivatePostgres:
        """Make the cluster and wait until it answers; nothing is left behind when it does not."""
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            if self._as_user:
                shutil.chown(self._folder, "postgres", "postgres")
            self._init()
            self._serve()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server and remove the folder."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(20)
            self._server = None
        if self._folder.name.startswith(_PREFIX):
            shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """End the server at once, as a crash would, and start it on the same port."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(20)
        self._launch()

    def create_database(self, name: str, template: str = "template0") -> str:
        """A new database; returns its URL as ``config.yaml`` takes it."""
        self.psql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """The URL with the async driver."""
        return f"postgresql+asyncpg://{self._user}:{self._password}@127.0.0.1:{self.port}/{name}"

    def psql(self, database: str, statement: str) -> str:
        """Run one statement through the socket; the answer's bare text."""
        call: list[str | Path] = [
            self._bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", self._folder, "-p", str(self.port), "-U", self._user, "-d", database, "-c", statement,
        ]  # fmt: skip
        environment = {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": self._password}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            call, env=environment, capture_output=True, text=True, timeout=60, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def _init(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        if self._as_user:
            shutil.chown(password_file, "postgres", "postgres")
        call: list[str | Path] = [
            self._bin / "initdb", "-D", self._folder / "data", "-U", self._user, "--no-sync",
            "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C.UTF-8",
        ]  # fmt: skip
        done = subprocess.run(call, capture_output=True, text=True, timeout=120, cwd="/", **self._as_user)
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")

    def _serve(self) -> None:
        self.port = free_port()
        self._launch()

    def _launch(self) -> None:
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": str(self._folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", "-D", self._folder / "data", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **self._as_user,
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {self._log()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return self.psql("postgres", "SELECT 1") == "1"
        except RuntimeError:
            return False

    def _log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-500:]
