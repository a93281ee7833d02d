"""Test runs that did not pass, and what their reports say."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import runs
from asepsis.conformance import run
from asepsis.development.records import Finding, TestCase, TestPlan, TestRun
from asepsis.exchange.facts import Case, TestResults
from tests.dossiers import Story, breaks, digest, evidence, keeps, run_check

SETTLED = "development.bad_runs_settled"


class Ran(Story):
    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()
        self.plan = self.add(TestPlan)
        self.cases = [self.add(TestCase, plan=self.plan) for _ in range(2)]

    def run(self, outcome: str, on: str = "2026-02-01", *, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "build_id": "build-of-1.0.0",
            "plan": self.plan,
            "cases": self.cases,
        }
        return (make or self.add)(
            TestRun, outcome=outcome, on=on, day=on, report=evidence("report"), **(given | fields)
        )

    def results(self, *cases: Case, subject: str = "report", build: str | None = None, readable: bool = True) -> None:
        self.take_in(TestResults(cases, build_id=build), digest(subject), readable=readable)

    def said(self) -> Any:
        return run_check(SETTLED, self, release=self.the_release)


@keeps(SETTLED)
@breaks(SETTLED)
@pytest.mark.parametrize("outcome", ["fail", "inconclusive"])
def test_a_bad_run_has_a_finding(outcome: str) -> None:
    story = Ran()
    bad = story.run(outcome)
    said = story.said()
    assert set(said.sentences) == {runs.UNSETTLED}
    assert set(said.about) == {story.labels[bad]}
    story.draft(Finding, found_by=[bad])
    assert story.said().kept


@breaks(SETTLED)
def test_a_younger_run_of_the_same_cases_that_passed_settles_it() -> None:
    story = Ran()
    story.run("pass", "2026-01-31")
    story.run("fail", "2026-02-01")
    assert story.said().gaps
    story.run("pass", "2026-02-02", cases=story.cases[:1])
    assert story.said().gaps
    story.run("pass", "2026-02-02", cases=story.cases[1:])
    assert story.said().kept


@breaks(SETTLED)
@pytest.mark.parametrize("fields", [{"build_id": "another"}, {"release": "f" * 32}])
def test_only_a_counted_run_settles(fields: dict[str, Any]) -> None:
    story = Ran()
    story.run("fail")
    story.run("pass", "2026-02-02", **fields)
    assert story.said().gaps


@breaks(SETTLED)
def test_a_scan_without_cases_is_settled_by_one_under_the_same_plan() -> None:
    story = Ran()
    story.run("fail", cases=[])
    story.run("pass", "2026-02-02", cases=[], plan=story.add(TestPlan))
    assert story.said().gaps
    story.run("pass", "2026-02-02", cases=[])
    assert story.said().kept


@breaks(SETTLED)
def test_a_bad_run_counts_before_anybody_signs_it() -> None:
    story = Ran()
    draft = story.run("fail", make=story.draft)
    assert story.said().about == [story.labels[draft]]


@breaks(SETTLED)
@pytest.mark.parametrize("outcome", ["fail", "error"])
def test_a_run_does_not_say_more_than_its_report(outcome: Any) -> None:
    story = Ran()
    story.run("pass")
    story.results(Case("a", "pass"), Case("b", "skipped"))
    assert story.said().kept
    story.results(Case("a", "pass"), Case("b", outcome))
    assert story.said().sentences == [runs.SAYS_TOO_MUCH]


@breaks(SETTLED)
def test_a_report_that_no_run_names_hides_no_failure() -> None:
    story = Ran()
    story.run("pass")
    story.results(Case("a", "fail"), subject="another report", build="build-of-1.0.0")
    assert story.said().sentences == [runs.NAMED_BY_NONE]


def test_a_report_that_a_bad_run_names_is_settled_with_it() -> None:
    story = Ran()
    story.add(Finding, found_by=[story.run("fail")])
    story.results(Case("a", "fail"), build="build-of-1.0.0")
    assert story.said().kept


@pytest.mark.parametrize(
    ("outcome", "build", "readable"),
    [("pass", "build-of-1.0.0", True), ("fail", "another", True), ("fail", None, True), ("fail", "", False)],
)
def test_other_reports_are_not_of_the_release(outcome: Any, build: str | None, readable: bool) -> None:
    story = Ran()
    story.run("pass")
    story.results(Case("a", outcome), subject="another report", build=build, readable=readable)
    assert story.said().kept


def test_results_that_cannot_be_read_are_not_known() -> None:
    story = Ran()
    story.run("pass")
    story.results(Case("a", "pass"), readable=False)
    said = story.said()
    assert [one.said.sentence for one in said.unknowns] == [runs.RESULTS_GONE]


def test_results_of_automated_cases_are_not_known_until_they_are_imported() -> None:
    story = Ran()
    case = story.add(TestCase, automation_id="a", steps=None)
    story.run("pass", cases=[case])
    assert [one.said.sentence for one in story.said().unknowns] == [runs.RESULTS_GONE]
    story.results(Case("a", "pass"))
    assert story.said().kept


def test_without_a_run_there_is_a_gap() -> None:
    story = Story()
    assert run_check(SETTLED, story, release=story.release()).sentences == [run.NOTHING]


@keeps(SETTLED)
@breaks(SETTLED)
def test_nothing_is_run_before_its_plan_was_there() -> None:
    for on, sentences in (("2025-12-22", []), ("2025-12-21", [runs.RUN_BEFORE])):
        story = Ran()
        story.results()
        story.add(
            TestRun, outcome="pass", on=on, release=story.the_release, build_id="build-of-1.0.0", plan=story.plan,
            cases=story.cases, report=evidence("report"),
        )  # fmt: skip
        assert story.said().sentences == sentences
