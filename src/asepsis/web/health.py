"""Whether this program lives, and whether it is ready: asked by what runs it. Nothing about people or records is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from asepsis.errors import AsepsisError
from asepsis.jobs import worker
from asepsis.record import checkpoint
from asepsis.store import checkpoints, queries
from asepsis.web.page import Access, page_of


def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing is asked of anything else."""
    return JsonResponse({"alive": True})


def is_ready(request: HttpRequest) -> HttpResponse:
    """Say whether everything is there that is needed, and what is not; 503 where something is missing."""
    found = {name: _holds(check) for name, check in CHECKS.items()}
    ready = all(found.values())
    return JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503)


live = never_cache(page_of(alive, Access.EVERYBODY, None))
ready = never_cache(page_of(is_ready, Access.EVERYBODY, None))


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, AsepsisError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _checkpoint() -> bool:
    """Return whether the newest checkpoint speaks of all entries, and the ledger's key signed it."""
    ledger = queries.ledger()
    opened = checkpoint.read(checkpoints.newest().note)
    said = checkpoint.Checkpoint.of(opened.text)
    checkpoint.verify(opened, bytes.fromhex(ledger.key), said.origin)
    return bool(said.size == ledger.size)


def _worker() -> bool:
    return worker.is_alive(datetime.now(UTC))


CHECKS = {"database": _database, "migrations": _migrations, "checkpoint": _checkpoint, "worker": _worker}
