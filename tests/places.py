"""Places in a campaign's queue: every attempt belongs to one."""

from __future__ import annotations

from sqlalchemy import Insert, exists, insert, literal, select

from db.models import CampaignContact


def queued(campaign_id: int, contact_id: int, state: str = "done") -> Insert:
    """Put the contact into the campaign's queue, unless they are there."""
    there = exists().where(
        CampaignContact.campaign_id == campaign_id, CampaignContact.contact_id == contact_id
    )
    row = select(literal(campaign_id), literal(contact_id), literal(state)).where(~there)
    return insert(CampaignContact).from_select(["campaign_id", "contact_id", "state"], row)
