"""People who call us: whether an operator may be had, and their call from then on like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialer.core.calls import Call, Phase, outcome
from dialer.core.ivr_events import CalledIn
from dialer.core.model import Allowed, Campaign, CampaignKind, Done, Outcome, RetryAt
from dialer.core.rules import may_campaign_dial
from dialer.engine.context import Context
from dialer.engine.floor import Floor
from dialer.engine.switchboard import Switchboard
from dialer.engine.work import Work
from dialer.store.port import AttemptClosed, EventNoted


class Callers:
    """Their calls are the switchboard's; pacing, its tallies and the trunks' gates hear nothing of them."""

    def __init__(self, context: Context, floor: Floor, work: Mapping[int, Work]) -> None:
        self._context = context
        self._floor = floor
        self._work = work
        self.switchboard: Switchboard

    def campaign(self, campaign_ids: Sequence[int], now: float) -> Campaign | None:
        """The first of the campaigns that runs, is in its hours, and has operators at their seats."""
        policy = self._context.settings.policy
        for campaign in (self._work[number].campaign for number in campaign_ids if number in self._work):
            talks = campaign.kind is CampaignKind.OPERATORS and self._floor.of_campaign(campaign.id)
            if talks and isinstance(may_campaign_dial(campaign, policy, now), Allowed):
                return campaign
        return None

    def asks(self, line: str, now: float) -> Campaign | None:
        """The campaign of this line, if it asks a survey, runs, and is in its hours."""
        policy = self._context.settings.policy
        for campaign in (work.campaign for work in self._work.values() if work.campaign.line == line):
            surveys = campaign.kind is CampaignKind.SURVEY and campaign.survey_version_id is not None
            if surveys and isinstance(may_campaign_dial(campaign, policy, now), Allowed):
                return campaign
        return None

    def called_in(self, event: CalledIn) -> None:
        """They hear that they are put through, and the dialplan tells when they wait; or they are asked."""
        attempt = event.attempt
        work = self._work.get(attempt.campaign_id)
        kind = work.campaign.kind if work else CampaignKind.OPERATORS
        call = Call(attempt, kind, work.campaign.trunk if work else "", 0.0)
        call = call._replace(phase=Phase.SURVEY, answered_at=attempt.claimed_at)
        self._context.writer.put(EventNoted(attempt.id, event.at, "called_us"))
        if work is None:
            self.closed(call._replace(ended_at=event.at), "the campaign ended")
        else:
            self.switchboard.add(call)

    def closed(self, call: Call, note: str) -> None:
        """Whoever was joined, or asked to the end, is called no more; who was not stays where they were."""
        attempt, result = call.attempt, outcome(call)
        over = result is Outcome.CONNECTED or (result is Outcome.SURVEYED and not call.interrupted)
        at = call.ended_at or self._context.clock()
        self._context.writer.put(
            EventNoted(call.id, at, "ended", result.value),
            AttemptClosed(
                attempt_id=call.id,
                campaign_id=attempt.campaign_id,
                contact_id=attempt.contact.id,
                ended_at=at,
                outcome=result,
                next_step=Done(result.value) if over else RetryAt(at),
                cause=call.cause,
                tech_cause=call.tech_cause,
                note=note,
                inbound=True,
            ),
        )
