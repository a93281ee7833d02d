"""The clock of an update: since when a vulnerability is known, what it weighs on which day, and by when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from asepsis.checks import decided, terms
from asepsis.checks.exploited import matches_of, news_of, reports_of
from asepsis.checks.risk.evaluations import analyses_of
from asepsis.checks.view import View
from asepsis.configuration.records import Category, Fielded, Release, SoftwareItem
from asepsis.maintenance.domain import STEPS, Bands, DueDays, Factors, due_days, fielded_factor, grade
from asepsis.maintenance.records import ExploitedFactor, Known, UpdatePolicy
from asepsis.problems.records import Advisory, ImpactAnalysis
from asepsis.record.dossier import Item
from asepsis.risk.records import Vulnerability

PUBLIC_NAMES = ("cve-", "ghsa-")


def policy_in_force(view: View) -> Item[UpdatePolicy] | None:
    """Return the policy by which updates are due: the product's own, else the organisation's."""
    return view.dossier.single(UpdatePolicy)


def bands(view: View) -> Bands | None:
    """Return the bands of the policy in force."""

    def read(view: View) -> Bands | None:
        policy = policy_in_force(view)
        return Bands(policy.content.bands) if policy is not None else None

    return view.once("bands", read)


def analysis_of(vulnerability: Item[Vulnerability], view: View) -> Item[ImpactAnalysis] | None:
    """Return the newest effective impact analysis of a vulnerability."""
    return terms.newest(analyses_of(vulnerability.id, view), view)


def known_since(vulnerability: Item[Vulnerability], view: View) -> date:
    """Return the day on which the clock starts: that of the vulnerability, or of its match or report where earlier."""
    history = view.dossier.history(vulnerability)
    is_signed = history.first_effective is not None
    days = [terms.first_day(vulnerability, view) if is_signed else terms.written_on(vulnerability, view)]
    days += [view.day(one.content.received_on) for one in reports_of(vulnerability, view)]
    seen = (match.first_seen for match in matches_of(vulnerability.content.ids, view))
    days += [date.fromisoformat(day) for day in seen if day is not None]
    return min(days)


def due_of(vulnerability: Item[Vulnerability], view: View) -> DueDays | None:
    """Return by when the update of a vulnerability is due; `None` without a policy, an analysis, or one band for it."""
    policy = bands(view)
    if policy is None:
        return None
    start = known_since(vulnerability, view)
    known = list(_known(vulnerability, start, view))
    factors = [(day, one) for day, one in known if one is not None]
    return due_days(start, factors, policy) if len(factors) == len(known) else None


def factors_of(vulnerability: Item[Vulnerability], view: View) -> Factors | None:
    """Return what a vulnerability weighs today; `None` where its analysis leaves that open, or there is none."""
    analyses = _analyses(vulnerability, view)
    return _factors(vulnerability, analyses[-1][1], view.today, view) if analyses else None


def _known(vulnerability: Item[Vulnerability], start: date, view: View) -> Iterator[tuple[date, Factors | None]]:
    """Yield each day on which something became known, with the factors from then on; `None` where one is open."""
    analyses = _analyses(vulnerability, view)
    if not analyses:
        return
    days = {start, *(day for day, _ in analyses), *(one.day for one in news_of(vulnerability, view))}
    days |= {one.content.published_on for one in _advisories(vulnerability, view) if one.content.published_on}
    for _, analysis in analyses:
        days |= {one.content.since for one in _fielded(analysis, view)}
    for day in sorted(day for day in days if start <= day <= view.today):
        analysis = next((one for since, one in reversed(analyses) if since <= day), analyses[0][1])
        yield day, _factors(vulnerability, analysis, day, view)


def _analyses(vulnerability: Item[Vulnerability], view: View) -> list[tuple[date, ImpactAnalysis]]:
    """Return what each analysis said from which day on, the oldest first."""
    found = [
        (revision.effective or 0, view.day(revision.effective_at), content)
        for item in analyses_of(vulnerability.id, view)
        for revision, content in view.dossier.versions(item)
        if content is not None and revision.effective_at is not None
    ]
    return [(day, content) for _, day, content in sorted(found, key=lambda one: one[0])]


def _factors(vulnerability: Item[Vulnerability], analysis: ImpactAnalysis, day: date, view: View) -> Factors | None:
    severity, policy = grade(analysis.severity), policy_in_force(view)
    if severity is None or policy is None:
        return None
    fielded = list(_fielded(analysis, view))
    in_use = (one.content for one in fielded if one.content.since <= day <= (one.content.until or day))
    count = sum(one.count for one in in_use) if fielded else None
    return Factors(
        severity,
        Known.YES if is_public(vulnerability, day, view) else Known.NO,
        exploited_by(vulnerability, day, view),
        analysis.safety.size,
        fielded_factor(count, policy.content),
        analysis.external_controls,
    )


def exploited_by(vulnerability: Item[Vulnerability], day: date, view: View) -> ExploitedFactor:
    """Return how far attackers are by a day, as far as is known; what is unknown counts as yes."""
    found = (one.factor for one in news_of(vulnerability, view) if one.day <= day)
    return max(found, key=STEPS["exploited"].index, default=ExploitedFactor.NO)


def is_public(vulnerability: Item[Vulnerability], day: date, view: View) -> bool:
    """Return whether everybody can know of a vulnerability: it has a public name, or an advisory was published."""
    if any(name.casefold().startswith(PUBLIC_NAMES) for name in vulnerability.content.ids):
        return True
    published = (one.content.published_on for one in _advisories(vulnerability, view))
    return any(one is not None and one <= day for one in published)


def _advisories(vulnerability: Item[Vulnerability], view: View) -> tuple[Item[Advisory], ...]:
    return tuple(
        one for one in view.dossier.back(vulnerability, Advisory) if vulnerability.id in one.content.vulnerabilities
    )


def _fielded(analysis: ImpactAnalysis, view: View) -> Iterator[Item[Fielded]]:
    for release in analysis.affected:
        yield from view.dossier.back(release, Fielded)


# --- what is due for whom -------------------------------------------------------------------------------------------


def later_due(vulnerability: Item[Vulnerability], by: date, view: View) -> date | None:
    """Return the latest day that an effective decision sets, which was signed on or before the day that was due."""
    days = [
        one.content.due
        for one in decided.decisions_about(vulnerability.id, view)
        if one.content.due is not None and terms.first_day(one, view) <= by
    ]
    return max(days, default=None)


def last_day(vulnerability: Item[Vulnerability], due: date, view: View) -> date:
    """Return the last day that counts: the one that is due, or a later one that was decided in time."""
    later = later_due(vulnerability, due, view)
    return max(due, later) if later is not None else due


def affects_supported(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a vulnerability is in a supported release, as far as it says; one that names none is."""
    affected = vulnerability.content.affected
    return not affected or any(one.id in affected for one in terms.supported_releases(view))


def is_maintained(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether the maker maintains what has a vulnerability.

    It is in an item of that category, or in a component that a rule puts there; or in none, and so in the maker's own
    code. Raises `AbsentFactsError` where the components of a bill are not there.
    """
    items: list[Item[SoftwareItem] | None] = [view.dossier.get(one) for one in vulnerability.content.items]
    if items:
        return any(one is not None and one.content.category is Category.MAINTAINED for one in items)
    found = {match.component for match in matches_of(vulnerability.content.ids, view)}
    if not found:
        return True
    maintained = view.once("maintained components", _maintained)
    return not found.isdisjoint(maintained)


def _maintained(view: View) -> frozenset[str]:
    """Return the components of supported releases that the maker maintains, by package URL and by their name in the bill."""
    return frozenset(
        name
        for release in terms.supported_releases(view)
        for _, placed in terms.items_placed(release, view)
        if placed.category is Category.MAINTAINED
        for name in (placed.component.purl, placed.component.ref)
        if name is not None
    )


def affected_supported(analysis: Item[ImpactAnalysis], view: View) -> tuple[Item[Release], ...]:
    """Return the supported releases that an analysis calls affected."""
    return tuple(one for one in terms.supported_releases(view) if one.id in analysis.content.affected)
