"""Risk management as a whole: each step has its record, and changes go through it again."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.risk import steps
from asepsis.configuration.records import ChangeRequest
from asepsis.conformance import run
from asepsis.development.records import Requirement
from asepsis.risk.records import SafetyHandover
from tests.checks.risk.modelled import Modelled, score
from tests.dossiers import breaks, keeps

STEPS = "risk.steps_recorded"
CHANGES = "risk.changes_reentered"
NONE, MINOR = {"size": "none"}, {"size": "minor", "why": "A little."}


# --- the steps ---


@keeps(STEPS)
@breaks(STEPS)
def test_each_step_has_a_record() -> None:
    story = Modelled()
    assert story.said(STEPS).kept
    story.retire(story.the_risk)
    said = story.said(STEPS)
    assert (said.sentences, said.about) == ([steps.NO_RISKS], ["GW-MOD-1"])
    story.retire(story.the_threat)
    assert story.said(STEPS).sentences == [steps.NO_THREAT]
    story.retire(story.the_model)
    assert story.said(STEPS).sentences == [run.NOTHING]


@breaks(STEPS)
def test_risks_are_evaluated_in_a_plan() -> None:
    assert Modelled(plan=False).said(STEPS).sentences == [steps.NO_PLAN]


@breaks(STEPS)
def test_a_threat_has_a_control_or_an_accepted_risk() -> None:
    story = Modelled()
    story.revise(story.the_risk, controls=[], residual=score("7.5"), evaluation="unacceptable")
    assert story.said(STEPS).sentences == [steps.NOTHING_DONE]
    story.revise(story.the_risk, evaluation="needs-approval")
    assert story.said(STEPS).kept


@pytest.mark.parametrize("disposition", ["avoid", "not-applicable"])
def test_threats_that_are_dismissed_go_no_further(disposition: str) -> None:
    story = Modelled(plan=False)
    story.retire(story.the_risk)
    story.revise(story.the_threat, disposition=disposition, why="It is so.")
    assert story.said(STEPS).kept


@breaks(STEPS)
def test_a_model_rests_on_a_context_in_force() -> None:
    story = Modelled()
    story.retire(story.the_context)
    assert story.said(STEPS).sentences == [run.BROKEN]


# --- changes ---


def changed(day: str = "2026-03-02", **fields: Any) -> tuple[Modelled, str]:
    story = Modelled()
    given: dict[str, Any] = {
        "decided": "do",
        "done_in": story.the_release,
        "security_effect": MINOR,
        "safety_effect": NONE,
        "effectiveness_effect": NONE,
    }
    return story, story.add(ChangeRequest, day=day, **(given | fields))


@keeps(CHANGES)
@breaks(CHANGES)
def test_a_change_goes_through_the_model() -> None:
    for day, last, is_kept in (
        ("2026-03-02", "2026-03-02", True),
        ("2026-03-01", "2026-03-02", False),
        ("2026-03-02", "2026-03-01", False),
    ):
        story, _ = changed()
        story.revise(story.the_model, day=day, last_relevant_change=last)
        said = story.said(CHANGES)
        assert said.kept is is_kept
        assert is_kept or (said.sentences, said.about) == ([steps.MODEL_OLDER], ["GW-CHG-1"])


@breaks(CHANGES)
def test_without_a_model_no_change_went_through_it() -> None:
    story, _ = changed()
    story.retire(story.the_model)
    assert story.said(CHANGES).sentences == [steps.NO_MODEL]


@breaks(CHANGES)
def test_a_change_of_a_part_that_matters_counts_whatever_it_says() -> None:
    story = Modelled()
    story.add(
        ChangeRequest, day="2026-03-02", decided="do", done_in=story.the_release, affects=[story.the_element],
        security_effect=NONE, safety_effect=NONE, effectiveness_effect=NONE,
    )  # fmt: skip
    assert story.said(CHANGES).sentences == [steps.MODEL_OLDER]


@pytest.mark.parametrize(
    "fields",
    [
        {"security_effect": NONE},
        {"decided": "later", "decided_why": "It can wait."},
        {"done_in": None},
    ],
)
def test_other_changes_ask_for_nothing(fields: dict[str, Any]) -> None:
    story, _ = changed(**fields)
    assert story.said(CHANGES).silent


@breaks(CHANGES)
@pytest.mark.parametrize("through", ["control", "requirement", "element"])
def test_safety_hears_of_a_change_that_can_harm(through: str) -> None:
    story, change = changed(safety_effect=MINOR)
    requirement = story.add(Requirement, because=[story.the_control])
    affected = {"control": story.the_control, "requirement": requirement, "element": story.the_element}[through]
    about = story.the_threat if through == "element" else story.the_control
    story.revise(change, affects=[affected], day="2026-03-02")
    story.revise(story.the_model, day="2026-03-03", last_relevant_change="2026-03-02")
    told: dict[str, Any] = {"direction": "to-safety", "about": [about], "answer": "Seen."}
    story.add(SafetyHandover, answered_on="2026-03-01", **told)
    assert story.said(CHANGES).sentences == [steps.SAFETY_NOT_TOLD]
    story.add(SafetyHandover, answered_on="2026-03-02", **told)
    assert story.said(CHANGES).kept
