"""The classic AGI scripts as real processes, with a fake Asterisk on their pipes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dialer.ivr.places import compiled_survey_file
from dialer.ivr.survey_file import compiled
from tests.integration.survey_call import ATTEMPT, SURVEY, records

SCRIPTS = Path(__file__).parents[2] / "agi_scripts"


class FakeAsterisk:
    """Answers a script's commands. ``script``: as in ``FakePhone``; the end of it is a hang-up."""

    def __init__(self, data: Path, script: str = "", **variables: str) -> None:
        self.data = data
        self.script = list(script)
        self.variables = {"SAMPARK_ATTEMPT": ATTEMPT, "SAMPARK_SURVEY": "3", **variables}
        self.played: list[str] = []
        self.errors = ""

    def run(self, name: str, *arguments: str, caller: str = "unknown") -> None:
        command = [sys.executable, str(SCRIPTS / f"{name}.py"), *arguments]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"SAMPARK_DATA": str(self.data), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        with process:
            headers = {"agi_uniqueid": ATTEMPT, "agi_callerid": caller, "agi_language": "hi"}
            process.stdin.write("".join(f"{key}: {value}\n" for key, value in headers.items()) + "\n")
            process.stdin.flush()
            while line := process.stdout.readline():
                reply = self._reply(shlex.split(line))
                if reply is None:
                    process.stdin.close()
                    break
                process.stdin.write(reply + "\n")
                process.stdin.flush()
            self.errors = process.stderr.read()
        assert process.returncode == 0, self.errors

    def _reply(self, words: list[str]) -> str | None:
        if words[0] == "GET":
            value = self.variables.get(words[2])
            return "200 result=0" if value is None else f"200 result=1 ({value})"
        if words[0] == "SET":
            self.variables[words[2]] = words[3]
            return "200 result=1"
        if words[0] == "STREAM":
            self.played.append(words[2].split("/")[-1])
            return self._pressed(words[3])
        return self._pressed("0123456789*#")

    def _pressed(self, keys: str) -> str | None:
        if not self.script or self.script[0] == "H":
            return None
        sign = self.script.pop(0)
        return f"200 result={ord(sign) if sign in keys else 0}"

    def spooled(self) -> list[dict[str, object]]:
        return [json.loads(file.read_text()) for file in records(self.data / "spool")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = compiled_survey_file(tmp_path / "prompts", 3)
    file.parent.mkdir(parents=True)
    file.write_text(compiled(SURVEY, "x"), encoding="utf-8")
    return tmp_path


def answers(asterisk: FakeAsterisk) -> dict[object, object]:
    return {each["question"]: each["value"] for each in asterisk.spooled() if each["kind"] == "answer"}


def test_the_fallback_asks_the_whole_survey_into_the_spool(data: Path) -> None:
    asterisk = FakeAsterisk(data, ".1" ".2" "45" ".")
    asterisk.run("survey")
    assert asterisk.played == ["hello", "a", "b", "c", "bye"]
    assert answers(asterisk) == {"a": "yes", "b": "y", "c": "45"}
    events = [(each["event"], each["detail"]) for each in asterisk.spooled() if each["kind"] == "event"]
    assert events == [("survey_started", "fallback"), ("survey_ended", "complete")]
    assert all(each["via"] == "fallback" for each in asterisk.spooled() if each["kind"] == "answer")
    assert asterisk.variables["SAMPARK_SURVEY_DONE"] == "1"


def test_the_fallback_goes_on_at_the_first_open_question(data: Path) -> None:
    person = "_seed=5&_language=en&kind=worker"
    asterisk = FakeAsterisk(data, "1.", SAMPARK_ANSWERS="a=yes", SAMPARK_PERSON=person)
    asterisk.run("survey")
    assert asterisk.played == ["b", "bye"], "a worker is not asked c"
    assert answers(asterisk) == {"b": "x"}


@pytest.mark.parametrize("script", ["", ".", ".1", ".1.", ".1.2", ".1.24"])
def test_a_hang_up_in_the_fallback_keeps_the_answers(data: Path, script: str) -> None:
    asterisk = FakeAsterisk(data, script + "H")
    asterisk.run("survey")
    expected = {"a": "yes"} if "1" in script else {}
    expected |= {"b": "y"} if "2" in script else {}
    assert answers(asterisk) == expected
    assert asterisk.spooled()[-1]["detail"] == "hung_up"


def test_an_opt_out_in_the_fallback_is_spooled_at_once(data: Path) -> None:
    asterisk = FakeAsterisk(data, ".9H")
    asterisk.run("survey")
    assert [each["kind"] for each in asterisk.spooled()] == ["event", "opt_out", "event"]
    assert asterisk.played[-1] == "opted_out"


def test_without_a_survey_the_person_hears_an_apology(data: Path) -> None:
    asterisk = FakeAsterisk(data, ".", SAMPARK_SURVEY="99")
    asterisk.run("survey")
    assert (asterisk.played, asterisk.spooled()) == (["apology"], [])


def test_an_opt_out_is_on_the_disk_before_the_script_ends(data: Path) -> None:
    asterisk = FakeAsterisk(data)
    asterisk.run("opt_out", ATTEMPT)
    assert [(each["attempt"], each["caller"]) for each in asterisk.spooled()] == [(ATTEMPT, "")]


def test_an_inbound_opt_out_is_kept_by_number_and_never_printed(data: Path) -> None:
    asterisk = FakeAsterisk(data)
    asterisk.run("opt_out", caller="+919876543210")
    assert [each["caller"] for each in asterisk.spooled()] == ["+919876543210"]
    assert asterisk.errors == ""


def test_an_unknown_caller_leaves_nothing(data: Path) -> None:
    asterisk = FakeAsterisk(data)
    asterisk.run("opt_out")
    assert asterisk.spooled() == []


def test_the_scripts_start_quickly(data: Path) -> None:
    best = 1.0
    for _ in range(3):
        started = time.monotonic()
        FakeAsterisk(data).run("opt_out", ATTEMPT)
        best = min(best, time.monotonic() - started)
    assert best < 0.5
