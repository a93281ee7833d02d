"""What many checks mean by the same word: the release looked at, what is of it, supported, a day, an item of a release.

Source: the terms of IEC 81001-5-1:2021 as this project reads them; each is defined here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from asepsis.checks.view import AbsentFactsError, View
from asepsis.clauses.catalogue import Clause
from asepsis.clauses.laws import Law
from asepsis.configuration.domain import Placed, items_of
from asepsis.configuration.records import BillOfMaterials, CategoryRule, Release, SoftwareItem, Supplier
from asepsis.development.records import (
    CarriedForward,
    Deviation,
    IntegrityManifest,
    ReleaseDecision,
    ReleaseOutcome,
    SigningKey,
    TestRun,
)
from asepsis.exchange import facts as shapes
from asepsis.exchange import subjects
from asepsis.quality.domain import months_after
from asepsis.quality.records import Applicability, PeriodicReview, Procedure, Route
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.record.kind import Evidence, Kind
from asepsis.sentences import Named
from asepsis.statements.records import NotApplicable

K = TypeVar("K", bound=Kind)

# --- days -----------------------------------------------------------------------------------------------------------


def day_of(item: Item[Any], view: View) -> date:
    """Return the day of the approval that made the newest effective revision of a record effective.

    Of a record taken over, until it is signed here anew, the day on its original counts.
    """
    history = view.dossier.history(item)
    revision = history.effective
    if item.content.taken_over is not None and revision is not None and revision is history.first_effective:
        day: date = item.content.taken_over.on
        return day
    return view.day(revision.effective_at) if revision and revision.effective_at else view.today


def first_day(item: Item[Any], view: View) -> date:
    """Return the day of the approval that made the first effective revision of a record effective.

    Of a record taken over the day on its original counts.
    """
    if item.content.taken_over is not None:
        day: date = item.content.taken_over.on
        return day
    revision = view.dossier.history(item).first_effective
    return view.day(revision.effective_at) if revision and revision.effective_at else view.today


def first_position(item: Item[Any], view: View) -> int:
    """Return the position at which a record first became effective: the order in time is the ledger's."""
    revision = view.dossier.history(item).first_effective
    return revision.effective if revision and revision.effective is not None else view.dossier.position + 1


def changed_day(item: Item[Any], view: View) -> date:
    """Return the day on which a record last changed in what matters to whoever rests on it."""
    history = view.dossier.history(item)
    if history.effective is None:
        return view.today
    material = history.effective.material
    days = [view.day(one.effective_at) for one in history.revisions if one.effective_at and one.number >= material]
    return min(days, default=view.today)


def effective_position(item: Item[Any], view: View) -> int:
    """Return the position at which what is in force of a record came into force; where nothing is, one to come."""
    revision = view.dossier.history(item).effective
    return revision.effective if revision and revision.effective is not None else view.dossier.position + 1


def signed_position(item: Item[Any], view: View) -> int:
    """Return the position at which a record was last signed for what it says; progress that follows does not count.

    Where nothing is in force, one to come.
    """
    made = [one.effective for one in view.dossier.history(item).revisions if not one.progress]
    return max((one for one in made if one is not None), default=view.dossier.position + 1)


def changed_position(item: Item[Any], view: View) -> int:
    """Return the position at which a record last changed in what matters to whoever rests on it."""
    history = view.dossier.history(item)
    material = history.effective.material if history.effective else 1
    made = [one.effective for one in history.revisions if one.effective is not None and one.number >= material]
    return min(made, default=view.dossier.position + 1)


def written_position(item: Item[Any], view: View) -> int:
    """Return the position at which a record was first saved, signed or not."""
    return view.dossier.history(item).revisions[0].position


def saved_position(item: Item[Any], view: View) -> int:
    """Return the position at which the revision looked at was saved, signed or not."""
    revisions = view.dossier.history(item).revisions
    return next(one.position for one in revisions if one.number == item.number)


def written_on(item: Item[Any], view: View) -> date:
    """Return the day on which a record was first saved, signed or not."""
    return view.day(view.dossier.history(item).revisions[0].at)


def each_once(items: Iterable[Item[K]]) -> tuple[Item[K], ...]:
    """Return records that may stand twice, in force and as they are being rewritten, each as it is at its newest."""
    return tuple({one.id: one for one in items}.values())


def newest(items: Iterable[Item[K]], view: View) -> Item[K] | None:
    """Return the record of which the newest revision came into force; `None` of none."""
    return max(items, key=lambda one: effective_position(one, view), default=None)


def past(due: date | None, view: View) -> bool:
    """Return whether a day is over: the due day itself is on time."""
    return due is not None and view.today > due


def within_months(day: date | None, months: int, view: View) -> bool:
    """Return whether `day` lies within `months` before today; the last day is in, a day to come is not."""
    return day is not None and day <= view.today <= months_after(day, months)


def next_review(review: Item[PeriodicReview], months: int) -> date:
    """Return the last day on which the review after one is on time: `months` later, or sooner where it says so."""
    return min(months_after(review.content.last_day, months), review.content.next_due)


# --- files ----------------------------------------------------------------------------------------------------------


def is_gone(evidence: Evidence | None, view: View) -> bool:
    """Return whether the bytes of a file that is to be found here are not here; one kept elsewhere is never gone."""
    return evidence is not None and evidence.stored and not view.stored(evidence.digest)


# --- what is asked, and what the quality system answers -------------------------------------------------------------


def asked_clauses(view: View) -> tuple[Clause, ...]:
    """Return the clauses that the product's route asks and that carry a requirement; all of them without a route."""
    scoping = view.dossier.single(Applicability)
    asked = set(view.catalogue.route(scoping.content.route if scoping else Route.FULL))
    return tuple(clause for clause in view.catalogue.clauses if clause.id in asked and clause.decided_by is not None)


def left_out(part: str, view: View) -> bool:
    """Return whether an exclusion in force says that a lettered part of an obligation, `5.7.1-2 d`, does not apply.

    Whether its condition is not there all the same is asked where the obligation is decided.
    """
    return any(
        one.content.obligation == part and not past(one.content.until, view) for one in view.dossier.all(NotApplicable)
    )


def lets_be(deviation: Item[Deviation], view: View) -> bool:
    """Return whether a deviation still lets be what it departs from: it has not ended, and what compensates is in force."""
    return not past(deviation.content.until, view) and not view.dossier.broken(deviation, "compensated_by")


def procedures_in_force(view: View) -> tuple[Item[Procedure], ...]:
    """Return the procedures by which people work today; on the day of its review one is still in force."""
    return tuple(
        one for one in view.dossier.all(Procedure) if one.content.effective <= view.today <= one.content.review_by
    )


def procedures_of(clause: str, view: View) -> tuple[Item[Procedure], ...]:
    """Return the procedures in force that serve a clause."""
    return tuple(view.once("procedures_of", _procedures).get(clause, ()))


def _procedures(view: View) -> dict[str, list[Item[Procedure]]]:
    served: dict[str, list[Item[Procedure]]] = {}
    for procedure in procedures_in_force(view):
        for clause in dict.fromkeys(procedure.content.serves):
            served.setdefault(clause, []).append(procedure)
    return served


# --- releases -------------------------------------------------------------------------------------------------------

OUT = (ReleaseOutcome.RELEASE, ReleaseOutcome.RELEASE_WITH_GAPS)


def decisions_of(release: Item[Release], view: View) -> tuple[Item[ReleaseDecision], ...]:
    """Return the effective decisions about a release, in the order of their labels."""
    return tuple(view.once("decisions by release", _decisions_by_release).get(release.id, ()))


def _decisions_by_release(view: View) -> dict[str, list[Item[ReleaseDecision]]]:
    """So much refers to a release that its decisions are not looked for among all of that each time."""
    found: dict[str, list[Item[ReleaseDecision]]] = {}
    for one in view.dossier.all(ReleaseDecision):
        found.setdefault(one.content.release, []).append(one)
    return found


def released_by(release: Item[Release], view: View) -> Item[ReleaseDecision] | None:
    """Return the effective decision that let a release go out; `None` while there is none."""
    out = [one for one in decisions_of(release, view) if one.content.outcome in OUT]
    return out[-1] if out else None


def supported(release: Item[Release], view: View, day: date | None = None) -> bool:
    """Return whether a release is out and its security support has not ended before `day` (today)."""
    until = release.content.security_support_until
    return released_by(release, view) is not None and (day or view.today) <= until


def supported_releases(view: View) -> tuple[Item[Release], ...]:
    """Return the supported releases; before any is, the open release looked at."""
    found = tuple(one for one in view.dossier.all(Release) if supported(one, view))
    if found or view.release is None:
        return found
    return (view.release,) if not any(released_by(one, view) for one in view.dossier.all(Release)) else ()


def predecessor(release: Item[Release], view: View) -> Item[Release] | None:
    """Return the release that a release follows."""
    return view.dossier.get(release.content.predecessor)


def descent(release: Item[Release], view: View) -> Iterator[Item[Release]]:
    """Yield a release and those that it descends from, newest first; a circle ends where it closes."""
    seen: set[str] = set()
    at: Item[Release] | None = release
    while at is not None and at.id not in seen:
        seen.add(at.id)
        yield at
        at = predecessor(at, view)


def is_of_release(item: Item[Any], view: View) -> bool:
    """Return whether a record is of the release looked at, or was carried forward to it.

    A kind without a `release` field counts as it is at that position.
    """
    if "release" not in item.kind.model_fields:
        return True
    return view.release is not None and (item.content.release == view.release.id or item.id in carried_to(view))


def of_release(kind: type[K], view: View) -> tuple[Item[K], ...]:
    """Return the effective records of `kind` that are of the release looked at, or were carried forward to it."""
    return tuple(one for one in view.dossier.all(kind) if is_of_release(one, view))


def carried_to(view: View) -> frozenset[str]:
    """Return the records that were carried forward to the release looked at and have not changed in what matters."""
    return view.once("carried_to", _carried_to)


def _carried_to(view: View) -> frozenset[str]:
    if view.release is None:
        return frozenset()
    return frozenset(
        link.target
        for carrying in view.dossier.back(view.release, CarriedForward)
        if carrying.content.release == view.release.id
        for link in view.dossier.links(carrying)
        if link.field == "records.record" and not (link.broken or link.suspect)
    )


# --- runs -----------------------------------------------------------------------------------------------------------


def is_counted(run: Item[TestRun], view: View) -> bool:
    """Return whether a test run counts for the release looked at: of its build, or carried forward to it."""
    if not is_of_release(run, view) or view.release is None:
        return False
    build = view.release.content.build_id
    return run.id in carried_to(view) or (build is not None and run.content.build_id == build)


def counted_runs(view: View) -> tuple[Item[TestRun], ...]:
    """Return the effective test runs that count for the release looked at."""
    return tuple(run for run in view.dossier.all(TestRun) if is_counted(run, view))


# --- bills and items ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of materials with what it lists."""

    item: Item[BillOfMaterials]
    components: shapes.Components


def bill_records(view: View, release: Item[Release] | None = None) -> tuple[Item[BillOfMaterials], ...]:
    """Return the effective bills of a release: by itself the one looked at."""
    release = release or view.release
    if release is None:
        return ()
    return tuple(one for one in view.dossier.back(release, BillOfMaterials) if one.content.release == release.id)


def bills(view: View, release: Item[Release] | None = None) -> tuple[Bill, ...]:
    """Return the bills of a release with their components. Raises `AbsentFactsError` where those are not there."""
    return tuple(Bill(one, view.fact("components", one.content.document.digest)) for one in bill_records(view, release))


def items_of_release(view: View) -> tuple[tuple[Bill, Placed], ...]:
    """Return each component of the bills of the release looked at with its SoftwareItem, else its category rule.

    Raises `AbsentFactsError` where there is no bill, or its components are not there.
    """
    return view.once("items_of_release", lambda view: _items(bills(view), view))


def items_placed(release: Item[Release], view: View) -> tuple[tuple[Bill, Placed], ...]:
    """Return each component of the bills of any release with what says its category; nothing where it has no bill.

    Raises `AbsentFactsError` where the components of a bill are not there.
    """

    def placed(view: View) -> tuple[tuple[Bill, Placed], ...]:
        found = bills(view, release)
        return _items(found, view) if found else ()

    return view.once(f"items of {release.id}", placed)


def _items(found: tuple[Bill, ...], view: View) -> tuple[tuple[Bill, Placed], ...]:
    if not found:
        raise AbsentFactsError("components", view.release.label if view.release else "the release")
    items = {one.id: one.content for one in view.dossier.all(SoftwareItem)}
    rules = {one.id: one.content for one in view.dossier.all(CategoryRule)}
    suppliers = {one.id: one.content for one in view.dossier.all(Supplier)}
    return tuple(
        (bill, placed) for bill in found for placed in items_of(bill.components.components, items, rules, suppliers)
    )


# --- how old facts are ----------------------------------------------------------------------------------------------


def day_as_of(taken: TakenIn, view: View) -> date:
    """Return the day as of which facts were made, as they say themselves; else that on which they were taken in.

    Matches are as old as the feeds that they were made with, where these are still in force.
    """
    if taken.kind == "matches":
        feeds = taken.subject.partition("+")[2]
        taken = next((one for one in view.facts_of("feeds") if one.document == feeds), taken)
    return view.day(taken.as_of or taken.at)


def is_younger(taken: TakenIn, policy: str, view: View) -> bool:
    """Return whether facts are no older than the days of a policy value; the last day is in."""
    return view.today <= day_as_of(taken, view) + timedelta(days=view.policy.number(policy))


# --- facts about the release looked at ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """A subject of facts: the record that joins them, and the subject itself."""

    item: Named
    subject: str


def subjects_of(kind: str, view: View) -> tuple[About, ...]:
    """Return what facts of `kind` would have to be about, for the release looked at: none where no record asks.

    Raises `KeyError` for facts that are about nothing that a release has.
    """
    return tuple(_SUBJECTS[kind](view))


def _bills(view: View) -> Iterator[About]:
    for one in bill_records(view):
        yield About(one, one.content.document.digest)


def _matches(view: View) -> Iterator[About]:
    for one in bill_records(view):
        bill = one.content.document.digest
        of_bill = [taken for taken in view.facts_of("matches") if subjects.bill_of(taken.subject) == bill]
        newest = max(of_bill, key=lambda taken: taken.position, default=None)
        yield About(one, newest.subject if newest else bill)


def _build(view: View) -> Iterator[About]:
    if view.release is not None and view.release.content.build_id is not None:
        yield About(view.release, subjects.build(view.product.id, view.release.content.build_id))


def _release(view: View) -> Iterator[About]:
    if view.release is not None:
        yield About(view.release, view.release.id)


def _manifests(view: View) -> Iterator[About]:
    for one in of_release(IntegrityManifest, view):
        yield About(one, one.content.files.digest)


def _keys(view: View) -> Iterator[About]:
    for one in of_release(IntegrityManifest, view):
        key: Item[SigningKey] | None = view.dossier.get(one.content.key)
        if key is not None:
            yield About(key, key.id)


def _runs(view: View) -> Iterator[About]:
    for one in counted_runs(view):
        yield About(one, one.content.report.digest)


def _organisation(view: View) -> Iterator[About]:
    yield About(view.product, subjects.ORGANISATION)


_SUBJECTS = {
    "components": _bills,
    "matches": _matches,
    "feeds": _organisation,
    "people": _organisation,
    "ledger_verifications": _organisation,
    "static_findings": _build,
    "source": _build,
    "repository_settings": _build,
    "attack_surface": _build,
    "provenance": _build,
    "package_files": _release,
    "manifest_files": _manifests,
    "signing_log": _keys,
    "test_results": _runs,
}

# --- people ---------------------------------------------------------------------------------------------------------


def people(view: View) -> dict[str, shapes.Person]:
    """Return who was there when, by id. Raises `AbsentFactsError`."""
    fact: shapes.People = view.fact("people", subjects.ORGANISATION)
    return {person.id: person for person in fact.people}


def active(person: str, day: date, there: dict[str, shapes.Person]) -> bool:
    """Return whether a person was there on `day`: the day of leaving counts."""
    found = there.get(person)
    if found is None or date.fromisoformat(found.active_from) > day:
        return False
    return found.left_on is None or day <= date.fromisoformat(found.left_on)


# --- laws -----------------------------------------------------------------------------------------------------------

# How people write the laws whose clocks are known (`asepsis.clauses.laws`); case, blanks and full stops do not matter.
_LAWS: dict[str, Law] = {
    "cra": "cra",
    "regulation(eu)2024/2847": "cra",
    "2024/2847": "cra",
    "mdr": "mdr",
    "eumdr": "mdr",
    "regulation(eu)2017/745": "mdr",
    "2017/745": "mdr",
    "ivdr": "ivdr",
    "euivdr": "ivdr",
    "regulation(eu)2017/746": "ivdr",
    "2017/746": "ivdr",
    "fda": "fda",
    "fd&c": "fda",
    "fd&cact": "fda",
    "fdcact": "fda",
    "federalfood,drug,andcosmeticact": "fda",
}


def law_named(name: str) -> Law | None:
    """Return the law of the table of clocks that a market's law is, by the names people write; `None` for another."""
    return _LAWS.get("".join(name.casefold().replace(".", "").split()))
