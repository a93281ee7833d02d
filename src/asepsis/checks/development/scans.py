"""Checks of scans: made with fresh data from a public source, and of the same components as the bill."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from asepsis.checks import decided, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import called, called_all
from asepsis.checks.view import View
from asepsis.development.records import Finding, TestPlan, TestRun, TestType
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components, Feeds
from asepsis.exchange.purl import PurlError, parse
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

FEED_AGE = "maintenance.feed_age_days"
SCAN_AGE = "maintenance.scan_age_days"


def _is_own(run: Item[TestRun], view: View) -> bool:
    """Return whether a run was made on the build of the release looked at: scans are never carried from another."""
    return terms.is_counted(run, view) and view.release is not None and run.content.release == view.release.id


def _newest_of_each_plan(runs: Iterable[Item[TestRun]], view: View) -> list[Item[TestRun]]:
    """Return the newest run under each plan: what was scanned again since is no longer what the release rests on."""
    found: dict[str, Item[TestRun]] = {}
    for run in sorted(runs, key=lambda run: (run.content.on, terms.saved_position(run, view))):
        found[run.content.plan] = run
    return list(found.values())


# --- fresh data -----------------------------------------------------------------------------------------------------

NO_DAY = Sentence(
    "{run} does not say of which day the data on known vulnerabilities was.",
    next="Enter in {run} the day of the data that was used.",
)
STALE_DATA = Sentence(
    "{run} used data of {as_of}, more than {most} days old when it was run on {on}.",
    next="Scan the build of {release} again with fresh data.",
)
OLD_SCAN = Sentence(
    "{run} was run on {on}, more than {most} days before {day}.", next="Scan the build of {release} again."
)
NO_SOURCE = Sentence(
    "{plan}, under which {run} was made, names none of the public sources that are taken in: {sources}.",
    next="Enter in the tools of {plan} the public source of known vulnerabilities that the scan uses.",
)


def _looks_up(run: Item[TestRun], view: View) -> bool:
    return _is_own(run, view) and tested.is_of_type(run, view, TestType.KNOWN_VULNERABILITIES, TestType.COMPOSITION)


@check(
    "development.vulnerability_source_recent",
    over=TestRun,
    owner=SystemRole.TESTER,
    needed=True,
    whole=True,
    when=_looks_up,
)
def scans_use_recent_data(runs: tuple[Item[TestRun], ...], view: View) -> Findings:
    """The newest scans of a release used fresh data of a public source, not long before the release was decided.

    Source: IEC 81001-5-1:2021, 5.7.3.
    """
    release = view.release
    assert release is not None  # `when` let a run through
    decision = terms.released_by(release, view)
    day = terms.first_day(decision, view) if decision is not None else view.today
    most, most_scan = view.policy.number(FEED_AGE), view.policy.number(SCAN_AGE)
    newest = _newest_of_each_plan(runs, view)
    for run in newest:
        as_of, on = run.content.source_data_as_of, run.content.on
        if as_of is None:
            yield Unknown(run, NO_DAY, run=run)
        elif _is_over(as_of, most, on):
            yield Gap(run, STALE_DATA, run=run, as_of=as_of, most=most, on=on, release=release)
        if _is_over(on, most_scan, day):
            yield Gap(run, OLD_SCAN, run=run, on=on, most=most_scan, day=day, release=release)
    feeds: Feeds = view.fact("feeds", subjects.ORGANISATION)
    sources = sorted({feed.name for feed in feeds.feeds})
    for run in newest:
        plan = tested.plan_of(run, view)
        if plan is not None and not any(_names(plan, source) for source in sources):
            yield Gap(run, NO_SOURCE, plan=plan, run=run, sources=sources or ["none"])


def _is_over(since: date, days: int, day: date) -> bool:
    return day > since + timedelta(days=days)


def _names(plan: Item[TestPlan], source: str) -> bool:
    """Return whether the tools of a plan name a source, with or without its version."""
    name = source.casefold()
    return any(tool == name or tool.startswith(f"{name} ") for tool in map(str.casefold, plan.content.tools))


# --- the same components --------------------------------------------------------------------------------------------

NO_LIST = Sentence(
    "{run} brought no list of components that could be held against the bill of {release}.",
    next="Import the report of {run} as the components of a scan.",
)
ONLY_IN_SCAN = Sentence(
    "{run} found {count} components that the bill of {release} does not list: {components}.",
    next="Correct the bill of {release}, or record in a finding why the scanner sees another list.",
)
ONLY_IN_BILL = Sentence(
    "The bill of {release} lists {count} components that {run} did not find: {components}.",
    next="Correct the bill of {release}, or record in a finding why the scanner sees another list.",
)


def _takes_apart(run: Item[TestRun], view: View) -> bool:
    return _is_own(run, view) and tested.is_of_type(run, view, TestType.COMPOSITION)


@check(
    "development.composition_equals_bill",
    over=TestRun,
    owner=SystemRole.DEVELOPER,
    whole=True,
    when=_takes_apart,
)
def the_composition_equals_the_bill(runs: tuple[Item[TestRun], ...], view: View) -> Findings:
    """What a scan finds in the build is what its bill lists, or somebody decided why the two differ.

    Source: IEC 81001-5-1:2021, 5.7.3; 8.
    """
    release = view.release
    assert release is not None  # `when` let a run through
    newest = _newest_of_each_plan(runs, view)
    found = _Listed()
    for run in newest:
        if view.taken_in("components", run.content.report.digest) is None:
            yield Unknown(run, NO_LIST, run=run, release=release)
            return
        scanned: Components = view.fact("components", run.content.report.digest)
        found.add(scanned.components)
    listed = _Listed()
    for bill in terms.bills(view):
        listed.add(bill.components.components)
    if not listed.components:
        yield Unknown(release, NO_BILL, release=release)
        return
    explained = view.once("differences that are decided", _explained)
    only_found, only_listed = found.without(listed, explained), listed.without(found, explained)
    said = {"run": newest[-1], "release": release}
    if only_found:
        yield Gap(newest[-1], ONLY_IN_SCAN, count=len(only_found), components=called_all(only_found), **said)
    if only_listed:
        yield Gap(newest[-1], ONLY_IN_BILL, count=len(only_listed), components=called_all(only_listed), **said)


NO_BILL = Sentence(
    "{release} has no bill of materials with components to hold the scan against.",
    next="Make the bill of {release} and import it.",
)


class _Listed:
    """Components, but for the product itself, with all that tells one from another."""

    def __init__(self) -> None:
        self.components: list[Component] = []
        self._keys: set[str] = set()

    def add(self, components: Iterable[Component]) -> None:
        for component in components:
            if component.place != "root":
                self.components.append(component)
                self._keys.update(_keys(component))

    def without(self, other: _Listed, explained: frozenset[str]) -> list[Component]:
        """Return the components that are not in another list, and that nobody explained."""
        return [
            one
            for one in self.components
            if other._keys.isdisjoint(_keys(one)) and explained.isdisjoint(_names_of(one))
        ]


def _keys(component: Component) -> list[str]:
    """Return what a component is recognised by: package URL without qualifiers, digests, else name and version."""
    keys = [f"{algorithm}:{value}".casefold() for algorithm, value in component.hashes]
    if component.purl is not None:
        keys.append(_bare(component.purl))
    return keys or [called(component)]


def _names_of(component: Component) -> list[str]:
    """Return the names by which a finding may speak of a component: with its version, or without for all of them."""
    if component.purl is None:
        return [called(component), component.name]
    return [_bare(component.purl), _bare(component.purl, version=False)]


def _bare(purl: str, *, version: bool = True) -> str:
    try:
        found = parse(purl)
    except PurlError:
        return purl
    package = found.without_version
    return f"{package}@{found.version}" if version and found.version is not None else str(package)


def _explained(view: View) -> frozenset[str]:
    """Return the components of which a finding that was decided says that bill and scan differ."""
    return frozenset(
        _bare(result.component)
        for finding in view.dossier.all(Finding)
        for result in finding.content.results
        if result.component is not None and decided.is_left(finding, view)
    )
