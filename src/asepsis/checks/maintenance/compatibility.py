"""Checks of updates of others: whether users may install each is stated, proven, and made up for where they may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from asepsis.checks import terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import called_all
from asepsis.checks.exploited import scans_of
from asepsis.checks.maintenance.sources import is_looked_at, sources_of
from asepsis.checks.maintenance.vulnerabilities import placed_by_name
from asepsis.checks.view import View
from asepsis.configuration.domain import Placed
from asepsis.configuration.records import BillOfMaterials, Category, Release
from asepsis.development.records import Coverage
from asepsis.maintenance.records import (
    CompatibilityStatement,
    Compatible,
    Notice,
    SourceReview,
    UpdateVerification,
    VerificationOutcome,
)
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Mention, Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Component, Components

DAYS = "maintenance.compatibility_days"

# --- stated ---------------------------------------------------------------------------------------------------------

NOT_STATED = Sentence(
    "{component} of {release} is supported by its maker, who has repaired it in {versions} since {since}; whether users may "
    "install that was to be stated by {day}.",
    next="Try the repaired version with the product, and state whether it is compatible.",
)
NOT_SIGNED = Sentence(
    "{review} took up {statement}, which was to be in force by {day}.", next="Have {statement} signed."
)
NOT_VERIFIED = Sentence(
    "{statement} lets users install an update, and no verification that passed shows it for that item and version.",
    next="Try the version with the product, and name the verification in {statement}.",
)
NOT_WATCHED = Sentence(
    "Nobody has looked lately for updates of {components} of {release}, so it is not known whether there are any.",
    next="Look through the sources that cover them, or match the bill with feeds that do.",
)


@check("maintenance.compatibility_stated", over="components", owner=SystemRole.TESTER)
def compatibility_is_stated(bill: Item[Any], document: Components, view: View) -> Findings:
    """Whether users may install a maker's repair of a supported item is stated within the days, and shown by a test.

    All supported releases are gone through with the first bill of the release looked at.

    Source: IEC 81001-5-1:2021, 6.2.2; 6.3.1.
    """
    if bill.id != terms.bill_records(view)[0].id:
        return
    for release in terms.supported_releases(view):
        for record in terms.bill_records(view, release):
            yield from _stated(record, release, view)
        yield from _watched(release, view)
    yield from _taken_up(view)
    for statement in view.dossier.all(CompatibilityStatement):
        if _lets_install(statement) and not _is_verified(statement, view):
            yield Gap(statement, NOT_VERIFIED, statement=statement)


def _stated(bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Findings:
    scan = max(scans_of(bill.content.document.digest, view), key=lambda one: one.position, default=None)
    if scan is None:
        return
    placed, days = placed_by_name(bill, release, view), timedelta(days=view.policy.number(DAYS))
    waiting: dict[str, tuple[date, list[str]]] = {}
    for match in view.document(scan).matches:
        found = placed.get(match.component)
        if not match.fixed or match.first_seen is None or found is None or found.category is not Category.SUPPORTED:
            continue
        since = date.fromisoformat(match.first_seen)
        if terms.past(since + days, view) and not _is_stated(match.fixed, found, view):
            first, versions = waiting.get(match.component, (since, []))
            waiting[match.component] = (min(first, since), [*versions, *match.fixed])
    for component, (since, versions) in sorted(waiting.items()):
        due = since + days
        said = {"component": component, "release": release, "versions": sorted(set(versions)), "since": since}
        yield Gap(bill, NOT_STATED, day=due, **said).owed(due=due)


def _is_stated(fixed: tuple[str, ...], placed: Placed, view: View) -> bool:
    record = placed.item or placed.rule
    return record is not None and any(
        holds(statement.content.versions, version) is True
        for statement in view.dossier.back(record, CompatibilityStatement)
        for version in fixed
    )


def _watched(release: Item[Release], view: View) -> Iterator[Unknown]:
    unwatched: list[Component] = []
    for _, placed in terms.items_placed(release, view):
        if placed.category is not Category.SUPPORTED or placed.component.place == "root":
            continue
        if not any(is_looked_at(source, view) for source in sources_of(placed, view)):
            unwatched.append(placed.component)
    if unwatched:
        yield Unknown(release, NOT_WATCHED, components=called_all(unwatched), release=release)


def _taken_up(view: View) -> Findings:
    """Yield the statements that a look at sources took up and that nobody signed in time."""
    waiting = {one.id: one for one in view.dossier.pending(CompatibilityStatement)}
    for review in view.dossier.all(SourceReview):
        due = review.content.last_day + timedelta(days=view.policy.number(DAYS))
        for reference in review.content.taken_up:
            if reference in waiting and view.dossier.get(reference) is None and terms.past(due, view):
                statement = Mention(reference, waiting[reference].label)
                yield Gap(review, NOT_SIGNED, review=review, statement=statement, day=due).owed(due=due)


def _lets_install(statement: Item[CompatibilityStatement]) -> bool:
    return statement.content.approved or statement.content.compatible is Compatible.YES


def _is_verified(statement: Item[CompatibilityStatement], view: View) -> bool:
    verification: Item[UpdateVerification] | None = view.dossier.get(statement.content.verified_by)
    if verification is None or verification.content.outcome is not VerificationOutcome.PASS:
        return False
    content = verification.content
    return content.item == statement.content.item and any(
        version in statement.content.versions or holds(statement.content.versions, version) is True
        for version in content.versions
    )


# --- made up for ----------------------------------------------------------------------------------------------------

NOTHING_INSTEAD = Sentence(
    "{statement} does not let users install an update as it is, and says nothing of what they do instead.",
    next="Write in {statement} what users do instead of the update.",
)
NOT_TOLD = Sentence(
    "What users do instead of the update of {statement} is told by no notice that was sent, and by no document under E.2.5.",
    next="Tell users what they do instead: send a notice about {statement}.",
)


def is_restricted(statement: Item[CompatibilityStatement], view: View) -> bool:
    """Return whether users may not install an update as it is."""
    return not statement.content.approved or statement.content.compatible is not Compatible.YES


@check(
    "maintenance.unapproved_update_mitigated",
    over=CompatibilityStatement,
    owner=SystemRole.SECURITY,
    when=is_restricted,
)
def what_users_do_instead_is_told(statement: Item[CompatibilityStatement], view: View) -> Findings:
    """Where users may not install an update as it is, they are told what they do instead.

    Source: IEC 81001-5-1:2021, 6.3.1.
    """
    if statement.content.instead is None:
        yield Gap(statement, NOTHING_INSTEAD, statement=statement)
        return
    sent = any(one.content.sent_on is not None for one in view.dossier.back(statement.id, Notice))
    if not sent and not told.is_told(statement.id, view, Coverage.UPDATES):
        yield Gap(statement, NOT_TOLD, statement=statement)
