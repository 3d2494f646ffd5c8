"""Sentences that the daemon wrote in English, into the reader's language.

The engine stores what it decided as a sentence with its numbers. Here the sentence is taken apart by the
template it was made from, and put together again from the template's translation; one that no template
fits stays as it is. The first that fits is taken, so one that could stand within another comes after it.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import Final

from dialer.cli.wording import GROUPS, of_person, outcome, state
from dialer.core.model import CampaignState, Outcome
from dialer.i18n import N_, translate

_ = translate

TEMPLATES: Final = (
    # pacing
    N_("{decision}; calls taken back: {calls}"),
    N_("no operator takes this campaign's calls"),
    N_("no operator is free"),
    N_("one call for each of {free} free operators"),
    N_("{in_flight} calls in flight are enough for {free} free operators"),
    N_("{ratio} calls for each of {free} free operators"),
    N_("{requested} operators want the person called whom they look at"),
    N_("its operators choose whom to call by the number"),
    N_(
        "one more costs an abandoned call with {risk} % chance ({accepted} % taken): "
        "{answers} answers expected in {horizon} s, {operators} operators free by then; "
        "allowance {used} % used of {cap} %"
    ),
    N_(
        "with one more, so many could answer at once that the allowance is spent (it pays for {spare} more): "
        "{answers} answers expected in {horizon} s, {operators} operators free by then; "
        "allowance {used} % used of {cap} %"
    ),
    N_(
        "{answers} answers expected in {horizon} s, {operators} operators free by then; "
        "allowance {used} % used of {cap} %"
    ),
    N_("the allowance is spent ({used} % of {cap} %): one call for each free operator"),
    N_(
        "the allowance pays for {payable} more abandoned calls ({used} % used of {cap} %): "
        "no more calls than that beyond {free} free operators"
    ),
    N_("the trunk has no free channel"),
    N_("the campaign has no free channel"),
    N_("the trunk's calls per second are used"),
    N_("no contact is dialable now"),
    N_("{room} more survey calls fit the channels and the rate"),
    # rules
    N_("on the suppression list"),
    N_("the list states no source or no consent"),
    N_("list given for {given}, campaign is for {wanted}"),
    N_("{used} of {limit} attempts used in this campaign"),
    N_("the campaign is {state}"),
    N_("a promotional campaign calls from a 140-series number"),
    N_("trunk {trunk} has no registered sender id"),
    N_("the campaign's window lies outside the office's"),
    N_("the number is being called now"),
    N_("the campaign is through with this person"),
    N_("calling hours are {window}"),
    N_("silence period everywhere"),
    N_("silence period in {constituency}, and the contact's constituency is unknown"),
    N_("silence period in constituency {constituency}"),
    N_("{used} of {limit} attempts of the day used"),
    N_("{used} of {limit} attempts in {days} days used"),
    N_("an abandoned call is repeated after {hours} h at the earliest"),
    N_("{minutes} min after {outcome}"),
    N_("the quota of {group} is full: {complete} of {wanted} interviews"),
    N_("{under_way} calls under way may fill the quota of {group}: {complete} of {wanted} interviews"),
    *GROUPS.values(),
    # trunks
    N_("does not answer"),
    N_("refuses calls; next try in {wait} s"),
    N_("refuses calls; one call probes it"),
    N_("the settings name no trunk {trunk}"),
    N_("trunk {trunk} {fault}"),
    # attempts
    N_("never placed"),
    N_("campaign ended"),
    N_("dialling stopped"),
    N_("refused before the dial"),
    N_("opted out in this moment"),
    N_("Asterisk stopped in the call"),
    # preview
    N_("the operator left"),
    N_("the campaign stopped"),
    N_("looked at for too long"),
    N_("passed over by the operator"),
    N_("Later today"),
    N_("Another day"),
    N_("Not for this campaign"),
    # the link to Asterisk
    N_("connecting"),
    N_("reading its state"),
    N_("link lost"),
)
"""What core and engine say of decisions, rules, trunks and attempts; a test compares."""


def in_words(sentence: str) -> str:
    """The sentence in the selected language."""
    for template in TEMPLATES:
        if found := _pattern(template).fullmatch(sentence):
            values = {name: _value(text) for name, text in found.groupdict().items()}
            return _(template).format(**values)
    return sentence


def _value(text: str) -> str:
    if text in set(Outcome):
        return outcome(text)
    if text in set(CampaignState):
        return state(text)
    return of_person(in_words(text))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = []
    for literal, name, _spec, _conversion in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P<{name}>.+?)")
    return re.compile("".join(parts))
