"""Asterisk's records of call legs, as read from its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialer.telephony.call_records import (
    CURRENT,
    FOLDER,
    CallRecord,
    call_records,
    mend_call_records,
    record_files,
    rotate_call_records,
)

ENDED = '"{{""hangupcause"":{},""hangupsource"":"""",""dialstatus"":""""}}"'


@pytest.fixture
def current(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    return tmp_path / FOLDER / CURRENT


def line(kind: str, at: float, channel: str, extra: str = '""') -> str:
    return f"{kind},{at:.6f},{channel},{extra}\n"


def test_start_answer_and_end_make_one_record(tmp_path: Path, current: Path) -> None:
    current.write_text(
        line("CHAN_START", 100, "a1") + line("CHAN_START", 101, "a2") + line("ANSWER", 105.5, "a1")
        + line("HANGUP", 106, "a2", ENDED.format(17)) + line("HANGUP", 120, "a1", ENDED.format(16))
    )  # fmt: skip
    assert list(call_records(tmp_path)) == [
        CallRecord("a2", 101, None, 106, 17),
        CallRecord("a1", 100, 105.5, 120, 16),
    ]


def test_a_living_call_has_no_end(tmp_path: Path, current: Path) -> None:
    current.write_text(line("CHAN_START", 100, "a1"))
    assert list(call_records(tmp_path)) == [CallRecord("a1", 100)]


def test_there_may_be_no_records_yet(tmp_path: Path) -> None:
    assert list(call_records(tmp_path)) == []
    assert rotate_call_records(tmp_path) is None
    mend_call_records(tmp_path)


def test_a_torn_line_is_passed_over_and_does_not_swallow_the_next(tmp_path: Path, current: Path) -> None:
    current.write_text(line("CHAN_START", 100, "a1") + "HANGUP,1017")
    assert list(call_records(tmp_path)) == [CallRecord("a1", 100)]
    mend_call_records(tmp_path)
    mend_call_records(tmp_path)
    with current.open("a") as file:
        file.write(line("CHAN_START", 103, "a2"))
    assert [record.channel_id for record in call_records(tmp_path)] == ["a1", "a2"]


def test_a_large_file_is_set_aside_and_a_call_across_both_is_whole(tmp_path: Path, current: Path) -> None:
    current.write_text(line("CHAN_START", 100, "a1"))
    assert rotate_call_records(tmp_path, large_bytes=10_000) is None
    aside = rotate_call_records(tmp_path, large_bytes=10)
    assert aside is not None and not current.exists()
    current.write_text(line("HANGUP", 130, "a1", ENDED.format(16)))
    assert record_files(tmp_path) == [aside, current]
    assert list(call_records(tmp_path)) == [CallRecord("a1", 100, None, 130, 16)]


def test_the_oldest_files_go_when_there_are_too_many(tmp_path: Path, current: Path) -> None:
    for at in range(5):
        current.write_text(line("CHAN_START", at, f"a{at}"))
        rotate_call_records(tmp_path, large_bytes=1, kept_files=3)
    assert [record.channel_id for record in call_records(tmp_path)] == ["a2", "a3", "a4"]


def test_files_that_ended_before_the_time_asked_for_are_not_read(tmp_path: Path, current: Path) -> None:
    old = current.with_name("calls-0000000100.000000.csv")
    old.write_text(line("CHAN_START", 90, "a0") + line("HANGUP", 99, "a0", ENDED.format(16)))
    os.utime(old, (100, 100))
    current.write_text(line("CHAN_START", 200, "a1") + line("HANGUP", 230, "a1", ENDED.format(16)))
    assert [record.channel_id for record in call_records(tmp_path, since=150)] == ["a1"]
