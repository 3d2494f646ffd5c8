"""What stands in a campaign's way, and in which order it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.campaigns.explaining import Block, Blocker, blockers
from dialer.cli.explain_view import blocker_text
from dialer.core.live import LiveSnapshot, SeatLive, SeatState, TrunkLive
from dialer.core.model import Campaign, CampaignKind, CampaignState, DialPolicy, SilencePeriod, Window
from dialer.store.campaigns import CampaignRecord, Queue

NOW = 1_795_150_000.0  # 20 November 2026, 10:16 in the office
CAMPAIGN = Campaign(
    1, "winter", CampaignKind.OPERATORS, CampaignState.RUNNING, "schemes", "carrier", "+917712345678"
)
RECORD = CampaignRecord(CAMPAIGN, 1, "durg", "schemes", "register", "form", "", 0.0, "asha", 0.0, None)
QUEUE = Queue(waiting=10, next_at=0.0)
READY = SeatLive(1, SeatState.READY, NOW, campaigns=frozenset({1}))
LIVE = LiveSnapshot(NOW, 0.0, "up", "ok", False, (READY,), (), (TrunkLive("carrier", True, 0, 30),))


def found(
    record: CampaignRecord = RECORD,
    queue: Queue = QUEUE,
    policy: DialPolicy = DialPolicy(),  # noqa: B008
    live: LiveSnapshot | None = LIVE,
) -> list[Block]:
    return [each.block for each in blockers(record, queue, policy, live, NOW)]


def in_state(state: CampaignState) -> CampaignRecord:
    return replace(RECORD, campaign=replace(CAMPAIGN, state=state))


def test_nothing_is_in_the_way_of_a_sound_campaign() -> None:
    assert found() == [Block.NOTHING]


@pytest.mark.parametrize("state", [state for state in CampaignState if state is not CampaignState.RUNNING])
def test_a_campaign_that_does_not_run_says_only_that(state: CampaignState) -> None:
    assert found(in_state(state), Queue(), live=None) == [Block(state.value)]


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        ({"draining": True}, Block.DRAINING),
        ({"asterisk": "link lost"}, Block.ASTERISK),
        ({"store": "database is locked"}, Block.STORE),
        ({"trunks": ()}, Block.TRUNK_UNKNOWN),
        ({"trunks": (TrunkLive("carrier", False, 0, 30),)}, Block.TRUNK_FAULT),
        (
            {"trunks": (TrunkLive("carrier", True, 0, 30, 9, "refuses calls; one call probes it"),)},
            Block.TRUNK_FAULT,
        ),
        ({"seats": ()}, Block.NO_OPERATORS),
        ({"seats": (replace(READY, state=SeatState.PAUSED),)}, Block.NO_OPERATORS),
        ({"seats": (replace(READY, campaigns=frozenset({2})),)}, Block.NO_OPERATORS),
        ({"seats": (replace(READY, draining=True),)}, Block.NO_OPERATORS),
        ({"seats": (replace(READY, state=SeatState.TALKING),)}, Block.ALL_BUSY),
    ],
)
def test_what_the_room_says(changes: dict, block: Block) -> None:
    assert found(live=replace(LIVE, **changes)) == [block]


def test_a_daemon_that_is_away_is_the_first_thing_to_mend() -> None:
    assert found(live=None)[0] is Block.DAEMON_AWAY


def test_a_survey_needs_no_operators() -> None:
    survey = replace(RECORD, campaign=replace(CAMPAIGN, kind=CampaignKind.SURVEY))
    assert found(survey, live=replace(LIVE, seats=())) == [Block.NOTHING]


def test_the_rules_for_all_say_until_when() -> None:
    silence = DialPolicy(silence=(SilencePeriod(None, NOW - 1, NOW + 3600),))
    (blocker,) = blockers(RECORD, QUEUE, silence, LIVE, NOW)
    assert (blocker.block, blocker.values["until"]) == (Block.RULE, NOW + 3600)
    assert blocker_text(blocker, NOW) == "No calls now: silence period everywhere. It dials 11:16."
    shut = replace(RECORD, campaign=replace(CAMPAIGN, window=Window(1200, 1260)))
    assert found(shut) == [Block.RULE]


def test_a_queue_may_be_empty_or_wait_for_its_time() -> None:
    assert found(queue=Queue(done=10)) == [Block.NOBODY_WAITS]
    assert found(queue=Queue(waiting=3, next_at=NOW + 60)) == [Block.ALL_LATER]


@pytest.mark.parametrize("block", list(Block))
def test_every_obstacle_has_a_sentence(block: Block) -> None:
    values = {
        "name": "winter week", "why": "x", "detail": "y", "trunk": "carrier", "done": 1200, "claimed": 1,
        "waiting": 3, "next_at": NOW, "operators": 5, "people": 40,
    }  # fmt: skip
    text = blocker_text(Blocker(block, values), NOW)
    assert text and "{" not in text
    if block is Block.PAUSED:
        assert "'winter week'" in text
