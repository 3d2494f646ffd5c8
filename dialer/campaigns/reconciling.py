"""Our attempts against Asterisk's call records, the simulated carrier's INVITEs, or a carrier's bill."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from db.session import Database
from dialer.config import Config
from dialer.errors import SamparkError
from dialer.reports.reconcile import AttemptLine, Reconciliation, reconcile
from dialer.store.reporting import AttemptNumber, Reporting, Scope
from dialer.telephony.call_records import CallRecord, call_records, record_files
from dialer.telephony.tracking import dialled, is_attempt


async def reconcile_scope(
    config: Config, database: Database, scope: Scope, carrier_invites: int | None = None
) -> Reconciliation:
    """Compare the scope's attempts with every witness there is.

    ``carrier_invites``: what a carrier's bill says. The simulated carrier is asked by itself when the scope
    holds everything and every trunk is simulated: its counts are neither by day nor by campaign.
    """
    reporting = Reporting(database)
    numbers = [each async for each in reporting.attempts(scope)]
    records = await scope_records(config, database, scope, {each.line.id for each in numbers})
    invites: Mapping[str, int] | int | None = carrier_invites
    everything = scope.is_whole and scope.since <= 0 and scope.until >= scope.now
    if invites is None and everything and all(trunk.simulated for trunk in config.trunks):
        invites = _simulated_invites(config)
    if isinstance(invites, Mapping):
        patterns = {trunk.name: trunk.dial_pattern for trunk in config.trunks}
        lines = [_line(each, patterns) for each in numbers]
    else:  # no witness tells the numbers apart
        lines = [each.line for each in numbers]
    witness = None if records is None else [each.channel_id for found in records.values() for each in found]
    return reconcile(lines, witness, invites)


def _simulated_invites(config: Config) -> Mapping[str, int] | None:
    from dialer.telephony.carrier import invites  # slow to load, and only a demo needs it

    return invites(config.data) or None


async def scope_records(
    config: Config, database: Database, scope: Scope, ours: Collection[str]
) -> Mapping[str, Sequence[CallRecord]] | None:
    """Records of the scope's attempts, ``ours``, and those of its time that belong to no attempt at all.

    By channel id; None when there is no witness.
    """
    if not record_files(config.data):
        return None
    found: dict[str, list[CallRecord]] = {}
    for record in call_records(config.data, since=scope.since):
        in_time = scope.is_whole and scope.since <= record.started_at < scope.until
        if is_attempt(record.channel_id) and (record.channel_id in ours or in_time):
            found.setdefault(record.channel_id, []).append(record)
    # A call claimed in the last second of the day before leaves its record in this one.
    for other in await Reporting(database).known(found.keys() - ours):
        del found[other]
    return found


def _line(each: AttemptNumber, patterns: Mapping[str, str]) -> AttemptLine:
    try:
        number = dialled(each.phone, patterns.get(each.trunk, "{e164}"))
    except SamparkError:  # an erased person's number is gone, its calls are not
        number = ""
    return replace(each.line, dialled=number)
