"""GET /metrics: how deliveries fare, for Prometheus, which signs in with an administrator's access token."""

from collections.abc import Iterator

from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from mattermost_hooks import errors, redis_link

from . import health


class Metrics(APIView):
    """/metrics."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> HttpResponse:
        """All metrics in Prometheus' text form; 403 for whoever does not administer the system."""
        if not actor_of(request).is_system_admin:
            raise errors.not_permitted()
        registry = CollectorRegistry()
        registry.register(_Deliveries())
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Deliveries(Collector):
    def collect(self) -> Iterator[Metric]:
        """The metrics of the moment."""
        fares = health.now()
        for name, words, value in (
            ("waiting", "Deliveries that are not settled.", fares.waiting),
            (
                "due_lag_seconds",
                "For how long the oldest delivery that may be sent is due and unclaimed.",
                fares.oldest_due_ms / 1000,
            ),
        ):
            yield GaugeMetricFamily(f"mattermost_hooks_deliveries_{name}", words, value)
        receivers = GaugeMetricFamily(
            "mattermost_hooks_receivers",
            "Receivers by the state of their breaker.",
            labels=["state"],
        )
        receivers.add_metric(["open"], fares.resting)
        receivers.add_metric(["half_open"], fares.failing - fares.resting)
        yield receivers
        attempts = CounterMetricFamily(
            "mattermost_hooks_delivery_attempts",
            "Attempts by what they came to.",
            labels=["outcome"],
        )
        for outcome, number in sorted(health.attempts_by_outcome().items()):
            attempts.add_metric([outcome], number)
        yield attempts
        yield from _in_flight()


def _in_flight() -> Iterator[Metric]:
    """Left out while Redis is away: nothing is better than a wrong number."""
    try:
        number = health.in_flight()
    except redis_link.Away:
        return
    yield GaugeMetricFamily(
        "mattermost_hooks_deliveries_in_flight", "Calls that workers have under way.", number
    )
