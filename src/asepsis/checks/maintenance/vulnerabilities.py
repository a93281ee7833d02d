"""Checks of vulnerabilities that wait for an update: what the due day hangs on is known, and what can be done is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal as Number
from typing import TYPE_CHECKING, Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.exploited import scans_of
from asepsis.checks.maintenance.clocks import (
    affects_supported,
    analysis_of,
    bands,
    factors_of,
    policy_in_force,
)
from asepsis.checks.problems.analyses import releases_asked_of
from asepsis.checks.view import View
from asepsis.configuration.records import BillOfMaterials, Category, EffectSize, Fielded, Release
from asepsis.maintenance.domain import Factors, grade
from asepsis.maintenance.records import ExploitedFactor, FieldedFactor, Known, SeverityGrade
from asepsis.problems.domain import same_component
from asepsis.problems.records import Exploitability, Exploited, ExternalControls, ImpactAnalysis, Status
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Named, Sentence

if TYPE_CHECKING:
    from asepsis.configuration.domain import Placed
    from asepsis.exchange.facts import Match, Matches

ANALYSE_DAYS, FEED_AGE = "problems.analyse_days", "maintenance.feed_age_days"

# --- factors --------------------------------------------------------------------------------------------------------

NOT_ANALYSED = Sentence(
    "{vulnerability} has been known since {since} and has no impact analysis; it was due by {day}.",
    next="Write the impact analysis of {vulnerability}, so that the day of its update is known.",
)
NO_GRADE = Sentence(
    "{analysis} scores {vulnerability} by {method}, which has no grade of severity, so its update has no due day.",
    next="Score {vulnerability} in {analysis} by CVSS.",
)
NO_BAND = Sentence(
    "{vulnerability} falls in no band, or in more than one, of {policy}, so its update has no due day.",
    next="Give the case of {vulnerability} one band in {policy}.",
)
RELEASES_OPEN = Sentence(
    "{analysis} does not say whether {releases} have {vulnerability}.",
    next="Name {releases} in {analysis} as affected or unaffected.",
)
MILDER_WITHOUT_WHY = Sentence(
    "{analysis} scores {vulnerability} with {found}, milder than {asked}, and does not say why.",
    next="Say in {analysis} why it is milder in this product.",
)
FIELD_UNKNOWN = Sentence(
    "How many installations have {vulnerability} is not known; it counts as many.",
    next="Import how many of {releases} are in use.",
)
MATCHES_ABSENT = Sentence(
    "{bill} was not laid against advisory feeds, so it is not known since when {vulnerability} was.",
    next="Match {bill} with advisory feeds, and import the result.",
)


def is_in_a_supported_release(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a vulnerability is in a supported release."""
    return bool(terms.supported_releases(view)) and affects_supported(vulnerability, view)


@check(
    "maintenance.update_factors_known",
    over=Vulnerability,
    owner=SystemRole.SECURITY,
    when=is_in_a_supported_release,
)
def the_factors_are_known(vulnerability: Item[Vulnerability], view: View) -> Findings:
    """What decides how fast an update has to come is known of each vulnerability within the days of the policy.

    Source: IEC 81001-5-1:2021, 6.1.1.
    """
    analysis = analysis_of(vulnerability, view)
    if analysis is None:
        since = terms.written_on(vulnerability, view)
        due = since + timedelta(days=view.policy.number(ANALYSE_DAYS))
        if terms.past(due, view):
            yield Gap(vulnerability, NOT_ANALYSED, vulnerability=vulnerability, since=since, day=due).owed(due=due)
        return
    yield from _band_is_known(vulnerability, analysis, view)
    yield from _no_milder(vulnerability, analysis)
    affected = [one for one in terms.supported_releases(view) if one.id in analysis.content.affected]
    if affected and not any(view.dossier.back(one, Fielded) for one in affected):
        yield Unknown(vulnerability, FIELD_UNKNOWN, vulnerability=vulnerability, releases=affected)
    if vulnerability.content.items:
        for release in affected:
            for bill in terms.bill_records(view, release):
                if not scans_of(bill.content.document.digest, view):
                    yield Unknown(bill, MATCHES_ABSENT, bill=bill, vulnerability=vulnerability)


def _band_is_known(vulnerability: Item[Vulnerability], analysis: Item[ImpactAnalysis], view: View) -> Findings:
    content, policy = analysis.content, bands(view)
    if grade(content.severity) is None:
        method = content.severity.method
        yield Gap(analysis, NO_GRADE, analysis=analysis, vulnerability=vulnerability, method=method)
    elif policy is not None and ((case := factors_of(vulnerability, view)) is None or policy.of(case) is None):
        yield Gap(vulnerability, NO_BAND, vulnerability=vulnerability, policy=policy_in_force(view))
    named = {*content.affected, *content.unaffected}
    unsaid = [one for one in releases_asked_of(vulnerability.id, view) if one.id not in named]
    if unsaid:
        yield Gap(analysis, RELEASES_OPEN, analysis=analysis, releases=unsaid, vulnerability=vulnerability)


def _no_milder(vulnerability: Item[Vulnerability], analysis: Item[ImpactAnalysis]) -> Findings:
    one, other = vulnerability.content.severity, analysis.content.severity
    if one.method is not other.method or one.number is None or other.number is None:
        return
    if Number(other.number) < Number(one.number) and analysis.content.severity_why is None:
        said = {"found": other.number, "asked": one.number}
        yield Gap(analysis, MILDER_WITHOUT_WHY, analysis=analysis, vulnerability=vulnerability, **said)


# --- what can be delivered ------------------------------------------------------------------------------------------

UNDECIDED = Sentence(
    "{release} is affected by {advisory} in {component}; a repaired version has been there since {since}, and no decision "
    "was made by {day}.",
    next="Decide whether and by when the repaired version of {component} is delivered.",
)
OLD_MATCHES = Sentence(
    "{bill} of {release} was last laid against advisory feeds on {day}.",
    next="Match {bill} with the feeds of today, and import the result.",
)
NO_MATCHES = Sentence(
    "{bill} of {release} was not laid against advisory feeds.",
    next="Match {bill} with advisory feeds, and import the result.",
)


@check("maintenance.deliverable_updates", over="matches", owner=SystemRole.SECURITY)
def what_can_be_delivered_is_decided(bill: Named, document: Matches, view: View) -> Findings:
    """Where a maintained item is affected and a repaired version is there, somebody decides before an update were due.

    The bills of the release looked at are gone through one by one, those of other supported releases with the first.
    What is not known of a case counts as the worst.

    Source: IEC 81001-5-1:2021, 6.3.2.
    """
    supported = terms.supported_releases(view)
    records = terms.bill_records(view)
    if view.release is not None and view.release in supported:
        own = next(one for one in records if one.id == bill.id)
        yield from _undecided(own, view.release, document, view)
    if bill.id != records[0].id:
        return
    for release in supported:
        if view.release is None or release.id != view.release.id:
            for other in terms.bill_records(view, release):
                yield from _of_another(other, release, view)


def _of_another(bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Findings:
    scan: TakenIn | None = max(scans_of(bill.content.document.digest, view), key=lambda one: one.position, default=None)
    if scan is None:
        yield Unknown(bill, NO_MATCHES, bill=bill, release=release)
    elif not terms.is_younger(scan, FEED_AGE, view):
        yield Unknown(bill, OLD_MATCHES, bill=bill, release=release, day=terms.day_as_of(scan, view))
    else:
        yield from _undecided(bill, release, view.document(scan), view)


def _undecided(
    bill: Item[BillOfMaterials], release: Item[Release], document: Matches, view: View
) -> Iterator[Gap | Unknown]:
    policy = bands(view)
    if policy is None:
        return
    placed = placed_by_name(bill, release, view)
    for match in document.matches:
        found = placed.get(match.component)
        if not match.fixed or match.first_seen is None or found is None or found.category is not Category.MAINTAINED:
            continue
        statement = _affected_by(match, bill, release, view)
        if statement is None:
            continue
        named = view.once("vulnerabilities by name", _vulnerabilities_by_name)
        ours = [one for name in _names(match) for one in named.get(name, ())]
        if any(decided.decisions_about(one.id, view) for one in ours):
            continue
        case = next((known for one in ours if (known := factors_of(one, view)) is not None), None)
        band = policy.of(case or _worst_of(match, statement))
        since = date.fromisoformat(match.first_seen)
        due = since + timedelta(days=band.deliver_days) if band is not None else None
        if due is not None and terms.past(due, view):
            said: dict[str, Any] = {"advisory": match.advisory, "component": match.component, "since": since}
            yield Gap(bill, UNDECIDED, release=release, day=due, **said).owed(due=due)


def placed_by_name(bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Mapping[str, Placed]:
    """Return the components of a bill as matches name them: by package URL and by their name inside the bill."""

    def by_name(view: View) -> Mapping[str, Placed]:
        return {
            name: placed
            for of, placed in terms.items_placed(release, view)
            if of.item.id == bill.id
            for name in (placed.component.purl, placed.component.ref)
            if name is not None
        }

    return view.once(f"placed by name in {bill.id}", by_name)


def _affected_by(
    match: Match, bill: Item[BillOfMaterials], release: Item[Release], view: View
) -> Item[Exploitability] | None:
    """Return the statement, signed or not, that a release is affected by what was matched."""
    by_name = view.once("affected by name", _affected_statements)
    for name in _names(match):
        for statement in by_name.get(name, ()):
            said = statement.content
            if said.configuration not in (None, bill.content.configuration):
                continue
            of_release = release.id in said.releases or holds(said.versions, release.content.version) is True
            if of_release and same_component(said.component, match.component):
                return statement
    return None


def _names(match: Match) -> list[str]:
    return list(dict.fromkeys(name.casefold() for name in (match.advisory, *match.aliases)))


def _affected_statements(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for statement in view.dossier.with_heads(Exploitability):
        if statement.content.status is Status.AFFECTED and not terms.past(statement.content.until, view):
            for name in dict.fromkeys((statement.content.advisory_id, *statement.content.aliases)):
                found.setdefault(name.casefold(), []).append(statement)
    return found


def _vulnerabilities_by_name(view: View) -> dict[str, list[Item[Vulnerability]]]:
    found: dict[str, list[Item[Vulnerability]]] = {}
    for vulnerability in view.dossier.with_heads(Vulnerability):
        for name in dict.fromkeys(one.casefold() for one in vulnerability.content.ids):
            found.setdefault(name, []).append(vulnerability)
    return found


def _worst_of(match: Match, statement: Item[Exploitability]) -> Factors:
    """Return the case of a match that nobody analysed: what is not known counts as the worst."""
    rests_on = statement.content.rests_on
    exploited = {Exploited.NO: ExploitedFactor.NO, Exploited.POC: ExploitedFactor.POC}.get(rests_on.exploited)
    if match.kev is not None or rests_on.kev or exploited is None:
        exploited = ExploitedFactor.YES
    return Factors(
        grade(statement.content.severity) or SeverityGrade.CRITICAL,
        Known.YES,
        exploited,
        EffectSize.SERIOUS,
        FieldedFactor.MANY,
        ExternalControls.NONE,
    )
