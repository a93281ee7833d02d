"""The tables of jobs: what a worker was asked to do, and which workers there are. Nothing of it is proof; all of it may go."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from asepsis.store.models import DIGEST, ID

NAME = 64


class Job(models.Model):
    """What people read of one piece of work: of which sort, about what, how far it has come, or why it failed.

    Its id is that of the task in the queue. `about` tells two of one sort apart; `person` is who asked, absent where the
    clock did. `said` is the sentence of a failure, or of what came of it; `refused` is the failure itself and `result` what
    came of it, as programs read them. `stop` is set where somebody wants it stopped.
    """

    id = models.UUIDField(primary_key=True)
    sort = models.CharField(max_length=32)
    about = models.CharField(max_length=200, default="")
    product = models.CharField(max_length=ID, null=True)
    person = models.CharField(max_length=ID, null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    said = models.JSONField(null=True)
    stop = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    refused = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sort", "about"], name="job_about")]


class Worker(models.Model):
    """A worker by its name: since when it runs, when it last gave a sign of life, and how often it ended unasked."""

    name = models.CharField(max_length=NAME, primary_key=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    crashes = models.IntegerField(default=0)


class Reminders(models.Model):
    """What somebody chose to be reminded of: how often, in which time zone; and the calendar that they subscribed to.

    `sent_on` is the day of the last letter, there. `watch` is the last line of the watch that they were told of, absent where
    they did not ask for that, and `watched_on` the day of that letter. `calendar` is the hash of the calendar's secret address.
    """

    person = models.CharField(max_length=ID, primary_key=True)
    often = models.CharField(max_length=8, default="none")
    zone = models.CharField(max_length=64)
    sent_on = models.DateField(null=True)
    watch = models.BigIntegerField(null=True)
    watched_on = models.DateField(null=True)
    calendar = models.CharField(max_length=DIGEST, null=True, unique=True)


class Left(models.Model):
    """By which way a checkpoint left last: how many entries it speaks of, and on which day."""

    way = models.CharField(max_length=16, primary_key=True)
    size = models.BigIntegerField()
    on = models.DateField()
