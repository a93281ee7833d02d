"""What the tests for vulnerabilities brought up: described, retested, and all of it."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import weaknesses
from asepsis.exchange.facts import Case
from asepsis.risk.records import Element
from tests.checks.development.proven import BUILD, Proven
from tests.dossiers import breaks, keeps, run_check

DESCRIBED = "development.test_findings_described"
SEVERITY = {"method": "cvss4.0", "number": "5.0"}
SEARCHES = ["vulnerability", "attack-surface", "known-vulnerabilities", "composition", "dynamic", "penetration"]


class Searched(Proven):
    def __init__(self, type_: str = "vulnerability", **fields: Any) -> None:
        super().__init__()
        self.the_plan = self.plan(type_)
        self.element = self.add(Element, kind="process", reachable="external")
        self.the_run = self.run(self.the_plan, outcome="fail", **fields)

    def found(self, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {"severity": SEVERITY, "weakness": ["CWE-79"], "where": [self.element]}
        return self.finding(self.the_run, make=make, **(given | fields))


@keeps(DESCRIBED)
@breaks(DESCRIBED)
@pytest.mark.parametrize("type_", SEARCHES)
@pytest.mark.parametrize(("field", "word"), [("severity", "severity"), ("weakness", "weakness"), ("where", "place")])
def test_a_finding_says_how_bad_what_and_where_it_is(type_: str, field: str, word: str) -> None:
    story = Searched(type_)
    story.found()
    assert story.said(DESCRIBED).kept
    lacking = story.found(**{field: None})
    said = story.said(DESCRIBED)
    assert (said.sentences, said.about) == ([weaknesses.NOT_DESCRIBED], [story.labels[lacking]])
    assert f"has no {word}." in said.texts[0]


@breaks(DESCRIBED)
def test_a_finding_counts_before_anybody_signs_it() -> None:
    story = Searched()
    story.found(make=story.draft, severity=None)
    assert story.said(DESCRIBED).sentences == [weaknesses.NOT_DESCRIBED]


@breaks(DESCRIBED)
def test_what_was_fixed_is_retested() -> None:
    story = Searched()
    finding = story.found(fixed_in=BUILD)
    said = story.said(DESCRIBED)
    assert (said.sentences, said.about) == ([weaknesses.NOT_RETESTED], [story.labels[finding]])
    story.run(story.the_plan, retests=[finding], outcome="fail")
    assert story.said(DESCRIBED).gaps
    story.run(story.the_plan, retests=[finding])
    assert story.said(DESCRIBED).kept


def test_what_was_settled_before_this_release_is_not_asked_again() -> None:
    story = Searched()
    finding = story.found(severity=None, fixed_in=BUILD)
    story.run(story.the_plan, retests=[finding])
    later = story.release("2.0.0", predecessor=story.the_release)
    attacked = story.run(story.the_plan, release=later, build_id="build-of-2.0.0")
    story.revise(finding, found_by=[story.the_run, attacked])
    assert story.said(DESCRIBED).gaps
    assert run_check(DESCRIBED, story, release=later).kept


@keeps(DESCRIBED)
@breaks(DESCRIBED)
@pytest.mark.parametrize("outcome", ["fail", "error"])
def test_there_is_a_finding_for_each_failed_case(outcome: Any) -> None:
    story = Searched()
    story.results(Case("fuzz.a", outcome), Case("fuzz.b", outcome), Case("fuzz.c", "pass"), Case("fuzz.a", outcome))
    story.found()
    said = story.said(DESCRIBED)
    assert (said.sentences, said.about) == ([weaknesses.NOT_WRITTEN], [story.labels[story.the_run]])
    assert "2 failed cases that no finding takes up: fuzz.a and fuzz.b." in said.texts[0]
    story.found(make=story.draft)
    assert story.said(DESCRIBED).kept


@breaks(DESCRIBED)
def test_one_finding_may_take_up_many_cases_by_their_names() -> None:
    story = Searched()
    story.results(Case("fuzz.a", "fail"), Case("fuzz.b", "fail"), Case("load.a", "fail"))
    story.found(results=[{"tool": "pytest", "place": "fuzz.*"}])
    assert story.said(DESCRIBED).sentences == [weaknesses.NOT_WRITTEN]
    story.found(results=[{"tool": "pytest", "rule": "load.a"}])
    assert story.said(DESCRIBED).kept


@breaks(DESCRIBED)
def test_a_finding_that_takes_up_other_cases_stands_for_none_of_these() -> None:
    story = Searched()
    story.results(Case("fuzz.a", "fail"))
    story.found(results=[{"tool": "pytest", "place": "load.*"}])
    assert story.said(DESCRIBED).gaps
    story.found(results=[{"tool": "pytest"}])
    assert story.said(DESCRIBED).kept


def test_only_a_counted_report_is_counted() -> None:
    story = Searched(build_id="another")
    story.results(Case("fuzz.a", "fail"))
    assert story.said(DESCRIBED).kept


@pytest.mark.parametrize("readable", [True, False])
def test_results_that_are_not_here_cannot_be_counted(readable: bool) -> None:
    story = Searched()
    if readable:
        story.run(story.the_plan, story.case(story.the_plan, steps=None, automation_id="fuzz.a"))
    else:
        story.results(Case("fuzz.a", "fail"), readable=False)
    assert {one.said.sentence for one in story.said(DESCRIBED).unknowns} == {weaknesses.NO_COUNT}


def test_a_report_that_people_wrote_is_counted_by_them() -> None:
    story = Searched("penetration")
    story.run(story.the_plan, story.case(story.the_plan))
    assert story.said(DESCRIBED).kept


@pytest.mark.parametrize("type_", ["requirements", "threat-mitigation", "static"])
def test_other_tests_do_not_search_for_vulnerabilities(type_: str) -> None:
    story = Searched(type_)
    story.found(severity=None)
    assert story.said(DESCRIBED).silent


def test_runs_of_other_releases_are_not_looked_at() -> None:
    story = Searched(release="f" * 32)
    story.found(severity=None)
    assert story.said(DESCRIBED).silent
