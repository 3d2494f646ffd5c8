"""What comes of an operator's wish to see the person with a telephone number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.model import Refused


class NotPicked(StrEnum):
    """Why nobody is shown."""

    SEAT_NOT_FREE = "seat_not_free"
    NO_CAMPAIGN = "no_campaign"
    NOT_ON_A_LIST = "not_on_a_list"
    NOT_NOW = "not_now"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Pick:
    """``attempt_id``: of the person who is shown now; None: nobody is, for the reason ``why``.

    ``refused``: the rule, where one refused; of several campaigns that of the one asked first.
    """

    attempt_id: str | None = None
    why: NotPicked | None = None
    refused: Refused | None = None
