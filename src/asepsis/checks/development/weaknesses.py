"""Checks of what the tests for vulnerabilities brought up: described so that it can be judged, and retested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asepsis.checks import sourced, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.development.records import Finding, TestRun, TestType
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

SEARCHES = (
    TestType.VULNERABILITY,
    TestType.ATTACK_SURFACE,
    TestType.KNOWN_VULNERABILITIES,
    TestType.COMPOSITION,
    TestType.DYNAMIC,
    TestType.PENETRATION,
)

NOT_DESCRIBED = Sentence(
    "{finding}, found by {run}, has no {lacks}.",
    next="Describe {finding} with severity, weakness and place.",
)
NOT_RETESTED = Sentence(
    "{finding} is fixed in {build}, and no retest of it passed on the build of {release}.",
    next="Retest {finding} on the build of {release}.",
)
NOT_WRITTEN = Sentence(
    "The report of {run} holds {count} failed cases that no finding takes up: {cases}.",
    next="Write a finding for each, or one that takes them up by their names.",
)
NO_COUNT = Sentence(
    "The results of {run} are {why}, so what it found cannot be counted.", next="Import the report of {run} again."
)


def _searches(run: Item[TestRun], view: View) -> bool:
    return terms.is_of_release(run, view) and tested.is_of_type(run, view, *SEARCHES)


@check("development.test_findings_described", over=TestRun, owner=SystemRole.TESTER, when=_searches)
def what_tests_find_is_described(run: Item[TestRun], view: View) -> Findings:
    """Whatever a test for vulnerabilities finds is written down with severity, weakness and place, and retested.

    Source: IEC 81001-5-1:2021, 5.7.3; 5.7.4.
    """
    findings = tested.findings_of(run.id, view)
    for finding in findings:
        if not tested.is_finding_of_release(finding, view):
            continue
        lacks = list(_lacks(finding))
        if lacks:
            yield Gap(finding, NOT_DESCRIBED, finding=finding, run=run, lacks=lacks)
        build = finding.content.fixed_in
        if build is not None and not tested.retested(finding.id, view):
            yield Gap(finding, NOT_RETESTED, finding=finding, build=build, release=view.release)
    if terms.is_counted(run, view):
        yield from _all_is_written(run, findings, view)


def _lacks(finding: Item[Finding]) -> Iterator[str]:
    if finding.content.severity is None:
        yield "severity"
    if not finding.content.weakness:
        yield "weakness"
    if not finding.content.where:
        yield "place"


def _all_is_written(run: Item[TestRun], findings: Iterable[Item[Finding]], view: View) -> Findings:
    """A finding that names the cases it takes up stands for these; one that names none stands for one of the rest."""
    try:
        results = tested.results_of(run, view)
    except AbsentFactsError as absent:
        yield Unknown(run, NO_COUNT, run=run, why=absent.why)
        return
    if results is None:
        if any(_is_automated(case, view) for case in run.content.cases):
            yield Unknown(run, NO_COUNT, run=run, why="absent")
        return
    patterns = {name for one in findings for name in _names(one)}
    plain = {one.id for one in findings if not any(_names(one))}
    failed = sorted({case.automation_id for case in results.cases if case.outcome in tested.FAILED})
    rest = [case for case in failed if not any(sourced.fits(case, pattern) for pattern in patterns)]
    if len(rest) > len(plain):
        yield Gap(run, NOT_WRITTEN, run=run, count=len(rest), cases=rest)


def _names(finding: Item[Finding]) -> Iterator[str]:
    """Yield the names or patterns of test cases that a finding takes up."""
    for result in finding.content.results:
        name = result.rule if result.place is None else result.place
        if name is not None:
            yield name


def _is_automated(case: str, view: View) -> bool:
    found = tested.case_of(case, view)
    return found is not None and found.content.automation_id is not None
