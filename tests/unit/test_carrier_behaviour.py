"""The deck of cards that decides what simulated citizens do."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dialer.errors import InputError
from dialer.telephony.carrier_behaviour import (
    CARDS,
    CarrierBehaviour,
    Profile,
    Spread,
    deck_lines,
    load_behaviour,
)


def test_the_shares_of_a_deck_are_those_asked_for() -> None:
    counted = Counter(card.kind for card in CarrierBehaviour().deck())
    assert counted.total() == CARDS
    for kind, share in Profile().shares.items():
        assert counted[kind] / CARDS == pytest.approx(share, abs=0.001)


def test_the_same_seed_deals_the_same_deck_and_another_seed_another() -> None:
    assert CarrierBehaviour(seed=5).deck() == CarrierBehaviour(seed=5).deck()
    assert CarrierBehaviour(seed=5).deck() != CarrierBehaviour(seed=6).deck()


def test_a_number_meets_another_card_each_time_it_is_called_but_the_same_in_every_run() -> None:
    behaviour = CarrierBehaviour(seed=5)
    met = [behaviour.expected("919876543210", earlier) for earlier in range(20)]
    assert met == [CarrierBehaviour(seed=5).expected("919876543210", earlier) for earlier in range(20)]
    assert len(set(met)) > 10


def test_times_follow_their_spread_within_its_bounds() -> None:
    profile = Profile(shares={"answer": 1}, talk_s=Spread(40, 0.5, 10, 120))
    talks = sorted(card.talk_s for card in CarrierBehaviour(default=profile).deck())
    assert talks[0] >= 10 and talks[-1] <= 120
    assert talks[CARDS // 2] == pytest.approx(40, rel=0.06)


def test_keys_are_pressed_while_the_citizen_stays_unless_they_hang_up_midway() -> None:
    profile = Profile(shares={"answer": 1}, keys="12", key_count=3, hangs_up_midway=0.25)
    deck = CarrierBehaviour(default=profile).deck()
    assert all(len(card.keys) == len(card.delays_s) == 3 and set(card.keys) <= {"1", "2"} for card in deck)
    midway = [card for card in deck if card.talk_s < sum(card.delays_s)]
    assert len(midway) / CARDS == pytest.approx(0.25, abs=0.05)


def test_the_longest_matching_beginning_decides_the_profile() -> None:
    behaviour = CarrierBehaviour(
        profiles={"91": Profile(shares={"busy": 1}), "9177": Profile(shares={"invalid": 1})}
    )
    assert behaviour.expected("917712345678").kind == "invalid"
    assert behaviour.expected("919812345678").kind == "busy"


def test_a_deck_as_dialplan_has_every_card_once() -> None:
    lines = deck_lines("default", CarrierBehaviour().deck())
    assert len(re.findall(r"^\[deck-default-[0-9a-f]\]$", lines, re.M)) == 16
    assert len(re.findall(r"^exten => [0-9a-f]{2},1,", lines, re.M)) == CARDS


def test_a_behaviour_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "carrier.yaml"
    file.write_text(
        "seed: 9\nphone_audio: false\nrtp_ports: [40000, 40999]\n"
        "default: {shares: {answer: 0.5, busy: 0.5}, ring_s: {median: 5, sigma: 0.2, low: 1, high: 20}}\n"
        'profiles: {"9177": {shares: {answer: 1}, keys: "12", key_count: 4}}\n'
    )
    behaviour = load_behaviour(file)
    assert (behaviour.seed, behaviour.phone_audio, behaviour.rtp_ports) == (9, False, (40000, 40999))
    assert behaviour.default.ring_s == Spread(5, 0.2, 1, 20)
    assert behaviour.profiles["9177"].key_count == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("default: {shares: {sleeps: 1}}", "sleeps"),
        ("default: {shares: {busy: -1}}", "0 or more"),
        ("default: {keys: abc}", "keys"),
        ("sed: 3", "sed"),
        ("profiles: {x1: {}}", "beginning of a number"),
        ("default: [", "carrier.yaml"),
    ],
)
def test_a_wrong_behaviour_is_refused_with_its_file_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "carrier.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=complaint) as refusal:
        load_behaviour(file)
    assert str(file) in str(refusal.value)
