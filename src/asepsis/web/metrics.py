"""What Prometheus is told: how long answers take, what waits, how old the verdicts are. Off, unless the settings say so."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django_tasks_db.models import DBTaskResult

import asepsis
from asepsis.conformance import moments
from asepsis.jobs import checkpoints, worker
from asepsis.jobs.models import Left
from asepsis.store import queries
from asepsis.store.models import Assessed, Product
from asepsis.web.page import Access, page_of

MULTIPLE = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)


def asked_for(request: HttpRequest) -> HttpResponse:
    """Give the metrics to whom the settings open them: this machine, or whoever brings the token. Else nothing is here."""
    if not _is_open_to(request):
        raise Http404
    client = _client()
    text = client.generate_latest(_registry()) + client.generate_latest(_state())
    return HttpResponse(text, content_type=client.CONTENT_TYPE_LATEST)


metrics = never_cache(page_of(asked_for, Access.EVERYBODY, None))


def _is_open_to(request: HttpRequest) -> bool:
    match settings.MACHINE.metrics:
        case "loopback":
            try:
                return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
            except ValueError:
                return False
        case "token":
            file = settings.MACHINE.metrics_token_file
            token = file.read_text(encoding="utf-8").strip() if file is not None else ""
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return bool(token) and hmac.compare_digest(token.encode(), given.encode())
    return False


# --- answers -----------------------------------------------------------------------------------------------------------


def seconds(method: str, route: str, status: int, spent: float) -> None:
    """Count an answer, with how long it took."""
    _answers().labels(method, route, str(status)).observe(spent)


def _client() -> Any:
    import prometheus_client

    return prometheus_client


@cache
def _answers() -> Any:
    return _client().Histogram(
        "asepsis_answer_seconds", "How long answers took.", ("method", "route", "status"), buckets=BUCKETS
    )


def _registry() -> Any:
    """Return what was counted: by this process, or by all of them where there are several."""
    client = _client()
    if MULTIPLE not in os.environ:
        _answers()
        return client.REGISTRY
    registry = client.CollectorRegistry()
    import_module("prometheus_client.multiprocess").MultiProcessCollector(registry)  # it has no types
    return registry


# --- how things stand ----------------------------------------------------------------------------------------------------


def _state() -> Any:
    """Return how the installation stands, asked of the database now: the same, whichever process answers."""

    class Standing:
        def collect(self) -> Iterator[Any]:
            yield from _gauges()

    registry = _client().CollectorRegistry()
    registry.register(Standing())
    return registry


def _gauges() -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

    now, size = datetime.now(UTC), queries.ledger().size
    yield InfoMetricFamily("asepsis_program", "Which program it is.", value={"version": asepsis.__version__})
    yield GaugeMetricFamily("asepsis_ledger_entries", "How many entries the ledger holds.", value=size)
    yield GaugeMetricFamily(
        "asepsis_worker_alive", "1 where a worker gives a sign of life.", value=worker.is_alive(now)
    )
    jobs = GaugeMetricFamily("asepsis_jobs", "Jobs by their state.", labels=["state"])
    for state, count in DBTaskResult.objects.values_list("status").annotate(Count("pk")):
        jobs.add_metric([str(state).lower()], count)
    yield jobs
    behind = GaugeMetricFamily(
        "asepsis_verdicts_behind_entries", "Entries since the verdicts of a product were made.", labels=["product"]
    )
    for product in Product.objects.order_by("code"):
        at = Assessed.objects.filter(product=product.pk, baseline=False).order_by("-position")
        position = at.values_list("position", flat=True).first()
        last = moments.last_change(product.pk)
        behind.add_metric([product.code], max(last - position, 0) if position is not None else last + 1)
    yield behind
    left = GaugeMetricFamily(
        "asepsis_checkpoint_behind_entries", "Entries since a checkpoint left, by its way.", labels=["way"]
    )
    sizes = dict(Left.objects.values_list("way", "size"))
    for way in checkpoints.ways():
        left.add_metric([way], size - sizes.get(way, 0))
    yield left
