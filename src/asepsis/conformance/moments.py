"""Assessments out of the store: now, at a baseline, or as a release was and as it is today; and their keeping."""

from __future__ import annotations

import time  # noqa: TID251  # it measures how long checks take; nothing is decided by it
import zlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction

from asepsis.checks import all as all_checks
from asepsis.checks.check import Check
from asepsis.checks.view import Product, View
from asepsis.clauses.catalogue import catalogue
from asepsis.clauses.policy import InForce
from asepsis.conformance import inputs
from asepsis.conformance.assess import Given, Made, Runner, make
from asepsis.conformance.assessment import Assessment, document_bytes, read_document
from asepsis.conformance.due import Due, kept_dues
from asepsis.conformance.gate import Gate, gate, taken_on
from asepsis.conformance.run import Ran, run
from asepsis.record.dossier import Dossier
from asepsis.record.entry import instant
from asepsis.record.verdict import Verdict
from asepsis.statements.records import Policy
from asepsis.store import queries, refusals
from asepsis.store.door import lock
from asepsis.store.models import Assessed, Baseline, Redacted, VerdictCount
from asepsis.store.rows import select

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which assessment is wanted: of a product, for a release (by id; absent: the one that is looked at by itself).

    `position` looks at a moment of the past, as of that entry; without it, at now.
    """

    product: str
    release: str | None = None
    position: int | None = None


def given_at(product: str, position: int | None, now: datetime) -> Given:
    """Return the inputs of one moment out of the store. `now` is the instant that counts as today there."""
    dossier = queries.dossier(product, position)
    return Given(dossier, queries.facts(product, position), policy_of(dossier, now), now, queries.files())


def view_now(product: str, now: datetime, *, without: Collection[str] = ()) -> View:
    """Return what a check sees of a product today, as it would if the records `without` (ids) were not there.

    So what is worked out from it can be told to somebody from whom these are withheld.
    """
    dossier, ledger, of = queries.dossier_without(product, without), queries.ledger(), queries.product(product)
    return View(
        dossier,
        queries.facts(product),
        policy_of(dossier, now),
        catalogue(),
        product=Product(of.id, of.code),
        release=inputs.release_of(dossier, None),
        now=now,
        zone=ZoneInfo(ledger.time_zone),
        stored=queries.files(),
    )


def policy_of(dossier: Dossier, now: datetime) -> InForce:
    """Return the policy in force in a dossier: the defaults, over them the organisation's, over it the product's."""
    return inputs.policy_of(dossier, now, queries.ledger().time_zone)


def policy_today(product: str | None, now: datetime, position: int | None = None) -> InForce:
    """Return the policy in force for a product, or for the organisation alone, without the rest of the dossier.

    It is that of now, or of the ledger up to `position`; what takes effect later than `now` is not in force.
    """
    return policy_of(queries.dossier_of(Policy.__name__, product, position), now)


def assess_product(asked: Asked, now: datetime, progress: Progress | None = None) -> Assessment:
    """Return where a product stands. At a position of the past `now` is not used: the instant of that entry counts.

    Looking at now, what is asked of a release that has gone out is asked at its baseline, and all else today.
    Raises `UnknownProductError` or `UnknownRecordError`.
    """
    return _made(asked, now, progress, run).assessment


def assess_timed(asked: Asked, now: datetime) -> list[tuple[str, float]]:
    """Return how many seconds each check takes to answer what `assess_product` is asked, the slowest first."""
    spent: dict[str, float] = {}

    def timed(check: Check, view: View) -> Ran:
        begun = time.perf_counter()
        ran = run(check, view)
        spent[check.id] = spent.get(check.id, 0.0) + time.perf_counter() - begun
        return ran

    _made(asked, now, None, timed)
    return sorted(spent.items(), key=lambda one: -one[1])


def _made(asked: Asked, now: datetime, progress: Progress | None, runner: Runner) -> Made:
    all_checks.load()
    product = queries.product(asked.product)
    zone = ZoneInfo(queries.ledger().time_zone)
    at = now if asked.position is None else instant_of(asked.position)
    given = given_at(product.id, asked.position, at)
    release = inputs.release_of(given.dossier, asked.release)
    as_released = None
    if release is not None and asked.position is None:
        baseline = baseline_of(release.id)
        if baseline is not None and inputs.is_out(given.dossier, release):
            as_released = given_at(product.id, baseline.position, datetime.fromisoformat(baseline.at))
    return make(
        given,
        catalogue(),
        product=Product(product.id, product.code),
        product_name=product.name,
        zone=zone,
        release=release,
        as_released=as_released,
        progress=progress,
        runner=runner,
    )


def instant_of(position: int) -> datetime:
    """Return the instant of an entry. Raises `UnknownRecordError` where there is no entry at that position."""
    found = queries.entries(position, 1)
    if not found or found[0][0] != position:
        raise refusals.UnknownRecordError(record=f"entry {position}")
    return datetime.fromisoformat(found[0][2]["at"])


def baseline_of(release: str) -> Baseline | None:
    """Return the newest baseline of a release."""
    return Baseline.objects.filter(release=release).order_by("-position").first()


def last_change(product: str) -> int:
    """Return the position of the newest entry that a product's verdicts can depend on: its own or the organisation's."""
    own = select("SELECT MAX(position) FROM store_entry WHERE of = %s", [product])[0][0]
    common = select("SELECT MAX(position) FROM store_entry WHERE of IS NULL")[0][0]
    return max(own or 0, common or 0)


def last_changes() -> dict[str, int]:
    """Return the same for every product, by id."""
    common = select("SELECT MAX(position) FROM store_entry WHERE of IS NULL")[0][0] or 0
    newest = "(SELECT MAX(e.position) FROM store_entry e WHERE e.of = p.id)"
    return {product: max(own or 0, common) for product, own in select(f"SELECT p.id, {newest} FROM store_product p")}  # noqa: S608


def keep(assessment: Assessment, *, baseline: bool = False) -> str:
    """Keep an assessment for the pages, in the place of the one before, and return the digest of its document.

    It is no entry and no kept file: it can be made again, and what an erasure takes away goes out of it too. One that is
    older than what is kept, or than an erasure, is not kept.
    """
    data = document_bytes(assessment)
    digest, position = sha256(data).hexdigest(), assessment.moment.position
    release = assessment.release.id if assessment.release else None
    with transaction.atomic():
        lock()
        same = Assessed.objects.filter(product=assessment.product.id, release=release, baseline=baseline)
        if baseline:
            same = same.filter(position=position)
        elif same.filter(position__gt=position).exists() or Redacted.objects.filter(position__gt=position).exists():
            return digest
        same.delete()
        Assessed.objects.create(
            product=assessment.product.id,
            release=release,
            position=position,
            baseline=baseline,
            made_at=instant(datetime.fromisoformat(assessment.moment.now)),
            document=digest,
            data=zlib.compress(data),
        )
        _count(assessment, baseline=baseline)
    return digest


def _count(assessment: Assessment, *, baseline: bool) -> None:
    """Keep how many clauses had which verdict, in the place of what was counted of the same day or baseline."""
    product, moment = assessment.product.id, assessment.moment
    day = date.fromisoformat(moment.day)
    same = VerdictCount.objects.filter(product=product, baseline=baseline)
    same.filter(position=moment.position).delete() if baseline else same.filter(day=day).delete()
    counts = Counter(one.verdict for one in assessment.clauses)
    VerdictCount.objects.create(
        product=product,
        day=day,
        position=moment.position,
        baseline=baseline,
        met=counts[Verdict.MET],
        gaps=counts[Verdict.GAP],
        unknown=counts[Verdict.UNKNOWN],
        others=counts[Verdict.NOT_APPLICABLE] + counts[Verdict.NOT_ASKED],
    )


def kept(product: str, release: str | None = None, position: int | None = None) -> Assessment | None:
    """Return the newest assessment that was kept: of now, or (with `position`) of that baseline; `None` without one."""
    found = kept_with_digest(product, release, position)
    return found[0] if found is not None else None


def kept_with_digest(
    product: str, release: str | None = None, position: int | None = None
) -> tuple[Assessment, str] | None:
    """Return the newest assessment that was kept, as `kept` does, with the SHA-256 of its document."""
    found = Assessed.objects.filter(product=product, baseline=position is not None).order_by("-position", "-id")
    if release is not None:
        found = found.filter(release=release)
    if position is not None:
        found = found.filter(position=position)
    row = found.first()
    if row is None:
        return None
    data = queries.file(row.document) if row.data is None else zlib.decompress(bytes(row.data))
    return (read_document(data), row.document) if data is not None else None


def gate_of(assessment: Assessment, dossier: Dossier | None = None) -> Gate:
    """Return the gate's answer out of an assessment; with the dossier, gaps that a decision has taken on count as such."""
    accepted: frozenset[str] = frozenset()
    if dossier is not None and assessment.release is not None:
        today = date.fromisoformat(assessment.moment.day)
        accepted = taken_on(dossier, assessment.release.id, today)
    return gate(assessment, catalogue(assessment.edition), accepted)


def due_now(product: str, now: datetime, progress: Progress | None = None) -> tuple[Due, ...]:
    """Return everything that is due for a product now, worked out anew, the earliest first."""
    return kept_dues(assess_product(Asked(product), now, progress))
