"""The security plan: in force, whole, older than the work, and what it promised is there."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.check import CHECKS
from asepsis.checks.development import plan
from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import CategoryChange
from asepsis.conformance import run
from asepsis.development.records import (
    CarriedForward,
    CodingStandard,
    ReleaseDecision,
    SecurityPlan,
    TestCase,
    TestRun,
)
from asepsis.quality.records import Applicability, Appointment, Procedure, ProductProfile, Role
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Unknown
from asepsis.risk.records import Asset, Control, Threat
from tests.dossiers import ORGANISATION, Story, breaks, keeps, run_check

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


# --- in force and whole ---

IN_FORCE = "development.plan_in_force"
BEFORE_WORK = "development.plan_before_work"
ELEMENTS = "development.lifecycle_elements"
REQUIRED = [
    clause.id
    for clause in catalogue().clauses
    if clause.id.startswith("5.") and any(one.modality == "S" for one in clause.obligations)
]


class Whole(Story):
    """A plan with an activity for each clause of development, given to a role that somebody holds."""

    def __init__(self, *leave_out: str, day: str = "2026-01-05", **fields: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        self.role = self.add(Role)
        self.appointment = self.add(Appointment, role=self.role, since="2026-01-01", owned_by=ORGANISATION)
        self.profile = self.add(ProductProfile)
        activities = [self.activity(clause) for clause in REQUIRED if clause not in leave_out]
        given = {"profile": self.profile, "activities": activities, "review_by": "2026-12-31"}
        self.plan = self.add(SecurityPlan, day=day, **(given | fields))

    def activity(self, clause: str, output: str = "Asset") -> dict[str, str]:
        return {"clause": clause, "phase": "design", "role": self.role, "output": output, "due": "2026-11-25"}

    def said(self, check: str = IN_FORCE, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


def tailored(*clauses: str) -> list[dict[str, str]]:
    duties = [one for clause in clauses for one in catalogue().clause(clause).obligations if one.modality == "S"]
    return [{"obligation": one.id, "why": "No hardware.", "instead": "A list."} for one in duties]


@keeps(IN_FORCE)
@breaks(IN_FORCE)
def test_on_the_day_of_its_review_a_plan_is_still_in_force() -> None:
    story = Whole()
    assert story.said(today="2026-12-31").kept
    said = story.said(today="2027-01-01")
    assert (said.sentences, said.about) == ([plan.OVERDUE], [story.labels[story.plan]])


@breaks(IN_FORCE)
def test_each_clause_is_planned_or_tailored_as_a_whole() -> None:
    assert "5.1.1" not in REQUIRED
    assert "5.6" not in REQUIRED
    assert Whole("5.4.3", tailoring=tailored("5.4.3")).said().kept
    assert Whole("5.4.3", tailoring=tailored("5.4.3")[1:]).said().sentences == [plan.UNPLANNED]
    assert Whole("5.4.3", "5.8.7").said().texts == ["GW-PLN-1 neither plans nor tailors 5.4.3 and 5.8.7."]


@breaks(IN_FORCE)
def test_somebody_is_appointed_to_each_activity() -> None:
    story = Whole()
    story.revise(story.appointment, until="2026-11-25")
    assert story.said(today="2026-11-25").kept
    said = story.said(today="2026-11-26")
    assert said.sentences == [plan.VACANT]
    assert said.gaps[0].owner == SystemRole.MANAGEMENT
    story.retire(story.role)
    assert story.said(today="2026-11-25").sentences == [plan.VACANT]


@breaks(IN_FORCE)
def test_only_duties_of_development_are_tailored() -> None:
    assert Whole(tailoring=tailored("5.4.3")).said().kept
    said = Whole(tailoring=tailored("7.2")[:1]).said()
    assert (said.sentences, said.gaps[0].obligation) == ([plan.OF_ANOTHER_CLAUSE], "5.1.1-3")


@breaks(IN_FORCE)
@pytest.mark.parametrize(
    ("kind", "field"), [(ProductProfile, "intended_use"), (Applicability, "rationale"), (CategoryChange, "why")]
)
def test_a_plan_is_as_young_as_the_scope(kind: type[Any], field: str) -> None:
    story = Whole(day="2026-02-01")
    moved = story.profile if kind is ProductProfile else story.add(kind, day="2026-02-01")
    story.revise(moved, day="2026-02-02", notes="Immaterial.")
    assert story.said().kept
    changed: dict[str, Any] = {field: "Another."}
    story.revise(moved, day="2026-02-02", **changed)
    assert story.said().sentences == [plan.SCOPE_MOVED]
    story.revise(story.plan, day="2026-02-02", notes="Looked at anew.")
    assert story.said().kept


def test_on_the_transitional_route_no_clause_of_development_has_to_stand_in_the_plan() -> None:
    story = Whole(*REQUIRED[1:])
    assert story.said().gaps
    story.add(
        Applicability,
        route="transitional",
        developed_before="2020-01-01",
        developed_before_proof={
            "digest": "0" * 64,
            "shows": "An old release note.",
            "media_type": "text/plain",
            "size": 1,
        },
    )
    assert story.said().kept


def test_without_a_plan_none_is_in_force() -> None:
    assert run_check(IN_FORCE, Story()).sentences == [run.NOTHING]


# --- before the work ---


@keeps(BEFORE_WORK)
@breaks(BEFORE_WORK)
def test_a_plan_comes_before_its_work_or_on_the_same_day() -> None:
    story = Whole(day="2026-02-01")
    story.add(Asset, day="2026-02-01")
    assert story.said(BEFORE_WORK).kept
    early = story.add(Asset, day="2026-01-31")
    said = story.said(BEFORE_WORK)
    assert (said.sentences, said.about) == ([plan.PLANNED_LATE], [story.labels[story.plan]])
    story.retire(early, day="2026-02-02")
    assert story.said(BEFORE_WORK).kept


@breaks(BEFORE_WORK)
def test_a_row_counts_from_the_day_on_which_it_came_into_the_plan() -> None:
    story = Whole()
    story.add(Control, day="2026-02-01")
    rows = [story.activity(clause) for clause in REQUIRED]
    story.revise(story.plan, day="2026-02-02", activities=[*rows, story.activity("7.4", "Control")])
    said = story.said(BEFORE_WORK)
    assert said.texts == ["GW-PLN-1 was approved after work that it plans had begun: GW-CTL-1, for 7.4."]
    story.revise(story.plan, day="2026-02-03", activities=rows)
    assert story.said(BEFORE_WORK).kept


def test_a_row_keeps_its_day_when_the_plan_is_approved_anew() -> None:
    story = Whole()
    story.add(Asset, day="2026-02-01")
    story.revise(story.plan, day="2026-02-02", review_by="2027-12-31")
    assert story.said(BEFORE_WORK).kept


def test_what_was_planned_in_a_content_that_is_gone_is_not_known() -> None:
    story = Whole()
    story.add(Asset, day="2026-02-01")
    story.revise(story.plan, day="2026-02-02", review_by="2027-12-31")
    view = story.view(release=story.the_release)
    view.dossier._dossier._earlier = None
    said = run.run(CHECKS[BEFORE_WORK], view, strict=True)
    assert [(type(one), one.said.sentence) for one in said.findings] == [(Unknown, plan.EARLIER_GONE)]


def test_what_is_of_the_organisation_or_no_kind_has_no_order() -> None:
    story = Whole(day="2026-02-01")
    story.add(CodingStandard)
    rows = [story.activity("5.1.3", output) for output in ("CodingStandard", "SecurityPlan", "Spreadsheet")]
    story.revise(story.plan, day="2026-02-02", activities=rows)
    assert story.said(BEFORE_WORK).kept


@breaks(BEFORE_WORK)
def test_work_from_before_the_records_were_kept_here_is_left_out() -> None:
    story = Whole(day="2026-02-01")
    story.add(Asset, day="2026-01-20")
    story.revise(story.profile, taken_over_on="2026-01-21")
    assert story.said(BEFORE_WORK).kept
    story.revise(story.profile, taken_over_on="2026-01-20")
    assert story.said(BEFORE_WORK).gaps


def test_what_was_taken_over_as_a_copy_is_left_out() -> None:
    story = Whole(day="2026-02-01")
    copied = story.draft(Asset, day="2026-01-20")
    story.submit(copied, day="2026-01-20")
    story.sign(copied, day="2026-01-20", how="copy")
    assert story.said(BEFORE_WORK).kept


# --- the elements of a life cycle ---


class Procedures(Whole):
    def __init__(self, *serves: str, **fields: Any) -> None:
        super().__init__(**fields)
        for clause in serves or ("8", "5.2.1", "5.3.2", "5.5.1", "5.7.1", "4.1.1", "6.2.1"):
            self.add(Procedure, serves=[clause], effective="2026-01-05", review_by="2026-11-25")


@keeps(ELEMENTS)
@breaks(ELEMENTS)
def test_each_element_of_a_life_cycle_has_a_procedure_in_force() -> None:
    assert Procedures().said(ELEMENTS).kept
    assert len(Procedures().said(ELEMENTS, today="2026-11-26").gaps) == 6
    said = Procedures("8", "5.2.1", "5.3.2", "5.7.1", "4.1.1", "6.2.1").said(ELEMENTS)
    assert said.texts == [
        "No procedure in force serves 5.5.1; a life cycle has a practice of design and implementation."
    ]


@breaks(ELEMENTS)
@pytest.mark.parametrize("clause", ["5.2.1", "5.3.2", "5.5.1", "5.7.1"])
def test_the_elements_of_development_stand_in_the_plan(clause: str) -> None:
    story = Procedures()
    story.revise(story.plan, activities=[story.activity(one) for one in REQUIRED if one != clause])
    said = story.said(ELEMENTS)
    assert said.sentences == [plan.ELEMENT_UNPLANNED]
    assert said.gaps[0].owner == SystemRole.SECURITY
    story.revise(story.plan, tailoring=tailored(clause))
    assert story.said(ELEMENTS).kept


@breaks(ELEMENTS)
def test_without_a_plan_the_elements_of_development_are_planned_by_nobody() -> None:
    story = Procedures()
    story.retire(story.plan, day="2026-02-01")
    assert story.said(ELEMENTS).sentences == [plan.NO_PLAN]


def test_without_procedures_no_element_is_there() -> None:
    assert run_check(ELEMENTS, Story()).sentences == [run.NOTHING]
