"""Checks of test runs that did not pass: each is settled, and none says more than its results."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from asepsis.checks import ordered, terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.development.records import Finding, RunOutcome, TestRun
from asepsis.exchange.facts import TestResults
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

UNSETTLED = Sentence(
    "{run} ended with {outcome}; no finding was written for it, and no younger run of its cases passed.",
    next="Write the finding for {run}, or run its cases again after the fix.",
)
SAYS_TOO_MUCH = Sentence(
    "{run} says that it passed; its report holds {count} failed cases: {cases}.",
    next="Correct the outcome of {run}, and write the finding.",
)
RUN_BEFORE = Sentence(
    "{run} was done on {day}; its plan was not there before {since}.",
    next="Correct the day in {run}, or name in it the plan that it followed.",
)
NAMED_BY_NONE = Sentence(
    "A report on the build of {release} holds {count} failed cases, and no test run names it: {cases}.",
    next="Write the test run of this report, and the finding for what failed.",
)
RESULTS_GONE = Sentence("The results of {run} are {why}.", next="Import the report of {run} again.")


@check(
    "development.bad_runs_settled",
    over=TestRun,
    owner=SystemRole.TESTER,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def bad_runs_are_settled(runs: tuple[Item[TestRun], ...], view: View) -> Findings:
    """A run that did not pass has a finding, or a younger run of the same cases passed; nobody says it passed anyway.

    Source: IEC 81001-5-1:2021, 5.7.1; 5.8.1.
    """
    found = _with_findings(view)
    passes = _Passes(view)
    for run in runs:
        if (since := ordered.came_later(run.content.on, [run.content.plan], view)) is not None:
            yield Gap(run, RUN_BEFORE, run=run, day=run.content.on, since=since)
        if run.content.outcome is not RunOutcome.PASS:
            if run.id not in found and not passes.after(run):
                yield Gap(run, UNSETTLED, run=run, outcome=run.content.outcome)
        else:
            yield from _says_what_it_showed(run, view)
    yield from _unnamed(view)


def _with_findings(view: View) -> frozenset[str]:
    return frozenset(str(run) for finding in view.dossier.with_heads(Finding) for run in finding.content.found_by)


class _Passes:
    """When each case last passed in a counted run; each plan, for runs that name no case."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._last: dict[str, tuple[date, int]] = {}
        for run in terms.counted_runs(view):
            if run.content.outcome is RunOutcome.PASS:
                at = self._at(run)
                for part in self._parts(run):
                    self._last[part] = max(at, self._last.get(part, at))

    def after(self, run: Item[TestRun]) -> bool:
        """Return whether each case of a run passed in a younger one."""
        at = self._at(run)
        return all(part in self._last and self._last[part] > at for part in self._parts(run))

    def _parts(self, run: Item[TestRun]) -> tuple[str, ...]:
        return tuple(map(str, run.content.cases)) or (str(run.content.plan),)

    def _at(self, run: Item[TestRun]) -> tuple[date, int]:
        return run.content.on, self._view.dossier.history(run).revisions[0].position


def _failed(results: TestResults) -> list[str]:
    return sorted(case.automation_id for case in results.cases if case.outcome in tested.FAILED)


def _says_what_it_showed(run: Item[TestRun], view: View) -> Findings:
    try:
        results = tested.results_of(run, view)
    except AbsentFactsError as absent:
        yield Unknown(run, RESULTS_GONE, run=run, why=absent.why)
        return
    if results is None:
        if any(_is_automated(case, view) for case in run.content.cases):
            yield Unknown(run, RESULTS_GONE, run=run, why="absent")
    elif failed := _failed(results):
        yield Gap(run, SAYS_TOO_MUCH, run=run, count=len(failed), cases=failed)


def _is_automated(case: str, view: View) -> bool:
    found = tested.case_of(case, view)
    return found is not None and found.content.automation_id is not None


def _unnamed(view: View) -> Findings:
    release = view.release
    assert release is not None  # `when` let a run through
    named = {run.content.report.digest for run in view.dossier.with_heads(TestRun)}
    for results in _reports(named, view):
        failed = _failed(results)
        if failed and results.build_id is not None and results.build_id == release.content.build_id:
            yield Gap(release, NAMED_BY_NONE, release=release, count=len(failed), cases=failed)


def _reports(named: set[str], view: View) -> Iterator[TestResults]:
    """Yield the results that no run names; those that can no longer be read say of no build that they are of it."""
    for taken in view.facts_of("test_results"):
        if taken.subject not in named:
            yield from _readable(taken, view)


def _readable(taken: TakenIn, view: View) -> Iterator[TestResults]:
    try:
        yield view.document(taken)
    except AbsentFactsError:
        return
