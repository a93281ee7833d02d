"""The queue: what is to be done, asked for once; and what people read of it. The table of sorts is in `tasks`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django_tasks_db.models import DBTaskResult

from asepsis.jobs.models import Job
from asepsis.sentences import Said, Sentence

FAULT = Sentence("The program failed: {fault}.", next="The log holds where; what was asked for can be asked for again.")
LOST = Sentence(
    "Its worker ended before it was done.", next="Nothing was saved; what was asked for can be asked for again."
)
WAITING, RUNNING, DONE, FAILED = "READY", "RUNNING", "SUCCESSFUL", "FAILED"
PATIENCE, MOST_PATIENCE = timedelta(minutes=1), timedelta(hours=1)
GRAIN = 0.5  # seconds between two words of progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """Work that is asked for: of which sort, about what, with which arguments (plain JSON values).

    No second one of the same sort about the same thing waits or runs beside it.
    """

    sort: str
    about: str = ""
    product: str | None = None
    person: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0


class InHand:
    """A job that is being done: it says how far it has come, at most twice a second."""

    def __init__(self, job: UUID, clock: Callable[[], float] = time.monotonic) -> None:
        self._job, self._clock, self._told = job, clock, float("-inf")

    def come(self, done: int, total: int) -> None:
        """Say that `done` of `total` parts are done."""
        if done < total and self._clock() - self._told < GRAIN:
            return
        self._told = self._clock()
        Job.objects.filter(pk=self._job).update(done=done, total=total)


def is_open(wanted: Wanted) -> bool:
    """Return whether the same is waiting or running already."""
    same = Job.objects.filter(sort=wanted.sort, about=wanted.about).values("pk")
    return DBTaskResult.objects.filter(pk__in=same, status__in=(WAITING, RUNNING)).exists()


def is_too_soon(wanted: Wanted, now: datetime) -> bool:
    """Return whether the very same failed a short while ago: a minute, then twice as long each time, an hour at most."""
    same = Job.objects.filter(sort=wanted.sort, about=wanted.about).values("pk")
    ended = DBTaskResult.objects.filter(pk__in=same, finished_at__isnull=False).order_by("-finished_at")
    arguments, failures, last = dict(wanted.arguments), 0, None
    for one in ended[:8]:
        if one.status != FAILED or one.args_kwargs["kwargs"].get("arguments") != arguments:
            break
        failures, last = failures + 1, last or one.finished_at
    return last is not None and now < last + min(PATIENCE * 2 ** (failures - 1), MOST_PATIENCE)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a job: the sentence for people, and plain JSON values for programs."""

    said: Said | None
    result: Any = None


def say(job: UUID, said: Said | None, *, result: Any = None, refused: Any = None) -> None:
    """Keep what came of a job: its sentence; what programs read of it; or the failure, as `bounds.told` writes it."""
    value = said.value() if said is not None else None
    Job.objects.filter(pk=job).update(said=value, result=result, refused=refused)


def stop(sort: str, about: str) -> None:
    """Have what waits or runs of a sort about something stopped: what waits is never begun."""
    Job.objects.filter(sort=sort, about=about).update(stop=True)


def stop_one(job: UUID) -> None:
    """Have one job stopped."""
    Job.objects.filter(pk=job).update(stop=True)


def wants_stop(job: UUID) -> bool:
    """Return whether somebody wants a job stopped."""
    return Job.objects.filter(pk=job, stop=True).exists()


def bury(worker: str, now: datetime) -> int:
    """Call those jobs failed that a worker had in hand when it ended; return how many."""
    lost = [one for one in DBTaskResult.objects.filter(status=RUNNING) if worker in one.worker_ids[-1:]]
    for one in lost:
        one.status, one.finished_at = FAILED, now
        one.save(update_fields=["status", "finished_at"])
        say(one.pk, LOST.said())
    return len(lost)


def forget(before: datetime) -> None:
    """Forget the jobs that ended before an instant."""
    old = DBTaskResult.objects.filter(finished_at__lt=before)
    Job.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    old.delete()


@dataclass(frozen=True, slots=True)
class Told:
    """A job as people read it."""

    job: Job
    status: str
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    said: Said | None
    priority: int

    @property
    def is_open(self) -> bool:
        """Return whether it waits or runs."""
        return self.status in (WAITING, RUNNING)


def newest(count: int) -> list[Told]:
    """Return the jobs that were asked for last: those that run first, then those that wait, then those that ended."""
    order = {RUNNING: 0, WAITING: 1}
    tasks = list(DBTaskResult.objects.filter(status__in=order).order_by("-enqueued_at", "pk")[:count])
    tasks += DBTaskResult.objects.filter(status__in=(DONE, FAILED)).order_by("-finished_at", "pk")[:count]
    jobs = Job.objects.in_bulk([one.pk for one in tasks])
    told = [_told(one, jobs[one.pk]) for one in tasks if one.pk in jobs]
    return sorted(told, key=lambda one: order.get(one.status, 2))[:count]


def last(sort: str, about: str) -> Told | None:
    """Return the job of a sort about something that was asked for last."""
    jobs = {one.pk: one for one in Job.objects.filter(sort=sort, about=about)}
    task = DBTaskResult.objects.filter(pk__in=list(jobs)).order_by("-enqueued_at", "pk").first()
    return _told(task, jobs[task.pk]) if task is not None else None


def one(job: UUID) -> Told | None:
    """Return a job by its id."""
    found, task = Job.objects.filter(pk=job).first(), DBTaskResult.objects.filter(pk=job).first()
    return _told(task, found) if found is not None and task is not None else None


def ahead(told: Told) -> int:
    """Return how many jobs are done or waited for before one that waits."""
    before = DBTaskResult.objects.filter(status=WAITING, priority__gte=told.priority, enqueued_at__lt=told.asked_at)
    return before.count() + DBTaskResult.objects.filter(status=RUNNING).count()


def _told(task: Any, job: Job) -> Told:
    said = Said.of(job.said) if job.said else None
    if said is None and task.status == FAILED:
        said = FAULT.said(fault=task.exception_class_path.rpartition(".")[2] or "it does not say how")
    return Told(job, str(task.status), task.enqueued_at, task.started_at, task.finished_at, said, task.priority)
