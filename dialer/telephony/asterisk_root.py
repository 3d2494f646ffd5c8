"""Finds an Asterisk to run: an installed one, or a private one made from the distribution's archive."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dialer.config import cache_dir
from dialer.errors import ConfigError, TelephonyError
from dialer.i18n import N_
from dialer.telephony.asterisk_packages import (
    EVERY_LIBRARY,
    NEEDED,
    Package,
    PrivateApt,
    Say,
    choose_archive,
    machine_archives,
    sha256_of,
    unpack,
)

SUPPORTED = range(18, 23)
RECIPE = 1
"""Counted up when a private root must be made differently; a new one is then made beside the old."""

DOCUMENTATION = "documentation/core-en_US.xml"
"""Asterisk ends at start when this file is missing from its data folder."""


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """An Asterisk that can be started: the command's first words, and where its modules and data lie."""

    command: tuple[str, ...]
    version: str
    modules: Path
    data: Path
    private: bool

    @property
    def major(self) -> int:
        """18 to 22."""
        return int(self.version.split(".")[0])

    @property
    def has_event_filters(self) -> bool:
        """Whether manager events are filtered by name and header, not only by expressions over the whole."""
        minor = int((*self.version.split("."), "0")[1])
        return minor >= {22: 1, 21: 6, 20: 11}.get(self.major, sys.maxsize)


def find_program(setting: str, say: Say) -> AsteriskProgram:
    """The Asterisk that ``asterisk.program`` asks for: ``auto``, ``private`` or the path of a program.

    Raises ``ConfigError`` for a path that is no Asterisk 18 to 22, ``TelephonyError`` when none can be had.
    """
    if setting not in ("auto", "private"):
        return installed_program(Path(setting))
    if setting == "auto" and (
        found := shutil.which("asterisk", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    ):
        try:
            return installed_program(Path(found))
        except ConfigError as fault:
            say(f"{fault}; making a private one")
    return private_program(cache_dir() / "asterisk", say)


def installed_program(path: Path) -> AsteriskProgram:
    """The Asterisk at ``path``, with its modules and data found beside it."""
    version = _version_of((str(path),))
    if version is None:
        raise ConfigError(f"asterisk.program: {path} is not an Asterisk program; set auto, private or a path")
    if int(version.split(".")[0]) not in SUPPORTED:
        raise ConfigError(f"asterisk.program: {path} is Asterisk {version}; versions 18 to 22 are supported")
    prefix = path.resolve().parent.parent
    modules = _first_folder(
        prefix, ("lib/asterisk/modules", "lib/*/asterisk/modules", "lib64/asterisk/modules"), ""
    )
    data = _first_folder(prefix, ("share/asterisk", "../var/lib/asterisk", "var/lib/asterisk"), DOCUMENTATION)
    if modules is None or data is None:
        lacking = "modules" if modules is None else DOCUMENTATION
        raise ConfigError(f"asterisk.program: {path}: its {lacking} were not found below {prefix}")
    return AsteriskProgram((str(path),), version, modules, data, private=False)


def _first_folder(prefix: Path, patterns: tuple[str, ...], holds: str) -> Path | None:
    for pattern in patterns:
        for folder in sorted(prefix.glob(pattern) if ".." not in pattern else [prefix / pattern]):
            if (folder / holds).exists():
                return folder.resolve()
    return None


def private_program(home: Path, say: Say) -> AsteriskProgram:
    """The private Asterisk below ``home``, made on first use (about 10 s and 25 MB of downloads).

    Two callers at once make one root: the second waits. A root is built in a temporary folder and
    renamed when it is whole, so that a killed builder leaves nothing half-made behind.
    """
    root = home / f"root-{RECIPE}"
    try:
        if not (root / "manifest.json").exists():
            home.mkdir(parents=True, exist_ok=True)
            with _only_builder(home, say):
                if not (root / "manifest.json").exists():
                    _build(home, root, say)
    except OSError as fault:
        text = N_("{folder}: no private Asterisk can be made there: {why}; set XDG_CACHE_HOME")
        raise TelephonyError(text, folder=home, why=fault.strerror or fault) from fault
    return _private_at(root)


@contextmanager
def _only_builder(home: Path, say: Say) -> Iterator[None]:
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is making the private Asterisk; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(home: Path, root: Path, say: Say) -> None:
    started = time.monotonic()
    say(f"making a private Asterisk in {root}")
    building = home / f"building-{os.getpid()}"
    try:
        packages = _cached_packages(home) or _fetched_packages(home, NEEDED, say)
        lacking = _unpacked(home, packages, building)
        if lacking:
            say(f"it needs more: {', '.join(lacking)}")
            packages = _fetched_packages(home, EVERY_LIBRARY, say)
            lacking = _unpacked(home, packages, building)
        if lacking:
            text = N_("the private Asterisk lacks {libraries}; install Asterisk 18 to 22 instead")
            raise TelephonyError(text, libraries=", ".join(lacking))
        version = _private_at(building).version
        listed = [asdict(package) for package in packages]
        manifest = {"asterisk": version, "recipe": RECIPE, "packages": listed}
        for folder in (home / "packages", building):
            (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        shutil.rmtree(root, ignore_errors=True)
        building.rename(root)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    say(f"Asterisk {version} is ready ({time.monotonic() - started:.0f} s)")


def _unpacked(home: Path, packages: Sequence[Package], building: Path) -> list[str]:
    """Unpack afresh; the libraries that are missing then."""
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    unpack([home / "packages" / package.file for package in packages], building)
    return _missing_libraries(_private_at(building), building)


def _fetched_packages(home: Path, needed: re.Pattern[str], say: Say) -> list[Package]:
    archives = choose_archive(machine_archives(Path("/etc/apt")), _os_release())
    # The indexes are four times as large as Asterisk, so they do not stay.
    with tempfile.TemporaryDirectory(prefix="apt-", dir=home) as workplace:
        return PrivateApt(Path(workplace), home / "packages", archives, say).fetch(needed)


def _cached_packages(home: Path) -> list[Package]:
    """The packages of the last build if every file is still what its SHA-256 says, else none."""
    try:
        manifest = json.loads((home / "packages/manifest.json").read_text())
        packages = [Package(**entry) for entry in manifest["packages"]]
        whole = all(sha256_of(home / "packages" / package.file) == package.sha256 for package in packages)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return packages if whole and manifest.get("recipe") == RECIPE else []


def _private_at(root: Path) -> AsteriskProgram:
    """Asterisk runs through the root's own loader and libraries, whatever the machine's are."""
    loaders = [
        file
        for pattern in ("usr/lib64", "lib64", "usr/lib", "lib", "usr/lib/*", "lib/*")
        for file in sorted(root.glob(f"{pattern}/ld-linux*.so.*"))
    ]
    libraries = [folder for folder in (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*"))]
    modules = sorted(root.glob("usr/lib/*-linux-gnu*/asterisk/modules"))
    if not loaders or not modules:
        raise TelephonyError(f"{root}: the private Asterisk is incomplete; remove the folder and try again")
    path = ":".join(str(folder) for folder in (*libraries, modules[0].parent))
    command = (str(loaders[0]), "--library-path", path, str(root / "usr/sbin/asterisk"))
    version = _version_of(command)
    if version is None:
        raise TelephonyError(f"{root}: the private Asterisk does not run; remove the folder and try again")
    return AsteriskProgram(command, version, modules[0], root / "usr/share/asterisk", private=True)


def _missing_libraries(program: AsteriskProgram, root: Path) -> list[str]:
    """What Asterisk and our modules link to and the root does not hold.

    A library that the machine happens to have does not count: it may go, or be of another age.
    """
    loader, option, path, binary = program.command
    ours = whitelisted_modules()
    files = [Path(binary), *(file for file in program.modules.glob("*.so") if file.name in ours)]
    lacking: set[str] = set()
    for file in files:
        command = [loader, option, path, "--list", str(file)]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.findall(r"^\s*(\S+) => (\S+)", listed.stdout, re.M)
        lacking |= {name for name, place in found if not place.startswith(f"{root}/")}
        # The loader stops at the first library that is nowhere.
        lacking |= set(re.findall(r"loading shared libraries: ([^:\s]+)", listed.stderr))
    return sorted(lacking)


def whitelisted_modules() -> frozenset[str]:
    """Every module that one of our two ``modules.conf`` loads."""
    folder = Path(__file__).parents[2] / "asterisk_conf"
    texts = [(folder / name).read_text() for name in ("modules.conf", "carrier_sim/modules.conf")]
    return frozenset(
        name for text in texts for name in re.findall(r"^(?:load|require|preload) => (\S+)", text, re.M)
    )


def _version_of(command: tuple[str, ...]) -> str | None:
    try:
        said = subprocess.run(
            [*command, "-V"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"Asterisk (?:certified[/-])?(\d+(?:\.\d+)*)", said)
    return found[1] if found else None


def _os_release() -> dict[str, str]:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key: value.strip('"') for key, value in pairs}
