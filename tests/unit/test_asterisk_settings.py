"""What is written for Asterisk to read, without an Asterisk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from dialer.config import Config
from dialer.errors import ConfigError, TelephonyError
from dialer.settings.asterisk import AsteriskSettings
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.telephony.asterisk import AsteriskInstance, seat_password
from dialer.telephony.asterisk_render import make_private_folder
from dialer.telephony.asterisk_root import AsteriskProgram
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile

CARRIER = Trunk(name="carrier", host="127.0.0.1", port=25070, caller_id="+917880000000", simulated=True)


def config(folder: Path, *trunks: Trunk, **settings: object) -> Config:
    return Config(
        base=folder,
        office=Office(name_hi="कार्यालय", name_en="Office", callback_number="+917880000000"),
        trunks=trunks or (CARRIER,),
        **settings,  # type: ignore[arg-type]
    )


def rendered(of: Config, version: str = "22.10.1") -> dict[str, str]:
    instance = AsteriskInstance(of)
    instance._program = AsteriskProgram(("asterisk",), version, of.base / "modules", of.base, private=False)
    return instance.rendered()


def section(text: str, name: str, kind: str) -> dict[str, str]:
    """The keys of one section of PJSIP's settings, with those of its templates' kind in the name."""
    for found in re.finditer(rf"^\[{re.escape(name)}\](?:\(([\w,-]+)\))?\n((?:(?!\[).*\n?)*)", text, re.M):
        keys = dict(re.findall(r"^(\w+) = (.*)$", found[2], re.M))
        if keys.get("type", (found[1] or "")) == kind:
            return keys
    raise AssertionError(f"no section {name} of kind {kind}")


@pytest.mark.parametrize("version", ["18.10.0", "20.6.0", "20.12.0", "22.10.1"])
@pytest.mark.parametrize("seat_leg", ["nailed_up", "ring_per_call"])
def test_every_file_is_complete_and_every_include_is_there(
    tmp_path: Path, version: str, seat_leg: str
) -> None:
    files = rendered(config(tmp_path, seat_leg=seat_leg), version)
    for name, text in files.items():
        assert "{{" not in text and "{%" not in text, name
        for included in re.findall(r"^#include (\S+)", text, re.M):
            assert included in files


def test_every_desk_phone_has_a_password_of_its_own_and_no_browser_phone_has_one(tmp_path: Path) -> None:
    office = config(tmp_path, seats=36)
    text = rendered(office)["pjsip_seats.conf"]
    passwords = {seat_password(office, seat) for seat in range(1, 37)}
    assert len(passwords) == 36
    assert min(map(len, passwords)) >= 24
    for name in ("seat-01", "seat-36"):
        assert section(text, name, "seat-auth")["password"] in passwords
    assert section(text, "seat-36-web", "seat-web")["auth"] == "seat-36-web"
    assert "username = seat-36-web" not in text
    assert "[seat-37]" not in text
    assert rendered(office)["pjsip_seats.conf"] == text


def test_an_office_may_have_250_seats_and_no_more(tmp_path: Path) -> None:
    office = config(tmp_path, seats=250)
    text = rendered(office)["pjsip_seats.conf"]
    for seat, name in ((99, "seat-99"), (100, "seat-100"), (250, "seat-250")):
        assert section(text, name, "seat-auth")["password"] == seat_password(office, seat)
        assert section(text, f"{name}-web", "seat-web")["auth"] == f"{name}-web"
    with pytest.raises(ValidationError, match="seats"):
        config(tmp_path, seats=251)


def test_a_trunk_by_address_is_recognised_by_its_address(tmp_path: Path) -> None:
    text = rendered(config(tmp_path))["pjsip_trunks.conf"]
    assert section(text, "trunk-carrier", "identify") == {
        "type": "identify", "endpoint": "trunk-carrier", "match": "127.0.0.1"
    }  # fmt: skip
    assert section(text, "trunk-carrier", "trunk-aor")["contact"] == "sip:127.0.0.1:25070"
    assert "registration" not in text


def test_a_trunk_by_registration_signs_in_with_the_password_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "trunk.password"
    file.write_text("s3cret\n")
    file.chmod(0o600)
    trunk = Trunk(
        name="bsnl", kind="register", host="sip.example.in", username="91788", password_file=Path(file.name),
        caller_id="+917880000000",
    )  # fmt: skip
    text = rendered(config(tmp_path, CARRIER, trunk))["pjsip_trunks.conf"]
    assert section(text, "trunk-bsnl", "auth")["password"] == "s3cret"
    assert section(text, "trunk-bsnl", "registration")["client_uri"] == "sip:91788@sip.example.in"
    assert section(text, "trunk-bsnl", "trunk")["from_user"] == "91788"


def test_a_password_file_that_others_can_read_or_that_is_missing_is_refused(tmp_path: Path) -> None:
    trunk = Trunk(
        name="bsnl",
        kind="register",
        host="h",
        username="u",
        password_file=Path("pw"),
        caller_id="+917880000000",
    )
    with pytest.raises(ConfigError, match=r"trunks\.bsnl\.password_file"):
        rendered(config(tmp_path, trunk))
    (tmp_path / "pw").write_text("x")
    (tmp_path / "pw").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        rendered(config(tmp_path, trunk))


def with_password(folder: Path, password: str) -> Config:
    (folder / "pw").write_text(password)
    (folder / "pw").chmod(0o600)
    trunk = Trunk(
        name="bsnl",
        kind="register",
        host="h",
        username="u",
        password_file=Path("pw"),
        caller_id="+917880000000",
    )
    return config(folder, trunk)


@pytest.mark.parametrize("password", ["", "x\ntype = endpoint", "x\x00y"])
def test_a_password_that_could_become_a_setting_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(ConfigError, match=r"trunks\.bsnl\.password_file"):
        rendered(with_password(tmp_path, password))


def test_a_password_may_hold_any_sign(tmp_path: Path) -> None:
    text = rendered(with_password(tmp_path, "a;b,${c}[d]\n"))["pjsip_trunks.conf"]
    assert r"password = a\;b,${c}[d]" in text


@pytest.mark.parametrize("name", ["a,b", "a;b", "a$b", "a&b"])
def test_a_folder_whose_name_would_break_a_setting_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ConfigError, match="no Asterisk setting can carry"):
        rendered(config(tmp_path / name))


def test_a_folder_with_a_hindi_name_and_a_space_is_fine(tmp_path: Path) -> None:
    office = tmp_path / "ज़िला कार्यालय दुर्ग"
    office.mkdir()
    assert f"astetcdir => {office}/var/asterisk/etc" in rendered(config(office))["asterisk.conf"]


def test_a_folder_too_deep_for_a_socket_gets_a_socket_elsewhere(tmp_path: Path) -> None:
    deep = config(tmp_path / ("d" * 90))
    control = AsteriskInstance(deep).control
    assert len(str(control)) < 107
    assert f"astrundir => {control.parent}" in rendered(deep)["asterisk.conf"]
    assert control != AsteriskInstance(config(tmp_path / ("e" * 90))).control
    assert AsteriskInstance(config(Path("/srv"))).control == Path("/srv/var/asterisk/run/asterisk.ctl")


def test_a_folder_for_the_socket_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "mine")
    make_private_folder(tmp_path / "mine")
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(TelephonyError, match="belongs to somebody else"):
        make_private_folder(tmp_path / "open")


def test_versions_with_event_filters_send_only_what_is_read(tmp_path: Path) -> None:
    new, old = (rendered(config(tmp_path), version)["manager.conf"] for version in ("22.10.1", "20.6.0"))
    assert "eventfilter(name(Hangup)) =" in new
    assert "eventfilter(action(exclude),name(BridgeEnter),header(BridgeTechnology)" in new
    assert "eventfilter(" not in old
    assert re.search(r"^eventfilter = Event: \(.*Hangup.*\)$", old, re.M)
    assert "bindaddr = 127.0.0.1" in new


def test_behind_a_router_trunks_are_told_its_address(tmp_path: Path) -> None:
    settings = AsteriskSettings(bind="0.0.0.0", external_address="203.0.113.7")
    files = rendered(config(tmp_path, asterisk=settings))
    assert files["pjsip.conf"].count("external_media_address = 203.0.113.7") == 2
    assert "ice_host_candidates" not in files["rtp.conf"]
    assert "127.0.0.1 " not in rendered(config(tmp_path))["pjsip.conf"]


def test_a_leg_that_is_rung_per_call_ends_with_the_talk(tmp_path: Path) -> None:
    nailed = rendered(config(tmp_path, seat_leg="nailed_up"))["extensions_seats.conf"]
    per_call = rendered(config(tmp_path, seat_leg="ring_per_call"))["extensions_seats.conf"]
    assert "Goto(wait)" in nailed
    assert "Goto(wait)" not in per_call


def test_the_carrier_gets_its_trunks_its_phones_and_its_decks(tmp_path: Path) -> None:
    office = config(tmp_path, seats=3)
    carrier = Carrier(office, CarrierBehaviour(profiles={"9177": Profile(shares={"busy": 1})}), phones=2)
    carrier._program = AsteriskProgram(("asterisk",), "22.10.1", tmp_path, tmp_path, private=False)
    files = carrier.rendered()
    assert "bind = 127.0.0.1:25070" in files["pjsip.conf"]
    assert section(files["pjsip.conf"], "seat-02", "auth")["password"] == seat_password(office, 2)
    assert "[seat-03]" not in files["pjsip.conf"]
    assert {"[deck-default-0]", "[deck-default-f]", "[deck-9177-a]"} <= set(files["deck.conf"].splitlines())


def test_there_is_no_carrier_for_real_trunks(tmp_path: Path) -> None:
    real = Trunk(name="bsnl", host="sip.example.in", caller_id="+917880000000")
    with pytest.raises(ConfigError, match="none is marked"):
        Carrier(config(tmp_path, real))


@pytest.mark.parametrize("host", ["203.0.113.7", "sip.example.in", "localhost", "::1", "127.0.0.2"])
def test_a_simulated_trunk_leads_to_the_carrier_of_this_machine_only(host: str) -> None:
    with pytest.raises(ValidationError, match=r"its host is 127\.0\.0\.1, not"):
        Trunk(name="far", host=host, caller_id="+917880000000", simulated=True)
