"""What is known of the person on the line: where they live, and what was said before. Asked for after the
pop, so that the pop waits for nothing.
"""

from __future__ import annotations

from dialer.campaigns.scripts import CampaignScript
from dialer.store.access import AuditEntry
from dialer.store.background import earlier_talks, terms_of
from dialer.warroom.facts import constituency_names
from dialer.warroom.scheme_names import scheme_names
from dialer.web.endpoint import DESK, Call, Empty, Endpoint, Reply


class EarlierView(Reply):
    """An earlier call that was answered. ``outcome``: connected, surveyed or abandoned."""

    at: float
    campaign: str
    outcome: str
    disposition: str
    notes: str


class Background(Reply):
    """``attempt_id`` null: nobody is on the line. ``constituency``: its name by language, empty when unknown.
    ``schemes``: the name by language of those of the person and of the script that the war room knows.
    ``wrap_up_s``: seconds after the talk until the seat is ready by itself. ``script`` null: the campaign
    gives none.
    """

    attempt_id: str | None
    constituency: dict[str, str]
    schemes: dict[str, dict[str, str]]
    wrap_up_s: float | None
    script: CampaignScript | None
    earlier: list[EarlierView]


async def background(call: Call[Empty]) -> Background:
    """Of the call on this seat."""
    parts = call.parts
    attempt_id = parts.engine.seat(call.seat).attempt_id
    context = None if attempt_id is None else await parts.calls.context(attempt_id)
    if attempt_id is None or context is None:
        return Background(
            attempt_id=None, constituency={}, schemes={}, wrap_up_s=None, script=None, earlier=[]
        )
    names = await constituency_names(parts.database)
    english, hindi = names.get(context.constituency or 0, ("", ""))
    talks = await earlier_talks(parts.database, context.contact_id, attempt_id)
    wrap_up_s, script = await terms_of(parts.database, context.campaign_id)
    script_of = CampaignScript.model_validate(script) if script else None
    facts = {} if script_of is None else script_of.facts
    schemes = await scheme_names(parts.database, {*context.schemes, *facts})
    subject, detail = f"contact {context.contact_id}", {"attempt": attempt_id}
    parts.trail.put(AuditEntry(parts.clock(), call.person.name, "calls show", subject, detail))
    return Background(
        attempt_id=attempt_id,
        constituency={"en": english, "hi": hindi} if english else {},
        schemes={word: dict(names) for word, names in schemes.items()},
        wrap_up_s=wrap_up_s,
        script=script_of,
        earlier=[
            EarlierView(at=one.at, campaign=one.campaign, outcome=one.outcome, disposition=one.disposition,
                        notes=one.notes)
            for one in talks
        ],
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/desk/background", background, DESK, "What is known of the person on the line", "desk",
        reply=Background, problems=("store_busy",), notes="Each look is written into the audit log.",
    ),
)  # fmt: skip
