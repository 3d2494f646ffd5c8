"""Rings on their way into the store: kept by daemon or script, judged once, whoever told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dialer.core.desk_events import CallbackPromised
from dialer.core.events import Event
from dialer.core.missed_calls import LineLimits, RingResult
from dialer.core.model import Campaign, CampaignKind, CampaignState
from dialer.errors import StoreBusy
from dialer.ivr.rings import Rings, RungLines
from dialer.ivr.spool import ASIDE, drain
from dialer.ivr.spool_record import ring_record, write_record
from dialer.store.memory import MemoryDialStore
from tests.integration.survey_call import FakeStore, records
from tests.integration.test_agi_scripts import FakeAsterisk

LINE, OFFICE = "+917880000001", "+917880000000"
CALL = "sampark-1795500000.7"
CAMPAIGN = Campaign(
    1, "ring", CampaignKind.SURVEY, CampaignState.RUNNING, "p", "carrier", OFFICE,
    survey_version_id=1, line=LINE,
)  # fmt: skip


@dataclass
class FakeRung:
    """A channel that rings; ``asks_caller`` lends it the engine's word too."""

    caller: str = "09876543210"
    arguments: tuple[str, ...] = (LINE, CALL)
    channel_id: str = "afffff" + "0" * 19
    variables: dict[str, str] = field(default_factory=dict)
    campaign: Campaign | None = None

    async def set_variable(self, name: str, value: str) -> None:
        self.variables[name] = value

    def asks_caller(self, line: str) -> Campaign | None:
        return self.campaign


@dataclass
class Desk:
    """A store with one campaign, and all that serves a line."""

    folder: Path
    store: MemoryDialStore = field(default_factory=MemoryDialStore)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store.add_campaign(CAMPAIGN)
        self.rings = Rings(self.store, {LINE: LineLimits()}, {OFFICE, LINE}, self.told.append)

    async def rung(self, phone: FakeRung, spool: Path | None = None) -> None:
        lines = RungLines(
            self.store, self.rings, phone, self.told.append, spool or self.folder, lambda: 500.0, {LINE}
        )
        await lines.handle(phone)

    async def drain(self) -> int:
        return await drain(self.folder, FakeStore(), rings=self.rings)

    @property
    def results(self) -> list[RingResult]:
        return [rung.result for _ring, rung in self.store.rings.values()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "spool")


async def test_a_ring_is_on_the_disk_before_it_is_turned_away_and_taken_in_once(desk: Desk) -> None:
    phone = FakeRung()
    await desk.rung(phone)
    assert phone.variables == {"SAMPARK_RANG": "1"} and desk.results == []
    [kept] = records(desk.folder)
    copy = kept.read_bytes()
    assert await desk.drain() == 1 and records(desk.folder) == []
    kept.write_bytes(copy)
    await desk.drain()
    assert desk.results == [RingResult.CALL_BACK] and records(desk.folder) == []
    assert desk.told == [CallbackPromised(1, 505.0, 500.0)]


async def test_daemon_and_script_may_both_keep_the_same_call(desk: Desk, tmp_path: Path) -> None:
    await desk.rung(FakeRung())
    FakeAsterisk(tmp_path).run("rang", LINE, caller="09876543210")
    [_one, other] = records(desk.folder)
    other.write_text(other.read_text().replace("a" + "0" * 23 + "7", CALL))
    await desk.drain()
    assert desk.results == [RingResult.CALL_BACK]


async def test_the_script_keeps_the_ring_of_somebody_who_is_gone_already(desk: Desk, tmp_path: Path) -> None:
    asterisk = FakeAsterisk(tmp_path)
    asterisk._reply = lambda _words: None  # type: ignore[method-assign]
    asterisk.run("rang", LINE, caller="+919876543210")
    assert len(records(desk.folder)) == 1
    assert await desk.drain() == 1 and desk.results == [RingResult.CALL_BACK]


@pytest.mark.parametrize(
    ("caller", "result"),
    [
        ("anonymous", RingResult.INVALID_NUMBER),
        ("", RingResult.INVALID_NUMBER),
        ("12345", RingResult.INVALID_NUMBER),
        ("1800111111", RingResult.INVALID_NUMBER),
        ("+447911123456", RingResult.FOREIGN_NUMBER),
        ("00447911123456", RingResult.FOREIGN_NUMBER),
        ("07880000000", RingResult.OWN_NUMBER),
        ("+91 98765 43210", RingResult.CALL_BACK),
        ("9876543210", RingResult.CALL_BACK),
    ],
)
async def test_the_number_shown_is_judged(desk: Desk, caller: str, result: RingResult) -> None:
    write_record(desk.folder, ring_record(CALL, LINE, caller, 5.0))
    assert await desk.drain() == 1
    assert desk.results == [result]
    assert bool(desk.told) == (result is RingResult.CALL_BACK)


async def test_a_locked_database_keeps_the_ring_and_a_broken_record_is_set_aside(desk: Desk) -> None:
    write_record(desk.folder, ring_record(CALL, LINE, "09876543210", 5.0))

    class Locked(MemoryDialStore):
        async def rang(self, ring: object, limits: object) -> None:  # type: ignore[override]
            raise StoreBusy("locked")

    with pytest.raises(StoreBusy):
        await drain(desk.folder, FakeStore(), rings=Rings(Locked(), {}, (), desk.told.append))
    assert len(records(desk.folder)) == 1
    write_record(desk.folder, ring_record("", LINE, "09876543210", 6.0))
    assert await desk.drain() == 1
    assert len(records(desk.folder / ASIDE)) == 1


async def test_a_full_disk_leaves_the_ring_to_the_script(desk: Desk, tmp_path: Path) -> None:
    phone = FakeRung()
    (tmp_path / "file").touch()
    await desk.rung(phone, tmp_path / "file" / "spool")
    assert phone.variables == {}


async def test_a_line_that_answers_takes_the_caller_in_with_the_survey(desk: Desk) -> None:
    phone = FakeRung(campaign=CAMPAIGN)
    await desk.rung(phone)
    assert phone.variables == {
        "CHANNEL(language)": "hi", "SAMPARK_SURVEY": "1", "SAMPARK_ATTEMPT": phone.channel_id
    }  # fmt: skip
    assert desk.results == [RingResult.ASKED] and records(desk.folder) == []
    assert desk.store.attempts[phone.channel_id].claimed.inbound
    assert [type(event).__name__ for event in desk.told] == ["CallbackPromised", "CalledIn"]


@pytest.mark.parametrize("caller", ["anonymous", "07880000000"])
async def test_it_turns_away_whom_it_could_not_call(desk: Desk, caller: str) -> None:
    phone = FakeRung(caller, campaign=CAMPAIGN)
    await desk.rung(phone)
    assert phone.variables == {"SAMPARK_RANG": "1"} and desk.store.attempts == {}


async def test_it_turns_away_a_caller_whom_we_are_calling_now(desk: Desk) -> None:
    first, second = FakeRung(campaign=CAMPAIGN), FakeRung(arguments=(LINE, "sampark-1795500000.8"))
    await desk.rung(first)
    second.campaign, second.channel_id = CAMPAIGN, "afffff" + "1" * 19
    await desk.rung(second)
    assert second.variables == {"SAMPARK_RANG": "1"}
    assert await desk.drain() == 1 and desk.results == [RingResult.ASKED, RingResult.REPEATED]


async def test_whom_the_database_did_not_take_in_is_called_back_as_after_any_missed_call(desk: Desk) -> None:
    async def locked(attempt: object, trunk: str) -> bool:
        raise StoreBusy("locked")

    desk.store.take_in = locked  # type: ignore[method-assign]
    phone = FakeRung(campaign=CAMPAIGN)
    await desk.rung(phone)
    assert phone.variables == {"SAMPARK_RANG": "1"}
    assert await desk.drain() == 1 and desk.results == [RingResult.CALL_BACK]
    assert desk.told[-1] == CallbackPromised(1, 505.0, 500.0)
