"""Why a call that nobody answered ended: Q.850 cause (and SIP status) -> outcome. One table for all.

Sources: ITU-T Q.850 (meaning of the causes), RFC 3398 section 8 and Asterisk's PJSIP channel (which
cause stands for which SIP status), and what Indian mobile networks send: an announcement as early media,
then 480, for a phone that is switched off. Since 22.10 Asterisk reports the cause that belongs to the SIP
status and no longer the one in a ``Reason`` header, so 480 has to be told apart by whether the phone rang.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dialer.core.model import Outcome

_BUSY, _NO_ANSWER, _REJECTED = Outcome.BUSY, Outcome.NO_ANSWER, Outcome.REJECTED
_OFF, _UNREACHABLE, _INVALID = Outcome.SWITCHED_OFF, Outcome.UNREACHABLE, Outcome.INVALID
_CONGESTION, _FAULT = Outcome.CONGESTION, Outcome.TRUNK_FAULT

OUTCOME_OF_CAUSE: Mapping[int, Outcome] = MappingProxyType({
    1: _INVALID,        # unallocated number (SIP 404, 485, 604)
    2: _CONGESTION,     # no route to the transit network
    3: _UNREACHABLE,    # no route to the destination (SIP 420)
    5: _INVALID,        # misdialled trunk prefix
    6: _CONGESTION,     # channel unacceptable
    17: _BUSY,          # user busy (SIP 486, 600)
    18: _NO_ANSWER,     # no user responding (SIP 408): the phone was never found if it never rang, see below
    19: _NO_ANSWER,     # user alerted, no answer (SIP 480): see below
    20: _OFF,           # subscriber absent
    21: _REJECTED,      # call rejected (SIP 403, 603)
    22: _INVALID,       # number changed (SIP 410)
    23: _UNREACHABLE,   # redirected (SIP 302), which we do not follow
    25: _CONGESTION,    # exchange routing error
    26: _NO_ANSWER,     # non-selected user clearing
    27: _UNREACHABLE,   # destination out of order (SIP 502)
    28: _INVALID,       # invalid number format (SIP 484)
    29: _UNREACHABLE,   # facility rejected (SIP 501)
    34: _CONGESTION,    # no circuit available (SIP 503)
    38: _CONGESTION,    # network out of order (SIP 500)
    39: _CONGESTION,    # frame mode out of service
    40: _CONGESTION,    # frame mode connection operational
    41: _CONGESTION,    # temporary failure (SIP 409)
    42: _CONGESTION,    # switching equipment congestion
    43: _CONGESTION,    # access information discarded
    44: _CONGESTION,    # requested circuit not available
    46: _CONGESTION,    # precedence call blocked
    47: _CONGESTION,    # resource unavailable
    49: _CONGESTION,    # quality of service unavailable
    50: _FAULT,         # facility not subscribed: our contract with the carrier lacks it
    52: _FAULT,         # outgoing calls barred: ours
    53: _FAULT,         # outgoing calls barred within the closed user group: ours
    54: _REJECTED,      # incoming calls barred: theirs
    55: _REJECTED,      # incoming calls barred within the closed user group: theirs
    57: _FAULT,         # bearer capability not authorised: ours
    58: _CONGESTION,    # bearer capability not available now (SIP 488, 606)
    63: _FAULT,         # service or option not available
    65: _FAULT,         # bearer capability not implemented: no codec in common
    66: _FAULT,         # channel type not implemented
    69: _FAULT,         # facility not implemented
    79: _FAULT,         # service not implemented
    88: _FAULT,         # incompatible destination
    101: _CONGESTION,   # message not compatible with the call state
    102: _CONGESTION,   # recovery on timer expiry (SIP 504)
    111: _CONGESTION,   # protocol error
})
"""Causes that mean the same whether or not the phone rang, and what 18 and 19 mean when it did."""

OUTCOME_OF_SIP_STATUS: Mapping[int, Outcome] = MappingProxyType({
    401: _FAULT,        # our credentials at the carrier: Asterisk reports 21, "rejected", for these three
    402: _FAULT,        # our credit at the carrier
    407: _FAULT,
})
"""SIP statuses that say more than the cause Asterisk makes of them."""


def outcome_of(
    cause: int, tech_cause: int | None = None, *, rang: bool, ring_timed_out: bool = False
) -> Outcome:
    """The outcome of a call that ended unanswered and that we did not cancel.

    ``cause`` Q.850, ``tech_cause`` SIP status when known. ``rang``: the far end alerted (SIP 180), which
    an announcement (183) is not. ``ring_timed_out``: we gave up after the call's ring time.

    A call that we gave up without it ever having rung is congestion: the network never reached the phone,
    and an attempt is not used up for that. A cause not in the table, 0 and 16 among them, is no answer when
    the phone rang and unreachable when it did not; both use up an attempt, so that an odd cause cannot make
    one person be called for ever.
    """
    if ring_timed_out:
        return _NO_ANSWER if rang else _CONGESTION
    if tech_cause is not None and tech_cause in OUTCOME_OF_SIP_STATUS:
        return OUTCOME_OF_SIP_STATUS[tech_cause]
    if not rang and cause == 18:
        return _UNREACHABLE
    if not rang and cause == 19:
        return _OFF
    return OUTCOME_OF_CAUSE.get(cause, _NO_ANSWER if rang else _UNREACHABLE)


def outcome_not_placed(reason: int) -> Outcome:
    """The outcome of an order that made no channel, by OriginateResponse reason.

    8 is congestion. Asterisk says 0 for an endpoint that is missing or has no address; that and any other
    reason without a channel is our fault or the trunk's: the contact is not to blame.
    """
    return _CONGESTION if reason == 8 else _FAULT
