"""The decision about a release: what it rests on, what is open, and what came when."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import gate
from asepsis.conformance import run
from asepsis.development.records import CarriedForward, IntegrityManifest, ReleaseDecision, ReleaseDocument, TestRun
from asepsis.exchange.facts import Answered, Assessed
from asepsis.maintenance.records import Update
from asepsis.problems.records import Decision, Incident, Investigation, Report
from asepsis.quality.records import Nonconformity
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Control, Vulnerability
from asepsis.statements.records import Policy
from tests.dossiers import ORGANISATION, Cast, Story, breaks, digest, keeps, run_check

OPEN = "development.open_issues_at_gate"
RESTS = "development.release_rests_on_assessment"
ORDER = "development.records_before_release"


class Gated(Story):
    """A release that may be decided on an assessment of what stands when `assess` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()

    def assess(self, *answers: Answered, name: str = "assessment", readable: bool = True, **fields: Any) -> None:
        given: dict[str, Any] = {
            "edition": "iec-81001-5-1-2021",
            "policy": self.view().policy.digest,
            "position": len(self.ledger().entries) - 1,
            "at": "2026-06-01T12:00:00Z",
            "answers": answers,
            "release": self.the_release,
            "build_id": "build-of-1.0.0",
        }
        day = f"2026-06-{len(self._facts) + 1:02}"
        self.take_in(Assessed(**(given | fields)), digest(name), day=day, readable=readable)

    def decide(self, outcome: str = "release", day: str = "2026-06-02", **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "outcome": outcome,
            "assessment": digest("assessment"),
            "on": day,
        }
        return self.add(ReleaseDecision, day=day, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- nothing is open ---


@keeps(OPEN)
@breaks(OPEN)
@pytest.mark.parametrize("how", ["affected", "left_in"])
def test_each_vulnerability_of_the_release_is_decided(how: str) -> None:
    story = Gated()
    vulnerability = story.add(Vulnerability, left_in=how == "left_in")
    if how == "affected":
        assert story.said(OPEN).kept
        story.revise(vulnerability, affected=[story.the_release])
    said = story.said(OPEN)
    assert (said.sentences, said.about) == ([gate.UNDECIDED], [story.labels[vulnerability]])
    assert said.gaps[0].owner == SystemRole.SECURITY
    story.add(Decision, about=[vulnerability], option="fix")
    assert story.said(OPEN).kept


@breaks(OPEN)
def test_issues_count_before_anybody_signs_them_and_once() -> None:
    story = Gated()
    story.draft(Vulnerability, left_in=True)
    assert len(story.said(OPEN).gaps) == 1
    signed = story.add(Vulnerability, left_in=True)
    story.revise(signed, title="Called otherwise", signed=False)
    assert len(story.said(OPEN).gaps) == 2


@breaks(OPEN)
def test_what_was_left_in_the_release_before_is_decided_for_this_one() -> None:
    story = Gated()
    newer = story.release("2.0.0", predecessor=story.the_release)
    story.add(Vulnerability, left_in=True, affected=[story.the_release])
    story.add(Vulnerability, left_in=False, affected=[story.the_release])
    assert len(run_check(OPEN, story, release=newer).gaps) == 1


@pytest.mark.parametrize(
    ("versions", "counts"),
    [(["1.0.0"], True), ([], True), (["vers:semver/<2.0.0"], True), (["0.9.0"], False), (["vers:odd/1"], True)],
)
def test_each_report_about_the_version_is_investigated(versions: list[str], counts: bool) -> None:
    story = Gated()
    report = story.add(Report, versions=versions)
    assert bool(story.said(OPEN).gaps) is counts
    story.revise(report, versions=[])
    given: dict[str, Any] = {"reports": [report], "started_on": "2026-02-01"}
    investigation = story.add(Investigation, **given)
    assert story.said(OPEN).sentences == [gate.NOT_INVESTIGATED]
    story.revise(investigation, concluded_on="2026-02-02")
    assert story.said(OPEN).kept


@breaks(OPEN)
def test_each_incident_that_is_not_about_something_else_is_contained() -> None:
    story = Gated()
    incident = story.add(Incident)
    said = story.said(OPEN)
    assert said.sentences == [gate.NOT_CONTAINED]
    assert said.gaps[0].owner == SystemRole.INCIDENT
    elsewhere = story.add(Vulnerability, left_in=True, affected=[story.release("0.9")])
    story.revise(incident, vulnerabilities=[elsewhere])
    assert story.said(OPEN).kept
    here = story.add(Vulnerability, affected=[story.the_release])
    story.add(Decision, about=[here], option="fix")
    story.revise(incident, vulnerabilities=[elsewhere, here])
    assert story.said(OPEN).sentences == [gate.NOT_CONTAINED]
    noticed = "2026-02-01T10:00:00.000000Z"
    story.revise(incident, noticed_on=noticed, aware_on=noticed, contained_on="2026-02-01T09:59:59.000000Z")
    assert story.said(OPEN).sentences == [gate.NOT_CONTAINED]
    story.revise(incident, contained_on=noticed)
    assert story.said(OPEN).kept


@breaks(OPEN)
def test_an_incident_about_a_report_of_the_version_is_contained() -> None:
    story = Gated()
    report = story.add(Report, versions=["1.0.0"])
    story.add(Investigation, reports=[report], started_on="2026-02-01", concluded_on="2026-02-01")
    story.add(Incident, reports=[report])
    assert story.said(OPEN).sentences == [gate.NOT_CONTAINED]


@breaks(OPEN)
def test_each_major_nonconformity_about_the_release_is_accepted() -> None:
    story = Gated()
    control = story.add(Control)
    given: dict[str, Any] = {"about": [control], "answer_due": "2026-02-01"}
    nonconformity = story.add(Nonconformity, grade="major", **given)
    story.add(Nonconformity, grade="minor", **given)
    said = story.said(OPEN)
    assert (said.sentences, said.about) == ([gate.NOT_ACCEPTED], [story.labels[nonconformity]])
    answer: dict[str, Any] = {"cause": "Haste.", "correction": "Done.", "answered_on": "2026-01-20"}
    story.revise(nonconformity, accepted_on="2026-01-20", **answer)
    assert story.said(OPEN).kept


def test_nonconformities_about_other_things_do_not_hold_the_release_up() -> None:
    story = Gated()
    other = story.add(TestRun, release=story.release("0.9"))
    story.add(Nonconformity, grade="major", about=[other])
    story.add(Nonconformity, grade="major", owned_by=ORGANISATION)
    assert story.said(OPEN).kept
    story.add(Nonconformity, grade="major", about=[story.the_release])
    assert story.said(OPEN).gaps


@breaks(OPEN)
def test_an_issue_that_came_up_after_the_assessment_asks_for_another() -> None:
    story = Gated()
    story.assess()
    story.decide()
    assert story.said(OPEN).kept
    vulnerability = story.add(Vulnerability, left_in=True, day="2026-06-01")
    story.add(Decision, about=[vulnerability], option="fix", day="2026-06-01")
    assert story.said(OPEN).sentences == [gate.CAME_AFTER]
    before = Gated()
    vulnerability = before.add(Vulnerability, left_in=True)
    before.add(Decision, about=[vulnerability], option="fix")
    before.draft(Report, versions=["1.0.0"])
    before.assess()
    before.decide()
    assert before.said(OPEN).sentences == [gate.NOT_INVESTIGATED]
    later = Gated()
    later.assess()
    later.decide()
    vulnerability = later.add(Vulnerability, left_in=True, day="2026-06-03")
    later.add(Decision, about=[vulnerability], option="fix", day="2026-06-03")
    assert later.said(OPEN).kept


def test_without_a_release_no_gate_is_looked_at() -> None:
    assert run_check(OPEN, Gated()).kept


# --- what the decision rests on ---


@keeps(RESTS)
@breaks(RESTS)
def test_a_release_rests_on_an_assessment_that_is_here() -> None:
    story = Gated()
    assert story.said(RESTS).silent
    decision = story.decide()
    said = story.said(RESTS)
    assert (said.sentences, said.about) == ([gate.NOT_TAKEN_IN], [story.labels[decision]])
    with_it = Gated()
    with_it.assess()
    with_it.decide()
    assert with_it.said(RESTS).kept


@breaks(RESTS)
def test_a_decision_that_waits_for_signatures_is_looked_at_already() -> None:
    story = Gated()
    decision = story.draft(ReleaseDecision, release=story.the_release, outcome="release")
    assert story.said(RESTS).silent
    story.submit(decision)
    said = story.said(RESTS)
    assert (said.sentences, said.about) == ([gate.NOT_TAKEN_IN], [story.labels[decision]])


def test_a_refusal_rests_on_nothing() -> None:
    story = Gated()
    story.decide("refuse", assessment=digest("an earlier one"))
    assert story.said(RESTS).silent
    story.assess()
    story.decide(day="2026-06-03")
    assert story.said(RESTS).kept


@breaks(RESTS)
@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"release": "f" * 32}, "release"),
        ({"build_id": "another"}, "build"),
        ({"edition": "another"}, "edition"),
        ({"policy": "0" * 64}, "policy"),
    ],
)
def test_the_assessment_is_of_what_goes_out(fields: dict[str, Any], what: str) -> None:
    story = Gated()
    story.assess(**fields)
    story.decide()
    said = story.said(RESTS)
    assert said.sentences == [gate.OF_SOMETHING_ELSE]
    assert f"another {what}" in said.texts[0]


def test_a_policy_that_came_after_the_decision_does_not_count_against_it() -> None:
    story = Gated()
    story.assess(policy="0" * 64)
    story.decide()
    values = [{"name": "quality.audit_cycle_months", "set_to": "24", "why": "More often."}]
    policy = story.add(Policy, owned_by=ORGANISATION, day="2026-06-01", values=values)
    assert story.said(RESTS).gaps
    story.revise(policy, day="2026-06-03", review_by="2028-01-01")
    assert story.said(RESTS).kept


@breaks(RESTS)
def test_the_assessment_has_seen_all_records_of_the_release() -> None:
    story = Gated()
    story.assess()
    document = story.add(ReleaseDocument, release=story.the_release, day="2026-06-01")
    story.decide()
    said = story.said(RESTS)
    assert said.sentences == [gate.OLDER]
    assert story.labels[document] in said.texts[0]
    seen = Gated()
    seen.add(ReleaseDocument, release=seen.the_release, day="2026-06-01")
    seen.assess()
    seen.decide()
    assert seen.said(RESTS).kept


def test_what_came_after_the_decision_or_is_of_another_release_was_not_to_be_seen() -> None:
    story = Gated()
    story.assess()
    story.decide()
    story.add(ReleaseDocument, release=story.the_release, day="2026-06-03")
    story.add(TestRun, release=story.release("2.0.0", predecessor=story.the_release), day="2026-06-01")
    story.add(Update, release=story.the_release, for_releases=["f" * 32], day="2026-06-01")
    assert story.said(RESTS).kept


@breaks(RESTS)
@pytest.mark.parametrize("verdict", ["gap", "unknown"])
def test_a_release_goes_out_without_gaps(verdict: Any) -> None:
    story = Gated()
    story.assess(Answered("5.7.4-1", verdict), Answered("5.7.1-1", "met"))
    story.decide()
    said = story.said(RESTS)
    assert said.sentences == [gate.HAS_GAPS]
    assert said.texts[0].endswith("in 5.7.4-1.")


def test_what_does_not_count_and_the_gate_itself_are_left_out() -> None:
    story = Gated()
    answers = [Answered("5.7.4-1", "gap", counts=False), Answered("5.8.6-1", "gap"), Answered("F.2-1", "gap")]
    story.assess(*answers, Answered("5.7.1-1", "not-applicable"))
    story.decide()
    assert story.said(RESTS).kept


LEFT = {"obligation": "5.7.4-1", "why_better_off": "The hole is closed.", "owner": Cast.TESTER, "due": "2026-11-25"}


@breaks(RESTS)
def test_a_gap_that_is_left_is_owed_by_somebody() -> None:
    story = Gated()
    story.assess(Answered("5.7.4-1", "gap"), Answered("5.7.3-1", "unknown"))
    story.decide("release-with-gaps", gaps=[LEFT])
    said = story.said(RESTS, today="2026-11-25")
    assert said.sentences == [gate.NOT_IN_GAPS]
    assert "5.7.3-1" in said.texts[0]
    assert "5.7.4-1" not in said.texts[0]


@breaks(RESTS)
def test_a_gap_that_is_left_is_closed_by_its_day() -> None:
    story = Gated()
    story.assess(Answered("5.7.4-1", "gap"))
    story.decide("release-with-gaps", gaps=[LEFT])
    assert story.said(RESTS, today="2026-11-25").kept
    said = story.said(RESTS, today="2026-11-26")
    assert said.sentences == [gate.GAP_STANDS]
    assert said.gaps[0].owner == Cast.TESTER
    story.add(ReleaseDocument, release=story.release("0.9"), day="2026-10-01")
    story.assess(Answered("5.7.4-1", "met"), name="another", release="f" * 32)
    assert story.said(RESTS, today="2026-11-26").gaps
    story.assess(Answered("5.7.4-1", "met"), name="a later one")
    assert story.said(RESTS, today="2026-11-26").kept


def test_an_assessment_that_cannot_be_made_again_is_not_known() -> None:
    story = Gated()
    story.assess(readable=False)
    story.decide()
    assert [one.said.sentence for one in story.said(RESTS).unknowns] == [run.UNREADABLE]
    gone = Gated()
    gone.assess()
    gone.decide()
    gone.lose("assessment")
    assert [one.said.sentence for one in gone.said(RESTS).unknowns] == [gate.ASSESSMENT_GONE]


def test_only_the_release_that_is_looked_at_is_asked() -> None:
    story = Gated()
    story.decide()
    assert run_check(RESTS, story, release=story.release("2.0.0")).silent


# --- all was there before ---


@keeps(ORDER)
@breaks(ORDER)
def test_records_of_a_release_come_before_it() -> None:
    story = Gated()
    assert story.said(ORDER).silent
    for kind in (TestRun, ReleaseDocument, IntegrityManifest):
        story.add(kind, release=story.the_release, day="2026-06-02")
    story.decide()
    assert story.said(ORDER).kept
    story.add(TestRun, release=story.the_release, day="2026-06-02")
    story.add(ReleaseDocument, release=story.the_release, day="2026-06-03")
    said = story.said(ORDER)
    assert (said.sentences, said.about) == ([gate.CAME_LATE], [story.labels[story.the_release]])
    assert "2 records" in said.texts[0]


def test_a_record_that_was_changed_later_was_there_before() -> None:
    story = Gated()
    document = story.add(ReleaseDocument, release=story.the_release)
    story.decide()
    story.revise(document, day="2026-06-03", version="1.0.0")
    assert story.said(ORDER).kept


def test_records_of_other_releases_and_those_that_come_after_any_release_are_not_late() -> None:
    story = Gated()
    story.decide()
    newer = story.release("2.0.0")
    story.add(TestRun, release=newer, day="2026-06-03")
    carried = [{"record": "f" * 32, "why_unaffected": "No change."}]
    given: dict[str, Any] = {"from_release": story.the_release, "records": carried}
    story.add(CarriedForward, release=newer, day="2026-06-03", **given)
    story.add(Update, release=story.the_release, for_releases=["f" * 32], day="2026-06-03")
    assert story.said(ORDER).kept


@breaks(ORDER)
def test_nobody_has_an_update_before_its_release_is_decided() -> None:
    story = Gated()
    story.decide()
    update = story.add(Update, release=story.the_release, for_releases=["f" * 32], available_on="2026-06-02")
    assert story.said(ORDER).kept
    newer = story.release("2.0.0")
    story.add(Update, release=newer, for_releases=[story.the_release], available_on="2026-06-01")
    assert story.said(ORDER).kept
    story.revise(update, available_on="2026-06-01")
    assert story.said(ORDER).sentences == [gate.UPDATE_EARLY]


def test_a_refused_release_has_no_order() -> None:
    story = Gated()
    story.decide("refuse")
    story.add(TestRun, release=story.the_release, day="2026-06-03")
    assert story.said(ORDER).silent
