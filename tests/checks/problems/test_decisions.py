"""Decisions: made on the analysis, within the plan, and carried out."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import decisions
from asepsis.configuration.records import ChangeRequest
from asepsis.development.records import Finding, ReleaseDocument, TestRun
from asepsis.maintenance.records import Notice
from asepsis.problems.records import Investigation
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Assumption, Risk
from tests.checks.problems.handled import Handled
from tests.checks.risk.modelled import score
from tests.dossiers import Said, breaks, days, evidence, keeps, run_check

DECIDED = "problems.issues_decided"
CARRIED_OUT = "problems.decisions_carried_out"


class Decided(Handled):
    """A vulnerability that was analysed, and a plan."""

    def __init__(self) -> None:
        super().__init__()
        self.the_plan = self.plan()
        self.the_vulnerability = self.vulnerability()
        self.the_analysis = self.analyse(self.the_vulnerability)

    def a_decision(self, option: str = "fix", **fields: Any) -> str:
        return self.decide(self.the_vulnerability, option=option, **fields)

    def decided(self, **arguments: Any) -> Said:
        return run_check(DECIDED, self, **arguments)


# --- decided ---


@keeps(DECIDED)
@breaks(DECIDED)
def test_what_was_analysed_is_decided() -> None:
    story = Decided()
    assert story.decided().sentences == [decisions.NOT_DECIDED]
    draft = story.decide(story.the_vulnerability)
    assert story.decided().kept
    story.retire(draft)
    assert story.decided().sentences == [decisions.NOT_DECIDED]


def test_what_was_not_analysed_is_not_asked_yet() -> None:
    story = Handled()
    story.vulnerability()
    assert run_check(DECIDED, story).kept


@breaks(DECIDED)
def test_a_vulnerability_that_nobody_signed_is_decided_too() -> None:
    story = Handled()
    vulnerability = story.vulnerability(story.draft)
    story.analyse(vulnerability)
    assert run_check(DECIDED, story).about == [story.labels[vulnerability]]


@breaks(DECIDED)
def test_a_decision_is_younger_than_what_the_analysis_says() -> None:
    story = Decided()
    decision = story.a_decision(day="2026-02-01")
    story.revise(story.the_analysis, environment="Another.", day="2026-03-01")
    assert story.decided().sentences == [decisions.DECIDED_BEFORE]
    story.revise(decision, told_processes=[{"who": "service", "on": "2026-03-02"}], day="2026-03-02")
    assert story.decided().sentences == [decisions.DECIDED_BEFORE]  # progress decides nothing anew
    story.revise(decision, why="Still right.", day="2026-03-03")
    assert story.decided().kept


@keeps(DECIDED)
@breaks(DECIDED)
@pytest.mark.parametrize("option", ["defer", "no-fix", "environment"])
def test_what_is_left_is_within_the_plan(option: str) -> None:
    story = Decided()
    story.revise(story.the_analysis, severity=score("3.7"))
    decision = story.a_decision(option, residual=score("3.7"))
    assert story.decided().kept
    story.revise(decision, residual=score("9.8"), harm="minor")
    assert story.decided().sentences == [decisions.UNACCEPTABLE]


def test_a_repair_may_leave_what_it_leaves() -> None:
    story = Decided()
    story.a_decision("fix", residual=score("9.8"), harm="minor")
    assert story.decided().kept


@keeps(DECIDED)
@breaks(DECIDED)
def test_what_needs_approval_is_approved_by_the_role_of_its_cell() -> None:
    story = Decided()
    story.a_decision("no-fix", residual=score("7.5"))
    assert story.decided().kept
    cells = [
        {"method": "cvss3.1", "score_from": "0.0", "score_to": "10.0", "harm": "none", "verdict": "needs-approval",
         "approver": "quality"},
        {"method": "cvss3.1", "score_from": "0.0", "score_to": "10.0", "harm": "minor", "verdict": "unacceptable"},
        {"method": "cvss3.1", "score_from": "0.0", "score_to": "10.0", "harm": "serious", "verdict": "unacceptable"},
    ]  # fmt: skip
    story.revise(story.the_plan, cells=cells)
    said = story.decided()
    assert (said.sentences, said.gaps[0].owner) == ([decisions.NOT_APPROVED], SystemRole.QUALITY)


@breaks(DECIDED)
def test_what_is_left_lies_in_a_cell() -> None:
    story = Decided()
    story.a_decision("environment", harm="terrible")
    assert story.decided().sentences == [decisions.NO_CELL]


def test_a_score_without_a_number_cannot_be_laid_against_the_plan() -> None:
    story = Decided()
    story.a_decision("no-fix", residual={"method": "ssvc", "vector": "SSVCv2/E:N"})
    assert [one.said.sentence for one in story.decided().unknowns] == [decisions.NO_NUMBER]
    assert story.decided().gaps == []


@pytest.mark.parametrize(("option", "sentences"), [("defer", 1), ("no-fix", 1), ("environment", 0), ("plan", 0)])
def test_what_changes_nothing_leaves_all_of_the_severity(option: str, sentences: int) -> None:
    story = Decided()
    decision = story.a_decision(option, residual=score("5.3"))
    assert story.decided().sentences == [decisions.MILDER_UNCHANGED] * sentences
    story.revise(decision, residual=score("7.5"))
    assert story.decided().kept


@breaks(DECIDED)
def test_a_decision_says_what_its_risk_says() -> None:
    story = Decided()
    given: dict[str, Any] = {
        "threats": [],
        "vulnerabilities": [story.the_vulnerability],
        "residual": score("5.3"),
        "harm_after": "none",
    }
    risk = story.add(Risk, **given)
    decision = story.a_decision(residual=score("3.7"))
    assert story.decided().texts == ["GW-DCS-1 says that 3.7 at the harm `none` is left; GW-RSK-1 says 5.3 at `none`."]
    story.revise(decision, residual=score("5.3"), harm="minor")
    assert story.decided().gaps
    story.revise(decision, harm="none")
    assert story.decided().kept
    story.revise(decision, risk=risk, residual=None, harm=None)
    assert story.decided().kept


@breaks(DECIDED)
def test_a_finding_of_the_release_is_decided_dismissed_or_retested() -> None:
    story = Handled()
    finding = story.draft(Finding)
    assert run_check(DECIDED, story).kept
    at_release = {"release": story.the_release}
    assert run_check(DECIDED, story, **at_release).sentences == [decisions.FINDING_NOT_DECIDED]
    investigation = story.add(
        Investigation, reports=[finding], applicable=False, started_on="2026-01-05", concluded_on="2026-01-05"
    )
    assert run_check(DECIDED, story, **at_release).kept
    story.revise(investigation, applicable=True)
    assert run_check(DECIDED, story, **at_release).gaps
    run_id = story.add(TestRun, release=story.the_release, build_id="build-of-1.0.0", outcome="pass", retests=[finding])
    assert run_check(DECIDED, story, **at_release).kept
    story.retire(run_id)
    story.decide(finding)
    assert run_check(DECIDED, story, **at_release).kept


# --- carried out ---


def carried_out(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(CARRIED_OUT, story, today=today)


def request(story: Handled, decision: str, **fields: Any) -> str:
    return story.add(ChangeRequest, because=[decision], **fields)


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
def test_a_decision_is_done_by_its_day() -> None:
    story = Handled()
    decision = story.decide(story.vulnerability(), option="defer", due="2026-11-25")
    assert carried_out(story).kept
    said = carried_out(story, "2026-11-26")
    assert (said.sentences, said.gaps[0].due) == ([decisions.OVERDUE], days("2026-11-25", 0))
    story.revise(decision, closed_on="2026-11-25")
    assert carried_out(story, "2026-11-26").kept


@breaks(CARRIED_OUT)
def test_a_younger_decision_about_all_of_it_takes_its_place() -> None:
    story = Handled()
    first, second = story.vulnerability(), story.vulnerability()
    story.decide(first, second, option="defer", due="2026-11-24")
    story.decide(first, option="no-fix", day="2026-11-24")
    assert carried_out(story).sentences == [decisions.OVERDUE]
    story.decide(second, option="no-fix", day="2026-11-24")
    assert carried_out(story).kept


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
@pytest.mark.parametrize("option", ["fix", "plan"])
def test_a_repair_has_a_change_request_that_is_to_be_done(option: str) -> None:
    story = Handled()
    decision = story.decide(story.vulnerability(), option=option)
    assert carried_out(story).sentences == [decisions.NO_REQUEST]
    asked = request(story, decision, decided="later", decided_why="Not now.")
    assert carried_out(story).sentences == [decisions.NO_REQUEST]
    story.revise(asked, decided="do", decided_why=None)
    assert carried_out(story).kept


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
def test_a_repair_is_closed_with_a_passing_run_and_a_release() -> None:
    story = Handled()
    decision = story.decide(story.vulnerability(), closed_on="2026-11-25")
    asked = request(story, decision)
    assert carried_out(story).sentences == [decisions.NOT_PROVED, decisions.IN_NO_RELEASE]
    story.revise(asked, done_in=story.the_release)
    failed = story.add(TestRun, outcome="fail", release=story.the_release)
    story.revise(decision, proved_by=[failed])
    assert carried_out(story).sentences == [decisions.NOT_PROVED]
    story.revise(decision, proved_by=[failed, story.add(TestRun, outcome="pass", release=story.the_release)])
    assert carried_out(story).kept


def surrounded(**fields: Any) -> Handled:
    """Return a story in which the surroundings are to protect from a vulnerability, as their context says since."""
    story = Handled()
    vulnerability = story.vulnerability()
    story.revise(story.the_context, isolation="A firewall closes port 445.", day="2026-02-01")
    story.decide(vulnerability, option="environment", **({"context": story.the_context, "day": "2026-02-02"} | fields))
    return story


@breaks(CARRIED_OUT)
def test_the_context_asks_for_the_protection() -> None:
    assert carried_out(surrounded(context=None)).sentences == [decisions.NO_CONTEXT]
    story = Handled()
    story.decide(
        story.vulnerability(day="2026-02-01"), option="environment", context=story.the_context, day="2026-02-02"
    )
    assert decisions.CONTEXT_UNCHANGED in carried_out(story).sentences


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
@pytest.mark.parametrize("of", ["context", "assumption"])
def test_a_document_of_the_release_tells_of_it(of: str) -> None:
    story = surrounded()
    assert carried_out(story).sentences == [decisions.USERS_NOT_TOLD]
    record = story.the_context
    if of == "assumption":
        record = story.add(Assumption, about=[story.the_context], day="2026-02-02")
    anchors = [{"item": "E.2.3", "place": "4.2", "tells_of": [record]}]
    story.add(ReleaseDocument, release=story.release("9.0.0"), anchors=anchors, day="2026-02-03")
    assert carried_out(story).sentences == [decisions.USERS_NOT_TOLD]
    story.add(ReleaseDocument, release=story.the_release, anchors=anchors, day="2026-02-03")
    assert carried_out(story).kept
    story.revise(record, **({"isolation": "Two firewalls."} if of == "context" else {"statement": "Two firewalls."}))
    assert decisions.USERS_NOT_TOLD in carried_out(story).sentences


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
def test_or_a_notice_to_its_users_does_once_the_decision_stands() -> None:
    for sent, told in (("2026-02-01", False), ("2026-02-02", True), ("2026-11-26", False)):
        story = surrounded()
        notice = story.add(Notice, about=[story.the_release], for_releases=[story.the_release], day="2026-02-01")
        assert carried_out(story).gaps
        story.revise(notice, sent_on=sent)
        assert carried_out(story).kept is told


def test_a_notice_about_the_advisory_does_too_and_one_about_something_else_does_not() -> None:
    story = surrounded()
    advisory = story.publish(story.called("GW-VUL-1"))
    notice = story.add(
        Notice, about=[story.release("9.0.0")], for_releases=[story.the_release], sent_on="2026-03-01", day="2026-07-02"
    )
    assert carried_out(story).gaps
    story.revise(notice, about=[advisory])
    assert carried_out(story).kept


def test_a_release_that_is_not_affected_or_not_supported_has_nobody_to_tell() -> None:
    story = surrounded()
    story.revise(story.called("GW-VUL-1"), affected=[story.release("9.0.0")])
    assert carried_out(story).kept


def test_without_a_decision_there_is_nothing_to_carry_out() -> None:
    assert carried_out(Handled()).silent


# --- days in order ---


@keeps(CARRIED_OUT)
@breaks(CARRIED_OUT)
def test_nothing_is_closed_before_what_it_is_about_was_there() -> None:
    story = Handled(quality__late_entry_days=14)
    decision = story.decide(story.vulnerability(day="2026-06-01"), option="no-fix", day="2026-06-02")
    story.revise(decision, closed_on="2026-05-18")
    assert run_check(CARRIED_OUT, story).kept
    story.revise(decision, closed_on="2026-05-17")
    assert run_check(CARRIED_OUT, story).sentences == [decisions.DONE_BEFORE]


@keeps(CARRIED_OUT)
def test_a_vulnerability_was_there_when_the_first_report_of_it_was() -> None:
    story = Handled(quality__late_entry_days=14)
    vulnerability = story.vulnerability(day="2026-06-01")
    decision = story.decide(vulnerability, option="no-fix", day="2026-06-02")
    story.investigate(story.report("2026-03-01"), leads_to=vulnerability)
    story.revise(decision, closed_on="2026-03-01")
    assert run_check(CARRIED_OUT, story).kept
    story.revise(decision, closed_on="2026-02-28")
    assert run_check(CARRIED_OUT, story).sentences == [decisions.DONE_BEFORE]


@keeps(CARRIED_OUT)
def test_what_is_taken_over_was_there_on_the_day_of_its_original() -> None:
    story = Handled(quality__late_entry_days=14)
    taken = {
        "original": evidence("old"),
        "on": "2019-05-02",
        "signatures": [{"meaning": "found", "on": "2019-05-02", "role": "tester"}],
    }
    decision = story.decide(story.vulnerability(day="2026-06-01", taken_over=taken), option="no-fix", day="2026-06-02")
    story.revise(decision, closed_on="2019-05-02")
    assert run_check(CARRIED_OUT, story).kept
    story.revise(decision, closed_on="2019-05-01")
    assert run_check(CARRIED_OUT, story).sentences == [decisions.DONE_BEFORE]
