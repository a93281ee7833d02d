"""Known vulnerabilities of components: each match is judged in time, and a judgement of not affected bears looking at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.exploited import is_attacked, news_about
from asepsis.checks.problems.components import (
    matches_in,
    newest_scan,
    package_of,
    speaks_of,
    version_of,
    versions_in,
)
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials, Release, SoftwareItem
from asepsis.exchange.facts import Matches
from asepsis.maintenance.records import MonitoredSource, SourceKind
from asepsis.problems.domain import same_component
from asepsis.problems.records import Exploitability, Exploited, Investigation, Justification, Report, Status
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match

INVESTIGATE = "problems.investigate_days"
ACKNOWLEDGE = "problems.acknowledge_days"
FEED_AGE = "maintenance.feed_age_days"

# --- taken up -------------------------------------------------------------------------------------------------------

NOT_TAKEN_UP = Sentence(
    "{count} known vulnerabilities of {component} in {release} were to be judged by {day}: {advisories}.",
    next="Say for each what it means in {release}: write its exploitability, or a vulnerability.",
)
EXPLOITED_NOT_TAKEN_UP = Sentence(
    "{count} vulnerabilities of {component} in {release} that attackers use were to be judged by {day}: {advisories}.",
    next="Say now for each what it means in {release}: write its exploitability, or a vulnerability.",
)
OLD_MATCHES = Sentence(
    "{bill} of {release} was last laid against advisory feeds on {day}; that holds for {days} days.",
    next="Match {bill} with the feeds of today, and import the result.",
)
NO_MATCHES = Sentence(
    "{bill} of {release} was laid against no advisory feed, or the result is no longer stored.",
    next="Match {bill} with the feeds of today, and import the result.",
)
NOT_LOOKED_UP = Sentence(
    "{count} components of {bill} could not be looked up in any feed, and nobody watches a source for them: {components}.",
    next="Name a source that somebody reads for them, by ecosystem or item, or use a feed that covers them.",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A match that nobody has judged: in which release, since when it was to be, and whether attackers use it."""

    release: Item[Release]
    match: Match
    due: date
    attacked: bool


@check("problems.matches_taken_up", over="matches", owner=SystemRole.SECURITY, needed=True)
def matches_are_taken_up(bill: Item[BillOfMaterials], document: Matches, view: View) -> Findings:
    """Each known vulnerability of a component is judged in time: sooner where attackers use it, or where that was said.

    It goes through the bills of the release looked at, and with the first of them through those of every other
    supported release.

    Source: IEC 81001-5-1:2021, 9.2; 9.3; 6.2.1.
    """
    if view.release is None:
        return
    yield from _of_bill(bill, document, view.release, view)
    if bill.id != terms.bill_records(view)[0].id:
        return
    for release in terms.supported_releases(view):
        if release.id == view.release.id:
            continue
        for other in terms.bill_records(view, release):
            yield from _of_other_bill(other, release, view)


def _of_other_bill(bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Findings:
    try:
        scan = newest_scan(bill, view)
        document: Matches = view.document(scan)
    except AbsentFactsError:
        yield Unknown(bill, NO_MATCHES, bill=bill, release=release)
        return
    if terms.is_younger(scan, FEED_AGE, view):
        yield from _of_bill(bill, document, release, view)
    else:
        days = view.policy.number(FEED_AGE)
        yield Unknown(bill, OLD_MATCHES, bill=bill, release=release, day=terms.day_as_of(scan, view), days=days)


def _of_bill(bill: Item[BillOfMaterials], document: Matches, release: Item[Release], view: View) -> Findings:
    found: dict[tuple[str, bool], list[Waiting]] = {}
    for match in document.matches:
        waiting = _waiting(match, bill, release, view)
        if waiting is not None:
            found.setdefault((match.component, waiting.attacked), []).append(waiting)
    for (component, attacked), all_of_it in found.items():
        due = min(one.due for one in all_of_it)
        advisories = sorted({one.match.advisory for one in all_of_it})
        yield Gap(
            bill, EXPLOITED_NOT_TAKEN_UP if attacked else NOT_TAKEN_UP, count=len(advisories), component=component,
            release=release, day=due, advisories=advisories,
        ).owed(due=due, urgent=attacked)  # fmt: skip
    if unseen := [one for one in document.not_looked_up if not _is_watched(one, view)]:
        yield Unknown(bill, NOT_LOOKED_UP, count=len(unseen), bill=bill, components=sorted(unseen))


def _waiting(match: Match, bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Waiting | None:
    if match.result == "not-affected":
        return None
    names = (match.advisory, *match.aliases)
    attacked = match.kev is not None or is_attacked(news_about(names, view))
    days = timedelta(days=view.policy.number(ACKNOWLEDGE if attacked else INVESTIGATE))
    seen = date.fromisoformat(match.first_seen) if match.first_seen else terms.day_as_of(newest_scan(bill, view), view)
    due = min([seen + days, *_promised(match, bill, release, view)])
    if not terms.past(due, view) or _is_taken_up(match, bill, release, days, view):
        return None
    return Waiting(release, match, due, attacked)


def _promised(match: Match, bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Iterator[date]:
    """Yield the days, now over, until which somebody said that a match of a bill was being judged, or was harmless."""
    for item in _named(match, view):
        if isinstance(item.content, Exploitability) and terms.past(item.content.until, view):
            said = item.content
            of_bill = said.configuration in (None, bill.content.configuration) and speaks_of(item, release)
            if said.until is not None and of_bill and same_component(said.component, match.component):
                yield said.until


def _is_taken_up(
    match: Match, bill: Item[BillOfMaterials], release: Item[Release], days: timedelta, view: View
) -> bool:
    return any(_takes_up(item, match, bill, release, days, view) for item in _named(match, view))


def _named(match: Match, view: View) -> Iterator[Item[Any]]:
    """Yield what speaks of a match by one of its names."""
    taken_up = view.once("taken up by name", _taken_up_by_name)
    for name in dict.fromkeys(name.casefold() for name in (match.advisory, *match.aliases)):
        yield from taken_up.get(name, ())


def _taken_up_by_name(view: View) -> dict[str, list[Item[Any]]]:
    """Return what speaks of an advisory, by each of its names: a vulnerability and a report before they are signed."""
    found: dict[str, list[Item[Any]]] = {}
    statements: tuple[Item[Any], ...] = view.dossier.all(Exploitability)
    warning: tuple[Item[Any], ...] = (*view.dossier.with_heads(Vulnerability), *view.dossier.with_heads(Report))
    for item in (*statements, *warning):
        for name in dict.fromkeys(name.casefold() for name in _names(item)):
            found.setdefault(name, []).append(item)
    return found


def _names(item: Item[Any]) -> tuple[str, ...]:
    content = item.content
    return (content.advisory_id, *content.aliases) if isinstance(content, Exploitability) else tuple(content.ids)


def _takes_up(
    item: Item[Any],
    match: Match,
    bill: Item[BillOfMaterials],
    release: Item[Release],
    days: timedelta,
    view: View,
) -> bool:
    match item.content:
        case Exploitability() as said:
            if said.configuration is not None and said.configuration != bill.content.configuration:
                return False
            if terms.past(said.until, view) or not speaks_of(item, release):
                return False
            if said.status is Status.UNDER_INVESTIGATION and terms.past(terms.day_of(item, view) + days, view):
                return False
            return same_component(said.component, match.component)
        case Vulnerability() as found:
            return (not found.affected or release.id in found.affected) and _is_of(found, match, view)
        case Report() as report:
            if report.versions and holds(report.versions, release.content.version) is False:
                return False
            return not report.components or any(same_component(one, match.component) for one in report.components)
    return False


def _is_of(vulnerability: Vulnerability, match: Match, view: View) -> bool:
    items: list[Item[SoftwareItem] | None] = [view.dossier.get(one) for one in vulnerability.items]
    packages = [one.content.purl for one in items if one is not None]
    return not packages or any(purl is None or same_component(purl, match.component) for purl in packages)


def _is_watched(component: str, view: View) -> bool:
    """Return whether a source that people read covers a component: by its ecosystem, or as an item."""
    ecosystems, packages = view.once("watched by people", _watched_by_people)
    package = package_of(component)
    return package in packages or package.removeprefix("pkg:").partition("/")[0] in ecosystems


def _watched_by_people(view: View) -> tuple[frozenset[str], frozenset[str]]:
    sources = [one.content for one in view.dossier.all(MonitoredSource) if one.content.source is not SourceKind.FEED]
    items: list[Item[SoftwareItem] | None] = [view.dossier.get(ref) for one in sources for ref in one.items]
    called = [one.content.purl or one.content.name for one in items if one is not None]
    return (
        frozenset(ecosystem.casefold() for one in sources for ecosystem in one.ecosystems),
        frozenset(package_of(one) for one in called if one is not None),
    )


# --- not affected ---------------------------------------------------------------------------------------------------

NO_IMPACT = Sentence(
    "{statement} says that {releases} are not affected, and not why in words that a hospital can follow.",
    next="Say in {statement} what was looked at and what shows it.",
)
PRESENT = Sentence(
    "{statement} says that {component} is not present; the bill of {release} holds it.",
    next="Decide {statement} again with what the bill of {release} holds.",
)
EXPLOITED_SINCE = Sentence(
    "{statement} was made when nobody was known to attack {advisory}; that has changed.",
    next="Decide {statement} again with that in mind.",
)
OTHER_VERSION = Sentence(
    "{statement} was carried over from {earlier}; {release} holds {component} in {versions}, which that did not speak of.",
    next="Decide {statement} again for these versions, and leave out what it was carried from.",
)
CONTRADICTED = Sentence(
    "{statement} says that {release} is not affected; {other} says that it is.",
    next="Look again, and correct {statement} or {other}.",
)
STILL_THERE = Sentence(
    "{statement} says that {advisory} is fixed in {release}; its bill still holds {components}, which has it.",
    next="Deliver the repaired version, or say in {statement} what else holds.",
)


def _says_safe(statement: Item[Exploitability], view: View) -> bool:
    said = statement.content
    if said.status not in (Status.NOT_AFFECTED, Status.FIXED) or terms.past(said.until, view):
        return False
    return any(speaks_of(statement, one) for one in terms.supported_releases(view))


@check("problems.not_affected_justified", over=Exploitability, owner=SystemRole.SECURITY, when=_says_safe)
def not_affected_is_justified(statement: Item[Exploitability], view: View) -> Findings:
    """Whoever says that a supported release is not affected, or no longer, says why, and facts and records agree.

    That one of the five reasons is given, and that mitigations are named, is asked for by the kind itself; that these
    are in force, by the runner.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    said = statement.content
    releases = [one for one in terms.supported_releases(view) if speaks_of(statement, one)]
    if said.status is Status.FIXED:
        yield from _fixed(statement, releases, view)
        return
    if said.impact is None:
        yield Gap(statement, NO_IMPACT, statement=statement, releases=releases)
    names = (said.advisory_id, *said.aliases)
    if not said.rests_on.kev and said.rests_on.exploited is not Exploited.YES and _is_attacked(names, releases, view):
        yield Gap(statement, EXPLOITED_SINCE, statement=statement, advisory=said.advisory_id).owed(urgent=True)
    for release in releases:
        for other in _says_otherwise(names, release, view):
            yield Gap(statement, CONTRADICTED, statement=statement, release=release, other=other)
    for release in releases:
        yield from _bears_out(statement, release, view)


def _is_attacked(names: Iterable[str], releases: Iterable[Item[Release]], view: View) -> bool:
    return is_attacked(news_about(names, view)) or any(
        match.kev is not None for release in releases for match in matches_in(release, names, view)
    )


def _bears_out(statement: Item[Exploitability], release: Item[Release], view: View) -> Findings:
    """Look whether the bill of a release bears out what is said. Raises `AbsentFactsError` where it is not there."""
    said = statement.content
    earlier: Item[Exploitability] | None = view.dossier.get(said.carried_from)
    absent = said.justification is Justification.COMPONENT_NOT_PRESENT
    if not absent and earlier is None:
        return
    versions = versions_in(release, view).get(package_of(said.component), frozenset())
    version = version_of(said.component)
    if absent and (version in versions if version is not None else versions):
        yield Gap(statement, PRESENT, statement=statement, component=said.component, release=release)
    if earlier is not None and (new := versions - _spoken_of(earlier, view)):
        yield Gap(
            statement, OTHER_VERSION, statement=statement, earlier=earlier, release=release,
            component=said.component, versions=sorted(new),
        )  # fmt: skip


def _spoken_of(earlier: Item[Exploitability], view: View) -> frozenset[str]:
    """Return the versions of its component in the bills of all releases that a statement speaks of."""
    package, found = package_of(earlier.content.component), set[str]()
    for release in view.dossier.all(Release):
        if speaks_of(earlier, release) and terms.bill_records(view, release):
            found |= versions_in(release, view).get(package, frozenset())
    return frozenset(found)


def _says_otherwise(names: Iterable[str], release: Item[Release], view: View) -> Iterator[Item[Vulnerability]]:
    """Yield the vulnerabilities of this name, their own or that of a report that led to them, in a release."""
    by_name = view.once("vulnerabilities by any name", _vulnerabilities_by_name)
    found = {one.id: one for name in names for one in by_name.get(name.casefold(), ())}
    for one in found.values():
        if release.id in one.content.affected:
            yield one


def _vulnerabilities_by_name(view: View) -> dict[str, list[Item[Vulnerability]]]:
    found: dict[str, list[Item[Vulnerability]]] = {}
    newest = {one.id: one for one in view.dossier.with_heads(Vulnerability)}
    for one in newest.values():
        for name in one.content.ids:
            found.setdefault(name.casefold(), []).append(one)
    reports = {one.id: one for one in view.dossier.with_heads(Report)}
    for investigation in view.dossier.all(Investigation):
        led_to = newest.get(investigation.content.leads_to or "")
        for record in investigation.content.reports if led_to is not None else ():
            for name in reports[record].content.ids if record in reports else ():
                if led_to is not None:
                    found.setdefault(name.casefold(), []).append(led_to)
    return found


def _fixed(statement: Item[Exploitability], releases: Iterable[Item[Release]], view: View) -> Findings:
    said = statement.content
    for release in releases:
        if not terms.bill_records(view, release):
            raise AbsentFactsError("components", release.label)
        found = [
            match.component
            for match in matches_in(release, (said.advisory_id, *said.aliases), view)
            if match.result == "affected" and package_of(match.component) == package_of(said.component)
        ]
        if found:
            yield Gap(
                statement, STILL_THERE, statement=statement, advisory=said.advisory_id, release=release,
                components=sorted(set(found)),
            )  # fmt: skip
