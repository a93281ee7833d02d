"""Assessments in the background: of each product of which something happened, or a day turned, since its last verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment
from asepsis.jobs.queue import InHand, Wanted
from asepsis.sentences import Mention, Said, Sentence
from asepsis.store import queries
from asepsis.store.models import Assessed, Product, Record

SORT = "assess"
DONE = Sentence("{product} is assessed as of entry {position}.")


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield an assessment for each product whose verdicts are older than its last entry, or than today."""
    zone = ZoneInfo(queries.ledger().time_zone)
    today = queries.now(now).astimezone(zone).date()
    for product in Product.objects.order_by("code"):
        last = moments.last_change(product.pk)
        newest = Assessed.objects.filter(product=product.pk, baseline=False).order_by("-position", "-id")
        found = newest.values_list("position", "made_at").first()
        made = datetime.fromisoformat(found[1]).astimezone(zone).date() if found else None
        if found is None or found[0] < last or made is None or made < today:
            arguments = {"product": product.pk, "position": last, "day": today.isoformat()}
            yield Wanted(SORT, product.pk, product.pk, arguments=arguments)


def assess(job: InHand, product: str, position: int, day: str) -> Said:
    """Assess a product, at least as of entry `position` on a day, and keep the verdicts for the pages.

    The release that is looked at by itself comes first. Others that somebody had assessed are made anew too, and never
    take its place on the pages.
    """
    found = _assessed(product, None, lambda done, of: job.come(done, of))
    moments.keep(found)
    for release in _others(product, found):
        other = _assessed(product, release, None)
        with transaction.atomic():
            moments.keep(other)
            moments.keep(found)
    return DONE.said(product=Mention(product, found.product.label), position=found.moment.position)


def _assessed(product: str, release: str | None, progress: moments.Progress | None) -> Assessment:
    return moments.assess_product(moments.Asked(product, release), queries.now(datetime.now(UTC)), progress)


def _others(product: str, found: Assessment) -> list[str]:
    """Return the releases that somebody had assessed and that still count, but for the one that was `found` on."""
    kept = Assessed.objects.filter(product=product, baseline=False, release__isnull=False)
    known = set(kept.values_list("release", flat=True)) - {found.release.id if found.release else None}
    return list(
        Record.objects.filter(pk__in=known, standing="effective").order_by("number").values_list("pk", flat=True)
    )
