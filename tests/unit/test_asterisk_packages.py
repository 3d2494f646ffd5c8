"""Where a private Asterisk comes from, and who holds a port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from dialer.errors import TelephonyError
from dialer.telephony.asterisk_packages import Archive, choose_archive, machine_archives, run_tool
from dialer.telephony.ports import PortUse, holder_of, taken

DEBIAN = Archive("http://mirror.test/debian", ("bookworm", "bookworm-updates"), ("main",), "/keys/debian.gpg")
UBUNTU = Archive("http://mirror.test/ubuntu", ("noble", "noble-updates"), ("main", "restricted"), "")
OTHER = Archive("https://packages.test/node", ("nodistro",), ("main",), "")

STANZAS = """\
Types: deb
# a comment
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/debian.gpg

Types: deb-src
URIs: http://mirror.test/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: x
Components: main
"""


def sources(folder: Path, **files: str) -> Path:
    (folder / "sources.list.d").mkdir()
    for name, text in files.items():
        (folder / "sources.list.d" / name.replace("_", ".")).write_text(text)
    return folder


def test_both_forms_of_apt_sources_are_read(tmp_path: Path) -> None:
    node = "deb [arch=amd64 signed-by=/keys/node.gpg] https://packages.test/node nodistro main # why\n"
    ignored = "deb http://ignored.test/debian x main\n"
    sources(tmp_path, debian_sources=STANZAS, node_list=node, notes_txt=ignored)
    (tmp_path / "sources.list").write_text("#deb http://off.test/debian x main\n")
    assert machine_archives(tmp_path) == [
        DEBIAN,
        Archive("https://packages.test/node", ("nodistro",), ("main",), "/keys/node.gpg"),
    ]


def test_debian_is_asked_for_its_development_suite_at_the_machines_own_mirror() -> None:
    assert choose_archive([OTHER, DEBIAN], {"ID": "debian"}) == [
        Archive("http://mirror.test/debian", ("sid",), ("main",), "/keys/debian.gpg")
    ]


def test_ubuntu_has_one_in_its_own_universe() -> None:
    (chosen,) = choose_archive([UBUNTU, OTHER], {"ID": "ubuntu"})
    assert (chosen.suites, chosen.components) == (("noble", "noble-updates"), ("main", "universe"))
    (derived,) = choose_archive([UBUNTU], {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"})
    assert derived == chosen
    assert chosen.lines().splitlines()[0] == "deb http://mirror.test/ubuntu noble main universe"


def test_without_an_archive_the_way_out_is_named() -> None:
    with pytest.raises(TelephonyError, match="install Asterisk 18 to 22"):
        choose_archive([OTHER], {"ID": "debian"})


def test_a_tool_that_fails_says_what_it_said() -> None:
    with pytest.raises(TelephonyError, match="no such thing"):
        run_tool(["sh", "-c", "echo no such thing >&2; exit 3"])
    with pytest.raises(TelephonyError, match="no-such-tool is not on this machine"):
        run_tool(["no-such-tool"])


def test_a_port_is_taken_by_the_one_who_holds_it() -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        udp.bind(("127.0.0.1", 0))
        uses = [
            PortUse("asterisk.ami_port", "tcp", "127.0.0.1", tcp.getsockname()[1]),
            PortUse("asterisk.sip_port", "udp", "127.0.0.1", udp.getsockname()[1]),
        ]
        said = taken(uses)
        assert len(said) == 2
        assert all(f"pid {os.getpid()}" in sentence for sentence in said)
        assert "asterisk.sip_port" in said[1]
    assert taken(uses) == []
    assert holder_of("tcp", uses[0].port) == ""
