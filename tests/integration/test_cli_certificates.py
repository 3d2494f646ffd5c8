"""From a survey that needs a certificate to a campaign that may start, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli_office import Office, open_office
from tests.integration.test_prompts import tone

SURVEY = """
survey: message
title: {hi: त}
languages: [hi]
certified: yes
nodes:
  hello: {kind: info, say: {hi: "नमस्ते। यह एक संदेश है।"}}
"""
OF_CERTIFICATE = ("--number", "MCMC/12", "--authority", "Committee, Durg", "--date", "2026-11-01")


@pytest.fixture
def ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    office = open_office(tmp_path / "office", capsys)
    office.set(rules={"window": "00:00-24:00", "allow_wider_window": True})
    people = office.folder / "people.csv"
    people.write_text("name,phone,ac no\nराम,9876500001,62\n", encoding="utf-8")
    office.do(
        "contacts", "import", str(people), "--list", "people", "--purpose", "awareness", "--source", "test",
        "--consent", "given",
    )  # fmt: skip
    file = office.folder / "message.yaml"
    file.write_text(SURVEY, encoding="utf-8")
    office.do("survey", "add", str(file))
    words = ("--kind", "survey", "--list", "people", "--purpose", "awareness", "--survey", "message")
    office.do("campaign", "create", "voice", *words)
    return office


def changed(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)


def test_only_certified_audio_starts_and_one_changed_byte_stops_it(ready: Office) -> None:
    assert "no certificate" in ready.refused(4, "campaign", "start", "voice")
    assert ready.run("prompts", "certificates", "message").code == 1
    assert "not a date" in ready.refused(2, "prompts", "certify", "message", *OF_CERTIFICATE[:-1], "soon")
    assert ready.do("prompts", "certify", "message", *OF_CERTIFICATE, "--json").json["files"] > 20
    held = ready.do("prompts", "certificates", "message", "--json").json
    assert {each["number"] for each in held} == {"MCMC/12"}
    changed(ready.data / "prompts/survey-1/hi/hello.alaw")
    refused = ready.refused(4, "campaign", "start", "voice")
    assert "no certificate (survey-1/hi/hello.alaw)" in refused and "not as they were built" in refused
    assert "changed" in ready.run("prompts", "check", "message", "--json").out
    assert "not what was built" in ready.refused(2, "prompts", "certify", "message", *OF_CERTIFICATE)
    ready.do("prompts", "build", "message", "--again")
    ready.do("campaign", "start", "voice")


@pytest.mark.parametrize(
    ("amplitude", "seconds", "code", "fix"),
    [
        (3.0, 1.0, "clipped_prompts", "record them again, less loud"),
        (0.004, 1.0, "quiet_prompts", "nearer to the microphone"),
        (0.3, 50.0, "long_prompts", "split or shorten them"),
    ],
)
def test_a_recording_that_nobody_could_follow_does_not_start(
    ready: Office, amplitude: float, seconds: float, code: str, fix: str
) -> None:
    spoken = "recordings/message/hi/hello.wav"
    tone(ready.data / spoken, amplitude, seconds, rate=8000)
    assert objections(ready) == {"outdated_prompts": spoken, "uncertified_audio": "no certificate"}
    ready.do("prompts", "build", "message")
    assert objections(ready) == {code: spoken, "uncertified_audio": "no certificate"}
    refused = ready.refused(4, "campaign", "start", "voice")
    assert f"({spoken}); " in refused and fix in refused
    tone(ready.data / spoken, 0.3, rate=8000)
    ready.do("prompts", "build", "message")
    ready.do("prompts", "certify", "message", *OF_CERTIFICATE)
    ready.do("campaign", "start", "voice")


def objections(office: Office) -> dict[str, str]:
    """Each objection's code, and the recording that it names, else that there is no certificate."""
    found = office.do("campaign", "plan", "voice", "--quick", "--json").json["objections"]
    spoken = "recordings/message/hi/hello.wav"
    return {one["code"]: spoken if spoken in one["text"] else "no certificate" for one in found}
