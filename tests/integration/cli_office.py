"""An office of its own on disk, and the command line as its supervisor uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from db.session import Database
from dialer.cli import console
from dialer.cli.root import run
from tests.ports import free_ports

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document."""
        return json.loads(self.out)


class Office:
    """Settings with ports that nobody uses, in a folder that goes away."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.file = folder / "config.yaml"
        self.data = folder / "var"
        self._capture = capture

    def run(self, *words: str, language: str = "en") -> Done:
        """One command line in this process."""
        self._capture.readouterr()
        console.out.width = console.err.width = 200
        code = run(["--lang", language, "--config", str(self.file), *words])
        printed = self._capture.readouterr()
        return Done(code, printed.out, printed.err)

    def do(self, *words: str) -> Done:
        """A command that must succeed."""
        done = self.run(*words)
        assert done.code == 0, done.err
        return done

    def refused(self, code: int, *words: str) -> str:
        """A command that must fail with one line; returns the line."""
        done = self.run(*words)
        assert (done.code, done.out) == (code, "")
        lines = done.err.splitlines()
        assert lines[-1].startswith("error: ") and sum(line.startswith("error:") for line in lines) == 1
        return lines[-1]

    def set(self, **settings: Any) -> None:
        """Change settings in the file."""
        values = yaml.safe_load(self.file.read_text()) | settings
        self.file.write_text(yaml.safe_dump(values, allow_unicode=True))

    def query(self, work: Callable[[Database], Awaitable[Result]]) -> Result:
        """What the database holds."""

        async def ask() -> Result:
            database = Database(f"sqlite+aiosqlite:///{self.data / 'sampark.sqlite3'}")
            try:
                return await work(database)
            finally:
                await database.aclose()

        return asyncio.run(ask())


def open_office(folder: Path, capture: pytest.CaptureFixture[str], *, ready: bool = True) -> Office:
    """An office after ``dialer init``, or one where it was never run."""
    office = Office(folder, capture)
    if ready:
        office.do("init")
        ports = free_ports(6)
        names = ("ami_port", "sip_port", "http_port", "https_port", "agi_port")
        office.set(asterisk=dict(zip(names, ports, strict=False)), web={"port": ports[5]})
    return office
