"""Asterisk from the distribution's archive without touching the system: fetched, checked, unpacked aside.

No right is needed: apt runs on a private configuration, signatures are checked with the machine's own
archive keys, and packages are unpacked by ``dpkg-deb``; no maintainer script runs.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import TelephonyError

Say = Callable[[str], None]

WANTED = ("asterisk", "asterisk-modules")
NEEDED = re.compile(
    r"asterisk|asterisk-modules|libc6|libgcc-s1|libstdc\+\+6|libbsd0|libmd0|libcap2|libcrypt1|libedit2|libtinfo6"
    r"|libgsm1|libjansson4|libnspr4|libnss3|libopus0|libsqlite3-0|libsrtp2-1|libssl3.*|libsystemd0|liburiparser1"
    r"|libuuid1|libxml2.*|libxslt1\.1|libzstd1|zlib1g"
)
"""The packages that Asterisk and our modules link to; loose, so that a renamed library is still found."""
EVERY_LIBRARY = re.compile(NEEDED.pattern + "|lib.*")
"""When the archive's Asterisk links to more than it did when this was written."""

LEFT_OUT = (
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/locale",
    "./usr/share/lintian",
    "./usr/lib/*/gconv",
)
APT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Archive:
    """One line of an apt source: where the machine itself gets its packages."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""

    def lines(self) -> str:
        """The archive as ``sources.list`` lines."""
        signed = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return "".join(
            f"deb {signed}{self.uri} {suite} {' '.join(self.components)}\n" for suite in self.suites
        )


@dataclass(frozen=True, slots=True)
class Package:
    """A package file as it was unpacked, for the manifest."""

    name: str
    version: str
    file: str
    sha256: str


def machine_archives(etc_apt: Path) -> list[Archive]:
    """The archives named in ``sources.list`` and ``sources.list.d`` (both formats), in order."""
    files = [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))]
    found: list[Archive] = []
    for file in files:
        if file.suffix not in (".list", ".sources") or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += _deb822(text) if file.suffix == ".sources" else _one_line(text)
    return found


def _one_line(text: str) -> list[Archive]:
    found = []
    for line in text.splitlines():
        parsed = re.match(r"deb\s+(?:\[([^]]*)]\s+)?(\S+)\s+(\S+)\s+(.+)", line.split("#")[0].strip())
        if parsed:
            signed = re.search(r"signed-by=(\S+)", parsed[1] or "")
            found.append(
                Archive(parsed[2], (parsed[3],), tuple(parsed[4].split()), signed[1] if signed else "")
            )
    return found


def _deb822(text: str) -> list[Archive]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        kept = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
        fields = {
            key.lower(): value.strip() for key, value in re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", kept, re.M)
        }
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        signed = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            found.append(
                Archive(
                    uri,
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    signed if signed.startswith("/") else "",
                )
            )
    return found


def choose_archive(archives: Sequence[Archive], release: Mapping[str, str]) -> list[Archive]:
    """Which archive has an Asterisk of ours, from the machine's mirrors; ``release`` is ``/etc/os-release``.

    Ubuntu carries one in its own universe. Debian carries one only in its development suite, so the
    machine's mirror is asked for that suite.
    """
    ubuntu = "ubuntu" in (release.get("ID", ""), *release.get("ID_LIKE", "").split())
    name = "ubuntu" if ubuntu else "debian"
    pattern = re.compile(rf"/{name}(-ports)?/?$|/{name}(-\w+)?\.list$")
    mirrors = [archive for archive in archives if pattern.search(archive.uri)]
    if not mirrors:
        raise TelephonyError(
            f"no {name} archive is named in the machine's apt sources, so Asterisk cannot be fetched; "
            "install Asterisk 18 to 22 and set asterisk.program to its path"
        )
    if ubuntu:
        return [Archive(m.uri, m.suites, ("main", "universe"), m.signed_by) for m in mirrors]
    first = mirrors[0]
    return [Archive(first.uri, ("sid",), ("main",), first.signed_by)]


class PrivateApt:
    """apt on a configuration of its own in ``home``, which may go; what it fetches stays in ``packages``."""

    def __init__(self, home: Path, packages: Path, archives: Sequence[Archive], say: Say) -> None:
        self._home = home
        self._say = say
        self.packages = packages
        for folder in ("etc", "state/lists/partial", "cache/archives/partial"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        packages.mkdir(parents=True, exist_ok=True)
        (home / "status").touch()
        (home / "etc/sources.list").write_text("".join(archive.lines() for archive in archives))
        (home / "apt.conf").write_text(self._settings())

    def _settings(self) -> str:
        """Our folders, and the machine's own way to its mirror (proxies, time-outs)."""
        dumped = subprocess.run(
            ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False
        ).stdout
        transport = [line for line in dumped.splitlines() if re.match(r"Acquire::(https?|ftp|Proxy)", line)]
        return "\n".join(
            [
                *transport,
                f'Dir::State "{self._home}/state";',
                f'Dir::State::status "{self._home}/status";',
                f'Dir::Cache "{self._home}/cache";',
                f'Dir::Etc "{self._home}/etc";',
                f'Dir::Log "{self._home}";',
                # A mirror frozen at some day is as good as a live one: signatures stay checked.
                'Acquire::Check-Valid-Until "false";',
                'Acquire::Languages "none";',
                'Acquire::Retries "3";',
                # Without this, apt passes over a mirror that does not answer and knows no package.
                'APT::Update::Error-Mode "any";',
                'APT::Install-Recommends "false";',
                'APT::Get::AllowUnauthenticated "false";',
                # An ordinary user may not change to apt's own user.
                'APT::Sandbox::User "";',
                "",
            ]
        )

    def fetch(self, needed: re.Pattern[str]) -> list[Package]:
        """Download what ``needed`` names of Asterisk's dependency closure; returns what is there."""
        self._say("reading the archive's index")
        self._apt("update", "-qq")
        closure = self._closure()
        names = [name for name in closure if needed.fullmatch(name)]
        if "asterisk" not in names:
            raise TelephonyError(
                "the machine's archive offers no asterisk package; install Asterisk 18 to 22 and set "
                "asterisk.program to its path"
            )
        self._say(f"downloading {len(names)} packages")
        for stale in self.packages.glob("*.deb"):
            stale.unlink()
        self._apt("download", "-qq", *names)
        return [self._described(file) for file in sorted(self.packages.glob("*.deb"))]

    def _closure(self) -> list[str]:
        listing = self._apt("install", "-y", "--print-uris", *WANTED)
        files = re.findall(r"^'[^']+' (\S+)_[^_]+_[^_]+\.deb ", listing, re.M)
        return [file.replace("%2b", "+") for file in files]

    def _apt(self, verb: str, *arguments: str) -> str:
        return run_tool(
            ["apt-get", verb, *arguments], cwd=self.packages, env={"APT_CONFIG": str(self._home / "apt.conf")}
        )

    @staticmethod
    def _described(file: Path) -> Package:
        name, version = run_tool(["dpkg-deb", "-W", "--showformat=${Package} ${Version}", str(file)]).split()
        return Package(name, version, file.name, sha256_of(file))


def unpack(files: Sequence[Path], root: Path) -> None:
    """Unpack package files below ``root`` without manuals and translations."""
    excludes = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    for file in files:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE) as source:
            run_tool(["tar", "-x", "--no-same-owner", "-C", str(root), *excludes], stdin=source.stdout)
        if source.returncode:
            raise TelephonyError(
                f"{file}: dpkg-deb cannot unpack this package; remove the file and try again"
            )


def sha256_of(file: Path) -> str:
    """Hex SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def run_tool(
    command: Sequence[str],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: object = None,
) -> str:
    """Output of a system tool; ``TelephonyError`` holds the last lines it printed."""
    if shutil.which(command[0]) is None:
        raise TelephonyError(f"{command[0]} is not on this machine; install Asterisk 18 to 22 instead")
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **(env or {})}
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env=environment,
        stdin=stdin if stdin is not None else subprocess.DEVNULL,  # type: ignore[call-overload]
        capture_output=True,
        text=True,
        timeout=APT_SECONDS,
        check=False,
    )
    if done.returncode:
        last = " | ".join(done.stderr.strip().splitlines()[-3:])
        raise TelephonyError(f"`{' '.join(command[:2])}` failed ({done.returncode}): {last}")
    return str(done.stdout)
