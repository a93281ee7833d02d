"""What changed since the last release: verdicts that are others now, and records that something was done with."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from asepsis.conformance.assessment import Assessment
from asepsis.readers import visible
from asepsis.record.verdict import Verdict
from asepsis.store.models import Baseline, Record, VerdictCount
from asepsis.web.moment import Moment, marked, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import earlier, of_moment
from asepsis.web.words import Words

MOST_RECORDS = 300
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Turned:
    """A clause whose verdict is another than it was."""

    clause: str
    before: Verdict
    now: Verdict


@page
def since(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give what changed since the newest baseline of a release before this moment."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    frame = framed(moment, "since", verdicts=verdicts, wide=True)
    words = Words(moment)
    if verdicts.assessment is None:
        return shown(request, "unassessed", frame, words, title="What changed")
    baseline = _baseline(moment)
    before = earlier(verdicts)
    turned = _turned(before.assessment, verdicts.assessment) if before and before.assessment else []
    records = _records(moment, baseline.position if baseline else -1)
    left = len(records) > MOST_RECORDS
    course = _course(moment)
    marks = marked(moment, Baseline.objects.filter(position__in=[one.position for one in course if one.baseline]))
    return shown(
        request, "since", frame, words,
        baseline=baseline, day=moment.day_of(baseline.at) if baseline else None, turned=turned,
        course=course, versions={one.position: one.version or one.day for one in marks},
        compared=before is not None, records=records[:MOST_RECORDS], left=left,
    )  # fmt: skip


def _baseline(moment: Moment) -> Baseline | None:
    """Return the newest baseline of a release that lies before the moment."""
    product = moment.product.pk if moment.product else None
    found = Baseline.objects.filter(product=product, release__isnull=False, position__lt=moment.entry)
    return found.order_by("-position").first()


def _course(moment: Moment) -> list[VerdictCount]:
    """Return how many clauses had which verdict at the baselines and days up to the moment, the newest of them, in order."""
    product = moment.product.pk if moment.product else None
    found = VerdictCount.objects.filter(product=product, position__lte=moment.entry).order_by("-position", "-id")
    return list(reversed(found[:MOST_DAYS]))


def _turned(before: Assessment, now: Assessment) -> list[Turned]:
    was = {one.id: one.verdict for one in before.clauses}
    return [
        Turned(one.id, was[one.id], one.verdict) for one in now.clauses if was.get(one.id, one.verdict) != one.verdict
    ]


def _records(moment: Moment, position: int) -> list[Record]:
    """Return the records of the product that something was done with after an entry, the newest first."""
    product = moment.product.pk if moment.product else None
    found = visible.records().filter(product=product, changed_position__gt=position, changed_position__lte=moment.entry)
    return list(found.order_by("-changed_position")[: MOST_RECORDS + 1])
