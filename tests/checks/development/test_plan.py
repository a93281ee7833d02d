"""The security plan: what it promised is there."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import plan
from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import run
from asepsis.development.records import CarriedForward, ReleaseDecision, SecurityPlan, TestCase, TestRun
from asepsis.quality.records import ProductProfile, Role
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Asset, Control, Threat
from tests.dossiers import Story, breaks, keeps, run_check

PLANNED = "development.planned_outputs"


class Planned(Story):
    def __init__(self, output: str = "Asset", clause: str = "7.2", **fields: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        self.role = self.add(Role, acts_as=["security"])
        activity: dict[str, Any] = {
            "clause": clause,
            "phase": "design",
            "role": self.role,
            "output": output,
            "due": "2026-11-25",
        }
        self.plan = self.add(SecurityPlan, profile=self.add(ProductProfile), activities=[activity], **fields)

    def said(self, today: str = "2026-11-26") -> Any:
        return run_check(PLANNED, self, release=self.the_release, today=today)


@keeps(PLANNED)
@breaks(PLANNED)
def test_an_output_is_there_on_its_due_day() -> None:
    story = Planned()
    assert story.said("2026-11-25").kept
    said = story.said("2026-11-26")
    assert (said.sentences, said.about) == ([plan.NOT_THERE], [story.labels[story.plan]])
    assert said.gaps[0].owner == SystemRole.SECURITY
    draft = story.draft(Asset)
    assert story.said().gaps
    story.submit(draft)
    story.sign(draft)
    assert story.said().kept


@breaks(PLANNED)
@pytest.mark.parametrize("state", ["draft", "submitted", "effective"])
def test_all_outputs_are_there_when_the_release_is_to_be_decided(state: str) -> None:
    story = Planned()
    decision = story.draft(ReleaseDecision, release=story.the_release)
    if state != "draft":
        story.submit(decision)
    if state == "effective":
        story.sign(decision)
    assert bool(story.said("2026-11-25").gaps) is (state != "draft")
    story.submit(decision)
    assert story.said("2026-11-25").gaps


@breaks(PLANNED)
def test_an_output_that_names_a_release_is_of_this_one() -> None:
    story = Planned("TestRun")
    before = story.release("0.9")
    earlier = story.add(TestRun, release=before)
    assert story.said().sentences == [plan.NOT_THERE]
    carried = [{"record": earlier, "why_unaffected": "No change."}]
    story.add(CarriedForward, release=story.the_release, from_release=before, records=carried)
    assert story.said().kept
    other = Planned("TestRun")
    other.add(TestRun, release=other.the_release)
    assert other.said().kept


@breaks(PLANNED)
def test_an_output_rests_on_nothing_that_changed_or_is_gone() -> None:
    story = Planned("Control")
    threat = story.add(Threat)
    control = story.add(Control, mitigates=[threat])
    assert story.said().kept
    story.revise(threat, day="2026-02-01", attack_vector="Another.")
    assert story.said().sentences == [plan.NONE_SOUND]
    story.look(control, threat, day="2026-02-02")
    assert story.said().kept
    story.retire(threat, day="2026-02-03")
    assert story.said().sentences == [plan.NONE_SOUND]
    story.add(Control)
    assert story.said().kept


@breaks(PLANNED)
def test_an_activity_is_left_out_once_all_duties_of_its_clause_are_tailored() -> None:
    duties = [one.id for one in catalogue().clause("5.4.3").obligations]
    rows = [{"obligation": one, "why": "No hardware.", "instead": "A list."} for one in duties]
    assert Planned("Interface", "5.4.3", tailoring=rows).said().kept
    assert Planned("Interface", "5.4.3", tailoring=rows[1:]).said().gaps
    assert Planned("Interface", "5.4.2", tailoring=rows).said().gaps


@breaks(PLANNED)
def test_an_output_is_a_kind_of_record() -> None:
    assert Planned("Spreadsheet").said().sentences == [plan.NO_SUCH_KIND]


def test_a_role_that_acts_as_several_leaves_the_gap_with_the_release_manager() -> None:
    story = Planned()
    story.revise(story.role, acts_as=["security", "quality"])
    assert story.said().gaps[0].owner is None


def test_a_kind_without_a_release_counts_as_it_stands() -> None:
    story = Planned("TestCase")
    story.add(TestCase)
    assert story.said().kept


def test_without_a_plan_there_is_a_gap() -> None:
    story = Story()
    assert run_check(PLANNED, story, release=story.release()).sentences == [run.NOTHING]
