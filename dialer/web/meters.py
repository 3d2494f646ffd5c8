"""Figures for a monitoring system, in Prometheus' text format. Only counts: no person stands in them."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dialer.core.live import CampaignLive, LiveSnapshot, SeatState

_PUSH_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_REQUEST_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class Meters:
    """Own registry, so that several daemons may live in one process."""

    def __init__(self, snapshot: Callable[[], LiveSnapshot]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Room(snapshot))
        self._requests = Counter(
            "sampark_http_requests", "Requests answered", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "sampark_http_seconds", "Time to answer", buckets=_REQUEST_BUCKETS, registry=self._registry
        )
        self._pushes = Histogram(
            "sampark_desk_push_seconds",
            "From a seat's change to the message to its desk",
            buckets=_PUSH_BUCKETS,
            registry=self._registry,
        )
        self._sockets = Gauge(
            "sampark_sockets", "Open desks and wallboards", ("kind",), registry=self._registry
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request got its reply."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.observe(seconds)

    def pushed(self, seconds: float) -> None:
        """A desk was told of its seat."""
        self._pushes.observe(max(0.0, seconds))

    def opened(self, kind: str, by: int) -> None:
        """Sockets of a kind opened (1) or closed (-1)."""
        self._sockets.labels(kind).inc(by)

    def text(self) -> bytes:
        """All figures now."""
        return generate_latest(self._registry)


class _Room(Collector):
    """The engine's picture of the room, read when it is asked for."""

    def __init__(self, snapshot: Callable[[], LiveSnapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        room = self._snapshot()
        yield _flag("sampark_asterisk_up", "Linked to Asterisk", room.asterisk == "up")
        yield _flag("sampark_store_ok", "The database takes what is written", room.store == "ok")
        seats = Count(seat.state for seat in room.seats)
        by_state = {state.value: seats[state] for state in SeatState}
        yield _by("sampark_seats", "Seats by state", "state", by_state)
        yield _of_campaigns(room.campaigns, "sampark_abandonment_rate", lambda one: one.abandonment_rate)
        yield _of_campaigns(room.campaigns, "sampark_contacts_waiting", lambda one: one.contacts_waiting)
        yield _of_campaigns(room.campaigns, "sampark_calls_per_minute", lambda one: one.calls_per_minute)
        yield _calls(room.campaigns)
        yield _outcomes(room.campaigns)
        used = {trunk.name: trunk.channels_used for trunk in room.trunks}
        yield _by("sampark_trunk_channels_used", "Calls on a trunk", "trunk", used)


def _flag(name: str, words: str, value: bool) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _by(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _of_campaigns(
    campaigns: Iterable[CampaignLive], name: str, value: Callable[[CampaignLive], float]
) -> Metric:
    family = GaugeMetricFamily(name, "Of a campaign, today", labels=("campaign",))
    for campaign in campaigns:
        family.add_metric((campaign.name,), value(campaign))
    return family


def _calls(campaigns: Iterable[CampaignLive]) -> Metric:
    family = GaugeMetricFamily("sampark_calls", "Calls now", labels=("campaign", "phase"))
    for one in campaigns:
        phases = {
            "ringing": one.ringing,
            "waiting": one.waiting_for_operator,
            "talking": one.talking,
            "survey": one.in_survey,
        }
        for phase, count in phases.items():
            family.add_metric((one.name, phase), count)
    return family


def _outcomes(campaigns: Iterable[CampaignLive]) -> Metric:
    family = GaugeMetricFamily(
        "sampark_outcomes_today", "Ended calls since midnight", labels=("campaign", "outcome")
    )
    for one in campaigns:
        for outcome, count in one.outcomes.items():
            family.add_metric((one.name, outcome), count)
    return family
