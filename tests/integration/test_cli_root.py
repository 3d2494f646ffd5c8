"""The ``dialer`` program: quick help in two languages, and one line for every fault."""

from __future__ import annotations

import ctypes
import locale
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dialer.cli import faults, root
from dialer.cli.root import COMMANDS, language_from
from dialer.errors import AlreadyRunning, ConfigError, DaemonAway, InputError, NotFoundError, RuleRefusal
from dialer.i18n import LANGUAGES
from tests.integration.cli_office import Office, open_office


def dialer(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    base = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "dialer", *words],
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path / "office", capsys, ready=False)


def test_help_names_every_command_that_is_there_and_imports_none() -> None:
    done = dialer("--help")
    assert done.returncode == 0
    for name in ("contacts", "suppress", "init", "doctor"):
        assert re.search(rf"\b{name}\b", done.stdout)
    code = "import sys; from dialer.cli.root import run; run(['--help']); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout
    assert not {"sqlalchemy", "dialer.config", "dialer.cli.contacts", "aiohttp"} & set(loaded.split())


@pytest.mark.parametrize(
    "words",
    [("--lang", "hi", "--help"), ("--help", "--lang=hi"), ("contacts", "import", "--help", "--lang", "hi")],
)
def test_help_is_in_hindi_wherever_the_language_is_named(words: tuple[str, ...]) -> None:
    done = dialer(*words)
    assert done.returncode == 0 and "ऐसे लिखें:" in done.stdout and "विकल्प" in done.stdout
    assert "Show this" not in done.stdout and "Options" not in done.stdout


def test_the_language_of_the_system_is_the_usual_one() -> None:
    assert "आदेश" not in dialer("--help", LANG="hi_IN.UTF-8").stdout  # LC_ALL says otherwise
    assert "यह मदद दिखाएँ" in dialer("--help", LC_ALL="hi_IN.UTF-8").stdout
    assert "Show this help" in dialer("--help", LC_ALL="hi_IN.UTF-8", LANGUAGE="en").stdout


def test_frames_stand_straight_in_hindi() -> None:
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        pytest.skip("no UTF-8 locale to measure with")
    libc = ctypes.CDLL(None)
    libc.wcswidth.argtypes = [ctypes.c_wchar_p, ctypes.c_size_t]
    shown = dialer("contacts", "import", "--help", "--lang", "hi").stdout
    assert {libc.wcswidth(line, len(line)) for line in shown.splitlines() if line} == {100}


@pytest.mark.parametrize("name", [mount.name for mount in COMMANDS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_that_is_there_explains_itself(office: Office, name: str, language: str) -> None:
    if name not in root.build().list_commands(None):
        pytest.skip("not there")
    done = office.run(name, "--help", language=language)
    assert done.code == 0 and f"dialer {name}" in done.out


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"Sampark \d+\.\d+\.\d+\n", dialer("--version").stdout)


def test_nothing_to_do_shows_the_help_and_is_an_error() -> None:
    done = dialer()
    assert done.returncode == 2 and "contacts" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("contatcs",), "error: No such command 'contatcs'. Did you mean 'contacts'?; see `dialer --help`"),
        (("--fast",), "error: there is no option --fast; see `dialer --help`"),
        (("contacts", "show"), "error: 'PHONE|ID' is missing; see `dialer contacts show --help`"),
        (("contacts", "lists", "--jsno"), "error: there is no option --jsno (perhaps --json); see"),
        (("--lang", "fr"), "error: --lang fr: choose hi or en"),
        (("--lang",), "error: --lang : choose hi or en"),
        (("contacts", "list", "--limit", "0"), "error: '--limit': "),
    ],
)
def test_a_command_line_that_makes_no_sense_is_one_line(
    office: Office, words: tuple[str, ...], line: str
) -> None:
    done = office.run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(line) and done.err.count("\n") == 1


def test_the_language_stands_anywhere_before_two_dashes() -> None:
    assert language_from(["a", "--lang", "hi", "b"]) == ("hi", ["a", "b"])
    assert language_from(["a", "--lang=en", "--", "--lang", "hi"]) == ("en", ["a", "--", "--lang", "hi"])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ConfigError("a"), 2),
        (InputError("a"), 2),
        (NotFoundError("a"), 3),
        (RuleRefusal("a"), 4),
        (AlreadyRunning("a"), 5),
        (DaemonAway("a"), 6),
    ],
)
def test_each_kind_of_fault_has_its_exit_code(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: int
) -> None:
    def fails(**_options: object) -> None:
        raise fault

    monkeypatch.setattr(root, "build", lambda: type("Broken", (), {"main": staticmethod(fails)}))
    done = office.run("contacts")
    assert (done.code, done.err) == (code, "error: a\n")


def test_a_fault_of_several_lines_becomes_one(office: Office) -> None:
    office.folder.mkdir()
    office.file.write_text("office: 1\nseats: 0\n")
    line = office.refused(2, "contacts", "lists")
    assert "office" in line and "seats" in line and "trunks" in line


def test_what_nobody_foresaw_is_logged_without_personal_data(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks(**_options: object) -> None:
        raise ValueError("cannot add राम साहू +919826012345 twice")

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(root, "build", lambda: type("Broken", (), {"main": staticmethod(breaks)}))
    done = office.run("contacts", "show", "9826012345", "--reveal")
    log = tmp_path / "home" / ".local" / "state" / "sampark" / faults.LOG_NAME
    assert done.code == 70 and str(log) in done.err.replace("\n", "")
    text = log.read_text()
    assert text.splitlines()[0].endswith("dialer --config contacts --reveal")
    assert "ValueError: cannot add … … +… twice" in text and "test_cli_root.py" in text
    assert "9826012345" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_an_interrupt_ends_quietly(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(root, "build", lambda: type("Broken", (), {"main": staticmethod(interrupted)}))
    done = office.run("contacts")
    assert (done.code, done.err) == (130, "")


def test_a_reader_that_goes_away_is_no_fault(office: Office) -> None:
    program = f"{sys.executable} -m dialer --help"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {program} | head -c 10"], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr and "error" not in done.stderr
