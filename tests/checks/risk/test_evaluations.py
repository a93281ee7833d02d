"""Evaluations: each cause in a risk, each risk in the plan, what stays in made up for, and all of it together."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import evaluations
from asepsis.configuration.records import ChangeRequest
from asepsis.conformance import run
from asepsis.development.records import ReleaseDecision
from asepsis.maintenance.records import Update
from asepsis.problems.records import Decision, ImpactAnalysis
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Analysis, OverallRisk, SafetyHandover, Vulnerability
from tests.checks.risk.modelled import GRID, Modelled, grid, score
from tests.dossiers import Cast, breaks, keeps

EVALUATED = "risk.threats_and_vulnerabilities_evaluated"
COMPENSATED = "risk.left_in_vulnerabilities_compensated"
OVERALL = "risk.overall_residual_evaluated"
CELL = "risk.evaluation_equals_cell"
APPROVED = "risk.residual_approved"
NO_EFFECT = {name: {"size": "none"} for name in ("safety", "security", "effectiveness")}


def decided(story: Modelled, vulnerability: str, **fields: Any) -> str:
    given = {"about": [vulnerability], "risk": story.the_risk, "effects": NO_EFFECT}
    return story.add(Decision, **(given | fields))


# --- threats and vulnerabilities ---


@keeps(EVALUATED)
@breaks(EVALUATED)
@pytest.mark.parametrize("disposition", ["mitigate", "transfer", "accept"])
def test_each_threat_that_is_not_dismissed_is_in_a_risk(disposition: str) -> None:
    story = Modelled()
    story.revise(story.the_threat, disposition=disposition, why="It is so.")
    story.revise(story.the_control, mitigates=[story.the_threat])
    story.revise(story.the_risk, benefit_risk="It is worth it.")
    assert story.said(EVALUATED).kept
    story.retire(story.the_risk)
    said = story.said(EVALUATED)
    assert (said.sentences, said.about) == ([evaluations.NOT_EVALUATED], ["GW-THR-1"])


@pytest.mark.parametrize("disposition", ["avoid", "not-applicable"])
def test_a_threat_that_is_dismissed_needs_no_risk(disposition: str) -> None:
    story = Modelled()
    story.retire(story.the_risk)
    story.revise(story.the_threat, disposition=disposition, why="It is so.")
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_a_threat_that_changed_is_evaluated_again() -> None:
    story = Modelled()
    story.revise(story.the_threat, day="2026-03-01", severity=score("9.8"))
    assert story.said(EVALUATED).sentences == [evaluations.EVALUATED_BEFORE]
    story.revise(story.the_risk, day="2026-03-02", initial=score("9.8"))
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_a_threat_to_be_mitigated_is_countered_by_a_control_of_its_risk() -> None:
    story = Modelled()
    story.revise(story.the_control, mitigates=[])
    assert story.said(EVALUATED).sentences == [evaluations.NOT_COUNTERED]


@breaks(EVALUATED)
def test_a_vulnerability_is_evaluated_from_its_first_save_on() -> None:
    story = Modelled()
    vulnerability = story.a_vulnerability()
    story.revise(story.the_risk, vulnerabilities=[vulnerability])
    assert story.said(EVALUATED).kept
    story.draft(Vulnerability, title="another")
    assert story.said(EVALUATED).about == ["GW-VUL-2"]


def test_a_vulnerability_that_is_repaired_needs_no_risk() -> None:
    story = Modelled()
    vulnerability = story.a_vulnerability()
    decision = decided(story, vulnerability, option="fix")
    assert story.said(EVALUATED).sentences == [evaluations.NOT_EVALUATED]
    story.revise(decision, closed_on="2026-03-01")
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_proposals_are_decided() -> None:
    story = Modelled()
    proposal = {"element": story.the_element, "category": "tampering"}
    sheet = {"form": "stride", "variant": "per-element"}
    analysis = story.add(
        Analysis, model=story.the_model, technique="stride", worksheet=sheet, proposals=[proposal, proposal]
    )
    said = story.said(EVALUATED)
    assert (said.sentences, said.about) == ([evaluations.UNDECIDED_PROPOSALS], ["GW-ANA-1"])
    assert "has 2 proposals" in said.texts[0]
    story.revise(analysis, proposals=[proposal | {"disposition": "rejected", "why": "Not here."}])
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_threats_strike_elements_of_a_model_in_force() -> None:
    story = Modelled()
    story.retire(story.the_model)
    assert story.said(EVALUATED).sentences == [evaluations.NO_MODEL]


def test_without_threats_there_is_a_gap() -> None:
    story = Modelled()
    story.retire(story.the_threat)
    assert story.said(EVALUATED).sentences == [run.NOTHING]


# --- what stays in ---


def left_in(**risk: Any) -> tuple[Modelled, str]:
    story = Modelled()
    story.revise(story.the_control, compensating=True)
    vulnerability = story.a_vulnerability(left_in=True)
    story.revise(story.the_risk, day="2026-02-01", vulnerabilities=[vulnerability], **risk)
    return story, vulnerability


@keeps(COMPENSATED)
@breaks(COMPENSATED)
def test_what_stays_in_is_made_up_for_by_a_control_or_a_benefit() -> None:
    story, _ = left_in()
    assert story.said(COMPENSATED).kept
    story.revise(story.the_control, compensating=False)
    said = story.said(COMPENSATED)
    assert (said.sentences, said.about) == ([evaluations.NOT_COMPENSATED], ["GW-VUL-1"])
    story.revise(story.the_risk, benefit_risk="Patients are better off.")
    assert story.said(COMPENSATED).kept


@breaks(COMPENSATED)
def test_what_stays_in_is_in_a_risk() -> None:
    story, _ = left_in()
    story.revise(story.the_risk, day="2026-02-02", vulnerabilities=[])
    assert story.said(COMPENSATED).sentences == [evaluations.NO_RISK_LEFT]


@breaks(COMPENSATED)
def test_its_risk_is_younger_than_its_analysis() -> None:
    story, vulnerability = left_in()
    story.add(ImpactAnalysis, day="2026-01-31", vulnerability=vulnerability)
    assert story.said(COMPENSATED).kept
    story.add(ImpactAnalysis, day="2026-02-02", vulnerability=vulnerability)
    assert story.said(COMPENSATED).sentences == [evaluations.RISK_BEFORE_ANALYSIS]


@breaks(COMPENSATED)
@pytest.mark.parametrize(
    ("option", "closed"), [("environment", True), ("defer", True), ("no-fix", True), ("plan", False)]
)
def test_what_is_put_off_stays_in(option: str, closed: bool) -> None:
    story, vulnerability = left_in()
    story.revise(story.the_control, compensating=False)
    story.revise(vulnerability, left_in=False)
    decision = decided(story, vulnerability, option=option, due="2026-12-31")
    if closed:
        story.revise(decision, closed_on="2026-03-01")
    assert evaluations.NOT_COMPENSATED in story.said(COMPENSATED).sentences


def test_a_plan_that_was_carried_out_leaves_nothing_in() -> None:
    story, vulnerability = left_in()
    story.revise(story.the_control, compensating=False)
    decision = decided(story, vulnerability, option="plan", due="2026-12-31")
    story.revise(vulnerability, left_in=False)
    story.add(Update, release=story.the_release, for_releases=[story.the_release], fixes=[vulnerability])
    assert story.said(COMPENSATED).sentences == [evaluations.NOT_COMPENSATED]
    story.revise(decision, closed_on="2026-03-01")
    assert story.said(COMPENSATED).kept


@breaks(COMPENSATED)
@pytest.mark.parametrize("by", ["update", "change", "decision"])
def test_what_is_not_left_in_is_repaired_in_the_release(by: str) -> None:
    story = Modelled()
    vulnerability = story.a_vulnerability()
    assert story.said(COMPENSATED).sentences == [evaluations.NEITHER_LEFT_NOR_FIXED]
    if by == "update":
        story.add(Update, release=story.the_release, for_releases=[story.the_release], fixes=[vulnerability])
    elif by == "change":
        decision = decided(story, vulnerability, option="fix")
        story.add(ChangeRequest, because=[decision], done_in=story.the_release)
    else:
        decided(story, vulnerability, option="fix", closed_on="2026-03-01")
    assert story.said(COMPENSATED).kept


def test_vulnerabilities_of_other_releases_are_not_looked_at() -> None:
    story = Modelled()
    assert story.said(COMPENSATED).silent
    story.a_vulnerability(affected=[story.release("0.9.0")])
    assert story.said(COMPENSATED).silent


# --- all that is left ---


def judged(**fields: Any) -> tuple[Modelled, str]:
    story = Modelled()
    given: dict[str, Any] = {
        "release": story.the_release,
        "plan": story.the_plan,
        "risks": [story.the_risk],
        "conclusion": "acceptable",
    }
    return story, story.add(OverallRisk, **(given | fields))


@keeps(OVERALL)
@breaks(OVERALL)
def test_all_risks_are_judged_together() -> None:
    story, overall = judged()
    assert story.said(OVERALL).kept
    story.a_risk()
    said = story.said(OVERALL)
    assert (said.sentences, said.about) == ([evaluations.RISKS_LEFT_OUT], [story.labels[overall]])
    assert "GW-RSK-2" in said.texts[0]


@breaks(OVERALL)
def test_they_are_judged_as_they_are_now() -> None:
    story, _ = judged()
    story.revise(story.the_risk, day="2026-03-01", initial=score("9.8"))
    assert story.said(OVERALL).sentences == [evaluations.RISKS_CHANGED]


@breaks(OVERALL)
def test_the_conclusion_is_that_they_are_acceptable_and_they_are() -> None:
    story, overall = judged(conclusion="not-acceptable")
    assert story.said(OVERALL).sentences == [evaluations.NOT_ACCEPTABLE]
    story.revise(story.the_risk, residual=score("7.5"), harm_before="minor", harm_after="minor")
    story.revise(overall, conclusion="acceptable")
    assert story.said(OVERALL).sentences == [evaluations.ACCEPTED_TOO_MUCH]


@breaks(OVERALL)
def test_the_newest_evaluation_of_the_release_counts() -> None:
    story, overall = judged(risks=[])
    assert story.said(OVERALL).sentences == [evaluations.RISKS_LEFT_OUT]
    story.add(
        OverallRisk, day="2026-03-01", release=story.the_release, plan=story.the_plan, risks=[story.the_risk],
        conclusion="acceptable",
    )  # fmt: skip
    assert story.said(OVERALL).kept
    assert overall
    story.the_release = story.release("2.0.0")
    assert story.said(OVERALL).sentences == [run.NOTHING]


# --- the cell ---


@keeps(CELL)
@breaks(CELL)
def test_a_risk_is_evaluated_as_its_cell_says() -> None:
    story = Modelled()
    assert story.said(CELL).kept
    story.revise(story.the_risk, evaluation="needs-approval")
    said = story.said(CELL)
    assert (said.sentences, said.about) == ([evaluations.OTHER_VERDICT], ["GW-RSK-1"])


@breaks(CELL)
def test_a_risk_lies_in_one_cell() -> None:
    story = Modelled()
    story.revise(story.the_risk, harm_before="grave", harm_after="grave")
    assert story.said(CELL).sentences == [evaluations.NO_CELL]


@breaks(CELL)
def test_the_role_of_the_cell_approves() -> None:
    story = Modelled()
    cells = [one | {"approver": "quality"} for one in grid(*GRID)]
    story.revise(story.the_plan, day="2026-03-01", cells=cells)
    said = story.said(CELL)
    assert (said.sentences, said.gaps[0].owner) == ([evaluations.NOT_APPROVED], SystemRole.QUALITY)
    story.revise(story.the_risk, day="2026-03-02", notes="Signed again.")
    assert story.said(CELL).kept


@breaks(CELL)
def test_harm_is_lowered_by_a_control_that_acts_on_harm() -> None:
    story = Modelled()
    story.revise(story.the_risk, harm_before="minor")
    assert story.said(CELL).sentences == [evaluations.HARM_LOWERED_BY_NOTHING]
    story.revise(story.the_control, acts_on="both")
    assert story.said(CELL).kept


def test_without_risks_no_cell_is_looked_up() -> None:
    story = Modelled()
    story.retire(story.the_risk)
    assert story.said(CELL).silent


# --- approved ---


def staffed(**risk: Any) -> Modelled:
    story = Modelled()
    story.people()
    if risk:
        story.revise(story.the_risk, day="2026-02-01", **risk)
    return story


NEEDS_APPROVAL: dict[str, Any] = {
    "residual": score("7.5"),
    "evaluation": "needs-approval",
    "benefit_risk": "Patients are better off.",
    "accepted_until": "2026-11-25",
}


@keeps(APPROVED)
@breaks(APPROVED)
def test_what_is_left_is_acceptable() -> None:
    assert staffed().said(APPROVED).kept
    said = staffed(residual=score("7.5"), harm_before="minor", harm_after="minor").said(APPROVED)
    assert evaluations.UNACCEPTABLE in said.sentences


@breaks(APPROVED)
def test_or_it_is_weighed_and_accepted_until_a_day() -> None:
    story = staffed(**NEEDS_APPROVAL)
    assert story.said(APPROVED, today="2026-11-25").kept
    said = story.said(APPROVED, today="2026-11-26")
    assert (said.sentences, said.gaps[0].owner) == ([evaluations.ACCEPTANCE_OVER], Cast.SECURITY)
    story.revise(story.the_risk, day="2026-02-02", benefit_risk=None, accepted_until=None)
    assert story.said(APPROVED).sentences == [evaluations.NOT_WEIGHED]


@breaks(APPROVED)
def test_it_is_accepted_up_to_the_release_at_least() -> None:
    for on, sentences in (("2026-11-25", []), ("2026-11-26", [evaluations.ACCEPTANCE_ENDS_BEFORE])):
        story = staffed(**NEEDS_APPROVAL)
        decision = story.draft(ReleaseDecision, day="2026-11-20", release=story.the_release, on=on)
        story.submit(decision, day="2026-11-20")
        assert story.said(APPROVED, today="2026-11-25").sentences == sentences


@breaks(APPROVED)
def test_what_is_left_in_is_made_up_for_in_each_of_its_risks() -> None:
    story = staffed()
    vulnerability = story.a_vulnerability(left_in=True)
    story.revise(story.the_risk, vulnerabilities=[vulnerability])
    assert story.said(APPROVED).sentences == [evaluations.LEFT_IN_WITHOUT]
    story.revise(story.the_control, compensating=True)
    assert story.said(APPROVED).kept


@breaks(APPROVED)
def test_safety_knows_of_what_harm_is_left() -> None:
    story = staffed(harm_before="minor", harm_after="minor")
    assert story.said(APPROVED).sentences == [evaluations.SAFETY_NOT_TOLD]
    handover = story.add(SafetyHandover, day="2026-02-01", direction="to-safety", about=[story.the_risk])
    assert story.said(APPROVED).sentences == [evaluations.SAFETY_NOT_TOLD]
    story.revise(handover, day="2026-02-01", answered_on="2026-02-01", answer="Seen.")
    assert story.said(APPROVED).kept
    story.revise(story.the_risk, day="2026-02-02", initial=score("9.8"))
    assert story.said(APPROVED).sentences == [evaluations.SAFETY_NOT_TOLD]


@breaks(APPROVED)
def test_who_owns_a_risk_is_there() -> None:
    story = Modelled()
    story.people(security=("2020-01-01", "2026-11-24"))
    said = story.said(APPROVED, today="2026-11-25")
    assert (said.sentences, said.about) == ([evaluations.OWNER_LEFT], ["GW-RSK-1"])
    assert story.said(APPROVED, today="2026-11-24").kept


def test_who_is_there_may_not_be_known() -> None:
    said = Modelled().said(APPROVED)
    assert [one.said.sentence for one in said.unknowns] == [run.ABSENT]


def test_without_risks_nothing_is_approved() -> None:
    story = Modelled()
    story.retire(story.the_risk)
    assert story.said(APPROVED).silent
