"""The worker: it asks for what is owed, does one piece of work after the other, and gives a sign of life."""

from __future__ import annotations

import logging
import os
import platform
import secrets
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connections
from django_tasks_db.management.commands.db_worker import Worker as Runner
from django_tasks_db.models import DBTaskResult

from asepsis.jobs import bounds, imports, queue, tasks
from asepsis.jobs.models import Worker
from asepsis.jobs.processes import AFRESH, Part
from asepsis.store import queries

log = logging.getLogger(__name__)

EVERY = 0.25  # seconds between two looks: people wait for some of it
QUIET, LONGEST = 1.0, 10.0  # how long nothing is written before it is assessed; and how long at most that is waited for
LOOK_AGAIN = 30.0  # seconds after which is looked even where no entry came: a day turns, and a failure waits
BEAT = 10.0  # seconds between two signs of life
DEAD = timedelta(seconds=60)  # a worker that gave none for so long is gone
KEEP = timedelta(days=30)  # how long ended jobs can be read
ROOMY = 400  # megabytes; a process that took more in a job starts afresh, since Python gives little back


def new_name() -> str:
    """Return a name for a worker: of which machine and process, and what sets it apart."""
    return f"{platform.node()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


class Settled:
    """Says whether what is being written has come to rest: so that an import of a thousand commits is assessed once."""

    def __init__(self) -> None:
        self._size: int | None = None
        self._since = self._moved = float("-inf")

    def at(self, size: int, now: float) -> bool:
        """Return whether the ledger, `size` long at an instant in seconds, rests, or was waited for long enough."""
        if size != self._size:
            if self._size is None:
                self._size = size
                return True
            if now - self._moved > QUIET:
                self._since = now
            self._size, self._moved = size, now
        if now - self._moved < QUIET and now - self._since < LONGEST:
            return False
        self._since = now
        return True


def work(name: str, stopped: threading.Event, crashes: int = 0, *, once: bool = False) -> bool:
    """Work until `stopped` is set, or with `once` until nothing is left; return whether the process should start afresh.

    What runs is finished first. Work that a worker of this name, or one that is gone, had in hand is called failed.
    """
    begun = datetime.now(UTC)
    Worker.objects.update_or_create(name=name, defaults={"begun_at": begun, "seen_at": begun, "crashes": crashes})
    _clear_up(name, begun)
    over = threading.Event()
    threading.Thread(target=_beat, args=(name, over), daemon=True, name="heart").start()
    settled, looked = Settled(), (-1, float("-inf"))
    try:
        while not stopped.is_set():
            connections["default"].close_if_unusable_or_obsolete()
            size, at = queries.ledger().size, time.monotonic()
            if (size != looked[0] and settled.at(size, at)) or at - looked[1] >= LOOK_AGAIN:
                tasks.ask_for_what_is_owed(datetime.now(UTC))
                looked = (size, at)
            if _do_one(name):
                if _is_roomy():
                    return True
                continue
            if once:
                return False
            stopped.wait(EVERY)
    finally:
        over.set()
        Worker.objects.filter(name=name).delete()
    return False


def _do_one(name: str) -> bool:
    """Do the next piece of work; return whether there was any. The lock is taken only where something waits."""
    if not DBTaskResult.objects.ready().exists():
        return False
    runner = Runner(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False, max_tasks=1,
        worker_id=name, excluded_queue_names=[],
    )  # fmt: skip
    runner.run()
    return bool(runner._run_tasks)


def _clear_up(name: str, now: datetime) -> None:
    gone = Worker.objects.filter(seen_at__lt=now - DEAD).values_list("name", flat=True)
    for one in [name, *gone]:
        if lost := queue.bury(one, now):
            log.error("%d jobs of a worker that ended unasked are called failed", lost)
    Worker.objects.filter(seen_at__lt=now - DEAD).delete()
    queue.forget(now - KEEP)
    imports.tidy(now)


def _beat(name: str, over: threading.Event) -> None:
    """Give a sign of life, also while a long job is done; where the database is busy, the next one will do."""
    while not over.wait(BEAT):
        with bounds.BREATH:
            try:
                Worker.objects.filter(name=name).update(seen_at=datetime.now(UTC))
            except DatabaseError as error:
                log.warning("no sign of life could be given: %s", type(error).__name__)
                connections["default"].close()


def _is_roomy() -> bool:
    """Return whether this process took much memory at its peak; where the system does not tell, it did not."""
    if sys.platform == "win32":
        return False
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in kilobytes; on macOS in bytes
    return peak > ROOMY * (1024**2 if sys.platform == "darwin" else 1024)


def part() -> Part:
    """Return the worker as a process that is kept running."""
    name = new_name()

    def main(crashes: int) -> int:
        stopped = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stopped.set())
        return AFRESH if work(name, stopped, crashes) else 0

    return Part("worker", main)


def is_alive(now: datetime) -> bool:
    """Return whether some worker gave a sign of life lately."""
    return Worker.objects.filter(seen_at__gte=now - DEAD).exists()
