"""What the tests of a release showed: which case passed last, which finding was retested, and whose findings they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.configuration.records import Release
from asepsis.development.records import Finding, RunOutcome, TestCase, TestPlan, TestRun, TestType
from asepsis.record.dossier import Item

if TYPE_CHECKING:
    from asepsis.exchange.facts import TestResults

PASS, FAILED = "pass", ("fail", "error")  # a skipped case shows nothing


class Shown(StrEnum):
    """What the newest counted run of a case showed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the results of its report are not there


def results_of(run: Item[TestRun], view: View) -> TestResults | None:
    """Return the results of a run's report; `None` where none were imported.

    Raises `AbsentFactsError` where they were, and can no longer be read.
    """
    taken = view.taken_in("test_results", run.content.report.digest)
    if taken is None:
        return None
    found: TestResults = view.document(taken)
    return found


def shown(view: View) -> Mapping[str, Shown]:
    """Return what each test case showed in the newest counted run that holds a result of it, by its id.

    A case that is in no counted run, or that no report of one says passed or failed, is not among them.
    """
    return view.once("shown by tests", _shown)


def passed(view: View) -> frozenset[str]:
    """Return the test cases that passed for the release looked at: their newest counted result is a pass."""
    return frozenset(case for case, outcome in shown(view).items() if outcome is Shown.PASSED)


def failed(view: View) -> frozenset[str]:
    """Return the test cases whose newest result is no pass, also where that run waits for its signature."""
    newest = view.once("shown by tests at head", _shown_at_head)
    return frozenset(case for case, outcome in newest.items() if outcome is Shown.FAILED)


def _shown(view: View) -> Mapping[str, Shown]:
    return _newest(terms.counted_runs(view), view)


def _shown_at_head(view: View) -> Mapping[str, Shown]:
    return _newest((run for run in view.dossier.with_heads(TestRun) if terms.is_counted(run, view)), view)


def _newest(runs: Iterable[Item[TestRun]], view: View) -> Mapping[str, Shown]:
    found: dict[str, Shown] = {}
    for run in sorted(runs, key=lambda run: (run.content.on, terms.first_position(run, view), run.at_head)):
        results = results_of(run, view)
        outcomes = {case.automation_id: case.outcome for case in results.cases} if results else {}
        any_failed = any(outcome in FAILED for outcome in outcomes.values())
        for reference in run.content.cases:
            case = case_of(reference, view)
            if case is None:
                continue
            if case.content.automation_id is None:
                good = run.content.outcome is RunOutcome.PASS and not any_failed
                found[case.id] = Shown.PASSED if good else Shown.FAILED
            elif results is None:
                found[case.id] = Shown.UNKNOWN
            elif (outcome := outcomes.get(case.content.automation_id)) in (PASS, *FAILED):
                found[case.id] = Shown.PASSED if outcome == PASS else Shown.FAILED
    return found


# --- what a case shows of a record ----------------------------------------------------------------------------------


class Proof(StrEnum):
    """What the cases that are about a record show of it, taken together: the best of them counts."""

    SHOWN = "shown"
    UNKNOWN = "unknown"  # the results of a run are not there
    CHANGED = "changed"  # only a case passed that was written before the record changed
    NONE = "none"


def proof(cases: Iterable[Item[TestCase]], target: str, view: View, also: str | None = None) -> Proof:
    """Return what cases show of the record `target`, and of `also`, to which each of them has to refer soundly.

    Raises `AbsentFactsError` where results can no longer be read.
    """
    outcomes, sound = shown(view), view.once("what cases refer to", _sound_links)
    wanted = {target} if also is None else {target, also}
    return best(_proof(outcomes.get(case.id), wanted <= sound[case.id]) for case in cases)


def best(proofs: Iterable[Proof]) -> Proof:
    """Return what several proofs come to: the best of them."""
    found = set(proofs)
    return next((one for one in Proof if one in found), Proof.NONE)


def _proof(outcome: Shown | None, sound: bool) -> Proof:
    if outcome is Shown.PASSED:
        return Proof.SHOWN if sound else Proof.CHANGED
    return Proof.UNKNOWN if outcome is Shown.UNKNOWN and sound else Proof.NONE


def _sound_links(view: View) -> dict[str, frozenset[str]]:
    return {
        case.id: frozenset(link.target for link in view.dossier.links(case) if not (link.broken or link.suspect))
        for case in view.dossier.all(TestCase)
    }


# --- plans ----------------------------------------------------------------------------------------------------------


def plan_of(thing: Item[TestRun] | Item[TestCase], view: View) -> Item[TestPlan] | None:
    """Return the plan of a run or case; `None` where it is not in force."""
    return view.dossier.get(thing.content.plan)


def is_of_type(thing: Item[TestRun] | Item[TestCase], view: View, *types: TestType) -> bool:
    """Return whether the plan of a run or case is in force and of one of `types`."""
    plan = plan_of(thing, view)
    return plan is not None and plan.content.type in types


def plans(view: View, *types: TestType) -> tuple[Item[TestPlan], ...]:
    """Return the effective plans of one of `types`."""
    return tuple(plan for plan in view.dossier.all(TestPlan) if plan.content.type in types)


# --- findings -------------------------------------------------------------------------------------------------------


def findings_of(source: str, view: View) -> tuple[Item[Finding], ...]:
    """Return the findings that a run or review brought up; one that is being rewritten stands twice."""
    return tuple(view.once("findings by source", _findings).get(source, ()))


def _findings(view: View) -> dict[str, list[Item[Finding]]]:
    found: dict[str, list[Item[Finding]]] = {}
    for finding in view.dossier.with_heads(Finding):
        for source in dict.fromkeys(finding.content.found_by):
            found.setdefault(source, []).append(finding)
    return found


def retested(finding: str, view: View) -> tuple[Item[TestRun], ...]:
    """Return the counted runs that passed and that retested a finding."""
    return tuple(view.once("retested", _retested).get(finding, ()))


def _retested(view: View) -> dict[str, list[Item[TestRun]]]:
    found: dict[str, list[Item[TestRun]]] = {}
    for run in terms.counted_runs(view):
        if run.content.outcome is RunOutcome.PASS:
            for finding in run.content.retests:
                found.setdefault(finding, []).append(run)
    return found


def is_finding_of_release(finding: Item[Finding], view: View) -> bool:
    """Return whether a finding is one of the release looked at.

    It was found on it or on one that it descends from, and was not repaired and retested before it. A finding that does
    not say on which release it came up, as those of reviews, counts for each.
    """
    if view.release is None:
        return True
    descent = view.once("descent", lambda view: {one.id for one in _descent(view)})
    found_on = _found_on(finding, view)
    if found_on and not found_on & descent:
        return False
    earlier = descent - {view.release.id}
    return finding.content.fixed_in is None or not (
        view.once("retested on", _retested_on).get(finding.id, set()) & earlier
    )


def _descent(view: View) -> tuple[Item[Release], ...]:
    return tuple(terms.descent(view.release, view)) if view.release is not None else ()


def _found_on(finding: Item[Finding], view: View) -> set[str]:
    found: tuple[Item[Any] | None, ...] = tuple(view.dossier.get(one) for one in finding.content.found_by)
    releases = {str(run.content.release) for run in found if run is not None and isinstance(run.content, TestRun)}
    by_build = view.once("releases by build", _by_build)
    builds = {result.build_id for result in finding.content.results if result.build_id is not None}
    return releases | {by_build[build] for build in builds if build in by_build}


def _by_build(view: View) -> dict[str, str]:
    return {one.content.build_id: one.id for one in view.dossier.all(Release) if one.content.build_id is not None}


def _retested_on(view: View) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for run in view.dossier.all(TestRun):
        if run.content.outcome is RunOutcome.PASS:
            for finding in run.content.retests:
                found.setdefault(finding, set()).add(str(run.content.release))
    return found


def case_of(case: str, view: View) -> Item[TestCase] | None:
    """Return a test case by its id; `None` where it is not in force."""
    found: Item[TestCase] | None = view.dossier.get(case)
    return found
