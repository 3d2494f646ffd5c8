"""The life of a campaign and what keeps it from starting."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from dialer.core.lifecycle import LIFECYCLE, LaunchFacts, Obstacle, Step, objections, state_after
from dialer.core.model import Campaign, CampaignKind, CampaignState, SilencePeriod
from dialer.errors import IllegalTransition

CAMPAIGN = Campaign(
    1, "winter", CampaignKind.OPERATORS, CampaignState.DRAFT, "schemes", "carrier", "+917712345678"
)
FACTS = LaunchFacts(CAMPAIGN, "Durg", "schemes", "register", "form", "", contacts=10, dialable=9, silenced=0)


@pytest.mark.parametrize(("state", "step"), list(product(CampaignState, Step)))
def test_every_step_is_either_in_the_table_or_refused_with_what_is_possible(
    state: CampaignState, step: Step
) -> None:
    if (state, step) in LIFECYCLE:
        assert state_after(state, step) is LIFECYCLE[state, step]
        return
    with pytest.raises(IllegalTransition, match=r"possible now|make another one"):
        state_after(state, step)


def test_a_stopped_campaign_ends_its_calls_first_and_one_that_never_ran_ends_at_once() -> None:
    assert state_after(CampaignState.RUNNING, Step.STOP) is CampaignState.STOPPING
    assert state_after(CampaignState.DRAFT, Step.STOP) is CampaignState.FINISHED


def test_nothing_is_said_against_a_sound_campaign() -> None:
    assert objections(FACTS) == []


EVERYWHERE = SilencePeriod(None, 0.0, 100.0)
PROMOTIONAL = replace(CAMPAIGN, promotional=True)


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"list_consent": ""}, Obstacle.NO_CONSENT),
        ({"list_purpose": "election"}, Obstacle.PURPOSE_MISMATCH),
        ({"contacts": 0, "dialable": 0}, Obstacle.EMPTY_LIST),
        ({"dialable": 0}, Obstacle.NOBODY_DIALABLE),
        ({"silence": EVERYWHERE, "silenced": 9}, Obstacle.SILENCE_PERIOD),
        ({"sender_id": None}, Obstacle.TRUNK_UNKNOWN),
        ({"campaign": replace(PROMOTIONAL, caller_id="+911401234567")}, Obstacle.NO_SENDER_ID),
        ({"campaign": PROMOTIONAL, "sender_id": "DURGOFF"}, Obstacle.CALLER_ID_NOT_140),
        ({"campaign": replace(CAMPAIGN, kind=CampaignKind.SURVEY)}, Obstacle.NO_SURVEY),
        ({"unfit_audio": {Obstacle.CLIPPED_PROMPTS: ("hi/welcome",)}}, Obstacle.CLIPPED_PROMPTS),
    ],
)
def test_each_obstacle_alone_is_an_objection(changes: dict, obstacle: Obstacle) -> None:
    assert [one.obstacle for one in objections(replace(FACTS, **changes))] == [obstacle]


def test_a_silence_period_for_some_of_the_list_does_not_stop_the_others() -> None:
    assert objections(replace(FACTS, silence=SilencePeriod(62, 0.0, 100.0), silenced=4)) == []
