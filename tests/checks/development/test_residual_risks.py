"""What is left in a release: users are told of all of it, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import residual_risks
from asepsis.development.records import ReleaseDocument
from asepsis.problems.records import Decision
from asepsis.risk.records import OverallRisk, Risk, RiskPlan, Threat, Vulnerability
from tests.dossiers import Story, breaks, keeps, run_check

TOLD = "development.residual_risks_told"


class Left(Story):
    """A release with a document; its plan lets scores up to 4.0 stay, and asks for approval up to 7.0."""

    def __init__(self, plan: bool = True) -> None:
        super().__init__()
        self.the_release = self.release()
        self.document = self.add(ReleaseDocument, release=self.the_release)
        bounds = [("0.0", "4.0", "acceptable"), ("4.1", "7.0", "needs-approval"), ("7.1", "10.0", "unacceptable")]
        if plan:
            self.add(
                RiskPlan,
                cells=[
                    {"method": "cvss4.0", "score_from": low, "score_to": high, "harm": "none", "verdict": verdict}
                    for low, high, verdict in bounds
                ],
            )

    def risk(self, number: str = "5.0", **fields: Any) -> str:
        return self.add(Risk, residual={"method": "cvss4.0", "number": number}, harm_after="none", **fields)

    def tell(self, *records: str, item: str = "5.8.2 d", day: str = "2026-02-01") -> None:
        self.revise(self.document, day=day, anchors=[{"item": item, "place": "4.2", "tells_of": list(records)}])

    def said(self, **arguments: Any) -> Any:
        return run_check(TOLD, self, release=self.the_release, **arguments)


@keeps(TOLD)
@breaks(TOLD)
def test_a_risk_that_is_left_by_approval_is_told() -> None:
    story = Left()
    story.risk("4.0")
    assert story.said().kept
    risk = story.risk("4.1")
    said = story.said()
    assert (said.sentences, said.about) == ([residual_risks.UNTOLD], [story.labels[risk]])
    story.tell(risk)
    assert story.said().kept


@breaks(TOLD)
@pytest.mark.parametrize(("item", "kept"), [("5.8.2 d", True), ("E.2.2", True), ("E.2.2 b", True), ("5.8.2 a", False)])
def test_it_is_told_among_the_residual_risks(item: str, kept: bool) -> None:
    story = Left()
    risk = story.risk()
    assert story.said().gaps
    story.tell(risk, item=item)
    assert story.said().kept is kept


@breaks(TOLD)
@pytest.mark.parametrize("disposition", ["accept", "transfer"])
def test_threats_that_are_accepted_or_handed_on_are_told(disposition: str) -> None:
    story = Left()
    story.add(Threat, disposition="mitigate")
    assert story.said().kept
    threat = story.add(Threat, disposition=disposition, why="It is rare.")
    assert story.said().about == [story.labels[threat]]
    story.tell(threat)
    assert story.said().kept


@breaks(TOLD)
def test_vulnerabilities_that_are_left_in_are_told_signed_or_not() -> None:
    story = Left()
    story.add(Vulnerability, left_in=False)
    story.add(Vulnerability, left_in=True, affected=[story.release("0.9")])
    assert story.said().kept
    signed = story.add(Vulnerability, left_in=True, affected=[story.the_release])
    draft = story.draft(Vulnerability, left_in=True)
    assert story.said().about == [story.labels[signed], story.labels[draft]]


@breaks(TOLD)
def test_a_text_about_a_risk_that_changed_is_looked_at_again() -> None:
    story = Left()
    risk = story.risk()
    story.tell(risk)
    story.revise(risk, day="2026-03-01", residual={"method": "cvss4.0", "number": "6.0"})
    assert story.said().sentences == [residual_risks.TOLD_BEFORE]
    story.look(story.document, risk, day="2026-03-02")
    assert story.said().kept


@breaks(TOLD)
def test_what_is_disclosed_later_need_not_be_told_yet() -> None:
    story = Left()
    vulnerability = story.add(Vulnerability, left_in=True)
    risk = story.risk(vulnerabilities=[vulnerability], threats=None)
    decision = story.add(Decision, about=[vulnerability], option="fix", disclose="later", disclose_by="2027-01-01")
    assert len(story.said().gaps) == 2
    story.embargo(vulnerability)
    assert story.said().about == [story.labels[risk]]
    story.embargo(risk)
    assert story.said().kept
    story.revise(decision, disclose="no", disclose_by=None)
    assert len(story.said().gaps) == 2


@breaks(TOLD)
def test_no_document_tells_of_a_risk_that_is_no_longer_left() -> None:
    story = Left()
    risk = story.risk("4.0")
    story.tell(risk)
    said = story.said()
    assert (said.sentences, said.about) == ([residual_risks.NO_LONGER_LEFT], [story.labels[story.document]])
    story.add(OverallRisk, day="2026-02-02", release=story.the_release, tell=[risk])
    assert story.said().kept
    story.retire(risk, day="2026-03-01")
    assert story.said().sentences == [residual_risks.NO_LONGER_LEFT]


@breaks(TOLD)
def test_two_places_that_tell_of_such_a_risk_are_one_gap() -> None:
    story = Left()
    risk = story.risk("4.0")
    anchor = {"item": "5.8.2 d", "place": "4.2", "tells_of": [risk]}
    story.revise(story.document, day="2026-02-01", anchors=[anchor, anchor | {"place": "4.3"}])
    assert len(story.said().gaps) == 1


def test_what_a_place_tells_of_and_is_not_here_is_no_risk() -> None:
    story = Left()
    story.tell("f" * 32)
    assert story.said().kept


def test_a_place_may_tell_of_other_things_too() -> None:
    story = Left()
    story.tell(story.add(Threat))
    assert story.said().kept


@breaks(TOLD)
def test_without_a_plan_the_risk_says_itself_what_it_is() -> None:
    story = Left(plan=False)
    risk = story.risk(evaluation="needs-approval")
    assert story.said().about == [story.labels[risk]]
    story.revise(risk, evaluation="acceptable")
    assert story.said().kept


def test_without_a_release_nobody_is_told_anything() -> None:
    story = Left()
    story.risk()
    assert run_check(TOLD, story).kept
