"""Stories about software from before the standard: one version on the transitional route, with a risk and a gap."""

from __future__ import annotations

from typing import Any

from asepsis.quality.records import Applicability
from asepsis.risk.records import OverallRisk
from asepsis.transition.records import TransitionAssessment, TransitionGap
from tests.checks.risk.modelled import Modelled
from tests.dossiers import Cast, evidence

ASKED = ("5.2.1", "5.2.2", "5.2.3", "5.7.1", "5.7.2", "5.7.3", "5.7.4", "5.7.5", "7.1.1", "7.1.2", "7.2", "7.3")


class Transitional(Modelled):
    """A version on the transitional route whose residual risk was evaluated."""

    def __init__(self) -> None:
        super().__init__()
        self.people()
        self.the_applicability = self.add(
            Applicability, profile=self.the_profile, versions=["1.0.0"], route="transitional",
            developed_before="2021-12-01", developed_before_proof=evidence("old release note"),
        )  # fmt: skip
        self.the_overall = self.an_overall()

    def an_overall(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "plan": self.the_plan,
            "risks": [self.the_risk],
            "conclusion": "acceptable",
        }
        return self.add(OverallRisk, **(given | fields))

    def assessed(self, *lines: dict[str, Any], **fields: Any) -> str:
        """Assess the version: each clause is fulfilled by the risk, but for those given."""
        own = {line["clause"] for line in lines}
        rest = [
            {"clause": clause, "available": [self.the_risk], "adequate": "yes"} for clause in ASKED if clause not in own
        ]
        given: dict[str, Any] = {"versions": ["1.0.0"], "sub_clauses": [*lines, *rest]}
        return self.add(TransitionAssessment, **(given | fields))

    def a_gap(self, *, signed: bool = True, **fields: Any) -> str:
        given: dict[str, Any] = {
            "clause": "5.2.1",
            "risk": self.the_risk,
            "owner": Cast.SECURITY,
            "closes_by": "a",
            "due": "2026-11-25",
        }
        return (self.add if signed else self.draft)(TransitionGap, **(given | fields))
