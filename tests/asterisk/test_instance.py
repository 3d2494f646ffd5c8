"""Our Asterisk on the real thing: it starts, says why it cannot, takes in changes, and stops."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp
import pytest

from dialer.config import Config
from dialer.errors import AlreadyRunning, ConfigError, TelephonyError
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.asterisk_root import AsteriskProgram, installed_program, private_program
from dialer.telephony.carrier import Carrier
from tests.asterisk.manager import manager
from tests.asterisk.pairs import Pair, guarded, make_config, stop, until
from tests.integration.cli_office import open_office

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def config(asterisk_root: AsteriskProgram, tmp_path: Path) -> Config:
    return make_config(tmp_path, seats=2)


@pytest.fixture
def instance(config: Config):  # type: ignore[no-untyped-def]
    made = AsteriskInstance(config)
    with guarded(made):
        yield made
        stop(made)


async def test_it_boots_quickly_with_every_module_and_without_a_complaint(instance: AsteriskInstance) -> None:
    async with asyncio.timeout(10):
        assert await instance.up() is True
    log = (instance.folder / "log/messages").read_text()
    assert not [
        line for line in log.splitlines() if "ERROR" in line or "WARNING" in line or "declined" in line
    ]
    status = await instance.status()
    assert (status.running, status.version, status.channels) == (True, instance.program.version, 0)
    assert 20 < status.memory_mb < 150
    assert instance.cpu_seconds() > 0


async def test_the_operators_phones_register_and_the_trunk_is_reachable(pair: Pair) -> None:
    status = await until(pair.asterisk.status, lambda status: len(status.seats) == 4, 5.0)
    assert status.seats == {1, 2, 3, 4}
    assert status.trunks == {"carrier": True}


async def test_a_second_up_is_no_fault_and_starts_nothing(pair: Pair) -> None:
    before = pair.asterisk.pid
    assert await AsteriskInstance(pair.config).up() is False
    assert pair.asterisk.pid == before


async def test_a_taken_port_is_refused_with_its_setting_and_its_holder(instance: AsteriskInstance) -> None:
    use = instance.ports()[0]
    with socket.socket() as holder:
        holder.bind((use.host, use.port))
        holder.listen()
        with pytest.raises(AlreadyRunning) as refusal:
            await instance.up()
    said = str(refusal.value)
    assert f"tcp port {use.port}" in said
    assert "asterisk.ami_port" in said
    assert f"pid {os.getpid()}" in said
    assert instance.pid is None


async def test_a_taken_sip_port_of_the_carrier_is_refused(config: Config) -> None:
    carrier = Carrier(config)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", config.trunks[0].port))
        with pytest.raises(AlreadyRunning, match=f"udp port {config.trunks[0].port}"):
            await carrier.up()


async def test_a_killed_one_is_noticed_and_starts_again(instance: AsteriskInstance) -> None:
    await instance.up()
    killed = instance.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(5):
        while instance.pid is not None:  # noqa: ASYNC110 - no child of ours
            await asyncio.sleep(0.01)
    assert instance.control.exists()
    assert not (await instance.status()).running
    # Its first thread is gone; the others may answer for a moment yet.
    async with asyncio.timeout(5):
        while await _speaks(instance):  # noqa: ASYNC110 - no child of ours
            await asyncio.sleep(0.01)
    assert await instance.up() is True
    assert instance.pid != killed


async def _speaks(instance: AsteriskInstance) -> bool:
    try:
        await instance.command("core show version")
    except TelephonyError:
        return False
    return True


async def test_a_pid_of_somebody_else_is_never_taken_for_ours(instance: AsteriskInstance) -> None:
    await instance.up()
    noted = instance.folder / "run/instance.json"
    known = json.loads(noted.read_text())
    noted.write_text(json.dumps({**known, "pid": os.getpid()}))
    assert instance.pid is None
    assert await instance.down() is False
    noted.write_text(json.dumps(known))
    assert instance.pid == known["pid"]


async def test_it_stops_by_its_pid_when_it_no_longer_listens(instance: AsteriskInstance) -> None:
    await instance.up()
    instance.control.unlink()
    assert await instance.down() is True
    assert instance.pid is None
    assert await instance.down() is False


async def test_a_changed_setting_is_read_again_by_the_running_one(instance: AsteriskInstance) -> None:
    await instance.up()
    told: list[str] = []
    more = AsteriskInstance(instance._config.model_copy(update={"seats": 3}), told.append)
    before = await instance.command("pjsip show endpoint seat-03")
    more.render()
    assert await more.up() is False
    after = await instance.command("pjsip show endpoint seat-03")
    assert "Unable to find" in before
    assert "Unable to find" not in after
    assert told == ["pjsip_seats.conf changed and is read again"]
    told.clear()
    assert await more.up() is False
    assert told == []


async def test_a_changed_port_asks_for_a_restart(instance: AsteriskInstance) -> None:
    await instance.up()
    told: list[str] = []
    settings = instance._config.asterisk.model_copy(
        update={"sip_port": instance._config.asterisk.sip_port + 1}
    )
    moved = AsteriskInstance(instance._config.model_copy(update={"asterisk": settings}), told.append)
    await moved.up()
    assert any("pjsip.conf changed and needs a restart" in line for line in told)


def test_settings_and_secrets_are_for_their_owner_only(pair: Pair) -> None:
    for folder in (pair.asterisk.folder, pair.config.data / "secrets"):
        for file in (
            entry for entry in folder.rglob("*") if entry.suffix in (".conf", ".key") or not entry.suffix
        ):
            if file.is_file() and file.parent.name in ("etc", "keys", "secrets"):
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(pair.asterisk.etc.stat().st_mode) == 0o700


async def test_the_manager_user_may_do_what_the_dialer_needs_and_no_more(pair: Pair) -> None:
    async with manager(pair) as link:
        command = await link.act("Command", Command="core show version")
        assert command["Message"] == "Permission denied"
    for shell in ("System", "TrySystem", "Originate"):
        assert "not registered" in await pair.asterisk.command(f"core show application {shell}")


async def test_an_unknown_phone_and_a_wrong_password_are_refused(pair: Pair) -> None:
    request = (
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{name}\r\n"
        "From: <sip:{name}@127.0.0.1>;tag=1\r\nTo: <sip:{name}@127.0.0.1>\r\n"
        "Call-ID: {name}\r\nCSeq: 1 REGISTER\r\n"
        "Contact: <sip:{name}@127.0.0.1:{port}>\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(5)
        for name in ("seat-01", "stranger"):
            text = request.format(port=phone.getsockname()[1], name=name)
            phone.sendto(text.encode(), ("127.0.0.1", pair.config.asterisk.sip_port))
            answer = (await asyncio.to_thread(phone.recv, 4096)).decode()
            assert answer.startswith(("SIP/2.0 401", "SIP/2.0 403", "SIP/2.0 404")), answer


def test_it_outlives_the_command_that_started_it(config: Config, instance: AsteriskInstance) -> None:
    dialer = [sys.executable, "-m", "dialer", "--config", str(_written(config)), "asterisk"]
    up = subprocess.run(
        [*dialer, "up"], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert up.returncode == 0, up.stderr
    assert instance.pid is not None
    status = subprocess.run(
        [*dialer, "status", "--json"], cwd=REPOSITORY, capture_output=True, timeout=60, check=True
    )
    assert json.loads(status.stdout)["asterisk"]["pid"] == instance.pid
    down = subprocess.run([*dialer, "down"], cwd=REPOSITORY, capture_output=True, timeout=60, check=False)
    assert down.returncode == 0
    assert instance.pid is None


def test_an_ordinary_user_runs_it(asterisk_root: AsteriskProgram, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path(tempfile.gettempdir()) and Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o755)
    if asterisk_root.private:
        root = _root_of(asterisk_root)
        shutil.copytree(root, tmp_path / "cache/sampark/asterisk" / root.name, symlinks=True)
    office = tmp_path / "office"
    office.mkdir()
    config = make_config(office, seats=2)
    file = _written(config)
    if os.getuid() == 0:
        os.chown(office, NOBODY, NOBODY)
    instance = AsteriskInstance(config)
    try:
        done = _as_nobody(START, str(REPOSITORY), str(file), cache=tmp_path / "cache")
        assert done.returncode == 0, done.stderr
        assert "System uptime" in done.stdout
        assert Path(f"/proc/{instance.pid}").stat().st_uid == (NOBODY if os.getuid() == 0 else os.getuid())
    finally:
        stop(instance)


NOBODY = 65534
START = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from dialer.config import load_config
from dialer.telephony.asterisk import AsteriskInstance
instance = AsteriskInstance(load_config(Path(sys.argv[2])))
asyncio.run(instance.up())
print(asyncio.run(instance.command("core show uptime")))
"""


def _as_nobody(script: str, *arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as an ordinary user: with our libraries, and an interpreter that they may run."""
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    user = other if os.getuid() == 0 else []
    libraries = ":".join(entry for entry in sys.path if "site-packages" in entry)
    ours = [*user, "env", f"XDG_CACHE_HOME={cache}", f"PYTHONPATH={libraries}"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        tried = subprocess.run(
            [*ours, python, "-c", "import pydantic_core"], capture_output=True, check=False
        )
        if tried.returncode == 0:
            command = [*ours, python, "-c", script, *arguments]
            return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    pytest.fail("no Python here can be run by an ordinary user")


def _root_of(program: AsteriskProgram) -> Path:
    return next(folder for folder in Path(program.command[0]).parents if (folder / "manifest.json").exists())


def _written(config: Config) -> Path:
    """The settings as a file."""
    file = config.base / "config.yaml"
    file.write_text(config.model_dump_json(exclude={"base"}))
    file.chmod(0o644)
    return file


def test_the_private_root_is_made_once_and_recorded(asterisk_root: AsteriskProgram) -> None:
    if not asterisk_root.private:
        pytest.skip("an installed Asterisk is used")
    root = _root_of(asterisk_root)
    manifest = json.loads((root / "manifest.json").read_text())
    told: list[str] = []
    again = private_program(root.parent, told.append)
    assert (again, told) == (asterisk_root, [])
    assert manifest["asterisk"] == asterisk_root.version
    assert {"asterisk", "libc6"} <= {package["name"] for package in manifest["packages"]}
    assert all(len(package["sha256"]) == 64 for package in manifest["packages"])
    assert "://" not in (root / "manifest.json").read_text()


def test_a_program_that_is_no_asterisk_or_too_new_is_refused(tmp_path: Path) -> None:
    for said, complaint in (
        ("hello", "is not an Asterisk program"),
        ("Asterisk 23.1.0", "versions 18 to 22"),
    ):
        program = tmp_path / "asterisk"
        program.write_text(f"#!/bin/sh\necho {said}\n")
        program.chmod(0o755)
        with pytest.raises(ConfigError, match=complaint):
            installed_program(program)
    with pytest.raises(ConfigError, match="no-such-file is not an Asterisk program"):
        installed_program(tmp_path / "no-such-file")


async def test_an_installed_asterisk_is_used_by_its_path(
    asterisk_root: AsteriskProgram, tmp_path: Path
) -> None:
    """The private one, dressed up as an installation below a prefix."""
    prefix = tmp_path / "usr"
    (prefix / "lib/asterisk").mkdir(parents=True)
    (prefix / "lib/asterisk/modules").symlink_to(asterisk_root.modules)
    (prefix / "share").mkdir()
    (prefix / "share/asterisk").symlink_to(asterisk_root.data)
    program = prefix / "sbin/asterisk"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\nexport OPENSSL_CONF=/dev/null\nexec " + " ".join(asterisk_root.command) + ' "$@"\n'
    )
    program.chmod(0o755)
    config = make_config(tmp_path, seats=2)
    settings = config.asterisk.model_copy(update={"program": str(program)})
    instance = AsteriskInstance(config.model_copy(update={"asterisk": settings}))
    try:
        await instance.up()
        assert not instance.program.private
        assert (await instance.status()).version == asterisk_root.version
    finally:
        await instance.down()


async def test_it_runs_in_a_folder_with_a_hindi_name(asterisk_root: AsteriskProgram, tmp_path: Path) -> None:
    office = tmp_path / "दुर्ग का"
    office.mkdir()
    instance = AsteriskInstance(make_config(office, seats=1))
    try:
        assert await instance.up() is True
    finally:
        await instance.down()


async def test_a_module_that_cannot_run_ends_the_start_and_is_named(
    instance: AsteriskInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = instance.rendered()
    settings["modules.conf"] += "require => res_of_another_age.so\n"
    monkeypatch.setattr(instance, "rendered", lambda: settings)
    with pytest.raises(TelephonyError, match=r"ended while starting.*res_of_another_age"):
        await instance.up()
    assert instance.pid is None


async def test_browser_phones_find_their_web_socket_plain_and_secure(pair: Pair) -> None:
    settings = pair.config.asterisk
    async with aiohttp.ClientSession() as browser:
        for url in (f"ws://127.0.0.1:{settings.http_port}/ws", f"wss://127.0.0.1:{settings.https_port}/ws"):
            async with browser.ws_connect(url, protocols=("sip",), ssl=False) as socket_:
                assert socket_.protocol == "sip"
        async with browser.get(f"http://127.0.0.1:{settings.http_port}/httpstatus") as answer:
            assert answer.status == 404
    endpoint = await pair.asterisk.command("pjsip show endpoint seat-01-web")
    for setting in ("webrtc", "rtcp_mux", "ice_support"):
        assert f"{setting} : yes" in " ".join(endpoint.split()) or f"{setting} : true" in " ".join(
            endpoint.split()
        )


async def test_a_value_that_would_break_out_of_a_setting_is_refused(config: Config) -> None:
    trunk = config.trunks[0].model_copy(update={"username": "me\n[evil]"})
    with pytest.raises(ConfigError, match="no Asterisk setting can carry"):
        AsteriskInstance(config.model_copy(update={"trunks": (trunk,)})).rendered()


def test_the_written_settings_are_listed_as_json(
    asterisk_root: AsteriskProgram, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = open_office(tmp_path / "office", capsys)
    for new in (True, False):
        found = office.do("asterisk", "conf", "--carrier", "--json").json
        assert set(found) == {"asterisk", "carrier"}
        listed = {Path(each["file"]).name: each["changed"] for each in found["asterisk"]}
        assert listed["pjsip.conf"] is new
