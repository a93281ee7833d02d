"""Each request, measured: a line of the log, and what Prometheus is told. Of its address the route is kept and no more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from asepsis.web import metrics

log = logging.getLogger("asepsis.request")
NOWHERE = "no such page"


class RequestsMiddleware:
    """Measures how long each answer took, where the settings ask for lines of JSON or for metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.MACHINE.log != "json" and settings.MACHINE.metrics == "off":
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`, and say how long that took."""
        begun = time.perf_counter()
        response = self.get_response(request)
        spent = time.perf_counter() - begun
        route = request.resolver_match.route if request.resolver_match else NOWHERE
        method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
        told = {"event": "request", "method": method, "route": route, "status": response.status_code}
        log.info("answered", extra=told | {"ms": round(spent * 1000, 1)})
        if settings.MACHINE.metrics != "off":
            metrics.seconds(method, route, response.status_code, spent)
        return response
