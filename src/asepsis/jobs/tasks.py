"""Every sort of work that a worker can do, in one table; asking for it; and what the clock asks for by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django_tasks import TaskContext, task

from asepsis.errors import AsepsisError
from asepsis.jobs import (
    assessments,
    bounds,
    checkpoints,
    imports,
    matches,
    queue,
    reminders,
    tables,
    watch,
    watch_letters,
    webhooks,
)
from asepsis.jobs.bounds import Bounds, FaultyWorkError, StoppedError
from asepsis.jobs.models import Job
from asepsis.jobs.queue import Came, InHand, Wanted
from asepsis.sentences import Said
from asepsis.store import door


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of work: how people call it, and what does it, within which bounds; that returns what came of it."""

    words: str
    do: Callable[..., Said | Came | None]
    bounds: Bounds | None = None  # of what a stranger sent


SORTS: dict[str, Sort] = {
    assessments.SORT: Sort("Assessment", assessments.assess),
    reminders.SORT: Sort("Reminder by mail", reminders.remind),
    checkpoints.SORT: Sort("Checkpoint that leaves", checkpoints.leave),
    imports.SORT: Sort("Facts taken in", imports.bring, bounds.OF_FACTS),
    tables.SORT: Sort("Table brought in", tables.do, bounds.OF_A_TABLE),
    webhooks.SORT: Sort("News to webhooks", webhooks.tell),
    matches.SORT: Sort("Bills laid against feeds", matches.lay_for),
    watch.SORT: Sort("Watch over advisories", watch.watch),
    watch_letters.SORT: Sort("What is new in the watch, by mail", watch_letters.tell),
}
SCHEDULE: tuple[Callable[[datetime], Iterable[Wanted]], ...] = (  # what is owed at an instant
    assessments.wanted,
    watch.wanted,
    reminders.wanted,
    watch_letters.wanted,
    checkpoints.wanted,
    webhooks.wanted,
)


@task(takes_context=True)  # type: ignore[untyped-decorator, unused-ignore] # the library's own types differ by version
def run(context: TaskContext, *, sort: str, arguments: dict[str, Any]) -> None:
    """Do one piece of work; a refusal is kept as its sentence, a fault of ours as its name alone."""
    job = UUID(str(context.task_result.id))
    try:
        came = _do(SORTS[sort], job, arguments)
    except AsepsisError as error:
        queue.say(job, error.said, refused=bounds.told(error))
        raise
    except FaultyWorkError as fault:
        queue.say(job, queue.FAULT.said(fault=str(fault)))
        raise
    queue.say(job, came.said, result=came.result)


def _do(one: Sort, job: UUID, arguments: dict[str, Any]) -> Came:
    """Do work, in a process of its own where it has bounds; there, what came of it is told as plain values."""

    def do() -> Came:
        came = one.do(InHand(job), **arguments)
        return came if isinstance(came, Came) else Came(came)

    def plainly() -> dict[str, Any]:
        came = do()
        return {"said": came.said.value() if came.said else None, "result": came.result}

    if queue.wants_stop(job):
        raise StoppedError
    if one.bounds is None:
        return do()
    found = bounds.within(one.bounds, plainly, lambda: queue.wants_stop(job))
    return Came(Said.of(found["said"]) if found["said"] else None, found["result"])


def ask(wanted: Wanted) -> UUID | None:
    """Put work into the queue and return its id; `None` where the same waits or runs already."""
    with transaction.atomic():
        door.lock()
        if queue.is_open(wanted):
            return None
        asked = run.using(priority=wanted.priority).enqueue(sort=wanted.sort, arguments=dict(wanted.arguments))
        identity = UUID(str(asked.id))
        Job.objects.create(
            pk=identity, sort=wanted.sort, about=wanted.about, product=wanted.product, person=wanted.person
        )
    return identity


def ask_for_what_is_owed(now: datetime) -> int:
    """Ask for everything that the clock owes at an instant, unless it failed just now; return how much that is."""
    owed = [one for source in SCHEDULE for one in source(now) if not queue.is_too_soon(one, now)]
    return sum(ask(one) is not None for one in owed)
