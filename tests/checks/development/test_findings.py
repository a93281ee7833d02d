"""Findings: decided and fixed, or left in within the criteria."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import findings
from asepsis.conformance import run
from asepsis.development.records import Finding, TestRun
from asepsis.problems.records import Decision, Investigation
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Risk, RiskPlan, SecurityContext, Threat, Vulnerability
from tests.dossiers import Cast, Story, breaks, keeps, run_check

RESOLVED = "development.findings_resolved"
WITHIN = "development.deferrals_within_criteria"
EFFECT = {"size": "none", "why": "None is to be expected."}
EFFECTS = {"safety": EFFECT, "security": EFFECT, "effectiveness": EFFECT}


class Found(Story):
    """Version 2.0.0 after 1.0.0."""

    def __init__(self) -> None:
        super().__init__()
        self.before = self.release("1.0.0")
        self.the_release = self.release("2.0.0", predecessor=self.before)

    def run(self, release: str | None = None, **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": release or self.the_release,
            "build_id": "build-of-2.0.0",
            "outcome": "pass",
        }
        return self.add(TestRun, **(given | fields))

    def finding(self, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {"results": [{"tool": "scanner", "build_id": "build-of-2.0.0"}]}
        return (make or self.add)(Finding, **(given | fields))

    def decide(self, *about: str, option: str = "no-fix", **fields: Any) -> str:
        given: dict[str, Any] = {"about": about, "option": option}
        if option in ("defer", "no-fix"):
            given["effects"] = EFFECTS
        if option in ("plan", "defer"):
            given["due"] = "2027-01-01"
        return self.add(Decision, **(given | fields))

    def investigate(self, finding: str, **fields: Any) -> str:
        given: dict[str, Any] = {
            "reports": [finding],
            "applicable": True,
            "started_on": "2026-01-05",
            "concluded_on": "2026-01-05",
        }
        return self.add(Investigation, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- resolved ---


@keeps(RESOLVED)
@breaks(RESOLVED)
def test_a_finding_is_decided() -> None:
    story = Found()
    finding = story.finding()
    said = story.said(RESOLVED)
    assert (said.sentences, said.about) == ([findings.UNDECIDED], [story.labels[finding]])
    story.decide(finding)
    assert story.said(RESOLVED).kept


@breaks(RESOLVED)
def test_a_finding_counts_before_anybody_signs_it() -> None:
    story = Found()
    finding = story.finding(story.draft)
    assert story.said(RESOLVED).about == [story.labels[finding]]
    unfinished = Found()
    unfinished.unfinished(Finding, what="Something is wrong.")
    assert unfinished.said(RESOLVED).sentences == [run.NOT_WRITTEN_OUT]


def test_a_decision_about_the_vulnerability_that_it_led_to_decides_it() -> None:
    story = Found()
    finding = story.finding()
    vulnerability = story.add(Vulnerability)
    story.decide(vulnerability)
    assert story.said(RESOLVED).gaps
    story.investigate(finding, leads_to=vulnerability)
    assert story.said(RESOLVED).kept


@breaks(RESOLVED)
def test_an_investigation_that_it_does_not_apply_dismisses_it() -> None:
    story = Found()
    investigation = story.investigate(story.finding())
    assert story.said(RESOLVED).sentences == [findings.UNDECIDED]
    story.revise(investigation, applicable=False, concluded_on=None)
    assert story.said(RESOLVED).sentences == [findings.NOT_CONCLUDED, findings.UNDECIDED]
    story.revise(investigation, concluded_on="2026-01-06")
    assert story.said(RESOLVED).kept


@breaks(RESOLVED)
def test_an_investigation_comes_to_its_end_even_where_it_is_decided() -> None:
    story = Found()
    finding = story.finding()
    story.decide(finding)
    investigation = story.investigate(finding, concluded_on=None)
    assert story.said(RESOLVED).about == [story.labels[investigation]]


@breaks(RESOLVED)
def test_a_retest_that_passed_settles_it() -> None:
    story = Found()
    finding = story.finding()
    story.run(retests=[finding], outcome="fail")
    story.run(retests=[finding], build_id="another")
    assert story.said(RESOLVED).gaps
    story.run(retests=[finding])
    assert story.said(RESOLVED).kept


@breaks(RESOLVED)
def test_what_is_decided_to_be_fixed_is_fixed_and_retested() -> None:
    story = Found()
    finding = story.finding()
    story.decide(finding, option="fix")
    assert story.said(RESOLVED).sentences == [findings.NOT_FIXED]
    story.revise(finding, fixed_in="build-of-2.0.0")
    said = story.said(RESOLVED)
    assert said.sentences == [findings.NOT_RETESTED]
    assert said.gaps[0].owner == SystemRole.TESTER
    story.run(retests=[finding])
    assert story.said(RESOLVED).kept


def test_the_newest_decision_counts() -> None:
    story = Found()
    finding = story.finding()
    story.decide(finding, option="fix")
    story.decide(finding, option="defer", day="2026-01-06")
    assert story.said(RESOLVED).kept


def test_findings_of_the_releases_before_count_until_they_are_fixed_and_retested() -> None:
    story = Found()
    finding = story.finding(results=None, found_by=[story.run(story.before)])
    assert story.said(RESOLVED).gaps
    story.revise(finding, fixed_in="build-of-1.0.0")
    assert story.said(RESOLVED).gaps
    story.run(story.before, retests=[finding])
    assert story.said(RESOLVED).silent
    assert run_check(RESOLVED, story, release=story.before).gaps


@pytest.mark.parametrize("how", ["run", "build"])
def test_findings_of_other_releases_do_not_count(how: str) -> None:
    story = Found()
    other = story.release("3.0.0")
    if how == "run":
        story.finding(results=None, found_by=[story.run(other)])
    else:
        story.finding(results=[{"tool": "scanner", "build_id": "build-of-3.0.0"}])
    assert story.said(RESOLVED).silent


def test_a_finding_that_does_not_say_of_which_release_it_is_counts_for_each() -> None:
    story = Found()
    story.finding(results=[{"tool": "scanner"}])
    assert story.said(RESOLVED).gaps
    assert run_check(RESOLVED, story, release=story.before).gaps


# --- left in within the criteria ---


class Judged(Found):
    """With a plan that has management approve what is from 4.1 to 7.0, quality what is below."""

    def __init__(self, plan: bool = True) -> None:
        super().__init__()
        self.vulnerability = self.add(Vulnerability)
        bounds = [
            ("0.0", "4.0", "acceptable", "quality"),
            ("4.1", "7.0", "needs-approval", "management"),
            ("7.1", "10.0", "unacceptable", "management"),
        ]
        cells = [
            {
                "method": "cvss4.0",
                "score_from": low,
                "score_to": high,
                "harm": "none",
                "verdict": verdict,
                "approver": by,
            }
            for low, high, verdict, by in bounds
        ]
        if plan:
            self.plan = self.add(RiskPlan, cells=cells)

    def leave(self, number: str = "5.0", option: str = "no-fix", **fields: Any) -> str:
        given: dict[str, Any] = {"risk": self.risk(number)}
        return self.decide(self.vulnerability, option=option, **(given | fields))

    def risk(self, number: str = "5.0", **fields: Any) -> str:
        given: dict[str, Any] = {"vulnerabilities": [self.vulnerability], "threats": None, "harm_after": "none"}
        return self.add(Risk, residual={"method": "cvss4.0", "number": number}, **(given | fields))


@keeps(WITHIN)
@breaks(WITHIN)
@pytest.mark.parametrize("option", ["plan", "defer", "no-fix"])
def test_what_is_left_is_acceptable_or_approved(option: str) -> None:
    story = Judged()
    decision = story.leave("7.0", option)
    assert story.said(WITHIN).kept
    story.revise(decision, risk=story.risk("7.1"))
    said = story.said(WITHIN)
    assert (said.sentences, said.about) == ([findings.UNACCEPTABLE], [story.labels[decision]])


@pytest.mark.parametrize("option", ["fix", "environment"])
def test_what_is_mended_leaves_nothing(option: str) -> None:
    story = Judged()
    story.leave("9.0", option, effects=EFFECTS)
    assert story.said(WITHIN).silent


@breaks(WITHIN)
@pytest.mark.parametrize("option", ["plan", "defer"])
def test_the_due_day_is_still_on_time(option: str) -> None:
    story = Judged()
    decision = story.leave(option=option, due="2026-11-25")
    assert story.said(WITHIN, today="2026-11-25").kept
    assert story.said(WITHIN, today="2026-11-26").sentences == [findings.PAST_DUE]
    story.revise(decision, closed_on="2026-11-20", day="2026-11-20")
    assert story.said(WITHIN, today="2026-11-26").kept


@breaks(WITHIN)
def test_the_risk_is_about_what_is_decided() -> None:
    story = Judged()
    other = story.risk(vulnerabilities=[story.add(Vulnerability)])
    decision = story.leave(risk=other)
    assert story.said(WITHIN).sentences == [findings.OTHER_RISK]
    threat = story.add(Threat)
    story.revise(other, vulnerabilities=None, threats=[threat])
    story.look(decision, other)
    assert story.said(WITHIN).gaps
    story.revise(story.vulnerability, threats=[threat])
    assert story.said(WITHIN).kept


def test_the_risk_may_be_about_what_an_investigation_of_the_finding_found() -> None:
    for field in ("leads_to", "threats"):
        story = Judged()
        threat = story.add(Threat)
        finding = story.finding()
        risk = story.risk() if field == "leads_to" else story.risk(vulnerabilities=None, threats=[threat])
        story.decide(finding, risk=risk)
        assert story.said(WITHIN).sentences == [findings.OTHER_RISK]
        story.investigate(finding, **{field: story.vulnerability if field == "leads_to" else [threat]})
        assert story.said(WITHIN).kept


def test_a_decision_may_say_itself_what_is_left() -> None:
    story = Judged()
    left: dict[str, Any] = {"residual": {"method": "cvss4.0", "number": "5.0"}, "harm": "none"}
    story.leave(risk=None, **left)
    assert story.said(WITHIN).kept
    story.leave(risk=None, **(left | {"residual": {"method": "cvss4.0", "number": "8.0"}}))
    assert story.said(WITHIN).sentences == [findings.UNACCEPTABLE]


@breaks(WITHIN)
def test_what_the_plan_has_no_cell_for_was_not_evaluated() -> None:
    story = Judged()
    story.leave(risk=None, residual={"method": "cvss4.0", "number": "5.0"}, harm="grave")
    assert story.said(WITHIN).sentences == [findings.NO_CELL]


@breaks(WITHIN)
def test_without_its_risk_what_is_left_was_not_evaluated() -> None:
    story = Judged()
    risk = story.risk()
    story.leave(risk=risk)
    story.retire(risk)
    assert story.said(WITHIN).sentences == [run.BROKEN, findings.NOT_EVALUATED]


@breaks(WITHIN)
def test_without_a_plan_nothing_may_be_left() -> None:
    story = Judged(plan=False)
    story.leave()
    assert story.said(WITHIN).sentences == [findings.NO_PLAN]


@breaks(WITHIN)
def test_the_role_of_the_cell_approves() -> None:
    story = Judged()
    risk = story.risk("4.0")
    decision = story.leave(risk=risk)
    assert story.said(WITHIN).kept
    story.revise(risk, day="2026-02-01", residual={"method": "cvss4.0", "number": "4.1"})
    said = story.said(WITHIN)
    assert said.sentences == [findings.OTHER_APPROVER]
    assert said.gaps[0].owner == SystemRole.MANAGEMENT
    story.revise(decision, day="2026-02-02", why="Looked at anew.", by={SystemRole.MANAGEMENT: Cast.DEPUTY})
    assert story.said(WITHIN).kept


@breaks(WITHIN)
def test_the_surroundings_still_protect() -> None:
    story = Judged()
    context = story.add(SecurityContext)
    decision = story.leave(context=context)
    assert story.said(WITHIN).kept
    story.revise(context, day="2026-02-01", isolation="None any more.")
    assert story.said(WITHIN).sentences == [findings.CONTEXT_CHANGED]
    story.look(decision, context, day="2026-02-02")
    assert story.said(WITHIN).kept


def test_decisions_about_other_releases_are_not_looked_at() -> None:
    story = Judged()
    story.revise(story.vulnerability, affected=[story.release("3.0.0")])
    story.leave("9.0")
    assert story.said(WITHIN).silent
    story.revise(story.vulnerability, affected=[story.the_release])
    assert story.said(WITHIN).gaps
